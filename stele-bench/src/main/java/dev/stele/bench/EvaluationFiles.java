package dev.stele.bench;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reader of conversations with questions. A {@code .json} file has one conversation in LoCoMo's form, or a list. A
 * {@code .jsonl} file is one corpus: lines with {@code id} and {@code text} (and perhaps {@code speaker} and {@code
 * session}), and lines with {@code question} and the ids of its {@code evidence}. Stateless.
 */
final class EvaluationFiles {

    private EvaluationFiles() {}

    /**
     * Returns the conversations of a file, in LoCoMo's form.
     *
     * @throws IOException if the file cannot be read
     * @throws InvalidInputException if a line is neither an item nor a question
     */
    static List<JsonObject> read(Path file) throws IOException {
        if (String.valueOf(file.getFileName()).endsWith(".jsonl")) {
            return List.of(corpus(file));
        }
        Object document = Json.read(Files.readString(file));
        return (document instanceof List<?> list ? list : List.of(document))
                .stream()
                        .map(conversation -> JsonObject.of("conversation", conversation))
                        .toList();
    }

    private static JsonObject corpus(Path file) throws IOException {
        Map<String, List<Map<String, @Nullable Object>>> sessions = new LinkedHashMap<>();
        var questions = new ArrayList<Map<String, @Nullable Object>>();
        int number = 0;
        for (String text : Files.readAllLines(file)) {
            number++;
            if (text.isBlank()) {
                continue;
            }
            JsonObject line = Json.readObject("line " + number + " of " + file.getFileName(), text);
            if (line.has("question")) {
                questions.add(line.raw());
            } else {
                sessions.computeIfAbsent(line.optionalString("session").orElse(""), _ -> new ArrayList<>())
                        .add(Json.fields()
                                .put("speaker", line.optionalString("speaker").orElse("Corpus"))
                                .put("dia_id", line.string("id"))
                                .put("text", line.string("text"))
                                .map());
            }
        }
        var conversation = new LinkedHashMap<String, @Nullable Object>();
        conversation.put("speaker_a", "Corpus");
        conversation.put("speaker_b", "Assistant");
        int session = 0;
        for (List<Map<String, @Nullable Object>> turns : sessions.values()) {
            session++;
            conversation.put("session_" + session, turns);
            conversation.put(
                    "session_" + session + "_date_time", "12:00 pm on %d January, 2024".formatted(session % 28 + 1));
        }
        return JsonObject.of(
                "conversation", Map.of("sample_id", "corpus", "conversation", conversation, "qa", questions));
    }
}
