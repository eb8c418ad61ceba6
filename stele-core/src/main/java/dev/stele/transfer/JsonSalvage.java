package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reader of a damaged JSON value that keeps what is intact: lists without their damaged elements, and objects without
 * their damaged lists and objects. An object whose own texts or numbers are damaged is lost as a whole, except for the
 * outermost one, if that consists of lists and objects for the most part. Stateless.
 */
final class JsonSalvage {

    /** Maximum number of characters of a value that is repaired; its parts are parsed once per level of nesting. */
    private static final int MAX_CHARS = 4 << 20;

    private JsonSalvage() {}

    /**
     * Reads a value that is not valid JSON.
     *
     * @param text text of the value
     * @param lost receives for each lost part the number of line breaks before it, and the reason
     * @return value without the lost parts; empty if nothing is left
     */
    static Optional<Object> read(String text, BiConsumer<Integer, String> lost) {
        if (text.length() > MAX_CHARS || text.isEmpty() || (text.charAt(0) != '{' && text.charAt(0) != '[')) {
            return Optional.empty();
        }
        Object value = new Parts(text, lost).container(0, text.length(), 0);
        boolean isEmpty = value == null
                || (value instanceof List<?> list && list.isEmpty())
                || (value instanceof java.util.Map<?, ?> map && map.isEmpty());
        return isEmpty ? Optional.empty() : Optional.of(java.util.Objects.requireNonNull(value));
    }

    /** Ranges of a text. Not thread-safe. */
    private static final class Parts {
        private final String text;
        private final BiConsumer<Integer, String> lost;
        /** Whether the missing end of the text was reported. */
        private boolean endReported;
        /** Offset of the part that was lost last, and the number of line breaks before it. */
        private int counted;

        private int lines;

        Parts(String text, BiConsumer<Integer, String> lost) {
            this.text = text;
            this.lost = lost;
        }

        /** Returns the list or object of a range without its damaged parts; null if it is lost. */
        @Nullable
        Object container(int from, int to, int depth) {
            return text.charAt(from) == '[' ? list(from + 1, to, depth) : object(from + 1, to, depth);
        }

        private @Nullable Object value(int from, int to, int depth) {
            try {
                return Json.read(text.substring(from, to));
            } catch (InvalidInputException e) {
                boolean container = text.charAt(from) == '{' || text.charAt(from) == '[';
                if (container && depth < Json.MAX_DEPTH) {
                    return container(from, to, depth + 1);
                }
                lose(from, to, e.getMessage());
                return null;
            }
        }

        private List<Object> list(int from, int to, int depth) {
            var elements = new ArrayList<Object>();
            int start = skip(from, to);
            while (start < to && text.charAt(start) != ']') {
                int end = endOf(start, to, ']');
                if (end > start) {
                    Object element = value(start, trimmed(start, end), depth);
                    if (element != null) {
                        elements.add(element);
                    }
                }
                start = skip(Math.max(end, start + 1), to);
            }
            checkEnd(start, to);
            return elements;
        }

        private @Nullable Object object(int from, int to, int depth) {
            var fields = new LinkedHashMap<String, @Nullable Object>();
            int start = skip(from, to);
            int containers = 0;
            boolean isDamaged = false;
            while (start < to && text.charAt(start) != '}') {
                int end = endOf(start, to, '}');
                int colon = colon(start, end);
                try {
                    if (colon < 0 || !(Json.read(text.substring(start, colon)) instanceof String name)) {
                        throw new InvalidInputException("a field name and a value were expected");
                    }
                    int begin = skip(colon + 1, end);
                    if (begin < end && (text.charAt(begin) == '{' || text.charAt(begin) == '[')) {
                        containers += end - begin;
                        Object value = value(begin, trimmed(begin, end), depth);
                        if (value != null) {
                            fields.put(name, value);
                        }
                    } else {
                        fields.put(name, Json.read(text.substring(begin, trimmed(begin, end))));
                    }
                } catch (InvalidInputException e) {
                    lose(start, end, e.getMessage());
                    isDamaged = true;
                }
                start = skip(Math.max(end, start + 1), to);
            }
            checkEnd(start, to);
            // Of an object with a damaged text or number only the outermost one is kept, if it mostly consists of
            // others.
            return isDamaged && (depth > 0 || containers * 2 < to - from) ? null : fields;
        }

        /** Reports a list or object without its closing bracket; what encloses it has none either. */
        private void checkEnd(int start, int to) {
            if (start >= to && !endReported) {
                lose(to, text.length(), "the text ends inside a value");
            }
        }

        private void lose(int offset, int end, @Nullable String reason) {
            endReported |= end >= text.length();
            lost.accept(linesBefore(offset), "a damaged part was skipped: " + reason);
        }

        /** Counts from the part before, because parts are lost about in their order, and there may be many. */
        private int linesBefore(int offset) {
            for (; counted < offset; counted++) {
                lines += text.charAt(counted) == '\n' ? 1 : 0;
            }
            for (; counted > offset; counted--) {
                lines -= text.charAt(counted - 1) == '\n' ? 1 : 0;
            }
            return lines;
        }

        private int skip(int from, int to) {
            int i = from;
            while (i < to && (text.charAt(i) == ',' || Character.isWhitespace(text.charAt(i)))) {
                i++;
            }
            return i;
        }

        private int trimmed(int from, int to) {
            int i = to;
            while (i > from && Character.isWhitespace(text.charAt(i - 1))) {
                i--;
            }
            return i;
        }

        /** Returns the end of the part that begins at an offset: the next comma or closing bracket of its level. */
        private int endOf(int from, int to, char close) {
            int depth = 0;
            for (int i = from; i < to; i++) {
                char c = text.charAt(i);
                if (c == '"') {
                    i = JsonQuotes.closingInLine(text, i, to);
                } else if (c == '{' || c == '[') {
                    depth++;
                } else if (depth == 0 && (c == ',' || c == close)) {
                    return i;
                } else if (c == '}' || c == ']') {
                    depth = Math.max(0, depth - 1);
                }
            }
            return to;
        }

        /** Returns the offset of the colon after a field name; -1 if there is none. */
        private int colon(int from, int to) {
            for (int i = from; i < to; i++) {
                char c = text.charAt(i);
                if (c == '"') {
                    i = JsonQuotes.closing(text, i, to);
                } else if (c == ':') {
                    return i;
                }
            }
            return -1;
        }
    }
}
