package dev.stele.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.AgentName;
import dev.stele.support.Threads;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Latin, letter and accent        | cre\u0302pe          | cr\u00EApe
            Latin, ligature                 | \uFB01le            | file
            Latin, soft hyphen              | kum\u00ADquat        | kumquat
            Latin, zero-width non-joiner    | kum\u200Cquat        | kumquat
            Latin, full width               | \uFF2B\uFF29\uFF32\uFF21 | kira
            Latin, superscript              | m\u00B2              | m2
            Greek, final sigma              | \u039F\u0394\u039F\u03A3 | \u03BF\u03B4\u03BF\u03C2
            Greek, accent                   | \u03BA\u03B1\u03C6\u03B5\u0301 | \u03BA\u03B1\u03C6\u03AD
            Cyrillic, short i               | \u0438\u0306\u043E\u0433\u0430 | \u0439\u043E\u0433\u0430
            Cyrillic, case                  | \u0427\u0410\u0419 | \u0447\u0430\u0439
            Hebrew, presentation form       | \uFB2A\u05DC\u05D5\u05DD | \u05E9\u05C1\u05DC\u05D5\u05DD
            Arabic, presentation form       | \uFEEE\uFEE8\uFE8E  | \u0648\u0646\u0627
            Persian, joiner                 | \u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645 | \u0645\u06CC\u062E\u0648\u0627\u0647\u0645
            Devanagari, nukta               | \u0915\u093C\u0932\u092E | \u0958\u0932\u092E
            Tamil, two-part vowel           | \u0B95\u0BC6\u0BBE\u0B9F\u0BBF | \u0B95\u0BCA\u0B9F\u0BBF
            Japanese, half width            | \uFF97\uFF70\uFF92\uFF9D | \u30E9\u30FC\u30E1\u30F3
            Japanese, voiced mark           | \u304B\u3099\u304F     | \u304C\u304F
            Korean, letters of a syllable   | \u1109\u1165\u110B\u116E\u11AF | \uC11C\uC6B8
            Chinese, compatibility form     | \uF9DC\u5BBF | \u9686\u5BBF
            Thai, sara am                   | \u0E19\u0E49\u0E4D\u0E32 | \u0E19\u0E49\u0E33
            """)
    void textsThatLookTheSameHaveTheSameTerms(String what, String one, String other) {
        assertThat(analyzer.terms(one)).as(what).isNotEmpty().isEqualTo(analyzer.terms(other));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Thai  | \u0E09\u0E31\u0E19\u0E0A\u0E2D\u0E1A\u0E14\u0E37\u0E48\u0E21\u0E01\u0E32\u0E41\u0E1F\u0E15\u0E2D\u0E19\u0E40\u0E0A\u0E49\u0E32 | \u0E01\u0E32\u0E41\u0E1F | \u0E0A\u0E32
            Lao   | \u0E82\u0EC9\u0EAD\u0E8D\u0E81\u0EB4\u0E99\u0E81\u0EB2\u0EC0\u0E9F | \u0E81\u0EB2\u0EC0\u0E9F | \u0E99\u0EC9\u0EB3
            Khmer | \u1781\u17D2\u1789\u17BB\u17C6\u1785\u17BC\u179B\u1785\u17B7\u178F\u17D2\u178F\u1780\u17B6\u17A0\u17D2\u179C\u17C1 | \u1780\u17B6\u17A0\u17D2\u179C\u17C1 | \u1791\u17B9\u1780
            Burmese | \u1000\u103B\u103D\u1014\u103A\u1010\u1031\u102C\u103A\u1000\u1031\u102C\u103A\u1016\u102E\u1000\u103C\u102D\u102F\u1000\u103A\u1010\u101A\u103A | \u1000\u1031\u102C\u103A\u1016\u102E | \u101B\u1031
            """)
    void wordsWithinARunOfAScriptWithoutSpacesAreFound(String script, String text, String word, String absent) {
        assertThat(analyzer.terms(text)).as(script).containsSubsequence(analyzer.terms(word));
        assertThat(analyzer.terms(text)).as(script).doesNotContainSubsequence(analyzer.terms(absent));
    }
}
