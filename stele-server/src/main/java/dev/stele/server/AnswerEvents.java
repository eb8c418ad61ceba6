package dev.stele.server;

import dev.stele.chat.ChatListener;
import dev.stele.chat.Citation;
import dev.stele.language.Prompt.Source;
import dev.stele.model.Json;
import dev.stele.model.Message;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sender of the progress of one answer as server-sent events: the stored question, what was searched if the client asks
 * for it, the pieces of the answer, and the sources that the answer cites.
 *
 * @param sink receives the events
 * @param withSearched whether the client asks for what was searched
 */
record AnswerEvents(EventStream.Sink sink, boolean withSearched) implements ChatListener {

    private static final String SOURCES = "sources";

    @Override
    public void remembered(Message question) {
        sink.send("message", question.toJson());
    }

    @Override
    public void searched(List<Source> sources) {
        if (withSearched) {
            sink.send("searched", sources.stream().map(Citation::json).toList());
        }
    }

    @Override
    public void delta(String text) {
        sink.send("delta", Json.fields().keep("text", text).map());
    }

    /**
     * Sends the sources that the complete answer cites.
     *
     * @param reply JSON form of the answer
     * @return the answer without its sources, which are not sent twice
     */
    Map<String, @Nullable Object> end(List<Citation> cited, Map<String, ? extends @Nullable Object> reply) {
        sink.send(SOURCES, cited.stream().map(Citation::toJson).toList());
        Map<String, @Nullable Object> rest = new LinkedHashMap<>(reply);
        rest.remove(SOURCES);
        return rest;
    }
}
