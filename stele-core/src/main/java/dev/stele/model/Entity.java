package dev.stele.model;

import java.text.Normalizer;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Entity: a node of the knowledge graph of an agent, such as a person, place, project or idea. Facts about it in prose
 * are its {@link Observation observations}. Immutable.
 *
 * @param number number of the change that created the entity; unique and ascending within the agent across all items
 * @param id identifier, unique within the agent; it stays the same if the entity is renamed
 * @param version 1 when created, incremented by every change of the name, type, aliases or attributes
 * @param name primary name; no other entity of the type that is not retired has a name with the same {@link #key}
 * @param type type, such as {@code person}
 * @param aliases other names by which the entity is found
 * @param attributes additional JSON values
 * @param stub whether only a relation has named the entity so far; a stub has no type
 * @param createdAt time at which the entity was first recorded
 * @param updatedAt time at which this version was recorded
 * @param retiredAt time at which the entity was retired, if it was; a retired entity is visible in the past only
 * @param mergedInto id of the entity that took over the contents of this one, if one did
 */
public record Entity(
        long number,
        String id,
        long version,
        String name,
        String type,
        List<String> aliases,
        Map<String, @Nullable Object> attributes,
        boolean stub,
        Instant createdAt,
        Instant updatedAt,
        Optional<Instant> retiredAt,
        Optional<String> mergedInto) {

    /** Maximum length of a name in UTF-16 chars. */
    public static final int MAX_NAME = 1_000;

    private static final Pattern WHITESPACE = Pattern.compile("[\\s\\p{Z}]+");

    public Entity {
        aliases = List.copyOf(aliases);
        attributes = Json.copyMap(attributes);
    }

    /**
     * Returns the comparison key of a name. Names that differ only in compatible characters (Unicode NFKC), case or
     * whitespace have the same key.
     */
    public static String key(String name) {
        return WHITESPACE
                .matcher(Normalizer.normalize(name, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT))
                .replaceAll(" ")
                .strip();
    }

    /** Returns whether the name or an alias of this entity has the same key as a name. */
    public boolean isCalled(String other) {
        String key = key(other);
        return key(name).equals(key)
                || aliases.stream().anyMatch(alias -> key(alias).equals(key));
    }

    /**
     * Returns the next version with new values; the result is no stub.
     *
     * @param newName primary name
     * @param newType type
     * @param newAliases aliases
     * @param newAttributes attributes
     * @param when time at which the version is recorded
     */
    public Entity with(
            String newName,
            String newType,
            List<String> newAliases,
            Map<String, ? extends @Nullable Object> newAttributes,
            Instant when) {
        return new Entity(
                number,
                id,
                version + 1,
                newName,
                newType,
                newAliases,
                Json.copyMap(newAttributes),
                false,
                createdAt,
                when,
                retiredAt,
                mergedInto);
    }

    /**
     * Returns the next version of this retired entity, which is current again.
     *
     * @param when time at which the version is recorded
     */
    public Entity restored(Instant when) {
        return new Entity(
                number,
                id,
                version + 1,
                name,
                type,
                aliases,
                attributes,
                stub,
                createdAt,
                when,
                Optional.empty(),
                Optional.empty());
    }

    /**
     * Returns a retired copy.
     *
     * @param when time of the retirement
     * @param into id of the entity that took over the contents, if one did
     */
    public Entity retired(Instant when, Optional<String> into) {
        return new Entity(
                number,
                id,
                version,
                name,
                type,
                aliases,
                attributes,
                stub,
                createdAt,
                updatedAt,
                Optional.of(when),
                into);
    }

    /** Returns a copy with another number. */
    public Entity numbered(long other) {
        return new Entity(
                other, id, version, name, type, aliases, attributes, stub, createdAt, updatedAt, retiredAt, mergedInto);
    }

    /** Returns a reference to this entity. */
    public EntityRef ref() {
        return new EntityRef(number, id, name, type);
    }

    /** Returns the entity as JSON fields, without its number. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("version", version)
                .put("name", name)
                .put("type", stub ? null : type)
                .put("aliases", aliases)
                .put("attributes", attributes)
                .put("stub", stub ? true : null)
                .put("created_at", createdAt)
                .put("updated_at", updatedAt)
                .put("retired_at", retiredAt)
                .put("merged_into", mergedInto)
                .map();
    }

    /**
     * Parses the result of {@link #toJson()}.
     *
     * @param number number of the change that created the entity, which the JSON does not contain
     * @param json fields of the entity
     */
    public static Entity fromJson(long number, JsonObject json) {
        return new Entity(
                number,
                Ids.check("entity id", json.string("id")),
                json.optionalLong("version").orElse(1L),
                checkName("name of an entity", json.string("name")),
                json.optionalString("type").orElse(""),
                json.strings("aliases"),
                json.map("attributes"),
                json.optionalBoolean("stub").orElse(false),
                json.instant("created_at"),
                json.instant("updated_at"),
                json.optionalInstant("retired_at"),
                json.optionalString("merged_into"));
    }

    /**
     * Checks and returns a name, or a type of entities or relations.
     *
     * @param label label of the value in error messages
     * @param name value to check
     * @throws InvalidInputException if the value is blank, longer than {@link #MAX_NAME} or contains half of a
     *     surrogate pair
     */
    public static String checkName(String label, String name) {
        if (name.isBlank() || name.length() > MAX_NAME) {
            throw new InvalidInputException("The %s %s; give it 1 to %d characters."
                    .formatted(label, name.isBlank() ? "is blank" : "has " + name.length() + " characters", MAX_NAME));
        }
        return Ids.checkText(label, name);
    }
}
