package dev.stele.server;

import dev.stele.model.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/**
 * Examples of the {@link OpenApi} document. The examples of bodies form one story: sent in the order of this class to an
 * empty server, each is accepted.
 */
final class OpenApiExamples {

    /** Bodies of requests as JSON text, by name of the operation. */
    private static final Map<String, String> BODIES = new LinkedHashMap<>();

    static {
        BODIES.put("storeMessages", """
                {"id": "m1", "session": "monday", "user": "ana", "content": "I moved to Lisbon last week.",
                 "at": "2026-05-08T13:56:00Z"}""");
        BODIES.put("editMessage", """
                {"content": "I moved to Lisbon on Monday."}""");
        BODIES.put("updateSession", """
                {"title": "Moving", "ended": true}""");
        BODIES.put("applyConsolidation", """
                {"engine": "rules", "operations": [], "refused": [], "versions": {}}""");
        BODIES.put("createNote", """
                {"id": "n1", "content": "Ana lives in Lisbon.", "category": "fact", "user": "ana", "tags": ["home"],
                 "importance": 0.7}""");
        BODIES.put("updateNote", """
                {"importance": 0.9, "tags": null}""");
        BODIES.put("recall", """
                {"query": "Where does Ana live?", "limit": 3, "filter": {"user": "ana", "kind": ["message", "note"]}}""");
        BODIES.put("buildContext", """
                {"topic": "moving to another town", "user": "ana", "max_tokens": 500}""");
        BODIES.put("runMemoryTool", """
                {"command": "create", "path": "/memories/todo.md", "file_text": "- call Ana"}""");
        BODIES.put("processHook", """
                {"session_id": "s1", "cwd": "/home/ana/garden", "prompt": "Where does Ana live?"}""");
        BODIES.put("recordUserInteraction", """
                {"message": "I like tea.", "response": "Noted.", "learn": true}""");
        BODIES.put("updateUser", """
                {"trust": 0.8, "preferences": {"drink": "tea"}}""");
        BODIES.put("storeGraph", """
                {"entities": [{"ref": "a", "name": "Ana", "type": "person"}, {"ref": "l", "name": "Lisbon", "type": "city"}],
                 "relations": [{"from": "a", "to": "l", "type": "lives_in", "fact": "Ana lives in Lisbon."}]}""");
        BODIES.put("putEntity", """
                {"name": "Ana", "type": "person", "aliases": ["Anita"], "observations": ["is a sailor"]}""");
        BODIES.put("updateEntity", """
                {"attributes": {"age": 41}}""");
        BODIES.put("addObservations", """
                {"observations": ["drinks tea", {"content": "moved to Lisbon", "at": "2026-05-04T00:00:00Z"}]}""");
        BODIES.put("splitEntity", """
                {"into": {"name": "Ana Costa", "type": "person"}}""");
        BODIES.put("mergeEntities", """
                {"with": "Ana Costa"}""");
        BODIES.put("putRelation", """
                {"from": "Ana", "to": "Lisbon", "type": "works_in", "valid_from": "2026-05-04T00:00:00Z"}""");
        BODIES.put("updateRelation", """
                {"weight": 0.5, "valid_to": null}""");
        BODIES.put("queryGraph", """
                {"query": "MATCH (p:person)-[r]->(c) WHERE p.name = $name RETURN type(r), c.name",
                 "parameters": {"name": "Ana"}}""");
        BODIES.put("setPersona", """
                {"name": "Kira", "description": "You keep a lighthouse.", "traits": {"curious": 0.9},
                 "styles": {"friend": "You tease a little."}, "languages": ["English"]}""");
        BODIES.put("setSchedule", """
                {"zone": "Europe/Lisbon", "hours": [{"days": ["weekdays"], "from": "09:00", "to": "17:00",
                 "activity": "watching ships", "availability": 0.5, "mood": "calm"}]}""");
        BODIES.put("setAccess", """
                {"chat": ["people", "agents"], "memory": "full"}""");
        BODIES.put("chat", """
                {"session": "tuesday", "user": "ana", "message": "Where do I live?", "id": "q1"}""");
        BODIES.put("converse", """
                {"with": "ben", "opening": "What do you think of rain?", "turns": 2}""");
        BODIES.put("recordInteraction", """
                {"id": "i1", "type": "quiz_result", "user": "ana", "data": {"topic": "tides", "correct": true}}""");
        BODIES.put("addDocument", """
                {"collection": "sea", "id": "tides", "title": "Tides", "type": "markdown",
                 "text": "# Tides\\n\\nThe moon pulls the sea. At spring tides the sea is highest."}""");
        BODIES.put("searchDocuments", """
                {"collection": "sea", "query": "Why are there tides?", "limit": 3}""");
        BODIES.put("explainSelection", """
                {"selected_text": "spring tides", "context_text": "Sailors fear spring tides at night.",
                 "collection": "sea", "document": "tides", "user": "ana"}""");
        BODIES.put("importFile", """
                [{"role": "user", "content": "I sail on Sundays."}, {"role": "assistant", "content": "Good wind!"}]""");
        BODIES.put("submitTask", """
                {"kind": "verify", "agent": "kira", "priority": "low"}""");
        BODIES.put("setProfiling", """
                {"on": false}""");
        BODIES.put("sendMcpMessage", """
                {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25",
                 "capabilities": {}, "clientInfo": {"name": "example", "version": "1"}}}""");
        BODIES.put("restoreBackup", """
                {"backup": "01m8k8j3w0a3a1catxjqednd4q.zip", "confirm": "kira"}""");
        BODIES.put("createKey", """
                {"label": "bot", "scope": "write", "agents": ["kira"]}""");
        BODIES.put("logIn", """
                {"key": "stele_01m8kjh3jy60kgw51fxsfnqe1m_secret"}""");
    }

