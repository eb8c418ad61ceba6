package dev.stele.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.AgentName;
import dev.stele.support.Threads;
import org.junit.jupiter.api.Test;

class AnalyzerTest {

    private final Analyzer analyzer = new Analyzer(Language.ENGLISH);

    @Test
    void wordsAreStemmedAndStopWordsAndPossessivesRemoved() {
        assertThat(analyzer.terms("The running dogs of Ana's neighbours"))
                .containsExactly("run", "dog", "ana", "neighbour");
        assertThat(analyzer.terms("Größe ÉCOLE 東京 Привет")).contains("größe", "école", "привет");
        assertThat(analyzer.terms("")).isEmpty();
    }

    @Test
    void queryTermsOmitQuestionWordsUnlessNoOtherTermIsLeft() {
        assertThat(analyzer.queryTerms("What did she do with the green boat, and don’t you know who's on it?"))
                .containsExactly("green", "boat", "know");
        assertThat(analyzer.queryTerms("Who are you?"))
                .isEqualTo(analyzer.terms("Who are you?"))
                .isNotEmpty();
        assertThat(new Analyzer(Language.GERMAN).queryTerms("Was hat sie aus dem Boot gebaut?"))
                .containsExactly("boot", "gebaut");
    }

    @Test
    void scriptsWithoutWhitespaceYieldUnigramsAndBigrams() {
        assertThat(analyzer.terms("東京都 ラーメン")).contains("東", "東京", "京都");
        assertThat(analyzer.terms("東京")).contains("東京");
        assertThat(analyzer.terms("서울에서")).isNotEmpty();
        assertThat(analyzer.terms("ﾗｰﾒﾝ")).isEqualTo(analyzer.terms("ラーメン")); // of half width and full
    }

    @Test
    void identifiersAndTheirPartsAreTerms() {
        assertThat(analyzer.terms("call getUserName()")).contains("getusernam", "get", "user", "name");
        assertThat(analyzer.terms("user_name")).contains("user", "name");
        assertThat(analyzer.terms("HTTPServer v2")).contains("httpserver");
        assertThat(analyzer.terms("Plain words only")).containsExactly("plain", "word", "onli");
    }

    @Test
    void eachLanguageHasItsOwnStopWordsAndStems() {
        assertThat(new Analyzer(Language.GERMAN).terms("Die Häuser und das Haus"))
                .containsOnly("haus");
        assertThat(new Analyzer(Language.SPANISH).terms("los perros corren")).hasSize(2);
        assertThat(new Analyzer(Language.ANY).terms("The dogs")).containsExactly("the", "dogs");
        for (Language language : Language.values()) {
            assertThat(new Analyzer(language).terms("2026 xyz")).contains("2026");
            assertThat(Language.of(language.code())).isEqualTo(language);
        }
        assertThat(new Analyzer(Language.GERMAN).rules()).isNotEqualTo(analyzer.rules());
    }

    @Test
    void languageSettingsAreParsedAndErrorsReported() {
        Languages some = Languages.parse("en", "kira=de, ben=fr");
        assertThat(some.of(new AgentName("kira"))).isEqualTo(Language.GERMAN);
        assertThat(some.of(new AgentName("ana"))).isEqualTo(Language.ENGLISH);
        assertThatThrownBy(() -> Languages.parse("english", "")).hasMessageContaining("any");
        assertThatThrownBy(() -> Languages.parse("en", "kira")).hasMessageContaining("kira=de");
    }

    @Test
    void termsContainOnlyLettersAndDigits() {
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
