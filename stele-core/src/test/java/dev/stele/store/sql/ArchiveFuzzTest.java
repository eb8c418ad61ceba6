package dev.stele.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.Message;
import dev.stele.model.Role;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.Embedding;
import dev.stele.store.StoreView.ArchivedMessage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Segments of the archive whose bytes or whose lines are changed, the latter with a right checksum, as in a backup that
 * somebody else has made. Each is read, or refused as damaged with its place.
 */
@Tag("directory")
class ArchiveFuzzTest {

    private static final Pattern UNCLEAR = Pattern.compile("\\b(java|dev\\.stele)\\.|Exception|^\\s*$");

    private static final Duration MAX_TIME = Duration.ofSeconds(10);

    private static final List<String> PIECES = List.of(
            "null",
            "{}",
            "[]",
            "\"\"",
            "-1",
            "1e400",
            "99999999999999999999",
            "true",
            "\"",
            "\\",
            "}",
            "]",
            "{",
            "[",
            ",",
            ":",
            "\n",
            "\u0000",
            "é",
            "\"id\":",
            "\"number\":",
            "\"***\"",
            "\"AAA=\"",
            "\"+999999999-12-31T23:59:59Z\"",
            "[{}]");

    @TempDir
    Path directory;

    private static ArchivedMessage message(int i) {
        var message = new Message(
                i + 1L,
                "m" + i,
                "s",
                Optional.of("ana"),
                Role.USER,
                "text of message " + i,
                Instant.EPOCH.plusSeconds(i),
                Optional.empty(),
                true,
                Map.of("a", i));
        return new ArchivedMessage(message, List.of(), Optional.of(new Embedding("words", new float[] {
            1, 0, 0, (float) i
        })));
    }

    private void fuzz(int count, long seed) throws IOException {
        System.out.println("fuzz of segments with -Dstele.fuzz.seed=" + seed);
        var random = new Random(seed);
        var archive = new Archive(new DirectoryArchiveSegments(directory));
        String name = archive.write(IntStream.range(0, 20)
                        .mapToObj(ArchiveFuzzTest::message)
                        .toList())
                .name();
        Path file = directory.resolve(name);
        byte[] whole = Files.readAllBytes(file);
        String lines = text(whole);
        var outcomes = new TreeMap<String, Integer>();
        for (int i = 0; i < count; i++) {
            byte[] changed = random.nextInt(4) == 0 ? flipped(random, whole) : compressed(mutated(random, lines));
            Files.write(file, changed);
            outcomes.merge(outcome(archive, name, changed), 1, Integer::sum);
        }
        System.out.println("segments: " + outcomes);
        assertThat(outcomes).containsKeys("read", "refused");
    }

    private static String outcome(Archive archive, String name, byte[] content) throws IOException {
        long start = System.nanoTime();
        var read = new ArrayList<ArchivedMessage>();
        String outcome;
        try {
            archive.read(new Archive.Segment(name, read.size(), archive.sha256(name)), read::add);
            outcome = "read";
        } catch (StelePersistenceException e) {
            assertThat(e.getMessage()).contains(name);
            assertThat(UNCLEAR.matcher(e.getMessage()).find())
                    .as(e.getMessage())
                    .isFalse();
            outcome = "refused";
        } catch (RuntimeException | Error e) {
            throw new AssertionError("undocumented: " + e + " of " + text(content), e);
        }
        assertThat(archive.lastNumber(name)).isPresent();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(MAX_TIME);
        return outcome;
    }

    private static String text(byte[] content) {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(content))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return Arrays.toString(content);
        }
    }

    private static byte[] compressed(String lines) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(bytes)) {
            out.write(lines.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static byte[] flipped(Random random, byte[] whole) {
        byte[] copy = whole.clone();
        for (int i = random.nextInt(4); i >= 0 && copy.length > 0; i--) {
            int at = random.nextInt(copy.length);
            if (random.nextInt(4) == 0) {
                copy = Arrays.copyOf(copy, at);
            } else {
                copy[at] ^= (byte) (1 << random.nextInt(8));
            }
        }
        return copy;
    }

    private static String mutated(Random random, String lines) {
        var text = new StringBuilder(lines);
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(text.length() + 1);
            int end = Math.min(text.length(), at + random.nextInt(10));
            String piece = PIECES.get(random.nextInt(PIECES.size()));
            switch (random.nextInt(4)) {
                case 0 -> text.insert(at, piece);
                case 1 -> text.replace(at, end, piece);
                case 2 -> {
                    // A whole value, from its colon to the next field.
                    int colon = text.indexOf(":", at);
                    int comma = text.indexOf(",", Math.max(at, colon));
                    if (colon >= 0 && comma > colon) {
                        text.replace(colon + 1, comma, piece);
                    }
                }
                default -> text.delete(at, end);
            }
        }
        return text.toString();
    }

    @Test
    void changedSegmentsAreReadOrRefused() throws IOException {
        fuzz(1_000, 20_261_130);
    }

    @Test
    @Tag("proof")
    void manyChangedSegmentsAreReadOrRefused() throws IOException {
        fuzz(200_000, Long.getLong("stele.fuzz.seed", System.nanoTime()));
    }
}