    /** Bodies of successful responses as JSON text, by type. */
    private static final Map<String, String> RESPONSES = new LinkedHashMap<>();

    static {
        RESPONSES.put("RememberedNote", """
                {"id": "n1", "version": 1, "content": "Ana lives in Lisbon.", "category": "fact", "confidence": 1.0,
                 "importance": 0.7, "tags": ["home"], "user": "ana", "created_at": "2026-05-08T13:56:00Z",
                 "updated_at": "2026-05-08T13:56:00Z", "number": 7, "outcome": "ADDED"}""");
        RESPONSES.put("RecallResult", """
                {"hits": [{"kind": "note", "id": "n1", "content": "Ana lives in Lisbon.", "score": 0.93,
                 "confidence": 0.88, "at": "2026-05-08T13:56:00Z", "user": "ana", "category": "fact",
                 "words": ["ana", "live"]}], "mode": "hybrid", "confidence": 0.88, "change": 9, "took_ms": 1.42}""");
        RESPONSES.put("PromptContext", """
                {"text": "## Recalled\\n- [2026-05-08T13:56:00Z] ana: I moved to Lisbon last week.\\n", "tokens": 31,
                 "sections": [{"title": "Recalled", "lines": 1}]}""");
        RESPONSES.put("ChatReply", """
                {"session": "tuesday", "question": "q1", "answer": {"id": "01m8kjh3jy60kgw51fxsfnqe1m",
                 "session": "tuesday", "user": "ana", "role": "assistant", "content": "You live in Lisbon [1].",
                 "at": "2026-05-09T08:00:00Z", "metadata": {"reply_to": "q1", "model": "local",
                 "sources": [{"number": 1, "kind": "note", "id": "n1"}]}, "number": 12}, "model": "local",
                 "sources": [{"number": 1, "kind": "note", "id": "n1", "at": "2026-05-08T13:56:00Z",
                 "text": "Ana lives in Lisbon."}], "interaction": "01m8kjh3m5t1vay5fwd23nwyer", "memory_ms": 3.1}""");
        RESPONSES.put("QueryResult", """
                {"columns": ["type(r)", "c.name"], "rows": [["lives_in", "Lisbon"]], "count": 1}""");
        RESPONSES.put("ChangePage", """
                {"items": [{"number": 2, "at": "2026-05-08T13:56:00Z", "kind": "message.created", "ref": "m1"}]}""");
        RESPONSES.put("NamePage", """
                {"items": ["ana", "ben"], "next": "ben"}""");
        RESPONSES.put("Health", """
                {"status": "up"}""");
        RESPONSES.put("Readiness", """
                {"ready": true, "store": "reachable", "model": "loaded", "stopping": false}""");
    }

    /** Events of streams as JSON text, by name of the operation. */
    private static final Map<String, String> EVENTS =
            Map.of("chat", """
            {"event": "sources", "data": [{"number": 1, "kind": "note", "id": "n1", "text": "Ana lives in Lisbon."}]}""", "explainSelection", """
            {"event": "delta", "data": {"text": "At spring tides the sea is highest [2]."}}""", "listChanges", """
            {"event": "message.created", "id": "2", "data": {"number": 2, "at": "2026-05-08T13:56:00Z",
             "kind": "message.created", "ref": "m1"}}""", "followServer", """
            {"event": "change", "id": "2", "data": {"number": 2, "at": "2026-05-08T13:56:00Z",
             "kind": "message.created", "ref": "m1"}}""");

