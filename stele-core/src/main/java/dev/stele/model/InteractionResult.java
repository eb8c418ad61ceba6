package dev.stele.model;

import java.util.List;
import java.util.Optional;

/**
 * Result of storing an interaction with its messages. Immutable.
 *
 * @param messages the stored messages
 * @param user the user's context after the interaction
 * @param interaction the interaction that was queued for reflection; empty if none was requested or the queue is full
 */
public record InteractionResult(List<Message> messages, UserContext user, Optional<Interaction> interaction) {

    public InteractionResult {
        messages = List.copyOf(messages);
    }
}
