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
 * Asks a client to look before it writes: whoever remembers something about a topic must have searched for it in this session a
 * while ago, so that what is known is built upon and not repeated. Thread-safe.
 */
final class SearchBeforeWriteGuard {

    private static final Duration REMEMBERED = Duration.ofMinutes(30);
    private static final int MOST = 256;
    private static final int SHORTEST = 3;
    private static final Pattern BETWEEN = Pattern.compile("[^\\p{L}\\p{N}]+");

    private record Searched(Instant at, Set<String> words) {}

    /** Guarded by itself. */
    private final Deque<Searched> searched = new ArrayDeque<>();

    /** Notes a search. */
    void searched(String text) {
        synchronized (searched) {
            searched.addLast(new Searched(Instant.now(), words(text)));
            if (searched.size() > MOST) {
                searched.removeFirst();
            }
        }
    }

    /** Whether there was a search of late that shares a word with what is to be written. */
    boolean passes(String text) {
        Set<String> words = words(text);
        Instant oldest = Instant.now().minus(REMEMBERED);
        synchronized (searched) {
            searched.removeIf(one -> one.at().isBefore(oldest));
            return searched.stream().anyMatch(one -> one.words().stream().anyMatch(words::contains));
        }
    }

    private static Set<String> words(String text) {
        var words = new HashSet<String>();
        for (String word : BETWEEN.split(text.toLowerCase(Locale.ROOT), -1)) {
            if (word.length() >= SHORTEST) {
                words.add(word);
            }
        }
        return words;
    }
}
