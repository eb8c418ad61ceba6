package dev.stele.language;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Answers without a language model: quotes what the sources say on the question, with their numbers, and says that it does. The same
 * prompt has the same answer, and it never fails. Stateless.
 */
public final class ExtractiveModel implements LanguageModel {

    /** Its name in answers. */
    public static final String NAME = "offline";

    private static final String QUOTING =
            "This is what I remember. (No language model is set up; these are quotations from memory.)";

    private static final int MAX_QUOTED = 3;
    private static final int MAX_QUOTE_LENGTH = 320;
    private static final Pattern SENTENCE_ENDS = Pattern.compile("(?<=[.!?…])\\s+|\\n+");
    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}]+");
    private static final Set<String> COMMON = Set.of(
            "a", "an", "and", "any", "are", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does", "for",
            "from", "had", "has", "have", "he", "her", "him", "his", "how", "i", "in", "is", "it", "its", "me", "my",
            "of", "on", "or", "our", "she", "so", "tell", "that", "the", "their", "them", "they", "this", "to", "was",
            "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean offline() {
        return true;
    }

    private record Quote(int source, String sentence, double score) {}

    @Override
    public Reply ask(Prompt prompt, Consumer<String> delta) {
        var answer = new StringBuilder();
        for (String line : lines(prompt)) {
            String piece = answer.isEmpty() ? line : "\n" + line;
            answer.append(piece);
            delta.accept(piece);
        }
        return new Reply(
                answer.toString(),
                NAME,
                TokenCounter.standard().count(prompt.systemText() + prompt.question()),
                TokenCounter.standard().count(answer.toString()));
    }

    private static List<String> lines(Prompt prompt) {
        Set<String> wanted = words(prompt.question());
        var quotes = new ArrayList<Quote>();
        for (int i = 0; i < prompt.sources().size(); i++) {
            Prompt.Source source = prompt.sources().get(i);
            // What was just said, or lies before the reader, or was quoted itself, tells nothing new.
            boolean echo = source.kind().equals("text")
                    || source.text().strip().equals(prompt.question().strip())
                    || source.text().startsWith(QUOTING);
            if (!echo) {
                best(i, source, wanted).ifPresent(quotes::add);
            }
        }
        quotes.sort(Comparator.comparingDouble(Quote::score).reversed().thenComparingInt(Quote::source));
        List<Quote> chosen = quotes.subList(0, Math.min(MAX_QUOTED, quotes.size()));
        var lines = new ArrayList<String>();
        if (chosen.isEmpty()) {
            lines.add(
                    prompt.question().strip().endsWith("?")
                            ? "I remember nothing about that yet. (No language model is set up; I answer from memory alone.)"
                            : "Noted. (No language model is set up; I remember, and answer from memory alone.)");
            return lines;
        }
        lines.add(QUOTING);
        for (Quote quote : chosen) {
            Prompt.Source source = prompt.sources().get(quote.source());
            String day =
                    source.at().map(at -> at.toString().substring(0, 10) + ", ").orElse("");
            String who = source.who().isEmpty() ? source.kind() : source.who();
            lines.add("- “%s” (%s%s) [%d]".formatted(quote.sentence(), day, who, quote.source() + 1));
        }
        return lines;
    }

    /** The sentence of a source that has most of the wanted words; of two with as many the earlier source's stands first. */
    private static Optional<Quote> best(int index, Prompt.Source source, Set<String> wanted) {
        return Arrays.stream(SENTENCE_ENDS.split(source.text(), -1))
                .map(String::strip)
                .filter(sentence -> !sentence.isEmpty())
                .map(sentence -> new Quote(index, cut(sentence), score(sentence, source.who(), wanted, index)))
                .filter(quote -> quote.score() > 0)
                .max(Comparator.comparingDouble(Quote::score));
    }

    private static double score(String sentence, String who, Set<String> wanted, int rank) {
        Set<String> words = words(sentence + " " + who);
        long shared = wanted.stream().filter(words::contains).count();
        return shared == 0 ? 0 : shared / Math.sqrt(3.0 + words.size()) + 1.0 / (2 + rank);
    }

    /** Words that say something, by their first letters, so that forms of one word are one. */
    private static Set<String> words(String text) {
        var words = new HashSet<String>();
        for (String word : BETWEEN_WORDS.split(text.toLowerCase(Locale.ROOT), -1)) {
            if (!word.isEmpty() && !COMMON.contains(word)) {
                words.add(word.length() > 5 ? word.substring(0, 5) : word);
            }
        }
        return words;
    }

    private static String cut(String sentence) {
        return sentence.codePointCount(0, sentence.length()) <= MAX_QUOTE_LENGTH
                ? sentence
                : sentence.substring(0, sentence.offsetByCodePoints(0, MAX_QUOTE_LENGTH)) + "…";
    }
}
