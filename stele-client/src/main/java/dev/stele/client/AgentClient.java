package dev.stele.client;

import static dev.stele.client.SteleClient.query;

import dev.stele.client.Types.ChangePage;
import dev.stele.client.Types.Chat;
import dev.stele.client.Types.ChatReply;
import dev.stele.client.Types.Connected;
import dev.stele.client.Types.Context;
import dev.stele.client.Types.Document;
import dev.stele.client.Types.Erased;
import dev.stele.client.Types.Graph;
import dev.stele.client.Types.GraphQuery;
import dev.stele.client.Types.MemoryToolInput;
import dev.stele.client.Types.MemoryToolResult;
import dev.stele.client.Types.Message;
import dev.stele.client.Types.MessagePage;
import dev.stele.client.Types.MessageWithHistory;
import dev.stele.client.Types.Note;
import dev.stele.client.Types.NotePage;
import dev.stele.client.Types.NoteWithHistory;
import dev.stele.client.Types.PromptContext;
import dev.stele.client.Types.QueryResult;
import dev.stele.client.Types.Recall;
import dev.stele.client.Types.RecallResult;
import dev.stele.client.Types.RememberedNote;
import dev.stele.client.Types.Search;
import dev.stele.client.Types.SearchResult;
import dev.stele.client.Types.SessionPage;
import dev.stele.client.Types.Statistics;
import dev.stele.client.Types.StoredDocument;
import dev.stele.client.Types.StoredMessage;
import dev.stele.client.Types.StoredNote;
import dev.stele.client.Types.UserContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one agent at a server. Immutable and thread-safe; all methods block. The records are those of the REST
 * reference. Reading what does not exist throws {@link SteleClientException.NotFound}.
 */
public final class AgentClient {

    private final SteleClient stele;
    private final String name;

    AgentClient(SteleClient stele, String name) {
        this.stele = stele;
        this.name = name;
    }

    /** Returns the name of the agent. */
    public String name() {
        return name;
    }

    private Object send(String method, String template, @Nullable Object body) {
        return send(method, template, Map.of(), Map.of(), body, Map.of());
    }

    private Object send(String method, String template, Map<String, String> path, Map<String, ?> query) {
        return send(method, template, path, query, null, Map.of());
    }

    private Object send(
            String method,
            String template,
            Map<String, String> path,
            Map<String, ?> query,
            @Nullable Object body,
            Map<String, String> headers) {
        Map<String, String> parameters = new LinkedHashMap<>(path);
        parameters.put("agent", name);
        return stele.request(method, template, parameters, query, body, headers);
    }

    private static Map<String, Object> preview(boolean preview) {
        return query("preview", preview ? Optional.of(true) : Optional.empty());
    }

    /** Stores a message. */
    public StoredMessage remember(Message message) {
        return stele.decode(StoredMessage::of, send("POST", "/v1/agents/{agent}/messages", message));
    }

    /** Stores messages in this order, all or none; at least one. */
    public List<StoredMessage> remember(List<Message> messages) {
        return stele.decode(Decode.list(StoredMessage::of), send("POST", "/v1/agents/{agent}/messages", messages));
    }

    /** Reads a message with its earlier texts. */
    public MessageWithHistory message(String id) {
        return stele.decode(
                MessageWithHistory::of, send("GET", "/v1/agents/{agent}/messages/{id}", Map.of("id", id), Map.of()));
    }

    /** Replaces the text of a message. */
    public StoredMessage editMessage(String id, String content) {
        return stele.decode(
                StoredMessage::of,
                send(
                        "PATCH",
                        "/v1/agents/{agent}/messages/{id}",
                        Map.of("id", id),
                        Map.of(),
                        Map.of("content", content),
                        Map.of()));
    }

