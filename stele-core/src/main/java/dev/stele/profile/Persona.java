package dev.stele.profile;

import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.RelationshipStage;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Persona of an agent. Immutable.
 *
 * @param name name that the agent uses for itself
 * @param description description of the agent and its behavior, addressed to the model
 * @param traits character traits, from name to strength of 0 to 1
 * @param styles ways of talking by relationship stage; a missing stage has no special style
 * @param languages languages that the agent speaks, the default language first
 */
public record Persona(
        String name,
        String description,
        Map<String, Double> traits,
        Map<RelationshipStage, String> styles,
        List<String> languages) {

    /** Maximum number of traits. */
    private static final int MAX_TRAITS = 100;
    /** Maximum length of the description in UTF-16 chars. */
    private static final int MAX_DESCRIPTION_LENGTH = 16_384;

    /** Returns the persona of an agent that has no description. */
    public static Persona plain(String name) {
        return new Persona(
                name,
                "You are a helpful companion with a good memory. You answer briefly and honestly, and say when you do not know.",
                Map.of(),
                Map.of(),
                List.of());
    }

    public Persona {
        name = Ids.check("name of a persona", name);
        Ids.checkText("description of a persona", description);
        if (description.length() > MAX_DESCRIPTION_LENGTH) {
            throw new InvalidInputException("The description of a persona has %d characters; at most %d are taken."
                    .formatted(description.length(), MAX_DESCRIPTION_LENGTH));
        }
        if (traits.size() > MAX_TRAITS) {
            throw new InvalidInputException(
                    "The persona has %d traits; at most %d are taken.".formatted(traits.size(), MAX_TRAITS));
        }
        traits = Collections.unmodifiableMap(new LinkedHashMap<>(traits));
        traits.forEach((trait, strength) -> {
            Ids.check("trait", trait);
            if (!(strength >= 0 && strength <= 1)) {
                throw new InvalidInputException("The strength of trait %s is %s; it must lie from 0 to 1."
                        .formatted(Json.write(trait), strength));
            }
        });
        styles = Map.copyOf(styles);
        styles.values().forEach(style -> Ids.checkText("style of a persona", style));
        languages = List.copyOf(languages);
        languages = languages.stream()
                .map(language -> Ids.check("language of a persona", language))
                .toList();
    }

    /**
     * Parses a persona.
     *
     * @throws InvalidInputException if a field is missing, unknown or out of range
     */
    public static Persona fromJson(JsonObject json) {
        json.only("name", "description", "traits", "styles", "languages");
        var styles = new LinkedHashMap<RelationshipStage, String>();
        json.mapOf("styles", "text", value -> value instanceof String text ? text : null)
                .forEach((stage, style) -> styles.put(stage(stage), style));
        return new Persona(
                json.string("name"),
                json.optionalString("description").orElse(plain("x").description()),
                json.mapOf("traits", "a number", value -> value instanceof Number number ? number.doubleValue() : null),
                styles,
                json.strings("languages"));
    }

    private static RelationshipStage stage(String word) {
        return Arrays.stream(RelationshipStage.values())
                .filter(stage -> stage.words().equals(word.replace('_', ' ')))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("The stage %s is unknown; use one of %s."
                        .formatted(
                                Json.write(word),
                                Arrays.stream(RelationshipStage.values())
                                        .map(RelationshipStage::words)
                                        .collect(Collectors.joining(", ")))));
    }

    /** Returns the persona as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        var byStage = new LinkedHashMap<String, String>();
        for (RelationshipStage stage : RelationshipStage.values()) {
            if (styles.containsKey(stage)) {
                byStage.put(stage.words(), styles.get(stage));
            }
        }
        return Json.fields()
                .put("name", name)
                .put("description", description)
                .put("traits", traits)
                .put("styles", byStage)
                .put("languages", languages)
                .map();
    }

    /**
     * Returns the instructions for the model.
     *
     * @param stage relationship stage of the user that the agent talks with
     * @param state current state of the agent
     */
    public String instructions(RelationshipStage stage, AgentState state) {
        var text = new StringBuilder("You are ").append(name).append(". ").append(description);
        if (!traits.isEmpty()) {
            text.append("\nYour character: ")
                    .append(traits.entrySet().stream()
                            .map(trait -> strength(trait.getValue()) + trait.getKey())
                            .collect(Collectors.joining(", ")))
                    .append('.');
        }
        String style = styles.get(stage);
        if (style != null) {
            text.append("\nHow you talk with this user, who is ")
                    .append(stage == RelationshipStage.STRANGER ? "a stranger" : "a " + stage.words())
                    .append(": ")
                    .append(style);
        }
        if (!languages.isEmpty()) {
            text.append("\nYou speak ")
                    .append(String.join(", ", languages))
                    .append("; answer in the user's if it is among them.");
        }
        return text.append('\n').append(state.sentence()).toString();
    }

    private static String strength(double value) {
        return value >= 0.8 ? "very " : value >= 0.4 ? "" : value >= 0.15 ? "a little " : "hardly ";
    }
}
