package dev.stele.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.recall.RecallMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocomoEvaluationTest {

    @Test
    void recallIsTheShareOfEvidenceAmongTheFirst(@TempDir Path directory) throws Exception {
        var turns = new ArrayList<String>();
        for (int i = 1; i <= 60; i++) {
            turns.add("{\"speaker\":\"Ann\",\"dia_id\":\"D1:%d\",\"text\":\"%s\"}"
                    .formatted(
                            i,
                            i == 7 ? "The kayak is yellow" : i == 40 ? "I sold the kayak" : "Small talk number " + i));
        }
        Path file = directory.resolve("talk.json");
        Files.writeString(file, """
                {"sample_id":"t","conversation":{"speaker_a":"Ann","speaker_b":"Bob",
                 "session_1_date_time":"1:56 pm on 8 May, 2023","session_1":[%s]},
                 "qa":[{"question":"What colour is the kayak?","answer":"yellow","category":4,"evidence":["D1:7; D1:40"]},
                       {"question":"Which zebra?","answer":"none","category":5,"evidence":["D9:9"]},
                       {"question":"Which zebra?","answer":"none","category":4,"evidence":["D1:60"]}]}
                """.formatted(String.join(",", turns)));
        List<LocomoEvaluation.Row> rows = new LocomoEvaluation(RecallMode.KEYWORD).run(List.of(file), _ -> {});
        assertThat(rows).extracting(LocomoEvaluation.Row::category).containsExactly("single-hop", "adversarial", "all");
        assertThat(rows.get(0).recall().getFirst()).isEqualTo(0.5);
        assertThat(rows.get(1).recall().getFirst()).isEqualTo(1.0);
        assertThat(rows.get(2).questions()).isEqualTo(3);
        assertThat(rows.get(2).recall().getFirst()).isBetween(0.66, 0.67);
    }
}
