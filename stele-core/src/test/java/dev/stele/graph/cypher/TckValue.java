package dev.stele.graph.cypher;

import dev.stele.graph.cypher.Elements.Node;
import dev.stele.graph.cypher.Elements.Rel;
import dev.stele.graph.cypher.Elements.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Values as the suite writes them, in one way each, so that equal ones are equal texts. */
final class TckValue {

    private final String text;
    private int at;
    private final boolean anyOrder;

    private TckValue(String text, boolean anyOrder) {
        this.text = text;
        this.anyOrder = anyOrder;
    }

    /** The one way to write an expected value. */
    static String expected(String cell, boolean listsInAnyOrder) {
        return new TckValue(cell, listsInAnyOrder).value();
    }

    /** The one way to write a value of ours. */
    static String actual(@Nullable Object value, boolean listsInAnyOrder) {
        return switch (value) {
            case null -> "null";
            case Double real ->
                real.isNaN()
                        ? "NaN"
                        : real.isInfinite() ? (real > 0 ? "Inf" : "-Inf") : String.valueOf(real == 0 ? 0.0 : real);
            case String string -> "'" + string + "'";
            case List<?> list -> {
                var parts = new ArrayList<String>();
                list.forEach(element -> parts.add(actual(element, listsInAnyOrder)));
                yield list(parts, listsInAnyOrder);
            }
            case Map<?, ?> map -> map(map, listsInAnyOrder);
            case Node node ->
                "("
                        + String.join(
                                "",
                                node.labels().stream().map(label -> ":" + label).toList())
                        + map(node.entity().attributes(), listsInAnyOrder) + ")";
            case Rel rel -> "[:" + rel.edge().type() + map(rel.attributes(), listsInAnyOrder) + "]";
            case Way way -> {
                var path = new StringBuilder("<").append(actual(way.nodes().getFirst(), listsInAnyOrder));
                for (int i = 0; i < way.rels().size(); i++) {
                    boolean onward =
                            way.rels().get(i).start().equals(way.nodes().get(i));
                    path.append(onward ? "-" : "<-")
                            .append(actual(way.rels().get(i), listsInAnyOrder))
                            .append(onward ? "->" : "-")
                            .append(actual(way.nodes().get(i + 1), listsInAnyOrder));
                }
                yield path.append('>').toString();
            }
            default -> String.valueOf(value);
        };
    }

    private static String map(Map<?, ?> map, boolean anyOrder) {
        var sorted = new TreeMap<String, String>();
        map.forEach((key, value) -> sorted.put(String.valueOf(key), actual(value, anyOrder)));
        return sorted.toString();
    }

    private static String list(List<String> parts, boolean anyOrder) {
        return (anyOrder ? parts.stream().sorted().toList() : parts).toString();
    }

    private void blanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private boolean take(String word) {
        blanks();
        if (text.startsWith(word, at)) {
            at += word.length();
            return true;
        }
        return false;
    }

    private String value() {
        blanks();
        char c = text.charAt(at);
        return switch (c) {
            case '\'' -> string();
            case '[' -> text.startsWith("[:", at) ? rel() : list();
            case '{' -> map().toString();
            case '(' -> node();
            case '<' -> path();
            default -> word();
        };
    }

    private String string() {
        var out = new StringBuilder("'");
        for (at++; text.charAt(at) != '\''; at++) {
            char next = at + 1 < text.length() ? text.charAt(at + 1) : ' ';
            boolean escaped = text.charAt(at) == '\\' && "'\\n".indexOf(next) >= 0;
            if (escaped) {
                at++;
            }
            out.append(escaped && next == 'n' ? '\n' : text.charAt(at));
        }
        at++;
        return out.append('\'').toString();
    }

    private String list() {
        take("[");
        var parts = new ArrayList<String>();
        while (!take("]")) {
            parts.add(value());
            take(",");
        }
        return list(parts, anyOrder);
    }

    private Map<String, String> map() {
        Map<String, String> entries = new TreeMap<>();
        if (take("{")) {
            while (!take("}")) {
                blanks();
                int start = at;
                at = text.indexOf(':', at);
                String key = text.substring(start, at).strip().replace("`", "");
                at++;
                entries.put(key, value());
                take(",");
            }
        }
        return entries;
    }

    private String node() {
        take("(");
        var out = new StringBuilder("(");
        while (take(":")) {
            out.append(':').append(name());
        }
        out.append(map());
        take(")");
        return out.append(')').toString();
    }

    private String rel() {
        take("[:");
        String out = "[:" + name() + map() + "]";
        take("]");
        return out;
    }

    private String name() {
        blanks();
        int start = at;
        while (at < text.length() && (Character.isJavaIdentifierPart(text.charAt(at)) || text.charAt(at) == '`')) {
            at++;
        }
        return text.substring(start, at).replace("`", "");
    }

    private String path() {
        take("<");
        var out = new StringBuilder("<").append(node());
        while (!take(">")) {
            boolean back = take("<-");
            if (!back) {
                take("-");
            }
            out.append(back ? "<-" : "-").append(rel());
            if (back) {
                take("-");
            } else {
                take("->");
            }
            out.append(back ? "-" : "->").append(node());
        }
        return out.append('>').toString();
    }

    private String word() {
        int start = at;
        while (at < text.length() && ",]}) ".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        String word = text.substring(start, at);
        if (word.matches("-?\\d+")) {
            return word;
        }
        if (word.matches("-?\\d*\\.\\d+([eE][+-]?\\d+)?|-?\\d+(\\.\\d+)?[eE][+-]?\\d+")) {
            return String.valueOf(Double.parseDouble(word));
        }
        return word;
    }
}
