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
 * A node of an agent's knowledge graph: a person, place, project, idea. Immutable. What is known of it in sentences are its
 * {@link Observation observations}.
 *
 * @param number the change that created it: unique and rising within the agent, across all that it remembers
 * @param id its identifier, unique within the agent, which stays whatever it is called
 * @param version 1 when created, one more with every change of its name, type, aliases or attributes
 * @param name what it is called; among entities of its type that are not retired no other has a name with the same {@link #key}
 * @param type what it is, such as {@code person}
 * @param aliases other names by which it is found
 * @param attributes anything more, as JSON values
 * @param stub whether a relation named it and nobody has said yet what it is; a stub has no type
 * @param createdAt when it was first recorded
 * @param updatedAt when this version was recorded
 * @param retiredAt when it was retired, if it was; a retired entity is part of the past only
 * @param mergedInto the id of the entity that took over what it had, if one did
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

    /** Longest name, in UTF-16 units. */
    public static final int MAX_NAME = 1_000;

    private static final Pattern BLANKS = Pattern.compile("[\\s\\p{Z}]+");

    public Entity {
        aliases = List.copyOf(aliases);
        attributes = Json.copyMap(attributes);
    }

    /**
     * What names have in common that are one: compatible characters (Unicode NFKC), case and blanks do not matter.
     */
    public static String key(String name) {
        return BLANKS.matcher(Normalizer.normalize(name, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT))
                .replaceAll(" ")
                .strip();
    }

    /** Whether an entity of this name and type would be this one. */
    public boolean isCalled(String other) {
        String key = key(other);
        return key(name).equals(key)
                || aliases.stream().anyMatch(alias -> key(alias).equals(key));
    }

    /** The next version, with what a caller may change. */
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

    /** The same at its end. */
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

    /** The same under another number. */
    public Entity numbered(long other) {
        return new Entity(
                other, id, version, name, type, aliases, attributes, stub, createdAt, updatedAt, retiredAt, mergedInto);
    }

    /** What others need to name it. */
    public EntityRef ref() {
        return new EntityRef(number, id, name, type);
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("version", version)
                .put("name", name)
                .put("type", stub ? null : type)
                .put("aliases", aliases)
                .put("attributes", attributes)
                .put("stub", stub ? true : null)
                .put("createdAt", createdAt)
                .put("updatedAt", updatedAt)
                .put("retiredAt", retiredAt)
                .put("mergedInto", mergedInto)
                .map();
    }

    /** Reads {@link #toJson()}; the number is the caller's to give. */
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
                json.instant("createdAt"),
                json.instant("updatedAt"),
                json.optionalInstant("retiredAt"),
                json.optionalString("mergedInto"));
    }

    /**
     * Checks a name, or a type of entities or relations.
     *
     * @throws InvalidInputException if it is blank, longer than {@link #MAX_NAME} or no text
     */
    public static String checkName(String what, String name) {
        if (name.isBlank() || name.length() > MAX_NAME) {
            throw new InvalidInputException("The %s %s; give it 1 to %d characters."
                    .formatted(what, name.isBlank() ? "is blank" : "has " + name.length() + " characters", MAX_NAME));
        }
        return Ids.checkText(what, name);
    }
}
