package dev.stele.chat;

import dev.stele.model.InvalidInputException;
import java.time.Duration;

/**
 * Bounds of chats. Immutable.
 *
 * @param window so many of a conversation's latest turns a model sees ({@code chat.window})
 * @param contextTokens most tokens of what it is given from memory ({@code chat.context-tokens})
 * @param answerTokens longest answer ({@code chat.answer-tokens})
 * @param turnWait how long a message waits for the answers to those before it in its conversation ({@code chat.turn-wait})
 * @param turns most turns of a conversation between two agents ({@code chat.max-turns})
 */
public record ChatSettings(int window, int contextTokens, int answerTokens, Duration turnWait, int turns) {

    public static final ChatSettings DEFAULT = new ChatSettings(20, 3_000, 1_024, Duration.ofSeconds(60), 20);

    public ChatSettings {
        if (window < 1 || contextTokens < 1 || answerTokens < 1 || turns < 1 || !turnWait.isPositive()) {
            throw new InvalidInputException(
                    "chat.window, chat.context-tokens, chat.answer-tokens, chat.turn-wait and chat.max-turns must be above 0.");
        }
    }
}
