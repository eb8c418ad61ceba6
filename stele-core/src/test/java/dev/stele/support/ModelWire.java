package dev.stele.support;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How services of language models read questions and stream answers. */
enum ModelWire {
    OPENAI {
        @Override
        String piece(String text) {
            return event(chunk(Map.of("role", "assistant", "content", text), Map.of(), Map.of()));
        }

        @Override
        String end() {
            return event(chunk(
                            Map.of(),
                            Map.of("finish_reason", "stop"),
                            Map.of("usage", Map.of("prompt_tokens", 11, "completion_tokens", 7, "total_tokens", 18))))
                    + "data: [DONE]\n\n";
        }

        private static Map<String, ?> chunk(Map<String, ?> delta, Map<String, ?> choice, Map<String, ?> more) {
            var one = Json.fields().put("index", 0L).keep("delta", delta);
            choice.forEach(one::keep);
            var all = Json.fields()
                    .put("id", "1")
                    .put("object", "chat.completion.chunk")
                    .put("model", "test")
                    .keep("choices", List.of(one.map()));
            more.forEach(all::keep);
            return all.map();
        }
    },
    OLLAMA {
        @Override
        String contentType() {
            return "application/x-ndjson";
        }

        @Override
        String piece(String text) {
            return line(text, false);
        }

        @Override
        String end() {
            return line("", true);
        }

        private static String line(String text, boolean done) {
            var message = Json.fields()
                    .put("model", "test")
                    .put("created_at", "2026-11-21T00:00:00Z")
                    .put("message", Map.of("role", "assistant", "content", text))
                    .keep("done", done);
            if (done) {
                message.put("done_reason", "stop").put("prompt_eval_count", 11L).put("eval_count", 7L);
            }
            return Json.write(message.map()) + "\n";
        }
    },
    ANTHROPIC {
        @Override
        String system(JsonObject body) {
            return text(body.raw("system"));
        }

        @Override
        String begin() {
            return named(
                            "message_start",
                            Map.of(
                                    "message",
                                    Map.of(
                                            "id",
                                            "1",
                                            "type",
                                            "message",
                                            "role",
                                            "assistant",
                                            "content",
                                            List.of(),
                                            "model",
                                            "test",
                                            "usage",
                                            Map.of("input_tokens", 11, "output_tokens", 1))))
                    + named(
                            "content_block_start",
                            Map.of("index", 0, "content_block", Map.of("type", "text", "text", "")));
        }

        @Override
        String piece(String text) {
            return named(
                    "content_block_delta", Map.of("index", 0, "delta", Map.of("type", "text_delta", "text", text)));
        }

        @Override
        String end() {
            return named("content_block_stop", Map.of("index", 0))
                    + named(
                            "message_delta",
                            Map.of("delta", Map.of("stop_reason", "end_turn"), "usage", Map.of("output_tokens", 7)))
                    + named("message_stop", Map.of());
        }

        private static String named(String type, Map<String, ?> data) {
            var all = Json.fields().put("type", type);
            data.forEach(all::keep);
            return "event: " + type + "\n" + event(all.map());
        }
    },
    GEMINI {
        @Override
        String system(JsonObject body) {
            return body.object("systemInstruction")
                    .or(() -> body.object("system_instruction"))
                    .map(one -> text(one.raw("parts")))
                    .orElse("");
        }

        @Override
        String last(JsonObject body) {
            return text(body.objects("contents").getLast().raw("parts"));
        }

        @Override
        String piece(String text) {
            return event(Map.of("candidates", List.of(candidate(text))));
        }

        @Override
        String end() {
            var last = Json.fields();
            candidate("").forEach(last::keep);
            last.put("finishReason", "STOP");
            return event(Map.of(
                    "candidates",
                    List.of(last.map()),
                    "usageMetadata",
                    Map.of("promptTokenCount", 11, "candidatesTokenCount", 7, "totalTokenCount", 18)));
        }

        private static Map<String, ?> candidate(String text) {
            return Map.of("index", 0, "content", Map.of("role", "model", "parts", List.of(Map.of("text", text))));
        }
    };

    /** What the model is told to do. */
    String system(JsonObject body) {
        return body.objects("messages").stream()
                .filter(message -> message.string("role").equals("system"))
                .map(message -> text(message.raw("content")))
                .findFirst()
                .orElse("");
    }

    /** The last turn. */
    String last(JsonObject body) {
        return text(body.objects("messages").getLast().raw("content"));
    }

    String contentType() {
        return "text/event-stream";
    }

    /** Before the first piece. */
    String begin() {
        return "";
    }

    abstract String piece(String text);

    abstract String end();

    private static String event(Object data) {
        return "data: " + Json.write(data) + "\n\n";
    }

    /** A text, or the texts of its parts. */
    private static String text(Object content) {
        if (content instanceof List<?> parts) {
            var texts = new ArrayList<String>();
            for (Object part : parts) {
                texts.add(part instanceof Map<?, ?> of ? String.valueOf(of.get("text")) : String.valueOf(part));
            }
            return texts.stream().collect(Collectors.joining("\n"));
        }
        return content == null ? "" : String.valueOf(content);
    }
}
