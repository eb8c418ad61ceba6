package dev.stele.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the memory agent knows by rules after 458 labeled cases of ordinary English. */
class ExtractionEvaluationTest {

    @Test
    @Tag("proof")
    void mostStatementsAreKnownAndFewAreWrong() throws Exception {
        URI cases =
                ExtractionEvaluationTest.class.getResource("statements.jsonl").toURI();
        ExtractionEvaluation.Row all =
                new ExtractionEvaluation(_ -> {}).run(Path.of(cases)).rows().getLast();
        assertThat((double) all.expectMet() / all.expect()).isGreaterThan(0.9);
        assertThat((double) all.forbidKept() / all.forbid()).isGreaterThan(0.93);
        assertThat((double) all.endedMet() / all.ended()).isGreaterThan(0.82);
    }
}
