package dev.stele.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Draft of a relation. An existing relation with the same ends, type and start of validity is extended by the draft.
 * Immutable.
 *
 * @param from name, alias or id of the entity at which the relation begins, or a caller-defined reference to an entity
 *     of the same call
 * @param to the same for the entity at which the relation ends
 * @param type type, such as {@code works_at}
 * @param fact relation as a sentence
 * @param weight strength of the relation, above 0
 * @param attributes additional JSON values; null removes an attribute
 * @param validFrom start of validity (inclusive), if known
 * @param validTo end of validity (exclusive), if known
 * @param sources ids of the messages and notes that the relation comes from
 */
public record RelationDraft(
        String from,
        String to,
        String type,
        Optional<String> fact,
        Optional<Double> weight,
        Map<String, @Nullable Object> attributes,
        Optional<Instant> validFrom,
        Optional<Instant> validTo,
        List<String> sources) {

    /** Names of the JSON fields. */
    public static final List<String> FIELDS =
            List.of("from", "to", "type", "fact", "weight", "attributes", "valid_from", "valid_to", "sources");

    public RelationDraft {
        Entity.checkName("name of a relation's entity", from);
        Entity.checkName("name of a relation's entity", to);
        Entity.checkName("type of a relation", type);
        fact.ifPresent(text -> Ids.checkText("fact of a relation", text));
        weight.ifPresent(value -> {
            if (!(value > 0) || value.isInfinite()) {
                throw new InvalidInputException("The weight of a relation is %s; it must be above 0.".formatted(value));
            }
        });
        attributes = Json.copyMap(attributes);
        validFrom = validFrom.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
        validTo = validTo.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
        checkInterval(validFrom, validTo);
        sources = List.copyOf(sources);
        sources = sources.stream()
                .map(source -> Ids.check("source of a relation", source))
                .toList();
    }

    static void checkInterval(Optional<Instant> from, Optional<Instant> to) {
        if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
            throw new InvalidInputException("The relation would be valid from %s to %s, which is no time at all."
                    .formatted(from.get(), to.get()));
        }
    }

    /**
     * Creates a draft with defaults for everything except ends and type.
     *
     * @param from name, alias or id of the entity at which the relation begins
     * @param type type, such as {@code works_at}
     * @param to name, alias or id of the entity at which the relation ends
     */
    public static RelationDraft of(String from, String type, String to) {
        return new RelationDraft(
                from,
                to,
                type,
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    /**
     * Returns a copy with another validity interval.
     *
     * @param newFrom start of validity (inclusive); empty if unknown
     * @param newTo end of validity (exclusive); empty if unknown
     */
    public RelationDraft withValidity(Optional<Instant> newFrom, Optional<Instant> newTo) {
        return new RelationDraft(from, to, type, fact, weight, attributes, newFrom, newTo, sources);
    }

    /** Returns a copy with a weight above 0. */
    public RelationDraft withWeight(double newWeight) {
        return new RelationDraft(from, to, type, fact, Optional.of(newWeight), attributes, validFrom, validTo, sources);
    }

    /** Returns a copy with other sources. */
    public RelationDraft withSources(List<String> items) {
        return new RelationDraft(from, to, type, fact, weight, attributes, validFrom, validTo, items);
    }

    /**
     * Parses a draft.
     *
     * @throws InvalidInputException if a field is missing, unknown or invalid
     */
    public static RelationDraft fromJson(JsonObject json) {
        json.only(FIELDS);
        return new RelationDraft(
                json.string("from"),
                json.string("to"),
                json.string("type"),
                json.optionalString("fact"),
                json.optionalDouble("weight"),
                json.map("attributes"),
                json.optionalInstant("valid_from"),
                json.optionalInstant("valid_to"),
                json.strings("sources"));
    }

    /** Returns the draft as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("from", from)
                .put("to", to)
                .put("type", type)
                .put("fact", fact)
                .put("weight", weight)
                .put("attributes", attributes)
                .put("valid_from", validFrom)
                .put("valid_to", validTo)
                .put("sources", sources)
                .map();
    }
}
