package dev.stele.language;

import dev.stele.model.Message;
import dev.stele.model.Role;
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
 * Extractive stand-in for a language model: replies with quotations from the numbered sources that match the question,
 * and says so. It is deterministic and never fails. Stateless.
 */
public final class ExtractiveModel implements LanguageModel {

    /** Name of this model in replies. */
    public static final String NAME = "offline";

    private static final String QUOTING =
            "This is what I remember. (No language model is set up; these are quotations from memory.)";

    private static final String NOTHING =
            "I remember nothing about that yet. (No language model is set up; I answer from memory alone.)";
    private static final String NOTED =
            "Noted. (No language model is set up; I remember, and answer from memory alone.)";

    private static final Set<String> OWN_PHRASES = Set.of(QUOTING, NOTHING, NOTED);

    /** Maximum number of quotations in a reply. */
    private static final int MAX_QUOTED = 3;
    /** Maximum length of a quotation in code points. */
    private static final int MAX_QUOTE_LENGTH = 320;

    private static final Pattern SENTENCE_ENDS = Pattern.compile("(?<=[.!?…])\\s+|\\n+");
    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}]+");
    /** Stop words, which do not count in the comparison. */
    private static final Set<String> STOP_WORDS = Set.of(
            "a", "an", "and", "any", "are", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does", "for",
            "from", "had", "has", "have", "he", "her", "him", "his", "how", "i", "in", "is", "it", "its", "me", "my",
            "of", "on", "or", "our", "she", "so", "tell", "that", "the", "their", "them", "they", "this", "to", "was",
            "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your");

    /**
     * Returns whether a message is a reply of this model. Such a reply quotes the memory, or says that the memory has
     * nothing, so it is no memory of its own.
     *
     * @param message stored message
     */
    public static boolean wrote(Message message) {
        return message.role() == Role.ASSISTANT
                && NAME.equals(message.metadata().get("model"));
    }

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
        Set<String> queryWords = words(prompt.question());
        var quotes = new ArrayList<Quote>();
        for (int i = 0; i < prompt.sources().size(); i++) {
            Prompt.Source source = prompt.sources().get(i);
            // The message itself, the text before the reader, profiles, and what this model said contain nothing new.
            boolean echo = source.kind().equals("text")
                    || source.kind().equals("profile")
                    || source.text().strip().equals(prompt.question().strip())
                    || OWN_PHRASES.stream().anyMatch(source.text()::startsWith);
            if (!echo) {
                best(i, source, queryWords).ifPresent(quotes::add);
            }
        }
        quotes.sort(Comparator.comparingDouble(Quote::score).reversed().thenComparingInt(Quote::source));
        List<Quote> chosen = quotes.subList(0, Math.min(MAX_QUOTED, quotes.size()));
        var lines = new ArrayList<String>();
        if (chosen.isEmpty()) {
            lines.add(prompt.question().strip().endsWith("?") ? NOTHING : NOTED);
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

    /**
     * Returns the sentence of a source that scores best against the words of the question. The score has a small bonus
     * for earlier sources.
     */
    private static Optional<Quote> best(int index, Prompt.Source source, Set<String> queryWords) {
        return Arrays.stream(SENTENCE_ENDS.split(source.text(), -1))
                .map(String::strip)
                .filter(sentence -> !sentence.isEmpty())
                .map(sentence -> new Quote(index, cut(sentence), score(sentence, source.who(), queryWords, index)))
                .filter(quote -> quote.score() > 0)
                .max(Comparator.comparingDouble(Quote::score));
    }

    private static double score(String sentence, String who, Set<String> queryWords, int rank) {
        Set<String> words = words(sentence + " " + who);
        long shared = queryWords.stream().filter(words::contains).count();
        return shared == 0 ? 0 : shared / Math.sqrt(3.0 + words.size()) + 1.0 / (2 + rank);
    }

    /** Returns the words that are no stop words, cut to five letters as a simple form of stemming. */
    private static Set<String> words(String text) {
        var words = new HashSet<String>();
        for (String word : BETWEEN_WORDS.split(text.toLowerCase(Locale.ROOT), -1)) {
            if (!word.isEmpty() && !STOP_WORDS.contains(word)) {
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
