package dev.stele.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * References from the metadata of a message into its content. Adapters of frameworks keep the original form of a message
 * in the metadata, whose size is limited; a long text that stands in the content, too, is stored once. Stateless.
 */
public final class ContentReferences {

    /** Minimum length of a text that is replaced by a reference, in chars; a reference takes about as much. */
    private static final int MIN_CHARS = 40;

    /** Field of a reference: the first and the last index, exclusive, of the text in the content. */
    private static final String RANGE = "stele:content";

    private ContentReferences() {}

    /**
     * Returns a tree in which texts that stand in the content are replaced by references.
     *
     * @param tree tree of JSON values
     * @param content content of the message
     */
    public static @Nullable Object shorten(@Nullable Object tree, String content) {
        return switch (tree) {
            case String text
            when text.length() >= MIN_CHARS && content.contains(text) -> {
                long from = content.indexOf(text);
                yield Map.of(RANGE, List.of(from, from + text.length()));
            }
            case Map<?, ?> map -> {
                var shortened = new LinkedHashMap<String, @Nullable Object>();
                map.forEach((name, value) -> shortened.put(String.valueOf(name), shorten(value, content)));
                yield shortened;
            }
            case List<?> list -> {
                var shortened = new ArrayList<@Nullable Object>(list.size());
                list.forEach(value -> shortened.add(shorten(value, content)));
                yield shortened;
            }
            case null, default -> tree;
        };
    }

    /**
     * Returns the tree from which {@link #shorten} made another one. A reference that does not fit the content, because
     * the message was edited, is replaced by the whole content.
     *
     * @param tree tree of JSON values
     * @param content content of the message
     */
    public static @Nullable Object expand(@Nullable Object tree, String content) {
        return switch (tree) {
            case Map<?, ?> map when map.size() == 1 && map.get(RANGE) instanceof List<?> range -> text(range, content);
            case Map<?, ?> map -> {
                var expanded = new LinkedHashMap<String, @Nullable Object>();
                map.forEach((name, value) -> expanded.put(String.valueOf(name), expand(value, content)));
                yield expanded;
            }
            case List<?> list -> {
                var expanded = new ArrayList<@Nullable Object>(list.size());
                list.forEach(value -> expanded.add(expand(value, content)));
                yield expanded;
            }
            case null, default -> tree;
        };
    }

    private static String text(List<?> range, String content) {
        if (range.size() == 2
                && range.getFirst() instanceof Number from
                && range.getLast() instanceof Number to
                && from.longValue() >= 0
                && from.longValue() <= to.longValue()
                && to.longValue() <= content.length()) {
            return content.substring(from.intValue(), to.intValue());
        }
        return content;
    }
}
