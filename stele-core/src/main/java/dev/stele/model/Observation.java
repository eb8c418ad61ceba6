package dev.stele.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One fact about an entity in words. Immutable; it is recalled like messages and notes.
 *
 * @param number the change that recorded it
 * @param id its identifier, unique within the agent
 * @param entity what it is about
 * @param content the fact; not blank
 * @param at when it was so or was said, if that is known
 * @param sources ids of the messages and notes that it comes from
 * @param recordedAt when it was recorded
 * @param retiredAt when it was retired, if it was
 */
public record Observation(
        long number,
        String id,
        EntityRef entity,
        String content,
        Optional<Instant> at,
        List<String> sources,
        Instant recordedAt,
        Optional<Instant> retiredAt) {

    public Observation {
        sources = List.copyOf(sources);
    }

    /** Whether it was on record at a time. */
    public boolean knownAt(Instant time) {
        return !recordedAt.isAfter(time) && retiredAt.map(time::isBefore).orElse(true);
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("content", content)
                .put("at", at)
                .put("sources", sources)
                .put("recordedAt", recordedAt)
                .put("retiredAt", retiredAt)
                .map();
    }

    /** Reads {@link #toJson()}. */
    public static Observation fromJson(long number, EntityRef entity, JsonObject json) {
        return new Observation(
                number,
                Ids.check("observation id", json.string("id")),
                entity,
                json.string("content"),
                json.optionalInstant("at"),
                json.strings("sources"),
                json.instant("recordedAt"),
                json.optionalInstant("retiredAt"));
    }
}
