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
 * @param sources sources that the reply cites, in the order of the first citations; if an earlier reply is returned
 *     again, each has only number, kind and id
 * @param searched sources of the prompt, which the reply may draw on; empty if an earlier reply is returned again
 * @param interaction id of the interaction that the reflection worker will process
 * @param memoryMillis time spent in the memory before and after the model, in milliseconds
 */
public record ChatReply(
        Message question,
        Optional<Message> answer,
        boolean cut,
        Optional<String> error,
        Optional<String> model,
        List<Citation> sources,
        List<Source> searched,
        Optional<String> interaction,
        double memoryMillis) {

    public ChatReply {
        sources = List.copyOf(sources);
        searched = List.copyOf(searched);
    }

    /** Returns the text of the reply; empty text if there is none. */
    public String text() {
        return answer.map(Message::content).orElse("");
    }

    /** Returns the reply as JSON fields, without the sources that were searched. */
    public Map<String, @Nullable Object> toJson() {
        return toJson(false);
    }

    /**
     * Returns the reply as JSON fields.
     *
     * @param withSearched whether the field {@code searched} lists the sources that the reply may draw on
     */
    public Map<String, @Nullable Object> toJson(boolean withSearched) {
        return Json.fields()
                .put("session", question.session())
                .put("question", question.id())
                .put("answer", answer.map(Message::toJson))
                .put("cut", cut ? true : null)
                .put("error", error)
                .put("model", model)
                .keep("sources", sources.stream().map(Citation::toJson).toList())
                .put(
                        "searched",
                        withSearched ? searched.stream().map(Citation::json).toList() : List.of())
                .put("interaction", interaction)
                .put("memory_ms", Math.round(memoryMillis * 100) / 100.0)
                .map();
    }
}
