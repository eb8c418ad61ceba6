package dev.stele.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A fact to be remembered about an entity. The same words again about the same entity are one. Immutable.
 *
 * @param content the fact; not blank
 * @param at when it was so or was said, if that is known
 * @param sources ids of the messages and notes that it comes from
 */
public record ObservationDraft(String content, Optional<Instant> at, List<String> sources) {

    public ObservationDraft {
        if (content.isBlank()) {
            throw new InvalidInputException("An observation is blank; give it text.");
        }
        Ids.checkText("observation", content);
        at = at.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
        sources = List.copyOf(sources);
        sources.forEach(source -> Ids.check("source of an observation", source));
    }

    public static ObservationDraft of(String content) {
        return new ObservationDraft(content, Optional.empty(), List.of());
    }

    /** A list of texts or objects; absent is empty. */
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

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("content", content)
                .put("at", at)
                .put("sources", sources)
                .map();
    }
}
