package dev.stele.transfer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Field names and short texts that occur in the first values of a file, by their paths. Lists do not count in a path:
 * the field {@code role} of the elements of the list {@code messages} has the path {@code messages.role}, whether the
 * file is one document, a list of documents or a line each. The text may be cut off or malformed anywhere. Immutable.
 */
final class JsonShape {

    /** Maximum number of field names in a path. */
    private static final int MAX_PATH_FIELDS = 3;

    /** Maximum length of a text that is kept. */
    private static final int MAX_TEXT_CHARS = 80;

    private final Set<String> paths = new HashSet<>();
    private final Map<String, Set<String>> texts = new HashMap<>();

    /**
     * Analyzes the beginning of a file.
     *
     * @param head first characters of the file
     */
    JsonShape(String head) {
        new Scanner(head).scan();
    }

    /** Returns whether all the paths occur. */
    boolean has(String... all) {
        for (String path : all) {
            if (!paths.contains(path)) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether one of the paths occurs. */
    boolean hasAny(String... some) {
        for (String path : some) {
            if (paths.contains(path)) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether a path occurs that begins with a prefix. */
    boolean hasPrefix(String prefix) {
        return paths.stream().anyMatch(path -> path.startsWith(prefix));
    }

    /** Returns the short texts that occur at a path. */
    Set<String> texts(String path) {
        return texts.getOrDefault(path, Set.of());
    }

    private final class Scanner {
        private final String text;
        /** Path of each open object; null for an open list, or beyond the maximum path. */
        private final Deque<String> open = new ArrayDeque<>();

        private @Nullable String field;
        private int position;

        Scanner(String text) {
            this.text = text;
        }

        void scan() {
            while (position < text.length()) {
                char c = text.charAt(position);
                switch (c) {
                    case '{', '[' -> {
                        if (c == '{' && (position == 0 || text.charAt(position - 1) == '\n')) {
                            open.clear(); // a line of its own: an earlier value that is damaged does not enclose it
                            field = null;
                        }
                        String path = field != null ? field : open.isEmpty() ? "" : open.peek();
                        open.push(path);
                        field = null;
                        position++;
                    }
                    case '}', ']' -> {
                        open.poll();
                        field = null;
                        position++;
                    }
                    case '"' -> string();
                    case ',' -> {
                        field = null;
                        position++;
                    }
                    default -> position++;
                }
            }
        }

        private void string() {
            int start = position + 1;
            int end = JsonQuotes.closingInLine(text, position, text.length());
            String content = text.substring(start, end);
            position = Math.min(text.length(), end + 1);
            int next = position;
            while (next < text.length() && Character.isWhitespace(text.charAt(next))) {
                next++;
            }
            if (field == null && next < text.length() && text.charAt(next) == ':') {
                String parent = open.isEmpty() ? "" : open.peek();
                String path = parent.isEmpty() ? content : parent + "." + content;
                if (path.chars().filter(c -> c == '.').count() < MAX_PATH_FIELDS
                        && content.length() <= MAX_TEXT_CHARS) {
                    paths.add(path);
                    field = path;
                } else {
                    field = "…"; // too deep: nothing below is recorded
                }
                position = next + 1;
            } else if (field != null && content.length() <= MAX_TEXT_CHARS) {
                texts.computeIfAbsent(field, _ -> new HashSet<>()).add(content);
            }
        }
    }
}
