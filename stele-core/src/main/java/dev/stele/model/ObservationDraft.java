package dev.stele.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Draft of an observation about an entity. The same text about the same entity is stored only once. Immutable.
 *
 * @param content text of the fact, not blank
 * @param at time at which the fact held or was stated, truncated to milliseconds; empty if unknown
 * @param sources ids of the messages and notes that the fact comes from
 */
public record ObservationDraft(String content, Optional<Instant> at, List<String> sources) {

    public ObservationDraft {
        if (content.isBlank()) {
            throw new InvalidInputException("An observation is blank; give it text.");
        }
        Ids.checkText("observation", content);
        at = at.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
        sources = List.copyOf(sources);
        sources = sources.stream()
                .map(source -> Ids.check("source of an observation", source))
                .toList();
    }

    /**
     * Creates a draft without time and sources.
     *
     * @param content text of the fact, not blank
     */
    public static ObservationDraft of(String content) {
        return new ObservationDraft(content, Optional.empty(), List.of());
    }

    /**
     * Parses a list of texts or objects; empty if the field is absent.
     *
     * @param json object that contains the list
     * @param field name of the list
     * @throws InvalidInputException if the list is invalid
     */
    public static List<ObservationDraft> listFromJson(JsonObject json, String field) {
        return json.list(field).stream()
                .map(element ->
                        element instanceof String text ? of(text) : fromJson(JsonObject.of("observation", element)))
                .toList();
    }

    private static ObservationDraft fromJson(JsonObject json) {
        json.only("content", "at", "sources");
        return new ObservationDraft(json.string("content"), json.optionalInstant("at"), json.strings("sources"));
    }

    /** Returns the draft as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("content", content)
                .put("at", at)
                .put("sources", sources)
                .map();
    }
}
