package dev.stele.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.postgres.LinearizabilityChecker.Call;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Histories that the linearizability checker accepts and rejects. */
class LinearizabilityCheckerTest {

    private static Call write(long called, long answered, long version) {
        return new Call(true, called, answered, version, 10 * version);
    }

    private static Call read(long called, long answered, long version) {
        return new Call(false, called, answered, version, 10 * version);
    }

    @Test
    void linearizableHistoryIsAccepted() {
        assertThat(LinearizabilityChecker.problem(
                        List.of(write(1, 5, 2), write(2, 6, 1), read(3, 4, 1), read(7, 8, 2))))
                .isEmpty();
        assertThat(LinearizabilityChecker.problem(List.of(read(1, 2, 0), write(3, 4, 1))))
                .isEmpty();
    }

    @Test
    void lostUpdateIsDetected() {
        assertThat(LinearizabilityChecker.problem(List.of(write(1, 2, 1), write(3, 4, 1))))
                .hasValueSatisfying(problem -> assertThat(problem).contains("two writes"));
        assertThat(LinearizabilityChecker.problem(List.of(write(1, 2, 1), write(3, 4, 3))))
                .isPresent();
    }

    @Test
    void staleReadIsDetected() {
        assertThat(LinearizabilityChecker.problem(List.of(write(1, 2, 1), write(3, 4, 2), read(5, 6, 1))))
                .hasValueSatisfying(problem -> assertThat(problem).contains("a read saw version 1 after version 2"));
        assertThat(LinearizabilityChecker.problem(List.of(write(1, 9, 1), read(2, 3, 1), read(4, 5, 0))))
                .isPresent();
    }

    @Test
    void readOfAValueThatWasNotYetWrittenIsDetected() {
        assertThat(LinearizabilityChecker.problem(List.of(write(1, 2, 1), new Call(false, 3, 4, 1, 7))))
                .isPresent();
        assertThat(LinearizabilityChecker.problem(List.of(write(5, 6, 1), read(1, 2, 1))))
                .isPresent();
    }

    @Test
    void writesOutOfOrderAreDetected() {
        assertThat(LinearizabilityChecker.problem(List.of(write(1, 2, 2), write(3, 4, 1))))
                .isPresent();
    }
}
