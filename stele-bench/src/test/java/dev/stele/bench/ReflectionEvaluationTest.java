package dev.stele.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReflectionEvaluationTest {

    @Test
    void notesAreTakenOfBothSpeakersAndThoseWithoutALabelAreNamed(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("talk.json");
        Files.writeString(file, """
                {"sample_id":"t","conversation":{"speaker_a":"Ann","speaker_b":"Bob",
                 "session_1_date_time":"1:56 pm on 8 May, 2023","session_1":[
                  {"speaker":"Ann","dia_id":"D1:1","text":"I moved to Lisbon last year."},
                  {"speaker":"Bob","dia_id":"D1:2","text":"Nice! I work as a carpenter in Porto."}]},
                 "qa":[{"question":"Where does Ann live?","answer":"Lisbon","category":4,"evidence":["D1:1"]}]}
                """);
        var progress = new ArrayList<String>();
        ReflectionEvaluation.Result result = new ReflectionEvaluation().run(List.of(file), progress::add);
        assertThat(result.messages()).isEqualTo(2);
        assertThat(result.notes()).isGreaterThanOrEqualTo(2);
        assertThat(result.withoutEvidence()).isZero();
        assertThat(progress).anyMatch(line -> line.contains("without a label") && line.contains("Lisbon"));
        assertThat(progress).anyMatch(line -> line.contains("without a label") && line.contains("carpenter"));
    }
}
