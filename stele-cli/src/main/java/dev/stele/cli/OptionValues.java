package dev.stele.cli;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/** Parsers of values of options. Their errors name the option. Stateless. */
final class OptionValues {

    private OptionValues() {}

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
