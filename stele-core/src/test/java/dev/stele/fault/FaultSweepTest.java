package dev.stele.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stele.Stele;
import dev.stele.support.SecondJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** System calls fail below a live instance, those of the library and those of SQLite. */
@Tag("directory")
class FaultSweepTest {

    @TempDir
    Path directory;

    /** @param seed of the calls that fail; none to let each call fail */
    private void sweep(Long... seed) throws Exception {
        Path library = directory.resolve("faults.so");
        assumeTrue(Faults.compile(library), "a C compiler on Linux");
        Path data = Files.createDirectory(directory.resolve("data"));
        var lines = new ArrayList<String>();
        try (SecondJvm process = SecondJvm.start(
                Faults.environment(library, data, directory.resolve("control")),
                FaultyProcess.class,
                Stream.concat(Stream.of(data.toRealPath()), Stream.of(seed)).toArray())) {
            lines.addAll(process.lines());
            assertThat(process.await()).isZero();
        }
        lines.stream()
                .filter(line -> line.startsWith("totals") || line.startsWith("runs"))
                .forEach(System.out::println);
        assertThat(lines).noneMatch(line -> line.startsWith("violation"));
        try (Stele reader = Workload.openForReading(data)) {
            List<Acknowledgement> acks = lines.stream()
                    .filter(line -> line.startsWith("ack"))
                    .map(Acknowledgement::parse)
                    .toList();
            assertThat(acks).isNotEmpty();
            assertThat(acks.stream().flatMap(ack -> Workload.broken(reader, ack).stream()))
                    .isEmpty();
            assertThat(Workload.damage(reader)).isEmpty();
        }
    }

    @Test
    void failingCallsGiveClearErrorsLoseNothingAndTheInstanceWorksAgain() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        sweep(seed);
    }

    @Test
    @Tag("proof")
    void everyCallOfEveryOperationMayFail() throws Exception {
        sweep();
    }
}
