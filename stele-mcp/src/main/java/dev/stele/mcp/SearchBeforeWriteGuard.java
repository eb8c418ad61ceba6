package dev.stele.mcp;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Guard of a session that allows a write only after a recent search which shares a word with it. It makes a client
 * build on what the memory contains, in place of repeating it. Thread-safe.
 */
final class SearchBeforeWriteGuard {

    private static final Duration MAX_SEARCH_AGE = Duration.ofMinutes(30);

    /** Maximum number of remembered searches. */
    private static final int MAX_SEARCHES = 256;

    /** Minimum length of a word that counts, in UTF-16 chars. */
    private static final int MIN_WORD_CHARS = 3;

    private static final Pattern SEPARATOR = Pattern.compile("[^\\p{L}\\p{N}]+");

    private record Search(Instant at, Set<String> words) {}

    /** Searches, the oldest first. Guarded by itself. */
    private final Deque<Search> searches = new ArrayDeque<>();

    /** Records the arguments of a search. */
    void recordSearch(String text) {
        synchronized (searches) {
            searches.addLast(new Search(Instant.now(), words(text)));
            if (searches.size() > MAX_SEARCHES) {
                searches.removeFirst();
            }
        }
    }

    /** Returns whether a recent search shares a word with the arguments of a write. */
    boolean passes(String text) {
        Set<String> words = words(text);
        Instant oldest = Instant.now().minus(MAX_SEARCH_AGE);
        synchronized (searches) {
            searches.removeIf(search -> search.at().isBefore(oldest));
            return searches.stream().anyMatch(search -> search.words().stream().anyMatch(words::contains));
        }
    }

    private static Set<String> words(String text) {
        var words = new HashSet<String>();
        for (String word : SEPARATOR.split(text.toLowerCase(Locale.ROOT), -1)) {
            if (word.length() >= MIN_WORD_CHARS) {
                words.add(word);
            }
        }
        return words;
    }
}
