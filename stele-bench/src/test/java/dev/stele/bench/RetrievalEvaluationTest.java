package dev.stele.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.recall.RecallMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetrievalEvaluationTest {

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
        List<RetrievalEvaluation.Source> sources =
                new RetrievalEvaluation(RecallMode.KEYWORD).run(List.of(file), _ -> {});
        assertThat(sources).singleElement().satisfies(source -> {
            assertThat(source.name()).isEqualTo("talk");
            assertThat(source.unanswerable()).isEmpty();
            assertThat(source.foreign()).isEmpty();
        });
        List<RetrievalEvaluation.Row> rows = sources.getFirst().rows();
        assertThat(rows)
                .extracting(RetrievalEvaluation.Row::name)
                .containsExactly("single-hop", "adversarial", "all", "bm25");
        assertThat(rows.get(0).recall().get(1)).isEqualTo(0.5);
        assertThat(rows.get(1).recall().get(1)).isEqualTo(1.0);
        assertThat(rows.get(2).questions()).isEqualTo(3);
        assertThat(rows.get(2).recall().get(1)).isBetween(0.66, 0.67);
        assertThat(rows.get(3).recall().get(1)).isBetween(0.66, 0.67);
        assertThat(sources.getFirst().differences()).hasSize(2).allSatisfy(difference -> {
            assertThat(difference.baseline()).isEqualTo("bm25");
            assertThat(difference.low()).isLessThanOrEqualTo(difference.mean());
            assertThat(difference.high()).isGreaterThanOrEqualTo(difference.mean());
        });
    }

    @Test
    void conversationsOfAListAreMemoriesOfTheirOwnAndSourcesAreToldApartByFileName(@TempDir Path directory)
            throws Exception {
        String conversation = """
                {"sample_id":"%s","conversation":{"speaker_a":"User","speaker_b":"Assistant",
                 "session_1_date_time":"1:56 pm on 8 May, 2023",
                 "session_1":[{"speaker":"User","dia_id":"D1:1","text":"%s"}]},
                 "qa":[{"question":"What about the kayak?","category":4,"evidence":["D1:1"]}],
                 "unanswerable":["Which quixotic zeppelin?"]}""";
        Path boats = directory.resolve("boats1.json");
        Files.writeString(
                boats,
                "[" + conversation.formatted("a", "My kayak is yellow") + ","
                        + conversation.formatted("b", "I sold the kayak") + "]");
        Path trains = directory.resolve("trains.json");
        Files.writeString(trains, conversation.formatted("c", "We took the train"));
        List<RetrievalEvaluation.Source> sources =
                new RetrievalEvaluation(RecallMode.KEYWORD).run(List.of(boats, trains), _ -> {});
        assertThat(sources).extracting(RetrievalEvaluation.Source::name).containsExactly("boats", "trains", "all");
        assertThat(sources.get(0).rows().getFirst())
                .isEqualTo(new RetrievalEvaluation.Row("single-hop", 2, List.of(1.0, 1.0, 1.0, 1.0, 1.0)));
        assertThat(sources.get(1).rows().getFirst().recall()).containsOnly(0.0);
        assertThat(sources.get(0).unanswerable()).hasValue(1);
        assertThat(sources.get(1).unanswerable()).hasValue(0.5);
        assertThat(sources.get(0).foreign()).isPresent();
        assertThat(sources.get(2).rows().getFirst().questions()).isEqualTo(3);
    }

    @Test
    void linesOfACorpusAreItemsAndQuestions(@TempDir Path directory) throws Exception {
        Path corpus = directory.resolve("corpus.jsonl");
        Files.writeString(corpus, """
                {"id":"a","text":"Ada likes kites, pho and old trains."}
                {"id":"b","text":"Ben likes drums and old boats."}
                {"id":"c","text":"Cleo likes pho and boats."}

                {"question":"Who likes pho?","evidence":["a","c"]}
                """);
        assertThat(new RetrievalEvaluation(RecallMode.KEYWORD)
                        .run(List.of(corpus), _ -> {})
                        .getFirst()
                        .rows())
                .filteredOn(row -> row.name().equals("all"))
                .singleElement()
                .isEqualTo(new RetrievalEvaluation.Row("all", 1, List.of(1.0, 1.0, 1.0, 1.0, 1.0)));
    }
}
