package dev.stele;

import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import java.util.Optional;
import java.util.Set;

/**
 * What a prompt is to be filled with. Immutable.
 *
 * @param topic what it will be about, in words
 * @param user whose profile belongs in it
 * @param session of which the latest turns belong in it
 * @param maxTokens most tokens of the text
 * @param hits most items that are recalled
 * @param confidential whether what is about other users is left out
 * @param without ids of items that are not recalled, for they are there already
 */
public record ContextQuery(
        String topic,
        Optional<String> user,
        Optional<String> session,
        int maxTokens,
        int hits,
        boolean confidential,
        Set<String> without) {

    /** Items recalled unless it is said otherwise. */
    public static final int DEFAULT_HITS = 60;

    public static final int DEFAULT_TOKENS = 1_500;
    public static final int MAX_TOKENS = 1_000_000;

    public ContextQuery {
        if (topic.isBlank()) {
            throw new InvalidInputException("The topic is blank; say what the context is for.");
        }
        user.ifPresent(given -> Ids.check("user", given));
        session.ifPresent(given -> Ids.check("session", given));
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

    public static ContextQuery about(String topic) {
        return new ContextQuery(topic, Optional.empty(), Optional.empty(), DEFAULT_TOKENS);
    }

    public ContextQuery(String topic, Optional<String> user, Optional<String> session, int maxTokens) {
        this(topic, user, session, maxTokens, DEFAULT_HITS, false, Set.of());
    }
}
