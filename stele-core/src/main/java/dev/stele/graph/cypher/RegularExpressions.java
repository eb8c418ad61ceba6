package dev.stele.graph.cypher;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Compares texts with the regular expressions of a query, in which anybody may have written what takes for ever: ends when the query's time
 * does. For one thread.
 */
final class RegularExpressions {

    /** The time is looked at once for so many characters. */
    private static final int BETWEEN_LOOKS = 1 << 12;

    private final GraphAccess graph;
    /** The last one, which most rows of a query share. */
    private @Nullable Pattern pattern;

    private int read;

    RegularExpressions(GraphAccess graph) {
        this.graph = graph;
    }

    boolean matches(String text, String expression) {
        try {
            return compiled(expression).matcher(new Timed(text)).matches();
        } catch (PatternSyntaxException e) {
            throw QueryError.of("the regular expression is malformed: " + e.getDescription());
        } catch (
                StackOverflowError
                        e) { // each repetition of a group takes stack; a matcher shares nothing that could be left
            // unfinished
            throw QueryError.of("the regular expression repeats a group too often in a text of %d characters"
                    .formatted(text.length()));
        }
    }

    private Pattern compiled(String expression) {
        Pattern last = pattern;
        if (last == null || !last.pattern().equals(expression)) {
            last = Pattern.compile(expression);
            pattern = last;
        }
        return last;
    }

    /** A text whose readers are stopped when the query's time is over. */
    private final class Timed implements CharSequence {
        private final CharSequence text;

        Timed(CharSequence text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (++read % BETWEEN_LOOKS == 0) {
                graph.checkTime();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Timed(text.subSequence(start, end));
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
