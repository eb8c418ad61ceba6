package dev.stele.chat;

import dev.stele.model.InvalidInputException;
import java.time.Duration;

/**
 * Limits of chats. Immutable.
 *
 * @param window number of latest turns of a session in the prompt ({@code chat.window})
 * @param contextTokens maximum number of tokens of the context from memory ({@code chat.context-tokens})
 * @param answerTokens maximum number of tokens of a reply ({@code chat.answer-tokens})
 * @param turnWait maximum time that a message waits for the replies to earlier messages of its session
 *     ({@code chat.turn-wait})
 * @param turns maximum number of turns of a conversation between two agents ({@code chat.max-turns})
 */
public record ChatSettings(int window, int contextTokens, int answerTokens, Duration turnWait, int turns) {

    /** Default limits. */
    public static final ChatSettings DEFAULT = new ChatSettings(20, 3_000, 1_024, Duration.ofSeconds(60), 20);

    public ChatSettings {
        if (window < 1 || contextTokens < 1 || answerTokens < 1 || turns < 1 || !turnWait.isPositive()) {
            throw new InvalidInputException(
                    "chat.window, chat.context-tokens, chat.answer-tokens, chat.turn-wait and chat.max-turns must be above 0.");
        }
    }
}
