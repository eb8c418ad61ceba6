package dev.stele.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Relation: a directed, typed edge of the knowledge graph of an agent. It is bitemporal: valid time ({@code validFrom}
 * to {@code validTo}) is when the relation holds in the world, record time ({@code recordedAt} to {@code retiredAt}) is
 * when the agent knew it. Immutable; a change retires the row and records another one with the same id.
 *
 * @param number number of the change that recorded this version
 * @param id identifier, the same for all versions
 * @param version 1 when created, incremented by every change
 * @param from entity at which the relation begins
 * @param to entity at which the relation ends
 * @param type type, such as {@code works_at}
 * @param fact relation as a sentence, if there is one
 * @param weight strength of the relation, above 0; 1 by default
 * @param attributes additional JSON values
 * @param validFrom start of validity (inclusive), if known
 * @param validTo end of validity (exclusive), if known
 * @param sources ids of the messages and notes that the relation comes from
 * @param recordedAt time at which this version was recorded
 * @param retiredAt time at which this version was retired, if it was
 */
public record Relation(
        long number,
        String id,
        long version,
        EntityRef from,
        EntityRef to,
        String type,
        Optional<String> fact,
        double weight,
        Map<String, @Nullable Object> attributes,
        Optional<Instant> validFrom,
        Optional<Instant> validTo,
        List<String> sources,
        Instant recordedAt,
        Optional<Instant> retiredAt) {

    public Relation {
        attributes = Json.copyMap(attributes);
        sources = List.copyOf(sources);
    }

    /** Returns a copy with other sources. */
    public Relation withSources(List<String> ids) {
        return new Relation(
                number,
                id,
                version,
                from,
                to,
                type,
                fact,
                weight,
                attributes,
                validFrom,
                validTo,
                ids,
                recordedAt,
                retiredAt);
    }

    /** Returns whether the relation holds at a time; an unknown start or end of validity does not limit it. */
    public boolean validAt(Instant time) {
        return validFrom.map(from -> !time.isBefore(from)).orElse(true)
                && validTo.map(time::isBefore).orElse(true);
    }

    /** Returns whether this version was recorded and not retired at a time. */
    public boolean knownAt(Instant time) {
        return !recordedAt.isAfter(time) && retiredAt.map(time::isBefore).orElse(true);
    }

    /** Returns the relation as JSON fields, without its number. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("version", version)
                .put("from", from.toJson())
                .put("to", to.toJson())
                .put("type", type)
                .put("fact", fact)
                .put("weight", weight == 1 ? null : weight)
                .put("attributes", attributes)
                .put("valid_from", validFrom)
                .put("valid_to", validTo)
                .put("sources", sources)
                .put("recorded_at", recordedAt)
                .put("retired_at", retiredAt)
                .map();
    }

    /**
     * Parses the result of {@link #toJson()}.
     *
     * @param number number of the change that recorded the version, which the JSON does not contain
     * @param from existing entity at which the relation begins
     * @param to existing entity at which the relation ends
     * @param json fields of the relation
     */
    public static Relation fromJson(long number, EntityRef from, EntityRef to, JsonObject json) {
        return new Relation(
                number,
                Ids.check("relation id", json.string("id")),
                json.optionalLong("version").orElse(1L),
                from,
                to,
                Entity.checkName("type of a relation", json.string("type")),
                json.optionalString("fact"),
                json.optionalDouble("weight").orElse(1.0),
                json.map("attributes"),
                json.optionalInstant("valid_from"),
                json.optionalInstant("valid_to"),
                json.strings("sources"),
                json.instant("recorded_at"),
                json.optionalInstant("retired_at"));
    }
}
