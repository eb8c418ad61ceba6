package dev.stele.transfer;

import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Role;
import dev.stele.model.Sha256;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reader of chats as JSON lines. A line is a message ({@code role}, {@code content}, and optionally {@code timestamp},
 * {@code session}, {@code user}, {@code name}, {@code id}) or a conversation ({@code messages}: a list of messages). A
 * message without an id gets one derived from its content and position, so that a repeated import adds nothing.
 *
 * <p>Not thread-safe. Each file needs its own reader, because a message without a time follows the preceding message.
 */
final class ChatReader {

    private static final List<String> TIMES = List.of("at", "timestamp", "time", "created_at", "createdAt", "date");
    private static final List<String> SESSIONS =
            List.of("session", "session_id", "conversation_id", "conversation", "thread_id");
    private static final List<String> USERS = List.of("user", "user_id");

    private final Map<String, Integer> repeated = new HashMap<>();
    private Instant clock = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private int conversations;
    private String latestSession = MessageDraft.DEFAULT_SESSION;

    List<ImportEntry> read(String line) {
        JsonObject json = Json.readObject("line", line);
        if (!json.has("messages")) {
            return List.of(message(json, Optional.empty()));
        }
        String session =
                text(json, SESSIONS).or(() -> json.optionalString("id")).orElse("chat-" + ++conversations);
        var entries = new ArrayList<ImportEntry>();
        json.objects("messages").forEach(message -> entries.add(message(message, Optional.of(session))));
        return entries;
    }

    /**
     * Parses a message.
     *
     * @param conversation the conversation that contains the message; empty for a line of its own. Such a message
     *     belongs to the default session of its user, or, without a user, to the session of the line before it
     */
    private ImportEntry message(JsonObject json, Optional<String> conversation) {
        Role role = Role.of(json.string("role"));
        String content = content(json);
        Optional<Instant> at = TIMES.stream()
                .filter(name -> json.raw(name) != null)
                .findFirst()
                .map(name -> json.raw(name) instanceof Number number ? epoch(number) : json.instant(name));
        clock = at.orElse(clock.plusMillis(1));
        Optional<String> user = text(json, USERS);
        String session = text(json, SESSIONS)
                .or(() -> conversation)
                .or(() -> user.map(id -> MessageDraft.defaultSession(Optional.of(id))))
                .orElse(latestSession);
        if (conversation.isEmpty()) {
            latestSession = session;
        }
        var metadata = Json.fields();
        json.map("metadata").forEach(metadata::put);
        json.optionalString("name").ifPresent(name -> metadata.put("speaker", name));
        var draft = new MessageDraft(
                Optional.of(json.optionalString("id").orElseGet(() -> id(session, role, content, at))),
                session,
                user,
                role,
                content,
                Optional.of(clock),
                metadata.map(),
                List.of());
        return new ImportEntry.OfMessage(
                new Message(
                        0,
                        draft.id().orElseThrow(),
                        draft.session(),
                        draft.user(),
                        draft.role(),
                        draft.content(),
                        draft.at().orElseThrow(),
                        Optional.empty(),
                        false,
                        draft.metadata()),
                List.of());
    }

    /** Returns the text of a message. A list of parts is reduced to the parts that contain text. */
    private static String content(JsonObject json) {
        if (!(json.raw("content") instanceof List<?>)) {
            return json.string("content");
        }
        var text = new StringBuilder();
        for (JsonObject part : json.objects("content")) {
            part.optionalString("text")
                    .ifPresent(piece -> text.append(text.isEmpty() ? "" : "\n").append(piece));
        }
        return text.toString();
    }

    private static Optional<String> text(JsonObject json, List<String> names) {
        return names.stream()
                .flatMap(name -> json.optionalString(name).stream())
                .findFirst();
    }

    /**
     * Converts a Unix time. The value is in seconds, or in milliseconds where seconds would lie beyond the year 5000.
     */
    private static Instant epoch(Number number) {
        double value = number.doubleValue();
        if (!(Math.abs(value) < 1e15)) {
            throw new InvalidInputException(
                    "The time " + number + " is no time since 1970 in seconds or milliseconds.");
        }
        return Instant.ofEpochMilli((long) (Math.abs(value) < 1e11 ? value * 1000 : value));
    }

    /** Returns an id derived from the message; a counter distinguishes equal messages. */
    private String id(String session, Role role, String content, Optional<Instant> at) {
        String identity = Json.write(List.of(
                session, role.label(), content, at.map(Instant::toString).orElse("")));
        int time = repeated.merge(identity, 1, Integer::sum);
        return Ids.check("message id", "chat-" + Sha256.hex(identity + time).substring(0, 24));
    }
}
