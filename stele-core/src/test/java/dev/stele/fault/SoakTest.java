package dev.stele.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stele.Stele;
import dev.stele.support.SecondJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One instance works for long under a mixed load beside faults, and then needs as much heap, as many descriptors and
 * threads, and as much time as before. {@code -Dstele.soak.seconds} gives the length.
 */
@Tag("directory")
@Tag("proof")
class SoakTest {

    /** Columns of a sample. */
    private static final int HEAP_KIB = 1;

    private static final int DESCRIPTORS = 2;
    private static final int THREADS = 3;
    private static final int WRITE_MICROS = 4;
    private static final int RECALL_MICROS = 6;

    @TempDir
    Path directory;

    @Test
    void heapDescriptorsThreadsAndLatencyStayFlatBesideFaults() throws Exception {
        Path library = directory.resolve("faults.so");
        assumeTrue(Faults.compile(library), "a C compiler on Linux");
        Path data = Files.createDirectory(directory.resolve("data"));
        var lines = new ArrayList<String>();
        try (SecondJvm process = SecondJvm.start(
                Faults.environment(library, data, directory.resolve("control")),
                SoakProcess.class,
                data.toRealPath(),
                Long.getLong("stele.soak.seconds", 1_800))) {
            System.out.println("sample\tn\theap KiB\tdescriptors\tthreads\twrite p50 us\tp99\trecall p50 us\tp99\tdone"
                    + "\trefused");
            for (String line = process.line(); line != null; line = process.line()) {
                lines.add(line);
                System.out.println(line);
            }
            assertThat(process.await()).isZero();
        }
        assertThat(lines).noneMatch(line -> line.startsWith("violation")).endsWith("closed");
        List<long[]> samples = lines.stream()
                .filter(line -> line.startsWith("sample"))
                .map(line -> Arrays.stream(line.split("\t", -1))
                        .skip(1)
                        .mapToLong(Long::parseLong)
                        .toArray())
                .toList();
        assertThat(samples).hasSize(SoakProcess.SAMPLES);
        // Caches fill in the first quarter.
        int quarter = SoakProcess.SAMPLES / 4;
        List<long[]> before = samples.subList(quarter, 2 * quarter);
        List<long[]> after = samples.subList(3 * quarter, 4 * quarter);
        assertThat(median(after, HEAP_KIB)).as("heap").isLessThan(median(before, HEAP_KIB) * 11 / 10 + 8_192);
        assertThat(median(after, DESCRIPTORS)).as("descriptors").isLessThan(median(before, DESCRIPTORS) + 16);
        assertThat(median(after, THREADS)).as("threads").isLessThan(median(before, THREADS) + 8);
        assertThat(median(after, WRITE_MICROS)).as("p50 of a write").isLessThan(2 * median(before, WRITE_MICROS));
        assertThat(median(after, RECALL_MICROS)).as("p50 of recall").isLessThan(2 * median(before, RECALL_MICROS));
        try (Stele reader = Workload.openForReading(data)) {
            assertThat(Workload.damage(reader)).isEmpty();
            assertThat(lines.stream().filter(line -> line.startsWith("latest")).map(line -> line.split("\t", -1)[2]))
                    .isNotEmpty()
                    .allSatisfy(id -> assertThat(reader.agent(Workload.KIRA).message(id))
                            .as(id)
                            .isPresent());
        }
    }

    private static long median(List<long[]> samples, int column) {
        return samples.stream()
                .mapToLong(sample -> sample[column])
                .sorted()
                .skip(samples.size() / 2)
                .findFirst()
                .orElseThrow();
    }
}
