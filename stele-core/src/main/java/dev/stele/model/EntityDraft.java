package dev.stele.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Draft of an entity. An existing entity with the same id, or the same type and name, is extended by the draft.
 * Immutable.
 *
 * @param id caller-defined identifier, unique within the agent; empty to generate one
 * @param name primary name
 * @param type type of the entity
 * @param aliases other names
 * @param attributes additional JSON values; null removes an attribute
 * @param observations facts about the entity
 * @param mentionedBy ids of messages and notes that mention the entity
 */
public record EntityDraft(
        Optional<String> id,
        String name,
        String type,
        List<String> aliases,
        Map<String, @Nullable Object> attributes,
        List<ObservationDraft> observations,
        List<String> mentionedBy) {

    /** Names of the JSON fields. */
    public static final List<String> FIELDS =
            List.of("id", "name", "type", "aliases", "attributes", "observations", "mentioned_by");

    public EntityDraft {
        id = id.map(given -> Ids.check("entity id", given));
        Entity.checkName("name of an entity", name);
        Entity.checkName("type of an entity", type);
        aliases = List.copyOf(aliases);
        aliases.forEach(alias -> Entity.checkName("alias of an entity", alias));
        attributes = Json.copyMap(attributes);
        observations = List.copyOf(observations);
        mentionedBy = List.copyOf(mentionedBy);
        mentionedBy = mentionedBy.stream()
                .map(item -> Ids.check("id of what mentions an entity", item))
                .toList();
    }

    /**
     * Creates a draft with observations and defaults for the rest.
     *
     * @param type type of the entity
     * @param name primary name
     * @param observations texts of facts about the entity
     */
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

    /** Returns a copy with a caller-defined id. */
    public EntityDraft withId(String newId) {
        return new EntityDraft(Optional.of(newId), name, type, aliases, attributes, observations, mentionedBy);
    }

    /** Returns a copy with other aliases. */
    public EntityDraft withAliases(String... others) {
        return new EntityDraft(id, name, type, List.of(others), attributes, observations, mentionedBy);
    }

    /** Returns a copy with other attributes. */
    public EntityDraft withAttributes(Map<String, ? extends @Nullable Object> values) {
        return new EntityDraft(id, name, type, aliases, Json.copyMap(values), observations, mentionedBy);
    }

    /**
     * Parses a draft.
     *
     * @throws InvalidInputException if a field is missing, unknown or invalid
     */
    public static EntityDraft fromJson(JsonObject json) {
        json.only(FIELDS);
        return new EntityDraft(
                json.optionalString("id"),
                json.string("name"),
                json.string("type"),
                json.strings("aliases"),
                json.map("attributes"),
                ObservationDraft.listFromJson(json, "observations"),
                json.strings("mentioned_by"));
    }

    /** Returns the draft as JSON fields. */
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
                .put("mentioned_by", mentionedBy)
                .map();
    }
}
