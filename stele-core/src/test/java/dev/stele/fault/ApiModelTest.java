package dev.stele.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.model.MessageDraft;
import dev.stele.model.UserContext;
import dev.stele.support.SecondJvm;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operations of the whole API, drawn by chance in threads of two processes, do what a plain model says. */
@Tag("directory")
class ApiModelTest {

    private static final int PROCESSES = 2;

    @TempDir
    Path data;

    private void run(int threads, int steps, long seed) throws Exception {
        System.out.println("seed " + seed);
        try (Stele stele = ApiActors.open(data)) {
            stele.agent(ApiActor.SHARED).remember(MessageDraft.user("start", "nobody", "the first message"));
        }
        long counted;
        try (SecondJvm process = SecondJvm.start(ApiActors.class, data, seed, threads, threads, steps)) {
            ApiActors.Outcome here = ApiActors.run(data, seed, 0, threads, steps);
            List<String> lines = process.lines();
            assertThat(lines).as("output of the other process").hasSize(PROCESSES);
            assertThat(process.await()).isZero();
            counted = here.counted() + Long.parseLong(lines.getFirst());
            System.out.printf(
                    "model: %d steps in %d threads of %d processes; here %s, there %s%n",
                    PROCESSES * threads * steps, PROCESSES * threads, PROCESSES, here.operations(), lines.getLast());
        }
        try (Stele stele = ApiActors.open(data)) {
            assertThat(stele.agent(ApiActor.SHARED)
                            .users()
                            .get(ApiActor.COUNTER)
                            .map(UserContext::conversations)
                            .orElse(0L))
                    .isEqualTo(counted);
            assertThat(stele.verify())
                    .allSatisfy(report -> assertThat(report.problems()).isEmpty());
        }
    }

    @Test
    void threadsOfTwoProcessesDoWhatAModelSays() throws Exception {
        run(2, 90, 20_261_129);
    }

    @Test
    @Tag("proof")
    void aHundredThousandStepsDoWhatAModelSays() throws Exception {
        run(4, 12_500, System.nanoTime());
    }
}
