package dev.stele.graph.cypher;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Matcher of regular expressions with a deadline. A query may contain an expression with exponential running time; the
 * match ends when the time of the query is over. Not thread-safe.
 */
final class RegularExpressions {

    /** Number of characters that are read between two checks of the deadline. */
    private static final int CHARACTERS_BETWEEN_CHECKS = 1 << 12;

    private final GraphAccess graph;
    /** Latest pattern, which most rows of a query share. */
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

    /** Text that checks the deadline of the query while it is read. */
    private final class Timed implements CharSequence {
        private final CharSequence text;

        Timed(CharSequence text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (++read % CHARACTERS_BETWEEN_CHECKS == 0) {
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
