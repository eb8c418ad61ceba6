package dev.stele.transfer;

import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Role;
import dev.stele.model.Sha256;
import dev.stele.model.TextPrefix;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writer of the turns of foreign conversations as messages, which all chat formats share. The rules are the same for
 * every format:
 *
 * <ul>
 *   <li>A turn without a valid time follows the preceding turn of its file by a millisecond.
 *   <li>A message id of the file is kept. If another session has used it, the session is put before it, because many
 *       systems number the messages of each conversation anew; {@link TurnIds} does that. A turn without an id gets one that is
 *       derived from its session, content and time, so that a repeated import adds nothing.
 *   <li>A turn that names no user belongs to the user of the import options, and one that names no session to the
 *       session of the options.
 *   <li>A session that the file does not name gets an id of the path of its file, of its user and of its beginning, as
 *       far as they are known, so that different conversations do not become one.
 *   <li>Content and metadata are bounded by {@code limits.message-bytes} and {@code limits.metadata-bytes}.
 * </ul>
 *
 * Not thread-safe; each import has its own writer.
 */
final class TurnWriter {

    /** Roles of other systems by their lower-case names. */
    private static final Map<String, Role> ROLES = Map.ofEntries(
            Map.entry("user", Role.USER),
            Map.entry("human", Role.USER),
            Map.entry("humanmessage", Role.USER),
            Map.entry("humanmessagechunk", Role.USER),
            Map.entry("request", Role.USER),
            Map.entry("assistant", Role.ASSISTANT),
            Map.entry("ai", Role.ASSISTANT),
            Map.entry("aimessage", Role.ASSISTANT),
            Map.entry("aimessagechunk", Role.ASSISTANT),
            Map.entry("model", Role.ASSISTANT),
            Map.entry("bot", Role.ASSISTANT),
            Map.entry("agent", Role.ASSISTANT),
            Map.entry("response", Role.ASSISTANT),
            Map.entry("system", Role.SYSTEM),
            Map.entry("systemmessage", Role.SYSTEM),
            Map.entry("developer", Role.SYSTEM),
            Map.entry("tool", Role.TOOL),
            Map.entry("toolmessage", Role.TOOL),
            Map.entry("function", Role.TOOL),
            Map.entry("functionmessage", Role.TOOL),
            Map.entry("tool_result", Role.TOOL),
            Map.entry("tool_execution_result", Role.TOOL),
            Map.entry("ipython", Role.TOOL));

    private static final int MAX_PLACE_CHARS = 100;
    private static final int HASH_CHARS = 12;
    private static final Pattern NOT_IN_PLACES = Pattern.compile("[\\p{Cntrl}\\p{Cs}\\u2028\\u2029]");

    private final ImportOptions options;
    private final Limits limits;
    private final Map<String, Integer> repeated = new HashMap<>();

    /** Name of the current file in the ids of sessions, if it is one of several files. */
    private Optional<String> place = Optional.empty();
    /** Session of the turns of the current file for which it names none. */
    private Optional<String> fileSession = Optional.empty();
    /** Session of the latest turn that {@link #addNext} added. */
    private Optional<String> latestSession = Optional.empty();

    private Instant clock = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    /**
     * Turn of a conversation.
     *
     * @param label name of the turn in problems, such as {@code "turn 3 of conversation \"c1\""}
     * @param id id of the message in the file, if any
     * @param session session, if the file names one
     * @param user user, if the file names one
     * @param role role of the speaker
     * @param contents content
     * @param time time as in the file; null for none
     * @param metadata additional JSON values
     */
    record Turn(
            String label,
            Optional<String> id,
            Optional<String> session,
            Optional<String> user,
            Role role,
            Contents contents,
            @Nullable Object time,
            Map<String, @Nullable Object> metadata) {

        private Turn in(Optional<String> other) {
            return new Turn(label, id, other, user, role, contents, time, metadata);
        }
    }

    TurnWriter(ImportOptions options, Limits limits) {
        this.options = options;
        this.limits = limits;
    }

    /**
     * Returns the role of another system's name.
     *
     * @throws InvalidInputException if the name is unknown
     */
    static Role role(String name) {
        Role role = ROLES.get(name.toLowerCase(Locale.ROOT));
        return role != null ? role : Role.of(name);
    }