    /** Values of parameters by name, or by operation and name. */
    private static final Map<String, Object> PARAMETERS = Map.ofEntries(
            Map.entry("agent", "kira"),
            Map.entry("session", "monday"),
            Map.entry("user", "ana"),
            Map.entry("entity", "Ana"),
            Map.entry("collection", "sea"),
            Map.entry("document", "tides"),
            Map.entry("event", "prompt"),
            Map.entry("kind", "cache"),
            Map.entry("name", "app.js"),
            Map.entry("task", "01m8k8j3w0a3a1catxjqednd4q"),
            Map.entry("limit", 20L),
            Map.entry("as_of", "2026-05-08T13:56:00Z"),
            Map.entry("since", "2026-05-08T13:56:00Z"),
            Map.entry("from", "Ana"),
            Map.entry("to", "Lisbon"),
            Map.entry("concept", "tides"),
            Map.entry("query", "Where does Ana live?"),
            Map.entry("If-Match", "\"1\""),
            Map.entry("Idempotency-Key", "write-42"),
            Map.entry("getMessage id", "m1"),
            Map.entry("editMessage id", "m1"),
            Map.entry("deleteMessage id", "m1"),
            Map.entry("getNote id", "n1"),
            Map.entry("updateNote id", "n1"),
            Map.entry("deleteNote id", "n1"),
            Map.entry("getInteraction id", "i1"),
            Map.entry("retryInteraction id", "i1"),
            Map.entry("getDocument id", "tides"),
            Map.entry("deleteDocument id", "tides"));

    private OpenApiExamples() {}

    /** Returns the names of the operations whose bodies have an example, in the order of the story. */
    static Iterable<String> operations() {
        return BODIES.keySet();
    }

    /** Returns the example of a JSON body of a request, as a JSON tree; null if there is none. */
    static @Nullable Object body(Router.Route route, String mediaType) {
        String text = mediaType.endsWith("json") && !mediaType.endsWith("ndjson") ? BODIES.get(route.name()) : null;
        return text == null ? null : Json.read(text);
    }

    /** Returns the example of a body of a successful response; null if there is none. */
    static @Nullable Object response(Router.Route route, String mediaType, String type) {
        String text = mediaType.equals("text/event-stream") ? EVENTS.get(route.name()) : RESPONSES.get(type);
        return text == null ? null : Json.read(text);
    }

    /** Returns the example of a parameter; null if there is none. */
    static @Nullable Object parameter(Router.Route route, String name) {
        return Optional.ofNullable(PARAMETERS.get(route.name() + " " + name)).orElse(PARAMETERS.get(name));
    }

    /** Returns the example of a problem with a status, or of one without a status of its own. */
    static Map<String, @Nullable Object> problem(String status) {
        int code = Character.isDigit(status.charAt(0)) ? Integer.parseInt(status) : 500;
        String[] problem = switch (code) {
            case 400 ->
                new String[] {"invalid-input", "The recall has no field \"limt\"; it takes query, limit, mode."};
            case 401 -> new String[] {"wrong-key", "The API key is unknown to this server or was revoked."};
            case 403 ->
                new String[] {"scope-missing", "The key \"phone\" has the scope read; this request needs write."};
            case 404 -> new String[] {"not-found", "There is no agent \"kira\"."};
            case 406 ->
                new String[] {"not-acceptable", "The response is an event stream: send Accept: text/event-stream."};
            case 409 -> new String[] {"conflict", "The id \"m1\" belongs to another message."};
            case 412 -> new String[] {"version-conflict", "The note has version 2, not 1; read it and try again."};
            case 413 ->
                new String[] {"limit-exceeded", "1000 items were asked for; at most 500 are given (limits.results)."};
            case 415 ->
                new String[] {"unsupported-media-type", "The body must be JSON: send Content-Type: application/json."};
            case 416 -> new String[] {"range-not-satisfiable", "The range lies outside the file."};
            case 429 -> new String[] {"too-many-requests", "More than 50 requests in a second; try again in 1 s."};
            case 503 -> new String[] {"overloaded", "Too many requests run at once. Nothing was done; try again."};
            default ->
                new String[] {"internal", "The server failed; its log describes the error under this request id."};
        };
        return Json.fields()
                .put("type", "urn:stele:" + problem[0])
                .put("title", HttpStatus.getMessage(code))
                .put("status", (long) code)
                .put("detail", problem[1])
                .put("request", "01m8kjh3jy60kgw51fxsfnqe1m")
                .map();
    }
}
