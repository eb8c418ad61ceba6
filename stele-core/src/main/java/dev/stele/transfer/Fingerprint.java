package dev.stele.transfer;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Sha256;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What an export comes to in a few bytes, whatever the order of its lines: two memories with the same fingerprint hold the same. The
 * header does not count, nor numbers of changes and whether a message is archived, which are for each memory to decide. For one
 * thread.
 */
public final class Fingerprint extends Writer {

    private final StringBuilder line = new StringBuilder();
    private final Map<String, Sum> kinds = new TreeMap<>();

    /**
     * Of things of one kind.
     *
     * @param lines how many there are
     * @param first half of a sum over all of them
     * @param second the other half
     */
    private record Sum(long lines, long first, long second) {
        Sum plus(Sum other) {
            return new Sum(lines + other.lines, first + other.first, second + other.second);
        }
    }

    /** What a memory comes to. Immutable. */
    public static final class Of {

        private final Map<String, Sum> kinds;

        private Of(Map<String, Sum> kinds) {
            this.kinds = Map.copyOf(kinds);
        }

        /** How many things there are. */
        public long things() {
            return kinds.values().stream().mapToLong(Sum::lines).sum();
        }

        /** Kinds of things that are not the same in another memory, by name; none if it holds the same. */
        public SortedSet<String> differences(Of other) {
            var all = new TreeSet<>(kinds.keySet());
            all.addAll(other.kinds.keySet());
            all.removeIf(kind -> Objects.equals(kinds.get(kind), other.kinds.get(kind)));
            return all;
        }
    }

    @Override
    public void write(char[] characters, int from, int length) {
        for (int i = from; i < from + length; i++) {
            if (characters[i] == '\n') {
                add(line.toString());
                line.setLength(0);
            } else {
                line.append(characters[i]);
            }
        }
    }

    private void add(String text) {
        var fields = new TreeMap<String, @Nullable Object>(
                JsonObject.of("line", Json.read(text)).raw());
        if (Exporter.HEADER.equals(fields.get("type"))) {
            return;
        }
        strip(fields);
        if (fields.get("history") instanceof List<?> versions) {
            fields.put("history", versions.stream().map(Fingerprint::stripped).toList());
        }
        ByteBuffer digest =
                ByteBuffer.wrap(Sha256.digest().digest(Json.write(fields).getBytes(StandardCharsets.UTF_8)));
        kinds.merge(String.valueOf(fields.get("type")), new Sum(1, digest.getLong(), digest.getLong()), Sum::plus);
    }

    /** Takes out what each memory decides for itself. */
    private static void strip(Map<?, ?> fields) {
        fields.remove("archived");
        fields.remove("number");
    }

    private static Object stripped(Object version) {
        if (version instanceof Map<?, ?> map) {
            var fields = new TreeMap<Object, @Nullable Object>(map);
            strip(fields);
            return fields;
        }
        return version;
    }

    /** What was written so far. */
    public Of all() {
        return new Of(kinds);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
