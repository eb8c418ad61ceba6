package dev.stele.context;

import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import java.util.Optional;
import java.util.Set;

/**
 * Query for a prompt context. Immutable.
 *
 * @param topic the topic of the prompt, as text
 * @param user the user whose profile is included; empty for none
 * @param session the session whose latest messages are included; empty for none
 * @param maxTokens maximum number of tokens of the text, from 1 to 1,000,000
 * @param hits maximum number of recalled items, from 0 to 60
 * @param audience users to whom the context is told: only items that all of them may see are included; empty to include
 *     all items
 * @param without ids of items that are not recalled because the prompt has them already
 */
public record ContextQuery(
        String topic,
        Optional<String> user,
        Optional<String> session,
        int maxTokens,
        int hits,
        Set<String> audience,
        Set<String> without) {

    /** Default number of recalled items, and the maximum. */
    public static final int DEFAULT_HITS = 60;

    /** Default maximum number of tokens. */
    public static final int DEFAULT_TOKENS = 1_500;
    /** Upper bound of the maximum number of tokens. */
    public static final int MAX_TOKENS = 1_000_000;

    public ContextQuery {
        if (topic.isBlank()) {
            throw new InvalidInputException("The topic is blank; say what the context is for.");
        }
        user = user.map(given -> Ids.check("user", given));
        session = session.map(given -> Ids.check("session", given));
        audience = Set.copyOf(audience);
        without = Set.copyOf(without);
        if (hits < 0 || hits > DEFAULT_HITS) {
            throw new InvalidInputException(
                    "The items to recall are %d; they must be 0 to %d.".formatted(hits, DEFAULT_HITS));
        }
        if (maxTokens < 1 || maxTokens > MAX_TOKENS) {
            throw new InvalidInputException(
                    "max_tokens is %d; it must lie from 1 to %d.".formatted(maxTokens, MAX_TOKENS));
        }
    }

    /** Returns a query about a topic with the defaults, without user and session. */
    public static ContextQuery about(String topic) {
        return new ContextQuery(topic, Optional.empty(), Optional.empty(), DEFAULT_TOKENS);
    }

    /**
     * Parses the JSON form of the REST API; only {@code topic} is required.
     *
     * @param json fields {@code topic}, {@code user}, {@code session}, {@code max_tokens}, {@code hits} and
     *     {@code audience}, which is one string or a list
     * @throws InvalidInputException if a field is unknown, missing or invalid
     */
    public static ContextQuery fromJson(JsonObject json) {
        json.only("topic", "user", "session", "max_tokens", "hits", "audience");
        return new ContextQuery(
                json.string("topic"),
                json.optionalString("user"),
                json.optionalString("session"),
                json.optionalInt("max_tokens").orElse(DEFAULT_TOKENS),
                json.optionalInt("hits").orElse(DEFAULT_HITS),
                json.raw("audience") instanceof String single ? Set.of(single) : Set.copyOf(json.strings("audience")),
                Set.of());
    }

    public ContextQuery(String topic, Optional<String> user, Optional<String> session, int maxTokens) {
        this(topic, user, session, maxTokens, DEFAULT_HITS, Set.of(), Set.of());
    }
}
