package dev.stele.chat;

import dev.stele.language.Prompt.Source;
import dev.stele.model.Json;
import dev.stele.model.Message;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What came of a message to an agent. Immutable.
 *
 * @param question the message as it is remembered
 * @param answer the answer as it is remembered; empty if nothing came of it
 * @param cut whether the answer is not whole
 * @param error why it is not
 * @param model what answered; empty if nothing did
 * @param sources what the answer could draw on
 * @param interaction the id under which the memory agent learns from it
 * @param memoryMillis how long the memory took, before and after the model
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

    public String text() {
        return answer.map(Message::content).orElse("");
    }

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
                .put("memoryMillis", Math.round(memoryMillis * 100) / 100.0)
                .map();
    }

    /** A source as it is shown to a caller. */
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
