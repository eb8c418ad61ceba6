package dev.stele.chat;

import dev.stele.language.Prompt.Source;
import dev.stele.model.Json;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Source that a reply of a language model cites by its number in brackets, such as {@code [2]}. Immutable.
 *
 * @param number number of the source in the prompt, from 1; the text of the reply names it
 * @param source the cited source
 */
public record Citation(int number, Source source) {

    /** Code in Markdown, where brackets are no citations: a fenced block or a span in backquotes. */
    private static final Pattern CODE = Pattern.compile("```.*?(?:```|\\z)|`[^`\\n]*`", Pattern.DOTALL);

    /** Content of brackets that is short enough for a list of numbers. */
    private static final Pattern BRACKETS = Pattern.compile("[\\[【]([^\\[\\]【】]{1,64})[\\]】]");

    /** One number, or the first and the last number of a range. */
    private static final Pattern NUMBERS = Pattern.compile("\\^?(\\d{1,4})(?:\\s*[-–]\\s*\\^?(\\d{1,4}))?");

    /** Separator of the numbers of one citation. */
    private static final Pattern SEPARATOR = Pattern.compile("\\s*[,;]\\s*");

    /**
     * Finds the citations in a reply. Models cite in several forms: {@code [1]}, {@code [1, 3]}, {@code [2-4]}, {@code
     * [^1]} and {@code 【1†note】}. Brackets in code and numbers without a source are no citations.
     *
     * @param reply text of the reply
     * @param sources sources of the prompt in their order
     * @return each cited source once, in the order of the first citations
     */
    static List<Citation> find(String reply, List<Source> sources) {
        Set<Integer> cited = new LinkedHashSet<>();
        Matcher brackets = BRACKETS.matcher(CODE.matcher(reply).replaceAll(" "));
        while (brackets.find()) {
            numbers(brackets.group(1), sources.size()).ifPresent(cited::addAll);
        }
        return cited.stream()
                .map(number -> new Citation(number, sources.get(number - 1)))
                .toList();
    }

    /**
     * Returns the numbers that the content of brackets names.
     *
     * @param content text between the brackets
     * @param max largest number of a source
     * @return the numbers from 1 to {@code max}; empty if the content is no list of numbers
     */
    private static Optional<List<Integer>> numbers(String content, int max) {
        int dagger = content.indexOf('†');
        var numbers = new ArrayList<Integer>();
        for (String part : SEPARATOR.split(
                dagger < 0 ? content.strip() : content.substring(0, dagger).strip(), -1)) {
            Matcher match = NUMBERS.matcher(part);
            if (!match.matches()) {
                return Optional.empty();
            }
            int first = Integer.parseInt(match.group(1));
            int last = match.group(2) == null ? first : Integer.parseInt(match.group(2));
            for (int number = Math.max(1, first); number <= Math.min(last, max); number++) {
                numbers.add(number);
            }
        }
        return Optional.of(numbers);
    }

    /** Returns the citation as JSON fields for a client. */
    public Map<String, @Nullable Object> toJson() {
        var json = Json.fields().put("number", (long) number);
        json(source).forEach(json::put);
        return json.map();
    }

    /** Returns a source as JSON fields for a client. */
    public static Map<String, @Nullable Object> json(Source source) {
        return Json.fields()
                .put("kind", source.kind())
                .put("id", source.id().isEmpty() ? null : source.id())
                .put("who", source.who().isEmpty() ? null : source.who())
                .put("at", source.at())
                .put("text", source.text().isEmpty() ? null : source.text())
                .map();
    }

    /** Returns what the metadata of a stored reply keep of this citation: no content, which may be erased later. */
    Map<String, @Nullable Object> toReference() {
        return Json.fields()
                .put("number", (long) number)
                .put("kind", source.kind())
                .put("id", source.id())
                .map();
    }

    /**
     * Restores the citations of a stored reply from its metadata. Their sources have a kind and an id, and neither
     * speaker, time nor text.
     *
     * @param references value of the metadata, of any type
     */
    static List<Citation> ofReferences(@Nullable Object references) {
        var citations = new ArrayList<Citation>();
        if (references instanceof List<?> list) {
            for (Object item : list) {
                if (item instanceof Map<?, ?> fields
                        && fields.get("number") instanceof Long number
                        && fields.get("kind") instanceof String kind
                        && fields.get("id") instanceof String id) {
                    citations.add(new Citation(number.intValue(), new Source(kind, id, "", Optional.empty(), "")));
                }
            }
        }
        return citations;
    }
}
