package dev.stele.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Observation: a fact about an entity in prose. Observations are recalled like messages and notes. Immutable.
 *
 * @param number number of the change that recorded the observation
 * @param id identifier, unique within the agent
 * @param entity entity that the observation is about
 * @param content text of the fact, not blank
 * @param at time at which the fact held or was stated, if known
 * @param sources ids of the messages and notes that the fact comes from
 * @param recordedAt time at which the observation was recorded
 * @param retiredAt time at which the observation was retired, if it was
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

    /** Returns a copy with other sources. */
    public Observation withSources(List<String> ids) {
        return new Observation(number, id, entity, content, at, ids, recordedAt, retiredAt);
    }

    /** Returns whether the observation was recorded and not retired at a time. */
    public boolean knownAt(Instant time) {
        return !recordedAt.isAfter(time) && retiredAt.map(time::isBefore).orElse(true);
    }

    /** Returns the observation as JSON fields, without its number and entity. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("content", content)
                .put("at", at)
                .put("sources", sources)
                .put("recorded_at", recordedAt)
                .put("retired_at", retiredAt)
                .map();
    }

    /**
     * Parses the result of {@link #toJson()}.
     *
     * @param number number of the change that recorded the observation, which the JSON does not contain
     * @param entity entity that the observation is about
     * @param json fields of the observation
     */
    public static Observation fromJson(long number, EntityRef entity, JsonObject json) {
        return new Observation(
                number,
                Ids.check("observation id", json.string("id")),
                entity,
                json.string("content"),
                json.optionalInstant("at"),
                json.strings("sources"),
                json.instant("recorded_at"),
                json.optionalInstant("retired_at"));
    }
}
