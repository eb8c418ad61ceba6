package dev.stele.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Knowledge of an agent about a user. Deeply immutable; each {@code with…} method returns a changed copy.
 *
 * @param userId id of the user
 * @param firstMet time of the first contact between agent and user
 * @param conversations number of interactions
 * @param friendship friendship level, 0 to 100; each interaction adds {@link #FRIENDSHIP_PER_INTERACTION}
 * @param trust trust level, 0 to 1
 * @param traits personality traits, from name to strength of 0 to 1
 * @param preferences likes and habits, from name to value
 * @param moods latest moods, oldest first, at most {@link #MAX_MOODS}
 * @param lastInteraction time of the latest interaction, if any
 * @param version 0 before the context is first stored, then incremented by every update
 */
public record UserContext(
        String userId,
        Instant firstMet,
        long conversations,
        double friendship,
        double trust,
        Map<String, Double> traits,
        Map<String, String> preferences,
        List<Mood> moods,
        Optional<Instant> lastInteraction,
        long version) {

    /** Increase of the friendship level per interaction. */
    public static final double FRIENDSHIP_PER_INTERACTION = 0.5;
    /** Trust level of a user who has not been met before. */
    public static final double DEFAULT_TRUST = 0.5;
    /** Maximum number of moods. */
    public static final int MAX_MOODS = 50;
    /** Maximum number of traits, and of preferences. */
    public static final int MAX_ENTRIES = 1000;

    public UserContext {
        userId = Ids.check("user", userId);
        if (conversations < 0) {
            throw new InvalidInputException(
                    "The count of conversations is %d; it cannot be negative.".formatted(conversations));
        }
        if (!(friendship >= 0 && friendship <= 100)) {
            throw new InvalidInputException("The friendship is %s; it must lie from 0 to 100.".formatted(friendship));
        }
        NoteDraft.checkUnit("trust", trust);
        traits.forEach((name, strength) -> {
            Ids.check("trait", name);
            NoteDraft.checkUnit("strength of trait " + Json.write(name), strength);
        });
        preferences.forEach((name, value) -> {
            Ids.check("preference", name);
            Ids.checkText("preference", value);
        });
        if (traits.size() > MAX_ENTRIES || preferences.size() > MAX_ENTRIES) {
            throw new LimitExceededException(
                    "The context of user %s would hold more than %d traits or preferences; remove some."
                            .formatted(Json.write(userId), MAX_ENTRIES));
        }
        firstMet = firstMet.truncatedTo(ChronoUnit.MILLIS);
        lastInteraction = lastInteraction.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
        traits = ordered(traits);
        preferences = ordered(preferences);
        moods = List.copyOf(moods.subList(Math.max(0, moods.size() - MAX_MOODS), moods.size()));
    }

    /**
     * Returns the context of an unknown user: no conversations, friendship 0, default trust.
     *
     * @param userId id of the user
     * @param now time of the first contact
     */
    public static UserContext stranger(String userId, Instant now) {
        return new UserContext(userId, now, 0, 0, DEFAULT_TRUST, Map.of(), Map.of(), List.of(), Optional.empty(), 0);
    }

    /** Returns the stage of the relationship; see {@link RelationshipStage#of}. */
    public RelationshipStage stage() {
        return RelationshipStage.of(friendship);
    }

    /**
     * Returns a copy with one more interaction and a higher friendship level.
     *
     * @param at time of the interaction
     */
    public UserContext withInteraction(Instant at) {
        return new UserContext(
                userId,
                firstMet,
                conversations + 1,
                Math.min(100, friendship + FRIENDSHIP_PER_INTERACTION),
                trust,
                traits,
                preferences,
                moods,
                Optional.of(lastInteraction.filter(at::isBefore).orElse(at)),
                version);
    }

    /** Returns a copy with another friendship level of 0 to 100. */
    public UserContext withFriendship(double level) {
        return new UserContext(
                userId, firstMet, conversations, level, trust, traits, preferences, moods, lastInteraction, version);
    }

    /** Returns a copy with another trust level of 0 to 1. */
    public UserContext withTrust(double level) {
        return new UserContext(
                userId,
                firstMet,
                conversations,
                friendship,
                level,
                traits,
                preferences,
                moods,
                lastInteraction,
                version);
    }

    /**
     * Returns a copy with a trait.
     *
     * @param name name of the trait
     * @param strength strength, 0 to 1
     */
    public UserContext withTrait(String name, double strength) {
        var changed = new LinkedHashMap<>(traits);
        changed.put(name, strength);
        return new UserContext(
                userId,
                firstMet,
                conversations,
                friendship,
                trust,
                changed,
                preferences,
                moods,
                lastInteraction,
                version);
    }

    /** Returns a copy with a preference. */
    public UserContext withPreference(String name, String value) {
        var changed = new LinkedHashMap<>(preferences);
        changed.put(name, value);
        return new UserContext(
                userId, firstMet, conversations, friendship, trust, traits, changed, moods, lastInteraction, version);
    }

    /** Returns a copy without a preference. */
    public UserContext withoutPreference(String name) {
        var changed = new LinkedHashMap<>(preferences);
        changed.remove(name);
        return new UserContext(
                userId, firstMet, conversations, friendship, trust, traits, changed, moods, lastInteraction, version);
    }

    /** Returns a copy with one more mood; the oldest mood is dropped beyond the maximum. */
    public UserContext withMood(String mood, Instant at) {
        var changed = new ArrayList<>(moods);
        changed.add(new Mood(mood, at));
        return new UserContext(
                userId,
                firstMet,
                conversations,
                friendship,
                trust,
                traits,
                preferences,
                changed,
                lastInteraction,
                version);
    }

    /** Returns a copy with another version. */
    public UserContext withVersion(long newVersion) {
        return new UserContext(
                userId,
                firstMet,
                conversations,
                friendship,
                trust,
                traits,
                preferences,
                moods,
                lastInteraction,
                newVersion);
    }

    /**
     * Applies a JSON merge patch (RFC 7396). {@code user_id}, {@code stage} and {@code version} cannot be patched; null
     * resets a field to its default.
     *
     * @param patch JSON merge patch
     * @return patched copy
     * @throws InvalidInputException if the patch contains an unknown field or an invalid value
     */
    public UserContext patched(JsonObject patch) {
        patch.only(
                "first_met",
                "conversations",
                "friendship",
                "trust",
                "traits",
                "preferences",
                "moods",
                "last_interaction");
        Object merged = MergePatch.apply(toJson(), patch.raw());
        return fromJson(JsonObject.of("user context", merged), firstMet);
    }

    /** Returns the context as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("user_id", userId)
                .put("first_met", firstMet)
                .put("conversations", conversations)
                .put("friendship", friendship)
                .put("stage", stage().words())
                .put("trust", trust)
                .keep("traits", traits)
                .keep("preferences", preferences)
                .keep("moods", moods.stream().map(Mood::toJson).toList())
                .put("last_interaction", lastInteraction)
                .put("version", version)
                .map();
    }

    /** Parses the result of {@link #toJson()}. */
    public static UserContext fromJson(JsonObject json) {
        return fromJson(json, json.instant("first_met"));
    }

    private static UserContext fromJson(JsonObject json, Instant firstMetByDefault) {
        return new UserContext(
                json.string("user_id"),
                json.optionalInstant("first_met").orElse(firstMetByDefault),
                json.optionalLong("conversations").orElse(0L),
                json.optionalDouble("friendship").orElse(0.0),
                json.optionalDouble("trust").orElse(DEFAULT_TRUST),
                json.mapOf("traits", "a number from 0 to 1", v -> v instanceof Number n ? n.doubleValue() : null),
                json.mapOf("preferences", "text", v -> v instanceof String s ? s : null),
                json.objects("moods").stream().map(Mood::fromJson).toList(),
                json.optionalInstant("last_interaction"),
                json.optionalLong("version").orElse(0L));
    }

    /** Returns an unmodifiable copy that keeps the order; {@link Map#copyOf} does not. */
    private static <V> Map<String, V> ordered(Map<String, V> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
}
