package dev.stele.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reader and writer of JSON (RFC 8259). Values are {@link Map}, {@link List}, {@link String}, {@link Long} or
 * {@link Double}, {@link Boolean} and null. A reader is used for one text by one thread.
 */
final class JsonText {

    /** Maximum depth of nested arrays and objects, so that an answer cannot overflow the stack. */
    private static final int MAX_DEPTH = 500;

    private static final String ESCAPES = "\"\\/bfnrt";
    private static final String ESCAPED = "\"\\/\b\f\n\r\t";

    private final String text;
    private int position;

    private JsonText(String text) {
        this.text = text;
    }

    /**
     * Reads a JSON value.
     *
     * @throws IllegalArgumentException if the text is no JSON value
     */
    static @Nullable Object read(String text) {
        var reader = new JsonText(text);
        Object value = reader.value(0);
        if (reader.next() != -1) {
            throw reader.invalid();
        }
        return value;
    }

    private IllegalArgumentException invalid() {
        return new IllegalArgumentException("The text is not JSON, from character " + position + " on.");
    }

    /** Skips white space and returns the next character; -1 at the end. */
    private int next() {
        while (position < text.length() && " \t\r\n".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
        return position < text.length() ? text.charAt(position) : -1;
    }

    private @Nullable Object value(int depth) {
        if (depth > MAX_DEPTH) {
            throw invalid();
        }
        return switch (next()) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case 't' -> literal("true", true);
            case 'f' -> literal("false", false);
            case 'n' -> literal("null", null);
            default -> number();
        };
    }

    private @Nullable Object literal(String name, @Nullable Object value) {
        if (!text.startsWith(name, position)) {
            throw invalid();
        }
        position += name.length();
        return value;
    }

    private Map<String, @Nullable Object> object(int depth) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        position++;
        if (next() == '}') {
            position++;
            return fields;
        }
        while (true) {
            if (next() != '"') {
                throw invalid();
            }
            String name = string();
            expect(':');
            fields.put(name, value(depth + 1));
            if (next() == '}') {
                position++;
                return fields;
            }
            expect(',');
        }
    }

    private List<@Nullable Object> array(int depth) {
        List<@Nullable Object> items = new ArrayList<>();
        position++;
        if (next() == ']') {
            position++;
            return items;
        }
        while (true) {
            items.add(value(depth + 1));
            if (next() == ']') {
                position++;
                return items;
            }
            expect(',');
        }
    }

    private void expect(char sign) {
        if (next() != sign) {
            throw invalid();
        }
        position++;
    }

    private String string() {
        var value = new StringBuilder();
        position++;
        while (position < text.length()) {
            char sign = text.charAt(position++);
            if (sign == '"') {
                return value.toString();
            }
            if (sign < ' ') {
                break;
            }
            value.append(sign == '\\' ? escaped() : sign);
        }
        throw invalid();
    }

    private char escaped() {
        char sign = position < text.length() ? text.charAt(position++) : ' ';
        if (sign == 'u' && position + 4 <= text.length()) {
            int code = 0;
            for (int i = 0; i < 4; i++) {
                int digit = Character.digit(text.charAt(position++), 16);
                if (digit < 0) {
                    throw invalid();
                }
                code = code * 16 + digit;
            }
            return (char) code;
        }
        int escape = ESCAPES.indexOf(sign);
        if (escape < 0) {
            throw invalid();
        }
        return ESCAPED.charAt(escape);
    }

    private Object number() {
        int start = position;
        while (position < text.length() && "+-0123456789.eE".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
        String digits = text.substring(start, position);
        try {
            boolean whole = digits.chars().noneMatch(sign -> sign == '.' || sign == 'e' || sign == 'E');
            return whole && digits.length() < 19 ? (Object) Long.valueOf(digits) : Double.valueOf(digits);
        } catch (NumberFormatException e) {
            position = start;
            throw invalid();
        }
    }

    /**
     * Writes a value as JSON.
     *
     * @param value a JSON value, a {@link Body}, or an {@link Optional}, which is null if it is empty
     * @throws IllegalArgumentException if the value, or one in it, has another type
     */
    static String write(@Nullable Object value) {
        var out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(@Nullable Object value, StringBuilder out) {
        switch (value) {
            case null -> out.append("null");
            case String string -> writeString(string, out);
            case Boolean flag -> out.append(flag.booleanValue());
            case Double number
            when !Double.isFinite(number) -> throw new IllegalArgumentException("JSON has no number " + number + ".");
            case Number number -> out.append(number);
            case Optional<?> optional -> write(optional.orElse(null), out);
            case Body body -> write(body.toJson(), out);
            case Map<?, ?> map -> {
                char separator = '{';
                for (Map.Entry<?, ?> field : map.entrySet()) {
                    out.append(separator);
                    writeString(String.valueOf(field.getKey()), out);
                    out.append(':');
                    write(field.getValue(), out);
                    separator = ',';
                }
                out.append(map.isEmpty() ? "{}" : "}");
            }
            case Collection<?> items -> {
                char separator = '[';
                for (Object item : items) {
                    out.append(separator);
                    write(item, out);
                    separator = ',';
                }
                out.append(items.isEmpty() ? "[]" : "]");
            }
            default ->
                throw new IllegalArgumentException(
                        "A value of " + value.getClass().getName() + " cannot be sent as JSON; use text, numbers, "
                                + "true, false, null, lists and maps.");
        }
    }

    private static void writeString(String value, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char sign = value.charAt(i);
            if (sign == '"' || sign == '\\') {
                out.append('\\').append(sign);
            } else if (sign < ' ' || Character.isSurrogate(sign)) {
                // A surrogate without its other half has no UTF-8 form, and both halves may be written as escapes.
                out.append("\\u%04x".formatted((int) sign));
            } else {
                out.append(sign);
            }
        }
        out.append('"');
    }
}