    /**
     * Erases a message and what was derived from it.
     *
     * @param preview whether nothing is changed and the result only tells what would be erased
     */
    public Erased deleteMessage(String id, boolean preview) {
        return stele.decode(
                Erased::of, send("DELETE", "/v1/agents/{agent}/messages/{id}", Map.of("id", id), preview(preview)));
    }

    /**
     * Lists sessions, the latest first.
     *
     * @param user id of the user whose sessions are listed; empty for all
     * @param limit maximum number of sessions, at least 1
     * @param after cursor of the previous page; empty for the first page
     */
    public SessionPage sessions(Optional<String> user, int limit, Optional<String> after) {
        return stele.decode(
                SessionPage::of,
                send(
                        "GET",
                        "/v1/agents/{agent}/sessions",
                        Map.of(),
                        query("user", user, "limit", limit, "after", after)));
    }

    /**
     * Lists the messages of a session back in time.
     *
     * @param limit maximum number of messages, at least 1
     * @param before cursor of the previous page; empty for the latest messages
     */
    public MessagePage messages(String session, int limit, Optional<String> before) {
        return stele.decode(
                MessagePage::of,
                send(
                        "GET",
                        "/v1/agents/{agent}/sessions/{session}/messages",
                        Map.of("session", session),
                        query("limit", limit, "before", before)));
    }

    /**
     * Erases a session with its messages.
     *
     * @param preview whether nothing is changed and the result only tells what would be erased
     */
    public Erased deleteSession(String session, boolean preview) {
        return stele.decode(
                Erased::of,
                send("DELETE", "/v1/agents/{agent}/sessions/{session}", Map.of("session", session), preview(preview)));
    }

    /** Returns the best items for a question. */
    public RecallResult recall(String question) {
        return recall(Recall.builder(question).build());
    }

    /** Ranks messages, notes and facts for a query. */
    public RecallResult recall(Recall query) {
        return stele.decode(RecallResult::of, send("POST", "/v1/agents/{agent}/recall", query));
    }

    /** Builds the context of a prompt about a topic. */
    public PromptContext context(Context query) {
        return stele.decode(PromptContext::of, send("POST", "/v1/agents/{agent}/context", query));
    }

    /** Creates a note. */
    public RememberedNote addNote(Note note) {
        return stele.decode(RememberedNote::of, send("POST", "/v1/agents/{agent}/notes", note));
    }

    /** Creates a note, or adds to the one that says the same. */
    public RememberedNote mergeNote(Note note) {
        return stele.decode(
                RememberedNote::of,
                send("POST", "/v1/agents/{agent}/notes", Map.of(), query("merge", true), note, Map.of()));
    }

    /**
     * Lists notes, the newest first.
     *
     * @param filter query parameters of the route, such as {@code user}, {@code tag} and {@code limit}
     */
    public NotePage notes(Map<String, ?> filter) {
        return stele.decode(NotePage::of, send("GET", "/v1/agents/{agent}/notes", Map.of(), filter));
    }

    /** Reads a note with its earlier versions. */
    public NoteWithHistory note(String id) {
        return stele.decode(
                NoteWithHistory::of, send("GET", "/v1/agents/{agent}/notes/{id}", Map.of("id", id), Map.of()));
    }

    /**
     * Changes a note by a merge patch (RFC 7396).
     *
     * @param patch new values of fields; null removes a value
     * @param version version that the caller has read; empty to change any version
     * @throws SteleClientException.Conflict if the note has another version
     */
    public StoredNote updateNote(String id, Map<String, ? extends @Nullable Object> patch, OptionalLong version) {
        return stele.decode(
                StoredNote::of,
                send(
                        "PATCH",
                        "/v1/agents/{agent}/notes/{id}",
                        Map.of("id", id),
                        Map.of(),
                        patch,
                        version.isEmpty() ? Map.of() : Map.of("If-Match", "\"" + version.getAsLong() + "\"")));
    }

