package dev.stele.extract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.Message;
import dev.stele.model.Role;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the rules hear in a sentence. */
class StatementParserTest {

    private static List<Statement> parseStatements(String sentence) {
        return StatementParser.of(
                new Message(
                        1,
                        "m",
                        "s",
                        Optional.of("ana"),
                        Role.USER,
                        sentence,
                        Instant.parse("2026-11-23T10:00:00Z"),
                        Optional.empty(),
                        false,
                        Map.of()),
                "ana");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I live in Lisbon and love tea. | ana lives in Lisbon. ana loves tea.",
                "I live in Lisbon and I have a dog named Rex and I hate rain. | ana lives in Lisbon. ana has a dog named Rex. ana dislikes rain.",
                "I moved to Porto yesterday, and I started a new job at Siemens last week. | ana moved to Porto on 22 November 2026. ana started a new job at Siemens in the week of 16 November 2026.",
                "My name is Ana and I'm 34 years old. | ana is called Ana. ana is 34 years old.",
                "My dog is called Rex and my cat is called Tom. | ana's dog is called Rex. ana's cat is called Tom.",
                "I used to live in Paris but I moved to Lyon in March. | ana used to live in Paris. ana moved to Lyon in March.",
                "I'm diabetic, so I never eat sugar. | ana is diabetic. ana never eats sugar.",
                "I quit my job at Siemens because I moved to Berlin. | ana quit their job at Siemens. ana lives in Berlin.",
                "I'm from Brazil but live in Portugal. | ana is from Brazil. ana lives in Portugal.",
                "I speak Spanish, French and a little German. | ana speaks Spanish, French and a little German.",
                "I'm single and live in Rome. | ana is single. ana lives in Rome.",
            })
    void sentenceYieldsSeveralStatements(String sentence, String statements) {
        assertThat(String.join(
                        " ",
                        parseStatements(sentence).stream()
                                .map(Statement::content)
                                .toList()))
                .isEqualTo(statements);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I love peace and quiet. | ana loves peace and quiet.",
                "I like music and love songs. | ana likes music and love songs.",
                "I live in Lisbon with my wife and two kids. | ana lives in Lisbon with their wife and two kids.",
                "I have a dog named Rex and a cat named Tom. | ana has a dog named Rex and a cat named Tom.",
                "I got a puppy last week, and I love it. | ana got a puppy in the week of 16 November 2026.",
            })
    void coordinatedPhraseYieldsOneStatement(String sentence, String statement) {
        assertThat(parseStatements(sentence)).extracting(Statement::content).containsExactly(statement);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "If I lived in Rome I would be happy.",
                "My friend said \"I live in Rome\".",
                "I think I live in a simulation.",
                "Do I live in Rome?",
                "I'm engaged in a project.",
                "She is nice and it is raining.",
            })
    void sentenceNotAboutTheSpeakerYieldsNoStatement(String sentence) {
        assertThat(parseStatements(sentence)).isEmpty();
    }

    @Test
    void employerAndOccupationFillDifferentSlots() {
        List<Slot> questions = Stream.of(
                        "I work at Google since March.",
                        "I got a new job at Bosch in Braga.",
                        "I work as a nurse in Madrid.",
                        "I'm a teacher.")
                .map(sentence -> parseStatements(sentence).getFirst().slot().orElseThrow())
                .toList();
        assertThat(questions)
                .containsExactly(
                        new Slot("works_at", "Google"),
                        new Slot("works_at", "Bosch"),
                        new Slot("occupation", "nurse"),
                        new Slot("occupation", "teacher"));
        assertThat(parseStatements("I'm a single mom.").getFirst().slot()).isEmpty();
    }

    /** Each "and" doubled what was read. */
    @Test
    void sentenceWithManyConjunctionsIsParsedQuickly() {
        assertThat(parseStatements("x" + " and I x".repeat(45))).isEmpty();
    }

    /** A repetition without a bound took stack for each word. */
    @Test
    void properNamesAreFoundInLongCapitalizedText() {
        assertThat(ProperNames.names("we saw " + "Isle of ".repeat(100_000), Set.of(), 3))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(name).hasSizeLessThan(100));
        assertThat(ProperNames.names("we saw Master and Commander of the Isle", Set.of(), 3))
                .isNotEmpty();
    }
}
