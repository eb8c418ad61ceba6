package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Role;
import dev.stele.transfer.TurnWriter.Turn;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reader of {@code conversations.json} from an export of ChatGPT: a list of conversations with {@code id} or
 * {@code conversation_id}, {@code title}, {@code create_time} (Unix time in seconds), {@code mapping} and
 * {@code current_node}. The mapping is a tree of nodes with {@code message}, {@code parent} and {@code children}; an
 * edited question or a regenerated answer begins another branch.
 *
 * <p>The branch that ends at {@code current_node} is imported, which is the one that the user saw last; turns on other
 * branches are counted. Without a valid current node the branch of the latest children is taken. Nodes without a
 * message, messages without content and messages that are marked as hidden are skipped. The author's role is user,
 * assistant, system or tool; a tool's name becomes the speaker. Attachments are named in the metadata
 * {@code attachments}.
 */
final class ChatGptReader implements FormatReader {

    /** Types of content that the user did not see. */
    private static final Set<String> HIDDEN_TYPES =
            Set.of("user_editable_context", "model_editable_context", "thoughts", "reasoning_recap", "system_error");

    private final TurnWriter turns;
    private int conversations;

    ChatGptReader(TurnWriter turns) {
        this.turns = turns;
    }

    @Override
    public void read(@Nullable Object value, EntrySink sink) {
        if (value instanceof Map<?, ?> map && map.get("conversations") instanceof List<?> list) {
            for (Object conversation : list) {
                try {
                    read(conversation, sink);
                } catch (InvalidInputException e) {
                    sink.refuse(e.getMessage() == null ? "unknown" : e.getMessage());
                }
            }
            return;
        }
        conversations++;
        JsonObject json = JsonObject.of("conversation", value);
        String id = TurnWriter.idOf(json, "conversation_id", "id").orElseGet(() -> unnamed(json));
        JsonObject mapping = json.object("mapping")
                .orElseThrow(
                        () -> new InvalidInputException("The conversation " + Json.write(id) + " has no mapping."));
        try {
            ForeignTime.parse(json.raw("create_time")).ifPresent(turns::startAt);
        } catch (InvalidInputException e) {
            sink.repair("conversation %s: %s".formatted(Json.write(id), e.getMessage()));
        }
        List<String> branch = branch(mapping, json.raw("current_node"));
        int number = 0;
        for (String node : branch) {
            Optional<JsonObject> message = shown(mapping, node);
            if (message.isPresent()) {
                number++;
                turn("turn %d of conversation %s".formatted(number, Json.write(id)), id, node, message.get(), sink);
            }
        }
        sink.leaveOut(others(mapping, new HashSet<>(branch)), "turns on other branches");
        TurnWriter.title(id, json.raw("title") instanceof String title ? Optional.of(title) : Optional.empty(), sink);
    }

    /** Returns the id of a conversation without one, from its time and its first node, which is its root. */
    private String unnamed(JsonObject json) {
        List<?> nodes =
                json.raw("mapping") instanceof Map<?, ?> mapping ? new ArrayList<>(mapping.keySet()) : List.of();
        Object time = json.raw("create_time");
        return turns.unnamed(
                "chatgpt",
                conversations,
                Optional.empty(),
                List.of(time == null ? "" : time, nodes.isEmpty() ? "" : String.valueOf(nodes.getFirst())));
    }

    private void turn(String label, String session, String node, JsonObject message, EntrySink sink) {
        Role role;
        Optional<String> name;
        try {
            JsonObject author =
                    message.object("author").orElseThrow(() -> new InvalidInputException("it has no author"));
            role = TurnWriter.role(author.string("role"));
            name = author.raw("name") instanceof String text && !text.isBlank() ? Optional.of(text) : Optional.empty();
        } catch (InvalidInputException e) {
            sink.refuse(label + ": " + e.getMessage());
            return;
        }
        var metadata = new LinkedHashMap<String, @Nullable Object>();
        name.ifPresent(text -> metadata.put("speaker", text));
        var attachments = new ArrayList<Map<String, @Nullable Object>>();
        if (message.raw("metadata") instanceof Map<?, ?> told) {
            metadata.put("model", told.get("model_slug"));
            if (told.get("attachments") instanceof List<?> list) {
                for (Object attachment : list) {
                    if (attachment instanceof Map<?, ?> file) {
                        Object type = file.get("mime_type") instanceof String mime ? mime : file.get("mimeType");
                        attachments.add(Contents.attachment(type instanceof String text ? text : "file", file));
                    }
                }
            }
        }
        turns.add(
                new Turn(
                        label,
                        TurnWriter.idOf(message, "id").or(() -> Optional.of(node)),
                        Optional.of(session),
                        Optional.empty(),
                        role,
                        Contents.of(message.raw("content")).with(attachments),
                        message.raw("create_time"),
                        metadata),
                sink);
    }

    /** Returns the message of a node if it was shown to the user and has content. */
    private static Optional<JsonObject> shown(JsonObject mapping, String id) {
        if (!(mapping.raw(id) instanceof Map<?, ?> node) || !(node.get("message") instanceof Map<?, ?> message)) {
            return Optional.empty();
        }
        JsonObject json = JsonObject.of("message", message);
        boolean isHidden = message.get("metadata") instanceof Map<?, ?> metadata
                && Boolean.TRUE.equals(metadata.get("is_visually_hidden_from_conversation"));
        boolean isEmpty = message.get("content") instanceof Map<?, ?> content
                && (HIDDEN_TYPES.contains(String.valueOf(content.get("content_type")))
                        || (content.get("parts") instanceof List<?> parts
                                && Contents.of(parts).textOrNames().isEmpty()));
        return isHidden || isEmpty ? Optional.empty() : Optional.of(json);
    }

    /** Returns the ids of the nodes of the shown branch, the first one first. */
    private static List<String> branch(JsonObject mapping, @Nullable Object current) {
        if (!(current instanceof String leaf) || mapping.raw(leaf) == null) {
            return latestBranch(mapping);
        }
        Deque<String> branch = new ArrayDeque<>();
        Set<String> seen = new HashSet<>();
        for (String id = leaf; id != null && seen.add(id); id = parent(mapping, id)) {
            branch.addFirst(id);
        }
        return List.copyOf(branch);
    }

    /** Returns the branch of the latest children, from the first node without a parent on. */
    private static List<String> latestBranch(JsonObject mapping) {
        String id = mapping.names().stream()
                .filter(node -> parent(mapping, node) == null)
                .findFirst()
                .orElse(null);
        Set<String> branch = new LinkedHashSet<>();
        while (id != null && mapping.raw(id) != null && branch.add(id)) {
            Object children = mapping.raw(id) instanceof Map<?, ?> node ? node.get("children") : null;
            id = children instanceof List<?> list && !list.isEmpty() && list.getLast() instanceof String last
                    ? last
                    : null;
        }
        return List.copyOf(branch);
    }

    private static @Nullable String parent(JsonObject mapping, String id) {
        return mapping.raw(id) instanceof Map<?, ?> node
                        && node.get("parent") instanceof String parent
                        && mapping.raw(parent) != null
                ? parent
                : null;
    }

    private static long others(JsonObject mapping, Collection<String> branch) {
        return mapping.names().stream()
                .filter(id -> !branch.contains(id) && shown(mapping, id).isPresent())
                .count();
    }
}
