package dev.stele.cli;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parsers and checks of values of options. Their errors name the option. Stateless. */
final class OptionValues {

    /**
     * Option of a command line.
     *
     * @param name name of the option
     * @param isGiven whether the command line has it
     */
    record Given(String name, boolean isGiven) {}

    private OptionValues() {}

    /**
     * Returns an option with whether it is given, by the value of its field.
     *
     * @param name name of the option
     * @param value value of its field; null, false and an empty collection or map if it is not given
     */
    static Given given(String name, @Nullable Object value) {
        return new Given(
                name,
                switch (value) {
                    case null -> false;
                    case Boolean flag -> flag;
                    case Collection<?> values -> !values.isEmpty();
                    case Map<?, ?> values -> !values.isEmpty();
                    default -> true;
                });
    }

    /**
     * Refuses options that a command would ignore.
     *
     * @param situation what they do not apply to, such as "to a list of notes"
     * @param options options that do not apply
     * @throws InvalidInputException if one is given; the message names all that are
     */
    static void refuse(String situation, Given... options) {
        List<String> names =
                Arrays.stream(options).filter(Given::isGiven).map(Given::name).toList();
        if (!names.isEmpty()) {
            throw new InvalidInputException("%s %s %s; leave %s out."
                    .formatted(
                            String.join(" and ", names),
                            names.size() == 1 ? "does not apply" : "do not apply",
                            situation,
                            names.size() == 1 ? "it" : "them"));
        }
    }

    /**
     * Parses a time.
     *
     * @param option name of the option, for the error
     * @throws InvalidInputException if the text is not a time
     */
    static Instant time(String option, String text) {
        try {
            return JsonObject.parseInstant(text);
        } catch (DateTimeParseException e) {
            throw new InvalidInputException(
                    option + " is \"" + text + "\"; it must be a time such as 2026-05-08T13:56:00Z.");
        }
    }

    /**
     * Parses a JSON object.
     *
     * @param option name of the option, or of the file that it names, for the error
     * @param label name of the object in errors about its fields
     * @throws InvalidInputException if the text is not a JSON object
     */
    static JsonObject object(String option, String label, String text) {
        try {
            return Json.readObject(label, text);
        } catch (InvalidInputException e) {
            throw new InvalidInputException(option + ": " + e.getMessage());
        }
    }
}