    /**
     * Begins a file.
     *
     * @param path path of the file in its folder or zip file if it is one of several, whose messages without a session
     *     then form a session of their own; empty for the only file
     */
    void inFile(Optional<String> path) {
        place = path.map(TurnWriter::place);
        fileSession = Optional.empty();
        begin();
    }

    /** Begins a conversation, whose first turn does not follow the turn before it. */
    void begin() {
        latestSession = Optional.empty();
    }

    /**
     * Returns the name of a file in the ids of sessions: its path without the extension {@code .jsonl}. A path that is
     * too long for an id, or that an id cannot hold, is told apart by a hash.
     */
    private static String place(String path) {
        String whole = path.replace('\\', '/');
        String stem = whole.endsWith(".jsonl") ? whole.substring(0, whole.length() - 6) : whole;
        boolean isPlain = stem.equals(stem.strip())
                && !stem.isEmpty()
                && stem.length() <= MAX_PLACE_CHARS
                && !NOT_IN_PLACES.matcher(stem).find()
                && !List.of(stem.split("/", -1)).contains("..");
        if (isPlain) {
            return stem;
        }
        String file = NOT_IN_PLACES
                .matcher(stem.substring(stem.lastIndexOf('/') + 1))
                .replaceAll("_")
                .strip();
        return TextPrefix.of(file, MAX_PLACE_CHARS - HASH_CHARS - 1) + "-" + hash(whole);
    }

    private static String hash(String text) {
        return Sha256.hex(text).substring(0, HASH_CHARS);
    }

    private static String ofUser(String session, Optional<String> user) {
        return user.map(id -> Ids.derived(session + "-", id)).orElse(session);
    }

    /**
     * Returns the session of messages for which the file names none. In one of several files the first of them decides
     * whose session it is.
     *
     * @param user user of the message
     */
    String defaultSession(Optional<String> user) {
        if (options.session().isPresent()) {
            return options.session().get();
        }
        if (place.isEmpty()) {
            return MessageDraft.defaultSession(user);
        }
        if (fileSession.isEmpty()) {
            fileSession = Optional.of(ofUser(place.get(), user));
        }
        return fileSession.get();
    }

    /**
     * Returns the id of a conversation that has none, from its position in the file, its user and its beginning.
     *
     * @param kind name of the format
     * @param number position in the file, from 1
     * @param user user of the conversation, if the file names one
     * @param beginning what tells the conversation from others and stays the same when it grows
     */
    String unnamed(String kind, int number, Optional<String> user, List<?> beginning) {
        String identity = Json.write(List.of(userOr(user).orElse(""), beginning));
        return "%s-%d-%s".formatted(place.orElse(kind), number, hash(identity));
    }

    /**
     * Returns the beginning of a conversation: its turns up to the first answer, which stay when turns are appended.
     *
     * @param turns turns as JSON
     * @param roles names of the field with the role
     */
    static List<?> beginning(List<?> turns, String... roles) {
        for (int i = 0; i < turns.size(); i++) {
            if (turns.get(i) instanceof Map<?, ?> turn) {
                for (String role : roles) {
                    if (turn.get(role) instanceof String name
                            && ROLES.get(name.toLowerCase(Locale.ROOT)) == Role.ASSISTANT) {
                        return turns.subList(0, i + 1);
                    }
                }
            }
        }
        return turns;
    }

    /**
     * Returns the id of a session that the format defines and the file does not name, such as the conversations of one
     * day. The same session of another file or of another user has another id.
     */
    String invented(String name) {
        return ofUser(place.map(path -> name + "-" + hash(path)).orElse(name), options.user());
    }

    /** Sets the time that a turn without one follows. */
    void startAt(Instant time) {
        clock = time.minusMillis(1);
    }

    /** Returns the user of the import options, or the given one if there is none. */
    Optional<String> userOr(Optional<String> user) {
        return user.or(options::user);
    }

