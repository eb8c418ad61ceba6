package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writer of JSON for people and models: an indent of two spaces a level, one value a line, empty brackets closed up.
 */
final class PrettyJson {

    private PrettyJson() {}

    static String write(@Nullable Object tree) {
        var out = new StringBuilder();
        write(tree, "\n", out);
        return out.toString();
    }

    private static void write(@Nullable Object tree, String line, StringBuilder out) {
        switch (tree) {
            case Map<?, ?> map
            when !map.isEmpty() -> {
                String indented = line + "  ";
                out.append('{');
                for (Iterator<? extends Map.Entry<?, ?>> iterator =
                                map.entrySet().iterator();
                        iterator.hasNext(); ) {
                    Map.Entry<?, ?> entry = iterator.next();
                    out.append(indented)
                            .append(Json.write(String.valueOf(entry.getKey())))
                            .append(": ");
                    write(entry.getValue(), indented, out);
                    out.append(iterator.hasNext() ? "," : "");
                }
                out.append(line).append('}');
            }
            case Collection<?> list
            when !list.isEmpty() -> {
                String indented = line + "  ";
                out.append('[');
                for (Iterator<?> iterator = list.iterator(); iterator.hasNext(); ) {
                    out.append(indented);
                    write(iterator.next(), indented, out);
                    out.append(iterator.hasNext() ? "," : "");
                }
                out.append(line).append(']');
            }
            case null, default -> out.append(Json.write(tree));
        }
    }
}