    /**
     * Erases a note and what was derived from it.
     *
     * @param preview whether nothing is changed and the result only tells what would be erased
     */
    public Erased deleteNote(String id, boolean preview) {
        return stele.decode(
                Erased::of, send("DELETE", "/v1/agents/{agent}/notes/{id}", Map.of("id", id), preview(preview)));
    }

    /** Reads the context that the agent keeps of a user. */
    public UserContext user(String user) {
        return stele.decode(
                UserContext::of, send("GET", "/v1/agents/{agent}/users/{user}", Map.of("user", user), Map.of()));
    }

    /**
     * Changes the context of a user by a merge patch (RFC 7396).
     *
     * @param patch new values of fields; null removes a value
     */
    public UserContext updateUser(String user, Map<String, ? extends @Nullable Object> patch) {
        return stele.decode(
                UserContext::of,
                send("PATCH", "/v1/agents/{agent}/users/{user}", Map.of("user", user), Map.of(), patch, Map.of()));
    }

    /**
     * Erases a user with everything about the user.
     *
     * @param preview whether nothing is changed and the result only tells what would be erased
     */
    public Erased eraseUser(String user, boolean preview) {
        return stele.decode(
                Erased::of, send("DELETE", "/v1/agents/{agent}/users/{user}", Map.of("user", user), preview(preview)));
    }

    /** Stores entities and relations, all or none. */
    public Connected connect(Graph graph) {
        return stele.decode(Connected::of, send("POST", "/v1/agents/{agent}/graph", graph));
    }

    /** Runs an openCypher query that reads. */
    public QueryResult queryGraph(GraphQuery query) {
        return stele.decode(QueryResult::of, send("POST", "/v1/agents/{agent}/graph/query", query));
    }

    /** Adds or updates a document. */
    public StoredDocument addDocument(Document document) {
        return stele.decode(StoredDocument::of, send("POST", "/v1/agents/{agent}/documents", document));
    }

    /** Searches the passages of a collection. */
    public SearchResult searchDocuments(Search search) {
        return stele.decode(SearchResult::of, send("POST", "/v1/agents/{agent}/documents/search", search));
    }

    /** Sends a message and returns the reply with the sources that it cites. */
    public ChatReply chat(Chat message) {
        return stele.decode(ChatReply::of, send("POST", "/v1/agents/{agent}/chat", message));
    }

    /**
     * Sends a message and returns the events of the reply: {@code message}, {@code delta}, {@code sources}, then
     * {@code done} or {@code error}. The caller closes the stream.
     */
    public EventStream chatStream(Chat message) {
        return stele.stream("POST", "/v1/agents/{agent}/chat", Map.of("agent", name), message, Map.of());
    }

    /**
     * Runs a command of the memory tool.
     *
     * @param input input of the model's tool call
     * @param user id of the user whose files are used; empty for those that all users share
     */
    public MemoryToolResult memoryTool(MemoryToolInput input, Optional<String> user) {
        return stele.decode(
                MemoryToolResult::of,
                send("POST", "/v1/agents/{agent}/memory-tool", Map.of(), query("user", user), input, Map.of()));
    }

    /**
     * Lists changes.
     *
     * @param after number of the change after which the list starts, 0 or more
     * @param limit maximum number of changes, at least 1
     */
    public ChangePage changes(long after, int limit) {
        return stele.decode(
                ChangePage::of,
                send("GET", "/v1/agents/{agent}/changes", Map.of(), query("after", after, "limit", limit)));
    }

    /**
     * Returns changes as they happen. The caller closes the feed.
     *
     * @param after number of the change after which the feed starts, 0 or more
     */
    public ChangeFeed follow(long after) {
        return new ChangeFeed(stele, name, after);
    }

    /** Returns the numbers of what is stored. */
    public Statistics stats() {
        return stele.decode(Statistics::of, send("GET", "/v1/agents/{agent}/stats", null));
    }

    /** Erases the agent with everything that belongs to it. */
    public void delete() {
        send("DELETE", "/v1/agents/{agent}", null);
    }
}
