package dev.stele.store.sql;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * CRC-32C over the fields of a row. The length of each field is included, so that two different splits of the same
 * bytes differ.
 */
final class Checksum {

    private Checksum() {}

    static long of(@Nullable Object... fields) {
        var crc = new CRC32C();
        for (Object field : fields) {
            switch (field) {
                case null -> number(crc, -1);
                case Long number -> number(crc, number);
                case byte[] bytes -> bytes(crc, bytes);
                case String text -> bytes(crc, text.getBytes(StandardCharsets.UTF_8));
                default -> throw new IllegalArgumentException("no checksum of " + field.getClass());
            }
        }
        return crc.getValue();
    }

    private static void bytes(CRC32C crc, byte[] bytes) {
        number(crc, bytes.length);
        crc.update(bytes, 0, bytes.length);
    }

    private static void number(CRC32C crc, long number) {
        for (int shift = 0; shift < 64; shift += 8) {
            crc.update((int) (number >>> shift) & 0xff);
        }
    }
}
