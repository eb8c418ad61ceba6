package dev.stele.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stele.Stele;
import dev.stele.fault.Faults.Fault;
import dev.stele.support.SecondJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** System calls fail below a live instance, those of the library and those of SQLite. */
@Tag("directory")
class FaultSweepTest {

    @TempDir
    Path directory;

    /** @param calls seed of the calls that fail, or a fault that each call fails with in turn */
    private void sweep(Object calls) throws Exception {
        Path library = directory.resolve("faults.so");
        assumeTrue(Faults.compile(library), "a C compiler on Linux");
        Path data = Files.createDirectory(directory.resolve("data"));
        var lines = new ArrayList<String>();
        try (SecondJvm process = SecondJvm.start(
                Faults.environment(library, data, directory.resolve("control")),
                FaultyProcess.class,
                data.toRealPath(),
                calls)) {
            for (String line = process.line(); line != null; line = process.line()) {
                lines.add(line);
                if (!line.startsWith("ack")) {
                    System.out.println(line);
                }
            }
            assertThat(process.await()).isZero();
        }
        assertThat(lines).noneMatch(line -> line.startsWith("violation"));
        List<Acknowledgement> acks = lines.stream()
                .filter(line -> line.startsWith("ack"))
                .map(Acknowledgement::parse)
                .toList();
        try (Stele reader = Workload.openForReading(data)) {
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

    @ParameterizedTest
    @EnumSource
    @Tag("proof")
    void everyCallOfEveryOperationMayFail(Fault fault) throws Exception {
        sweep(fault);
    }
}