    /**
     * Adds a turn, or counts it as refused or repaired.
     *
     * @return id of the added message; empty if the turn is refused
     */
    Optional<String> add(Turn turn, EntrySink sink) {
        try {
            Message message = message(turn, sink);
            sink.add(new ImportEntry.OfMessage(message, List.of(), turn.id().isPresent()));
            return Optional.of(message.id());
        } catch (InvalidInputException e) {
            sink.refuse(turn.label() + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Adds a turn of a file that is one conversation after the other. A turn that names neither a session nor a user
     * belongs to the session of the turn before it, because it may be the answer to that turn.
     */
    void addNext(Turn turn, EntrySink sink) {
        boolean follows = turn.session().isEmpty() && turn.user().isEmpty();
        Turn placed = follows ? turn.in(latestSession) : turn;
        if (add(placed, sink).isPresent()) {
            latestSession = Optional.of(placed.session().orElseGet(() -> defaultSession(userOr(placed.user()))));
        }
    }

    private Message message(Turn turn, EntrySink sink) {
        String content =
                turn.contents().textOrNames().orElseThrow(() -> new InvalidInputException("it has no content"));
        int bytes = content.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > limits.messageBytes()) {
            throw new InvalidInputException("it has %d bytes; a message has at most %d (limits.message-bytes)"
                    .formatted(bytes, limits.messageBytes()));
        }
        Optional<Instant> at = time(turn, sink);
        Optional<String> user = userOr(turn.user());
        String session = turn.session().orElseGet(() -> defaultSession(user));
        String id = turn.id().orElseGet(() -> derived(session, turn.role(), content, at));
        var draft = new MessageDraft(
                Optional.of(id),
                session,
                user,
                turn.role(),
                content,
                Optional.of(at.orElse(clock)),
                metadata(turn, sink),
                List.of());
        return new Message(
                0,
                id,
                draft.session(),
                draft.user(),
                draft.role(),
                draft.content(),
                draft.at().orElseThrow(),
                Optional.empty(),
                false,
                draft.metadata());
    }

    /** Returns the time of a turn and advances the clock. */
    private Optional<Instant> time(Turn turn, EntrySink sink) {
        Optional<Instant> at;
        try {
            at = ForeignTime.parse(turn.time());
        } catch (InvalidInputException e) {
            sink.repair(turn.label() + ": " + e.getMessage() + " It follows the turn before it instead.");
            at = Optional.empty();
        }
        clock = at.orElse(clock.plusMillis(1));
        return at;
    }

    private Map<String, @Nullable Object> metadata(Turn turn, EntrySink sink) {
        var metadata = new LinkedHashMap<String, @Nullable Object>(turn.metadata());
        if (!turn.contents().attachments().isEmpty()) {
            metadata.put("attachments", turn.contents().attachments());
        }
        metadata.values().removeIf(value -> value == null);
        if (!metadata.isEmpty()
                && Json.write(metadata).getBytes(StandardCharsets.UTF_8).length > limits.metadataBytes()) {
            sink.repair("%s: its metadata has more than %d bytes (limits.metadata-bytes) and was left out"
                    .formatted(turn.label(), limits.metadataBytes()));
            metadata.keySet().retainAll(List.of("speaker"));
        }
        return metadata;
    }

    /** Returns an id derived from the message; a counter distinguishes equal messages. */
    private String derived(String session, Role role, String content, Optional<Instant> at) {
        String identity = Json.write(List.of(
                session, role.label(), content, at.map(Instant::toString).orElse("")));
        int time = repeated.merge(identity, 1, Integer::sum);
        return "chat-" + Sha256.hex(identity + time).substring(0, 24);
    }

    /** Adds the title of a session; it is written after the messages. */
    static void title(String session, Optional<String> title, EntrySink sink) {
        title.map(String::strip)
                .filter(text -> !text.isEmpty())
                .ifPresent(text -> sink.add(new ImportEntry.OfTitle(session, text)));
    }

    /** Returns the text of a field that holds text or a number; empty if it holds neither. */
    static Optional<String> idOf(JsonObject json, String... names) {
        for (String name : names) {
            Object value = json.raw(name);
            if (value instanceof String text && !text.isBlank()) {
                return Optional.of(text.strip());
            }
            if (value instanceof Number number) {
                return Optional.of(number.toString());
            }
        }
        return Optional.empty();
    }
}
