package dev.stele.spring.ai;

import dev.stele.model.ContentReferences;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.MessageDraft;
import dev.stele.model.Role;
import java.net.URI;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AbstractMessage;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage.ToolResponse;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.content.Media;
import org.springframework.ai.content.MediaContent;
import org.springframework.util.MimeTypeUtils;

/**
 * Conversion of messages. A message that is nothing but a type and a text is stored as such. Any other message is stored
 * with its parts in the metadata, from which it is read, and with a readable text, by which it is recalled.
 */
final class MessageCodec {

    /** Field of the metadata with the parts of a message. */
    private static final String FIELD = "spring_ai";

    private MessageCodec() {}

    static MessageDraft encode(String session, Optional<String> user, Message message) {
        Map<String, @Nullable Object> parts = parts(message);
        String text = readable(message);
        String content = text.isBlank() ? "(no text)" : text;
        MessageDraft draft = MessageDraft.of(session, role(message), content);
        draft = user.isPresent() ? draft.withUser(user.get()) : draft;
        boolean plain = parts.isEmpty() && content.equals(message.getText());
        if (plain) {
            return draft;
        }
        var all = new LinkedHashMap<>(parts);
        all.put("text", message.getText());
        return draft.withMetadata(Collections.singletonMap(FIELD, ContentReferences.shorten(all, content)));
    }

    private static Role role(Message message) {
        return switch (message.getMessageType()) {
            case SYSTEM -> Role.SYSTEM;
            case USER -> Role.USER;
            case ASSISTANT -> Role.ASSISTANT;
            case TOOL -> Role.TOOL;
        };
    }

    /** Returns what a message has besides its type and its text. */
    private static Map<String, @Nullable Object> parts(Message message) {
        var metadata = new LinkedHashMap<String, @Nullable Object>();
        message.getMetadata().forEach((key, value) -> {
            if (!key.equals(AbstractMessage.MESSAGE_TYPE)) {
                metadata.put(key, Values.toJson(value));
            }
        });
        Json.Fields fields = Json.fields().put("metadata", metadata);
        if (message instanceof AssistantMessage assistant) {
            fields.put(
                    "tool_calls",
                    assistant.getToolCalls().stream().map(MessageCodec::call).toList());
        }
        if (message instanceof ToolResponseMessage tool) {
            fields.put(
                    "responses",
                    tool.getResponses().stream().map(MessageCodec::response).toList());
        }
        if (message instanceof MediaContent media) {
            fields.put(
                    "media", media.getMedia().stream().map(MessageCodec::media).toList());
        }
        return fields.map();
    }

    private static Map<String, @Nullable Object> call(ToolCall call) {
        return Json.fields()
                .put("id", call.id())
                .put("type", call.type())
                .put("name", call.name())
                .put("arguments", call.arguments())
                .map();
    }

    private static Map<String, @Nullable Object> response(ToolResponse response) {
        return Json.fields()
                .put("id", response.id())
                .put("name", response.name())
                .put("data", response.responseData())
                .map();
    }

    private static Map<String, @Nullable Object> media(Media media) {
        Object data = media.getData();
        return Json.fields()
                .put("mime_type", media.getMimeType().toString())
                .put("uri", data instanceof byte[] ? null : data.toString())
                .put(
                        "base64",
                        data instanceof byte[] bytes ? Base64.getEncoder().encodeToString(bytes) : null)
                .put("id", media.getId())
                .put("name", media.getName())
                .map();
    }

    private static String readable(Message message) {
        String text = message.getText() == null ? "" : message.getText();
        Stream<String> more = switch (message) {
            case AssistantMessage assistant
            when text.isBlank() -> assistant.getToolCalls().stream().map(call -> call.name() + " " + call.arguments());
            case ToolResponseMessage tool -> tool.getResponses().stream().map(ToolResponse::responseData);
            default -> Stream.empty();
        };
        return text.isBlank() ? more.collect(Collectors.joining("\n")) : text;
    }

    static Message decode(dev.stele.model.Message message) {
        JsonObject parts = JsonObject.of(
                FIELD,
                message.metadata().containsKey(FIELD)
                        ? ContentReferences.expand(message.metadata().get(FIELD), message.content())
                        : Map.of("text", message.content()));
        String text = parts.optionalString("text").orElse(null);
        Map<String, Object> metadata = Values.fromJson(parts.map("metadata"));
        return switch (message.role()) {
            case SYSTEM ->
                SystemMessage.builder()
                        .text(orContent(text, message))
                        .metadata(metadata)
                        .build();
            case USER ->
                UserMessage.builder()
                        .text(orContent(text, message))
                        .metadata(metadata)
                        .media(media(parts))
                        .build();
            case ASSISTANT ->
                AssistantMessage.builder()
                        .content(text)
                        .properties(metadata)
                        .toolCalls(parts.objects("tool_calls").stream()
                                .map(call -> new ToolCall(
                                        call.optionalString("id").orElse(""),
                                        call.optionalString("type").orElse("function"),
                                        call.optionalString("name").orElse(""),
                                        call.optionalString("arguments").orElse("")))
                                .toList())
                        .media(media(parts))
                        .build();
            case TOOL -> {
                List<JsonObject> responses = parts.objects("responses");
                yield ToolResponseMessage.builder()
                        .responses(
                                responses.isEmpty()
                                        ? List.of(new ToolResponse("", "", message.content()))
                                        : responses.stream()
                                                .map(response -> new ToolResponse(
                                                        response.optionalString("id")
                                                                .orElse(""),
                                                        response.optionalString("name")
                                                                .orElse(""),
                                                        response.optionalString("data")
                                                                .orElse("")))
                                                .toList())
                        .metadata(metadata)
                        .build();
            }
        };
    }

    private static String orContent(@Nullable String text, dev.stele.model.Message message) {
        return text == null ? message.content() : text;
    }

    private static List<Media> media(JsonObject parts) {
        return parts.objects("media").stream()
                .map(media -> {
                    Media.Builder builder =
                            Media.builder().mimeType(MimeTypeUtils.parseMimeType(media.string("mime_type")));
                    media.optionalString("uri").ifPresent(uri -> builder.data(URI.create(uri)));
                    media.optionalString("base64")
                            .ifPresent(data -> builder.data(Base64.getDecoder().decode(data)));
                    media.optionalString("id").ifPresent(builder::id);
                    media.optionalString("name").ifPresent(builder::name);
                    return builder.build();
                })
                .toList();
    }
}
