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
 * Order-independent hash of an export: two memories with the same fingerprint have the same content. The header, change
 * numbers and the archived state of messages are excluded, because they are specific to each memory. Use it as the
 * writer of an export. Not thread-safe.
 */
public final class Fingerprint extends Writer {

    private final StringBuilder line = new StringBuilder();
    private final Map<String, Sum> kinds = new TreeMap<>();

    /**
     * Hash of all lines of one type.
     *
     * @param lines number of lines
     * @param first first half of the sum of the line digests
     * @param second second half of the sum of the line digests
     */
    private record Sum(long lines, long first, long second) {
        Sum plus(Sum other) {
            return new Sum(lines + other.lines, first + other.first, second + other.second);
        }
    }

    /** Fingerprint of a memory. Immutable. */
    public static final class Of {

        private final Map<String, Sum> kinds;

        private Of(Map<String, Sum> kinds) {
            this.kinds = Map.copyOf(kinds);
        }

        /** Returns the number of lines that the fingerprint covers. */
        public long things() {
            return kinds.values().stream().mapToLong(Sum::lines).sum();
        }

        /**
         * Compares two fingerprints.
         *
         * @param other fingerprint of another memory
         * @return names of the line types that differ; empty if the memories have the same content
         */
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

    /** Removes the fields that are specific to each memory. */
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

    /** Returns the fingerprint of everything written so far. */
    public Of all() {
        return new Of(kinds);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
