package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.ParameterException;

class UsageErrorsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "frobnicate | There is no command \"frobnicate\".",
                "recal x | There is no command \"recal\"; did you mean recall?",
                "graph shew x | There is no command \"shew\"; did you mean show?",
                "keys frobnicate | There is no command \"frobnicate\"; use create, revoke, list.",
                "recall --limt 5 x | There is no option \"--limt\"; did you mean --limit?",
                "agents extra | There is no place for the argument \"extra\".",
                "recall --limit x y | Invalid value for option '--limit': 'x' is not a whole number",
                "recall --max-tokens 1.5 y | Invalid value for option '--max-tokens': '1.5' is not a whole number",
                "recall --diversity x y | Invalid value for option '--diversity': 'x' is not a number",
                "recall --weight speaker y | --weight is \"speaker\"; it must have the form SIGNAL=WEIGHT.",
                "recall --weight $1\\ y | --weight is \"$1\\\"; it must have the form SIGNAL=WEIGHT.",
                "tasks add verify --delay-seconds x | "
                        + "Invalid value for option '--delay-seconds': 'x' is not a whole number",
                "forget --yes | Give one of --message=MESSAGE, --note=NOTE, --session=SESSION, --user=USER,"
                        + " --entity=ENTITY, --collection=COLLECTION, --everything.",
                "forget --note a --user b | Give only one of --note=NOTE, --user=USER."
            })
    void wrongArgumentsAreNamedWithTheExpectedForm(String arguments, String message) {
        ParameterException failure = catchThrowableOfType(
                ParameterException.class, () -> SteleCommand.commandLine().parseArgs(arguments.split(" ")));
        assertThat(UsageErrors.message(failure)).isEqualTo(message);
    }
}
