package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpeakerNamesTest {

    private static final List<String> NAMES = List.of("Ana", "Ana Maria", "Will", "ben", "Zoë", "C++ (bot)");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "What does Ana like? | What does like?",
                "What is Ana's dog called, and what Zoë’s? | What is dog called, and what ?",
                "What did Ana Maria tell Ben? | What did tell ?",
                "What will Will do? | What will do?",
                "What does ANA like? | What does ANA like?", // said otherwise, so perhaps another word
                "What do BEN and Benjamin do? | What do and Benjamin do?",
                "Did Anabel or Joana call? | Did Anabel or Joana call?",
                "What does C++ (bot) say? | What does say?",
                "Ana and ben? | and ?",
                "Ana, Ben! | Ana, Ben!", // there is nothing else
                "Who   is there? | Who   is there?"
            })
    void speakerNamesAreRemovedFromTheQuery(String question, String embedded) {
        assertThat(SpeakerNames.of(question, NAMES)).isEqualTo(embedded);
    }

    @ParameterizedTest
    @CsvSource({"What does Ana like?", "Ana"})
    void queryIsUnchangedWithoutSpeakerNames(String question) {
        assertThat(SpeakerNames.of(question, List.of())).isSameAs(question);
    }
}
