package dev.stele.transfer;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Sha256;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an export comes to in a few bytes, whatever the order of its lines: two memories with the same fingerprint hold the same. The
 * header does not count, nor whether a message is archived, which is for each memory to decide. For one thread.
 */
public final class Fingerprint extends Writer {

    private final StringBuilder line = new StringBuilder();
    private long lines;
    private long first;
    private long second;

    /**
     * @param lines how many things there are
     * @param first half of a sum over all of them
     * @param second the other half
     */
    public record Sum(long lines, long first, long second) {}

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
        fields.remove("archived");
        ByteBuffer digest =
                ByteBuffer.wrap(Sha256.digest().digest(Json.write(fields).getBytes(StandardCharsets.UTF_8)));
        lines++;
        first += digest.getLong();
        second += digest.getLong();
    }

    /** What was written so far. */
    public Sum sum() {
        return new Sum(lines, first, second);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
