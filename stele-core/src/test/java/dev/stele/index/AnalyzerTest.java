package dev.stele.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.support.Threads;
import org.junit.jupiter.api.Test;

class AnalyzerTest {

    private final Analyzer analyzer = new Analyzer();

    @Test
    void wordsAreStemmedStopWordsAndPossessivesGo() {
        assertThat(analyzer.terms("The running dogs of Ana's neighbours"))
                .containsExactly("run", "dog", "ana", "neighbour");
        assertThat(analyzer.terms("Größe ÉCOLE 東京 Привет")).contains("größe", "école", "привет");
        assertThat(analyzer.terms("")).isEmpty();
    }

    @Test
    void noTermHoldsWhatTheStoreWouldPartItAt() {
        assertThat(analyzer.terms("version 3.5 of foo_bar can't a:b"))
                .allSatisfy(term -> assertThat(term.chars()).allMatch(c -> c >= 128 || Character.isLetterOrDigit(c)));
        assertThat(analyzer.terms("3.5")).isEqualTo(analyzer.terms("3.5"));
    }

    @Test
    void manyThreadsGetTheSameTerms() throws Exception {
        var answers = Threads.atOnce(64, i -> () -> analyzer.terms("The number " + i + " runs"));
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i)).containsExactly("number", String.valueOf(i), "run");
        }
    }
}
