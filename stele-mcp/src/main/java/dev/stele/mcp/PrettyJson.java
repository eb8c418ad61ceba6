package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON for people and models to read: two blanks a level, a value a line, nothing between empty brackets. */
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
                String deeper = line + "  ";
                out.append('{');
                for (Iterator<? extends Map.Entry<?, ?>> each = map.entrySet().iterator(); each.hasNext(); ) {
                    Map.Entry<?, ?> entry = each.next();
                    out.append(deeper)
                            .append(Json.write(String.valueOf(entry.getKey())))
                            .append(": ");
                    write(entry.getValue(), deeper, out);
                    out.append(each.hasNext() ? "," : "");
                }
                out.append(line).append('}');
            }
            case Collection<?> list
            when !list.isEmpty() -> {
                String deeper = line + "  ";
                out.append('[');
                for (Iterator<?> each = list.iterator(); each.hasNext(); ) {
                    out.append(deeper);
                    write(each.next(), deeper, out);
                    out.append(each.hasNext() ? "," : "");
                }
                out.append(line).append(']');
            }
            case null, default -> out.append(Json.write(tree));
        }
    }
}
