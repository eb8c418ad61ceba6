package dev.stele.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An entity to be remembered. One of the same type that is called so, or that has the id, takes up what is new. Immutable.
 *
 * @param id the caller's identifier, unique within the agent, or empty to have one made
 * @param name what it is called
 * @param type what it is
 * @param aliases other names
 * @param attributes anything more, as JSON values; null takes one away
 * @param observations what is known of it
 * @param mentionedBy ids of messages and notes that speak of it
 */
public record EntityDraft(
        Optional<String> id,
        String name,
        String type,
        List<String> aliases,
        Map<String, @Nullable Object> attributes,
        List<ObservationDraft> observations,
        List<String> mentionedBy) {

    public static final List<String> FIELDS =
            List.of("id", "name", "type", "aliases", "attributes", "observations", "mentionedBy");

    public EntityDraft {
        id.ifPresent(given -> Ids.check("entity id", given));
        Entity.checkName("name of an entity", name);
        Entity.checkName("type of an entity", type);
        aliases = List.copyOf(aliases);
        aliases.forEach(alias -> Entity.checkName("alias of an entity", alias));
        attributes = Json.copyMap(attributes);
        observations = List.copyOf(observations);
        mentionedBy = List.copyOf(mentionedBy);
        mentionedBy.forEach(item -> Ids.check("id of what mentions an entity", item));
    }

    public static EntityDraft of(String type, String name, String... observations) {
        return new EntityDraft(
                Optional.empty(),
                name,
                type,
                List.of(),
                Map.of(),
                List.of(observations).stream().map(ObservationDraft::of).toList(),
                List.of());
    }

    public EntityDraft withId(String newId) {
        return new EntityDraft(Optional.of(newId), name, type, aliases, attributes, observations, mentionedBy);
    }

    public EntityDraft withAliases(String... others) {
        return new EntityDraft(id, name, type, List.of(others), attributes, observations, mentionedBy);
    }

    public EntityDraft withAttributes(Map<String, ? extends @Nullable Object> values) {
        return new EntityDraft(id, name, type, aliases, Json.copyMap(values), observations, mentionedBy);
    }

    public static EntityDraft fromJson(JsonObject json) {
        json.only(FIELDS);
        return new EntityDraft(
                json.optionalString("id"),
                json.string("name"),
                json.string("type"),
                json.strings("aliases"),
                json.map("attributes"),
                ObservationDraft.listFromJson(json, "observations"),
                json.strings("mentionedBy"));
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("name", name)
                .put("type", type)
                .put("aliases", aliases)
                .put("attributes", attributes)
                .put(
                        "observations",
                        observations.stream().map(ObservationDraft::toJson).toList())
                .put("mentionedBy", mentionedBy)
                .map();
    }
}
