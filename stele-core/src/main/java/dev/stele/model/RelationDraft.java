package dev.stele.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A relation to be remembered. One that is there between the same two with the same type and begin takes up what is new.
 * Immutable.
 *
 * @param from name, alias or id of an entity, or the client's own word for one in the same call
 * @param to the same at the other end
 * @param type what it says, such as {@code works_at}
 * @param fact the same as a sentence
 * @param weight how strong it is, above 0
 * @param attributes anything more, as JSON values; null takes one away
 * @param validFrom from when it holds, if known
 * @param validTo until when it holds (exclusive), if known
 * @param sources ids of the messages and notes that it comes from
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

    public static final List<String> FIELDS =
            List.of("from", "to", "type", "fact", "weight", "attributes", "validFrom", "validTo", "sources");

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
        sources.forEach(source -> Ids.check("source of a relation", source));
    }

    static void checkInterval(Optional<Instant> from, Optional<Instant> to) {
        if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
            throw new InvalidInputException("The relation would be valid from %s to %s, which is no time at all."
                    .formatted(from.get(), to.get()));
        }
    }

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

    public RelationDraft withValidity(Optional<Instant> newFrom, Optional<Instant> newTo) {
        return new RelationDraft(from, to, type, fact, weight, attributes, newFrom, newTo, sources);
    }

    public RelationDraft withWeight(double newWeight) {
        return new RelationDraft(from, to, type, fact, Optional.of(newWeight), attributes, validFrom, validTo, sources);
    }

    public RelationDraft withSources(List<String> items) {
        return new RelationDraft(from, to, type, fact, weight, attributes, validFrom, validTo, items);
    }

    public static RelationDraft fromJson(JsonObject json) {
        json.only(FIELDS);
        return new RelationDraft(
                json.string("from"),
                json.string("to"),
                json.string("type"),
                json.optionalString("fact"),
                json.optionalDouble("weight"),
                json.map("attributes"),
                json.optionalInstant("validFrom"),
                json.optionalInstant("validTo"),
                json.strings("sources"));
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("from", from)
                .put("to", to)
                .put("type", type)
                .put("fact", fact)
                .put("weight", weight)
                .put("attributes", attributes)
                .put("validFrom", validFrom)
                .put("validTo", validTo)
                .put("sources", sources)
                .map();
    }
}
