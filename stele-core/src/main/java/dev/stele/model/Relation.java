package dev.stele.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A directed, typed edge of an agent's knowledge graph, in two times: when it holds in the world ({@code validFrom} to
 * {@code validTo}) and when the agent knew it ({@code recordedAt} to {@code retiredAt}). Immutable; a change retires the row and
 * records another with the same id.
 *
 * @param number the change that recorded this version
 * @param id its identifier, the same for all its versions
 * @param version 1 when created
 * @param type what it says, such as {@code works_at}
 * @param fact the same as a sentence, if anybody wrote one
 * @param weight how strong it is, above 0; 1 unless said otherwise
 * @param attributes anything more, as JSON values
 * @param validFrom from when it holds, if known
 * @param validTo until when it holds (exclusive), if known
 * @param sources ids of the messages and notes that it comes from
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

    /** Whether it holds at a time, as far as is known. */
    public boolean validAt(Instant time) {
        return validFrom.map(from -> !time.isBefore(from)).orElse(true)
                && validTo.map(time::isBefore).orElse(true);
    }

    /** Whether this version was on record at a time. */
    public boolean knownAt(Instant time) {
        return !recordedAt.isAfter(time) && retiredAt.map(time::isBefore).orElse(true);
    }

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
                .put("validFrom", validFrom)
                .put("validTo", validTo)
                .put("sources", sources)
                .put("recordedAt", recordedAt)
                .put("retiredAt", retiredAt)
                .map();
    }

    /** Reads {@link #toJson()} between two entities that are there. */
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
                json.optionalInstant("validFrom"),
                json.optionalInstant("validTo"),
                json.strings("sources"),
                json.instant("recordedAt"),
                json.optionalInstant("retiredAt"));
    }
}
