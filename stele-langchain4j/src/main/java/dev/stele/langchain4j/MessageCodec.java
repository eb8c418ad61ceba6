package dev.stele.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ChatMessageDeserializer;
import dev.langchain4j.data.message.ChatMessageSerializer;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.stele.model.ContentReferences;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Role;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Conversion of chat messages. A message that is nothing but a role and a text is stored as such. Any other message is
 * stored with its JSON in the metadata, from which it is read, and with a readable text, by which it is recalled.
 */
final class MessageCodec {

    /** Field of the metadata with the JSON of a message. */
    private static final String FIELD = "langchain4j";

    private MessageCodec() {}

    static MessageDraft encode(String session, Optional<String> user, ChatMessage message) {
        Role role = role(message);
        String text = text(message);
        String content = text.isBlank() ? "(no text)" : text;
        MessageDraft draft = MessageDraft.of(session, role, content);
        draft = user.isPresent() ? draft.withUser(user.get()) : draft;
        boolean plain = !text.isBlank() && message.equals(plain(role, text));
        return plain
                ? draft
                : draft.withMetadata(Collections.singletonMap(
                        FIELD,
                        ContentReferences.shorten(Json.read(ChatMessageSerializer.messageToJson(message)), content)));
    }

    static ChatMessage decode(Message message) {
        Object json = message.metadata().get(FIELD);
        if (json != null) {
            return ChatMessageDeserializer.messageFromJson(
                    Json.write(ContentReferences.expand(json, message.content())));
        }
        ChatMessage plain = plain(message.role(), message.content());
        return plain != null ? plain : UserMessage.from(message.content());
    }

    private static Role role(ChatMessage message) {
        return switch (message.type()) {
            case SYSTEM -> Role.SYSTEM;
            case USER, CUSTOM -> Role.USER;
            case AI -> Role.ASSISTANT;
            case TOOL_EXECUTION_RESULT -> Role.TOOL;
        };
    }

    private static @Nullable ChatMessage plain(Role role, String text) {
        return switch (role) {
            case SYSTEM -> SystemMessage.from(text);
            case USER -> UserMessage.from(text);
            case ASSISTANT -> AiMessage.from(text);
            case TOOL -> null; // the result of a tool always has the name of the tool
        };
    }

    /** Returns what is readable of a message; empty if nothing is. */
    static String text(ChatMessage message) {
        return switch (message) {
            case SystemMessage system -> system.text();
            case UserMessage user -> contents(user.contents());
            case AiMessage ai -> {
                String text = ai.text();
                yield text != null && !text.isBlank() ? text : calls(ai.toolExecutionRequests());
            }
            case ToolExecutionResultMessage result -> contents(result.contents());
            default -> "";
        };
    }

    private static String calls(List<ToolExecutionRequest> calls) {
        return calls.stream().map(call -> call.name() + " " + call.arguments()).collect(Collectors.joining("\n"));
    }

    /** Returns the texts of the contents, and the names of other kinds of contents in brackets. */
    private static String contents(List<Content> contents) {
        return contents.stream()
                .map(content -> content instanceof TextContent text
                        ? text.text()
                        : "[" + content.type().name().toLowerCase(Locale.ROOT) + "]")
                .collect(Collectors.joining("\n"));
    }
}
