package dev.stele.chat;

import dev.stele.language.Prompt.Source;
import dev.stele.model.Json;
import dev.stele.model.Message;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Result of a message to an agent. Immutable.
 *
 * @param question message as it is stored
 * @param answer reply as it is stored; empty if no text was generated
 * @param cut whether the reply is incomplete
 * @param error reason why the reply is incomplete
 * @param model model that answered; empty if none did
 * @param sources sources that the reply may draw on
 * @param interaction id of the interaction that the reflection worker will process
 * @param memoryMillis time spent in the memory before and after the model, in milliseconds
 */
public record ChatReply(
        Message question,
        Optional<Message> answer,
        boolean cut,
        Optional<String> error,
        Optional<String> model,
        List<Source> sources,
        Optional<String> interaction,
        double memoryMillis) {

    public ChatReply {
        sources = List.copyOf(sources);
    }

    /** Returns the text of the reply; empty text if there is none. */
    public String text() {
        return answer.map(Message::content).orElse("");
    }

    /** Returns the reply as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("session", question.session())
                .put("question", question.id())
                .put("answer", answer.map(Message::toJson))
                .put("cut", cut ? true : null)
                .put("error", error)
                .put("model", model)
                .put("sources", sources.stream().map(ChatReply::json).toList())
                .put("interaction", interaction)
                .put("memory_ms", Math.round(memoryMillis * 100) / 100.0)
                .map();
    }

    /** Returns a source as JSON fields for a client. */
    public static Map<String, @Nullable Object> json(Source source) {
        return Json.fields()
                .put("kind", source.kind())
                .put("id", source.id().isEmpty() ? null : source.id())
                .put("who", source.who().isEmpty() ? null : source.who())
                .put("at", source.at())
                .put("text", source.text())
                .map();
    }
}
