package dev.stele.server;

import dev.stele.model.Json;
import dev.stele.server.auth.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Schemas of responses for {@link OpenApi}, in the notation of {@link OpenApiSchemas}. */
final class OpenApiResponses {

    /** Fields of the objects by schema name. */
    static final Map<String, List<String>> OBJECTS = new LinkedHashMap<>();

    private static final List<String> MESSAGE = List.of(
            "id* string",
            "session* string",
            "user string",
            "role* Role",
            "content* string",
            "at* time",
            "edited_at time",
            "archived boolean",
            "metadata object",
            "number* integer");
    private static final List<String> NOTE = List.of(
            "id* string",
            "content* string",
            "category* string",
            "confidence* number",
            "importance* number",
            "tags array",
            "evidence array",
            "provenance array",
            "user string",
            "session string",
            "valid_from time",
            "valid_to time",
            "pinned boolean",
            "metadata object",
            "version* integer",
            "created_at* time",
            "updated_at* time",
            "superseded_by string",
            "number* integer");
    private static final List<String> ENTITY = List.of(
            "id* string",
            "version* integer",
            "name* string",
            "type string",
            "aliases array",
            "attributes object",
            "stub boolean",
            "created_at* time",
            "updated_at* time",
            "retired_at time",
            "merged_into string");
    private static final List<String> RELATION = List.of(
            "id* string",
            "version* integer",
            "from* EntityRef",
            "to* EntityRef",
            "type* string",
            "fact string",
            "weight number",
            "attributes object",
            "valid_from time",
            "valid_to time",
            "sources array",
            "recorded_at* time",
            "retired_at time");

    private static final List<String> KEY =
            List.of("id* string", "label* string", "scope* string", "agents array", "created_at* time");

    private static final List<String> DOCUMENT = List.of(
            "id* string",
            "collection* string",
            "title string",
            "hash* string",
            "characters* integer",
            "passages* integer",
            "added_at* time",
            "metadata object");

    static {
        OBJECTS.put("StoredMessage", MESSAGE);
        OBJECTS.put("MessageWithHistory", with(MESSAGE, "history [MessageRevision]"));
        OBJECTS.put("MessageRevision", List.of("content* string", "replaced_at* time"));
        page("MessagePage", "StoredMessage");
        OBJECTS.put(
                "Session",
                List.of(
                        "id* string",
                        "user string",
                        "title string",
                        "started_at* time",
                        "last_at* time",
                        "ended_at time",
                        "messages* integer",
                        "participants array"));
        page("SessionPage", "Session");
        OBJECTS.put("StoredNote", NOTE);
        OBJECTS.put("RememberedNote", with(NOTE, "outcome* enum:ADDED|REINFORCED|DUPLICATE"));
        OBJECTS.put("NoteWithHistory", with(NOTE, "history [StoredNote]"));
        page("NotePage", "StoredNote");
        OBJECTS.put("MemoryToolResult", List.of("content* string", "is_error* boolean"));
        OBJECTS.put("ErasedItem", List.of("kind* string", "id* string"));
        OBJECTS.put(
                "Erased",
                List.of(
                        "contexts* integer",
                        "sessions* integer",
                        "messages* integer",
                        "notes* integer",
                        "entities* integer",
                        "observations* integer",
                        "relations* integer",
                        "interactions* integer",
                        "consolidations* integer",
                        "documents* integer",
                        "passages* integer",
                        "reduced* integer",
                        "scrubbed boolean",
                        "items [ErasedItem]",
                        "reduced_items [ErasedItem]"));
        OBJECTS.put(
                "Hit",
                List.of(
                        "kind* ItemKind",
                        "id* string",
                        "content* string",
                        "score* number",
                        "confidence* number",
                        "at time",
                        "session string",
                        "user string",
                        "role Role",
                        "speaker string",
                        "category string",
                        "entity string",
                        "archived boolean",
                        "words array",
                        "signals {number}",
                        "sources array",
                        "duplicates [FoldedItem]"));
        OBJECTS.put("FoldedItem", List.of("kind* ItemKind", "id* string", "at* time"));
        OBJECTS.put(
                "RecallResult",
                List.of(
                        "hits* [Hit]",
                        "mode* RecallMode",
                        "notice string",
                        "confidence* number",
                        "archived_not_searched boolean",
                        "tokens integer",
                        "change integer",
                        "took_ms* number"));
        OBJECTS.put("SearchResult", List.of("hits* [Hit]"));
        OBJECTS.put("ContextSection", List.of("title* string", "lines* integer", "truncated boolean"));
        OBJECTS.put("PromptContext", List.of("text* string", "tokens* integer", "sections* [ContextSection]"));
        OBJECTS.put("Mood", List.of("mood* string", "at* time"));
        OBJECTS.put(
                "UserContext",
                List.of(
                        "user_id* string",
                        "first_met* time",
                        "conversations* integer",
                        "friendship* number",
                        "stage* string",
                        "trust* number",
                        "traits* {number}",
                        "preferences* object",
                        "moods* [Mood]",
                        "last_interaction time",
                        "version* integer"));
        OBJECTS.put("UserVersion", List.of("at* time", "context* UserContext"));
        page("UserVersionPage", "UserVersion");
        page("NamePage", "string");
        OBJECTS.put(
                "Statistics",
                List.of(
                        "agent* string",
                        "messages* integer",
                        "archived* integer",
                        "notes* integer",
                        "sessions* integer",
                        "users* integer",
                        "waiting* integer",
                        "entities* integer",
                        "observations* integer",
                        "relations* integer",
                        "embedded* integer",
                        "serving_model string",
                        "changes* integer",
                        "database_bytes* integer",
                        "schema* integer"));
        OBJECTS.put("Change", List.of("number* integer", "at* time", "kind* ChangeKind", "ref string"));
        page("ChangePage", "Change");
        OBJECTS.put("EntityRef", List.of("id* string", "name* string", "type string"));
        OBJECTS.put("StoredEntity", ENTITY);
        OBJECTS.put(
                "EntityDetails",
                with(
                        ENTITY,
                        "observations [Observation]",
                        "relations [StoredRelation]",
                        "mentioned_by array",
                        "history [StoredEntity]"));
        page("EntityPage", "StoredEntity");
        OBJECTS.put(
                "Observation",
                List.of(
                        "id* string",
                        "content* string",
                        "at time",
                        "sources array",
                        "recorded_at* time",
                        "retired_at time"));
        OBJECTS.put("AddedObservations", List.of("added* [Observation]"));
        OBJECTS.put("StoredRelation", RELATION);
        OBJECTS.put("RelationWithHistory", with(RELATION, "history [StoredRelation]"));
        OBJECTS.put(
                "ConnectedEntity",
                List.of(
                        "ref* string",
                        "id* string",
                        "name* string",
                        "type* string",
                        "created* boolean",
                        "observations_added* integer"));
        OBJECTS.put("Connected", List.of("entities* [ConnectedEntity]", "relations* [StoredRelation]"));
        OBJECTS.put("QueryResult", List.of("columns* array", "rows* [[any]]", "count* integer"));
        OBJECTS.put("Neighbor", List.of("id* string", "name* string", "type string", "distance* integer"));
        OBJECTS.put("Edge", List.of("from string", "type* string", "to string", "weight number"));
        OBJECTS.put("Subgraph", List.of("entities* [Neighbor]", "relations* [Edge]", "truncated boolean"));
        OBJECTS.put(
                "ShownEntity",
                List.of(
                        "id* string",
                        "name* string",
                        "type string",
                        "distance integer",
                        "importance* number",
                        "degree* integer",
                        "community* integer"));
        OBJECTS.put("ShownRelation", List.of("from* string", "to* string", "type* string", "weight* number"));
        OBJECTS.put(
                "GraphPicture",
                List.of(
                        "entities* [ShownEntity]",
                        "relations* [ShownRelation]",
                        "total* integer",
                        "truncated* boolean"));
        OBJECTS.put("GraphPath", List.of("length* integer", "entities* [EntityRef]", "relations* [Edge]"));
        OBJECTS.put("GraphPaths", List.of("paths* [GraphPath]"));
        OBJECTS.put(
                "RankedEntity",
                List.of("id* string", "name* string", "type string", "importance* number", "degree* integer"));
        page("RankedEntities", "RankedEntity");
        OBJECTS.put("Communities", List.of("items* [[EntityRef]]"));
        OBJECTS.put("RelatedConcept", List.of("name* string", "type string", "score* number", "by* array"));
        page("RelatedConcepts", "RelatedConcept");
        OBJECTS.put("LineProblem", List.of("file string", "line* integer", "reason* string"));
        OBJECTS.put("LeftOut", List.of("kind* string", "items* integer"));
        OBJECTS.put(
                "ImportReport",
                List.of(
                        "format* string",
                        "messages* integer",
                        "notes* integer",
                        "users* integer",
                        "entities* integer",
                        "relations* integer",
                        "others* integer",
                        "known* integer",
                        "bad* integer",
                        "repaired* integer",
                        "archived* integer",
                        "left_out [LeftOut]",
                        "skipped_files array",
                        "notices array",
                        "problems* [LineProblem]"));
        OBJECTS.put(
                "StoredTask",
                List.of(
                        "id* string",
                        "kind* string",
                        "agent string",
                        "state* TaskState",
                        "priority* TaskPriority",
                        "arguments object",
                        "attempts* integer",
                        "max_attempts* integer",
                        "timeout_seconds* number",
                        "created_at* time",
                        "not_before time",
                        "started_at time",
                        "ended_at time",
                        "cancel_requested boolean",
                        "progress any",
                        "error string",
                        "result any"));
        page("TaskPage", "StoredTask");
        OBJECTS.put("Source", List.of("kind* SourceKind", "id string", "who string", "at time", "text* string"));
        OBJECTS.put(
                "CitedSource",
                List.of("number* integer", "kind* SourceKind", "id string", "who string", "at time", "text string"));
        OBJECTS.put("Delta", List.of("text* string"));
        OBJECTS.put(
                "ChatEnd",
                List.of(
                        "session* string",
                        "question* string",
                        "answer StoredMessage",
                        "cut boolean",
                        "error string",
                        "model string",
                        "interaction string",
                        "memory_ms* number"));
        OBJECTS.put(
                "ExplanationEnd",
                List.of("text* string", "cut boolean", "error string", "model string", "interaction string"));
        OBJECTS.put(
                "ChatReply",
                List.of(
                        "session* string",
                        "question* string",
                        "answer StoredMessage",
                        "cut boolean",
                        "error string",
                        "model string",
                        "sources* [CitedSource]",
                        "searched [Source]",
                        "interaction string",
                        "memory_ms* number"));
        OBJECTS.put("ConversationResult", List.of("session* string", "turns* [ChatReply]"));
        OBJECTS.put("Duplicate", List.of("content* string", "note* string", "similarity* number"));
        OBJECTS.put(
                "Outcome",
                List.of(
                        "engine* string",
                        "reasoning string",
                        "added array",
                        "reinforced array",
                        "superseded array",
                        "review array",
                        "duplicates [Duplicate]",
                        "entities array"));
        OBJECTS.put(
                "StoredInteraction",
                List.of(
                        "id* string",
                        "type* string",
                        "user string",
                        "session string",
                        "messages array",
                        "data object",
                        "state* InteractionState",
                        "attempts* integer",
                        "created_at* time",
                        "not_before* time",
                        "ended_at time",
                        "error string",
                        "outcome Outcome"));
        page("InteractionPage", "StoredInteraction");
        OBJECTS.put("Waiting", List.of("waiting* integer"));
        OBJECTS.put("Operation", List.of("action* string", "notes* array", "content string", "reason string"));
        OBJECTS.put(
                "ConsolidationPlan",
                List.of("engine* string", "operations* [Operation]", "refused array", "versions* {integer}"));
        OBJECTS.put(
                "ConsolidationStep",
                List.of("action* string", "notes array", "made string", "reason string", "versions [integer]"));
        OBJECTS.put(
                "Consolidation",
                List.of(
                        "id* string",
                        "user string",
                        "trigger* string",
                        "engine* string",
                        "before* integer",
                        "after* integer",
                        "steps* [ConsolidationStep]",
                        "at* time",
                        "undone_at time"));
        page("ConsolidationPage", "Consolidation");
        OBJECTS.put("UndoResult", List.of("left_alone* array"));
        OBJECTS.put(
                "UserSummary",
                List.of(
                        "profile UserContext",
                        "counts* {integer}",
                        "notes* {array}",
                        "gaps* array",
                        "review* array",
                        "sessions* integer",
                        "waiting* integer",
                        "failed* integer"));
        OBJECTS.put("ChangedNote", List.of("before* string", "now string", "at* time"));
        OBJECTS.put(
                "UserActivity",
                List.of(
                        "since* time",
                        "interactions* {integer}",
                        "days* {integer}",
                        "waiting* integer",
                        "notes* {integer}",
                        "newest* [StoredNote]",
                        "changed* [ChangedNote]",
                        "topics* {integer}"));
        OBJECTS.put(
                "Knowledge",
                List.of("topic string", "state* enum:gap|known|unknown", "gaps* [StoredNote]", "known* [StoredNote]"));
        OBJECTS.put(
                "Primer",
                List.of("points* array", "notes* array", "engine* string", "generated_at* time", "cached* boolean"));
        OBJECTS.put(
                "ScheduleHours",
                List.of(
                        "days array",
                        "from string",
                        "to string",
                        "activity string",
                        "availability number",
                        "mood string"));
        OBJECTS.put(
                "AgentState", List.of("mood* string", "energy* number", "activity* string", "availability* number"));
        OBJECTS.put("Willingness", List.of("answers* boolean", "probability* number", "delay_factor* number"));
        OBJECTS.put("StoredDocument", DOCUMENT);
        OBJECTS.put("Passage", List.of("id* string", "heading string", "content* string"));
        OBJECTS.put("DocumentWithText", with(DOCUMENT, "text* [Passage]"));
        page("DocumentPage", "StoredDocument");
        OBJECTS.put("Collection", List.of("collection* string", "documents* integer"));
        page("Collections", "Collection");
        OBJECTS.put(
                "ModelReport",
                List.of(
                        "model* string",
                        "answered* integer",
                        "failed* integer",
                        "seconds* number",
                        "score* number",
                        "input_tokens* integer",
                        "output_tokens* integer",
                        "left_alone* boolean"));
        page("ModelReports", "ModelReport");
        OBJECTS.put(
                "Login",
                List.of(
                        "required* boolean",
                        "key string",
                        "label string",
                        "scope enum:read|write|admin",
                        "agents array",
                        "expires_at time"));
        OBJECTS.put("SettingInForce", List.of("key* string", "value* string", "source* string"));
        page("SettingsInForce", "SettingInForce");
        OBJECTS.put("DuplicateGroup", List.of("kind* string", "kept* string", "others* array", "why* string"));
        OBJECTS.put(
                "Review",
                List.of(
                        "total* integer",
                        "conflicts [StoredNote]",
                        "uncertain [StoredNote]",
                        "interactions [StoredInteraction]",
                        "duplicates [DuplicateGroup]",
                        "examined integer"));
        OBJECTS.put(
                "RetentionPreview",
                List.of(
                        "messages* integer",
                        "max_messages* integer",
                        "excess* integer",
                        "archive* boolean",
                        "oldest* [StoredMessage]",
                        "until time",
                        "expired* integer",
                        "notes* [StoredNote]",
                        "notes_from* time"));
        OBJECTS.put("StoredBackup", List.of("name* string", "agent* string", "at* time", "bytes* integer"));
        page("StoredBackups", "StoredBackup");
        OBJECTS.put(
                "AuditEntry",
                List.of(
                        "at* time",
                        "surface* AuditSurface",
                        "operation* string",
                        "agent string",
                        "detail string",
                        "key string",
                        "label string",
                        "account string",
                        "outcome* AuditOutcome",
                        "status integer",
                        "request string"));
        page("AuditPage", "AuditEntry");
        OBJECTS.put("ApiKey", KEY);
        page("ApiKeys", "ApiKey");
        OBJECTS.put("CreatedKey", with(KEY, "text* string"));
        OBJECTS.put("Health", List.of("status* enum:up"));
        OBJECTS.put("Readiness", List.of("ready* boolean", "store* string", "model* string", "stopping* boolean"));
        OBJECTS.put(
                "ArenaStatistics",
                List.of(
                        "allocated* integer",
                        "active* integer",
                        "resident* integer",
                        "peak* integer",
                        "budget integer",
                        "fragmentation* number",
                        "efficiency* number",
                        "allocations* integer",
                        "releases* integer",
                        "outstanding* integer",
                        "hits* integer",
                        "misses* integer",
                        "refusals* integer",
                        "heap_fallbacks* integer",
                        "leaks* integer"));
        OBJECTS.put("AllocationSite", List.of("kind* string", "site* string", "samples* integer", "bytes* integer"));
        OBJECTS.put(
                "Arenas",
                List.of(
                        "off_heap* boolean",
                        "accounts* integer",
                        "total* ArenaStatistics",
                        "process* {ArenaStatistics}",
                        "server* {ArenaStatistics}",
                        "profiling* boolean",
                        "sites [AllocationSite]"));
        OBJECTS.put("ProfilingState", List.of("profiling* boolean"));
        OBJECTS.put("Released", List.of("released* integer"));
        OBJECTS.put("ReleasedByKind", List.of("released {integer}"));
        OBJECTS.put("HookContext", List.of("hookEventName* string", "additionalContext* string"));
        OBJECTS.put("HookOutput", List.of("hookSpecificOutput* HookContext"));
        OBJECTS.put(
                "ServerSample",
                List.of(
                        "at* time",
                        "requests* object",
                        "running* integer",
                        "queued* integer",
                        "open_agents integer",
                        "agent_opens integer",
                        "streams integer",
                        "feeds integer",
                        "sockets integer",
                        "replies integer",
                        "heap_used integer",
                        "heap_max integer",
                        "write_lock_wait_seconds number",
                        "writers [WriterState]",
                        "arenas {object}",
                        "models [ModelReport]",
                        "changes* {integer}"));
        OBJECTS.put(
                "WriterState",
                List.of(
                        "agent* string",
                        "queued* integer",
                        "waiting_seconds number",
                        "holder string",
                        "total_wait_seconds* number"));
    }

    /**
     * Responses by method and template without the prefix of an agent: status and type, several separated by
     * semicolons. A type with a slash is a media type without a schema.
     */
    private static final Map<String, String> RESPONSES = new LinkedHashMap<>();

    static {
        RESPONSES.put("GET /v1/agents", "200 NamePage");
        RESPONSES.put("GET /v1/agents/{agent}", "200 Statistics");
        RESPONSES.put("DELETE /v1/agents/{agent}", "204");
        RESPONSES.put("GET /stats", "200 Statistics");
        RESPONSES.put("GET /changes", "200 ChangePage text/event-stream");
        RESPONSES.put("POST /messages", "201 StoredMessage,[StoredMessage]");
        RESPONSES.put("GET /messages/{id}", "200 MessageWithHistory");
        RESPONSES.put("PATCH /messages/{id}", "200 StoredMessage");
        RESPONSES.put("DELETE /messages/{id}", "200 Erased");
        RESPONSES.put("GET /sessions", "200 SessionPage");
        RESPONSES.put("GET /sessions/{session}", "200 Session");
        RESPONSES.put("PATCH /sessions/{session}", "200 Session");
        RESPONSES.put("DELETE /sessions/{session}", "200 Erased");
        RESPONSES.put("GET /sessions/{session}/messages", "200 MessagePage");
        RESPONSES.put("POST /notes", "201 RememberedNote");
        RESPONSES.put("GET /notes", "200 NotePage");
        RESPONSES.put("GET /notes/{id}", "200 NoteWithHistory");
        RESPONSES.put("PATCH /notes/{id}", "200 StoredNote");
        RESPONSES.put("DELETE /notes/{id}", "200 Erased");
        RESPONSES.put("POST /hooks/{event}", "200 HookOutput;204");
        RESPONSES.put("POST /memory-tool", "200 MemoryToolResult");
        RESPONSES.put("POST /recall", "200 RecallResult");
        RESPONSES.put("POST /context", "200 PromptContext");
        RESPONSES.put("GET /users", "200 NamePage");
        RESPONSES.put("GET /users/{user}", "200 UserContext");
        RESPONSES.put("PATCH /users/{user}", "200 UserContext");
        RESPONSES.put("DELETE /users/{user}", "200 Erased");
        RESPONSES.put("GET /users/{user}/history", "200 UserVersionPage");
        RESPONSES.put("POST /users/{user}/interactions", "201 UserContext");
        RESPONSES.put("POST /entities", "200 EntityDetails;201 EntityDetails");
        RESPONSES.put("GET /entities", "200 EntityPage");
        RESPONSES.put("GET /entities/{entity}", "200 EntityDetails");
        RESPONSES.put("PATCH /entities/{entity}", "200 StoredEntity");
        RESPONSES.put("DELETE /entities/{entity}", "200 Erased;204");
        RESPONSES.put("POST /entities/{entity}/observations", "200 AddedObservations");
        RESPONSES.put("DELETE /observations/{id}", "200 Erased;204");
        RESPONSES.put("POST /entities/{entity}/merge", "200 StoredEntity");
        RESPONSES.put("POST /entities/{entity}/restore", "200 StoredEntity");
        RESPONSES.put("POST /observations/{id}/restore", "200 Observation");
        RESPONSES.put("POST /relations/{id}/restore", "200 StoredRelation");
        RESPONSES.put("POST /entities/{entity}/split", "201 EntityDetails");
        RESPONSES.put("GET /entities/{entity}/neighbors", "200 Subgraph");
        RESPONSES.put("POST /relations", "200 StoredRelation;201 StoredRelation");
        RESPONSES.put("GET /relations/{id}", "200 RelationWithHistory");
        RESPONSES.put("PATCH /relations/{id}", "200 StoredRelation");
        RESPONSES.put("DELETE /relations/{id}", "200 Erased;204");
        RESPONSES.put("POST /graph", "201 Connected");
        RESPONSES.put("POST /graph/query", "200 QueryResult");
        RESPONSES.put("GET /graph/view", "200 GraphPicture");
        RESPONSES.put("GET /graph/around", "200 Subgraph");
        RESPONSES.put("GET /graph/changes", "200 ChangePage");
        RESPONSES.put("GET /graph/paths", "200 GraphPaths");
        RESPONSES.put("GET /graph/important", "200 RankedEntities");
        RESPONSES.put("GET /graph/communities", "200 Communities");
        RESPONSES.put("GET /graph/related", "200 RelatedConcepts");
        RESPONSES.put("GET /export", "200 application/x-ndjson application/zip");
        RESPONSES.put("POST /import", "200 ImportReport");
        RESPONSES.put("GET /v1/tasks", "200 TaskPage");
        RESPONSES.put("POST /v1/tasks", "201 StoredTask");
        RESPONSES.put("GET /v1/tasks/{task}", "200 StoredTask");
        RESPONSES.put("POST /v1/tasks/{task}/cancel", "200 StoredTask");
        RESPONSES.put("POST /chat", "200 ChatReply text/event-stream");
        RESPONSES.put("GET /chat", "101");
        RESPONSES.put("POST /conversations", "201 ConversationResult");
        RESPONSES.put("POST /interactions", "202 StoredInteraction");
        RESPONSES.put("GET /interactions", "200 InteractionPage");
        RESPONSES.put("GET /interactions/{id}", "200 StoredInteraction");
        RESPONSES.put("POST /interactions/{id}/retry", "200 StoredInteraction");
        RESPONSES.put("POST /reflect", "200 Waiting");
        RESPONSES.put("GET /users/{user}/consolidation", "200 ConsolidationPlan");
        RESPONSES.put("POST /users/{user}/consolidation", "200 Consolidation;204");
        RESPONSES.put("POST /users/{user}/consolidation/apply", "200 Consolidation;204");
        RESPONSES.put("GET /consolidations", "200 ConsolidationPage");
        RESPONSES.put("POST /consolidations/{id}/undo", "200 UndoResult");
        RESPONSES.put("GET /users/{user}/summary", "200 UserSummary");
        RESPONSES.put("GET /users/{user}/insights", "200 UserActivity");
        RESPONSES.put("GET /users/{user}/knowledge", "200 Knowledge");
        RESPONSES.put("GET /users/{user}/primer", "200 Primer");
        RESPONSES.put("GET /persona", "200 Persona");
        RESPONSES.put("PUT /persona", "200 Persona");
        RESPONSES.put("GET /schedule", "200 Schedule");
        RESPONSES.put("PUT /schedule", "200 Schedule");
        RESPONSES.put("GET /access", "200 Access");
        RESPONSES.put("PUT /access", "200 Access");
        RESPONSES.put("GET /state", "200 AgentState");
        RESPONSES.put("GET /willingness", "200 Willingness");
        RESPONSES.put("POST /documents", "201 StoredDocument");
        RESPONSES.put("GET /documents", "200 DocumentPage");
        RESPONSES.put("GET /collections", "200 Collections");
        RESPONSES.put("GET /collections/{collection}/documents/{id}", "200 DocumentWithText");
        RESPONSES.put("DELETE /collections/{collection}/documents/{id}", "200 Erased");
        RESPONSES.put("DELETE /collections/{collection}", "200 Erased");
        RESPONSES.put("POST /documents/search", "200 SearchResult");
        RESPONSES.put("POST /elaborate/stream", "200 text/event-stream");
        RESPONSES.put("GET /v1/models", "200 ModelReports");
        RESPONSES.put("GET /v1/arenas", "200 Arenas");
        RESPONSES.put("POST /v1/arenas/profiling", "200 ProfilingState");
        RESPONSES.put("POST /v1/arenas/reset", "204");
        RESPONSES.put("POST /v1/arenas/optimize", "200 ReleasedByKind");
        RESPONSES.put("POST /v1/arenas/{kind}/purge", "200 Released");
        RESPONSES.put("GET /v1/login", "200 Login");
        RESPONSES.put("POST /v1/login", "200 Login");
        RESPONSES.put("DELETE /v1/login", "204");
        RESPONSES.put("GET /v1/settings", "200 SettingsInForce");
        RESPONSES.put("GET /review", "200 Review");
        RESPONSES.put("GET /retention", "200 RetentionPreview");
        RESPONSES.put("GET /backups", "200 StoredBackups");
        RESPONSES.put("POST /restore", "200 Statistics");
        RESPONSES.put("GET /v1/audit", "200 AuditPage");
        RESPONSES.put("GET /v1/keys", "200 ApiKeys");
        RESPONSES.put("POST /v1/keys", "201 CreatedKey");
        RESPONSES.put("DELETE /v1/keys/{key}", "204");
        RESPONSES.put("GET /v1/live", "200 text/event-stream");
        RESPONSES.put("GET /health", "200 Health");
        RESPONSES.put("GET /ready", "200 Readiness;503 Readiness");
        RESPONSES.put("GET /metrics", "200 text/plain");
        RESPONSES.put("GET /openapi.json", "200 object");
        RESPONSES.put(
                "POST /mcp",
                "200 RpcMessage,[RpcMessage] text/event-stream;202;400 RpcMessage;404 RpcMessage;413 RpcMessage;503 RpcMessage");
        RESPONSES.put("GET /mcp", "200 text/event-stream;400 RpcMessage;404 RpcMessage");
        RESPONSES.put("DELETE /mcp", "204");
        RESPONSES.put("GET /", "200 text/html;206 text/html;304");
        RESPONSES.put("GET /assets/{name}", "200 */*;206 */*;304");
    }

    /** Routes that answer with the version of an item as ETag, by method and template without the prefix of an agent. */
    private static final Set<String> VERSIONED = Set.of(
            "POST /notes",
            "GET /notes/{id}",
            "PATCH /notes/{id}",
            "GET /users/{user}",
            "PATCH /users/{user}",
            "POST /users/{user}/interactions",
            "POST /entities",
            "GET /entities/{entity}",
            "PATCH /entities/{entity}",
            "POST /entities/{entity}/merge",
            "POST /entities/{entity}/restore",
            "POST /relations/{id}/restore",
            "POST /relations",
            "GET /relations/{id}",
            "PATCH /relations/{id}",
            "GET /persona",
            "PUT /persona",
            "GET /schedule",
            "PUT /schedule",
            "GET /access",
            "PUT /access",
            "GET /",
            "GET /assets/{name}");

    /** Routes that answer with the path of a new item as Location, in the form of {@link #VERSIONED}. */
    private static final Set<String> LOCATED = Set.of(
            "POST /messages",
            "POST /notes",
            "POST /entities",
            "POST /relations",
            "POST /documents",
            "POST /interactions",
            "POST /v1/tasks",
            "POST /v1/keys");

    /** Schemas of the events of streams by name of the operation. */
    private static final Map<String, String> EVENTS = Map.of(
            "chat", "ChatEvent",
            "explainSelection", "ExplanationEvent",
            "listChanges", "ChangeEvent",
            "followServer", "ServerEvent",
            "sendMcpMessage", "RpcEvent",
            "receiveMcpEvents", "RpcEvent");

    /** Types of the data of events by name of the event, by name of the schema of the events. */
    private static final Map<String, List<String>> EVENT_DATA = new LinkedHashMap<>();

    static {
        EVENT_DATA.put(
                "ChatEvent",
                List.of(
                        "message StoredMessage",
                        "searched [Source]",
                        "delta Delta",
                        "sources [CitedSource]",
                        "done ChatEnd",
                        "error Problem"));
        EVENT_DATA.put(
                "ExplanationEvent",
                List.of(
                        "searched [Source]",
                        "delta Delta",
                        "sources [CitedSource]",
                        "done ExplanationEnd",
                        "error Problem"));
        EVENT_DATA.put("ChangeEvent", List.of("ChangeKind Change", "problem Problem"));
        EVENT_DATA.put("ServerEvent", List.of("sample ServerSample", "change Change", "problem Problem"));
        EVENT_DATA.put("RpcEvent", List.of("message RpcMessage"));
    }

    /** Names of the problems by status. */
    static final Map<String, String> PROBLEMS = new LinkedHashMap<>();

    static {
        PROBLEMS.put("400", "BadRequest");
        PROBLEMS.put("401", "Unauthorized");
        PROBLEMS.put("403", "Forbidden");
        PROBLEMS.put("404", "NotFound");
        PROBLEMS.put("406", "NotAcceptable");
        PROBLEMS.put("409", "Conflict");
        PROBLEMS.put("412", "VersionConflict");
        PROBLEMS.put("413", "TooLarge");
        PROBLEMS.put("415", "UnsupportedMediaType");
        PROBLEMS.put("416", "RangeNotSatisfiable");
        PROBLEMS.put("429", "TooManyRequests");
        PROBLEMS.put("503", "Unavailable");
        PROBLEMS.put("default", "Failure");
    }

    private OpenApiResponses() {}

    static List<String> with(List<String> fields, String... more) {
        return with(fields, Arrays.asList(more));
    }

    /** Returns the fields of an object with more fields. */
    static List<String> with(List<String> fields, List<String> more) {
        return Stream.concat(fields.stream(), more.stream()).toList();
    }

    private static void page(String name, String type) {
        OBJECTS.put(name, List.of("items* [" + type + "]", "next string"));
    }

    /**
     * Returns the responses of a route that have a content of their own: types of JSON bodies and media types by
     * status; an empty list is a response without a body.
     */
    static Map<String, List<String>> of(Router.Route route) {
        var responses = new LinkedHashMap<String, List<String>>();
        for (String response : RESPONSES
                .getOrDefault(OpenApiSchemas.key(route.method(), route.template()), "200 */*")
                .split(";", -1)) {
            List<String> parts = List.of(response.split(" ", -1));
            responses.put(parts.getFirst(), parts.subList(1, parts.size()));
        }
        return responses;
    }

    /** Returns the type of the events of a route that answers with a stream. */
    static String events(Router.Route route) {
        return EVENTS.getOrDefault(route.name(), "string");
    }

    /**
     * Returns the schemas of the events of streams by name. An event is described as an object with its name, its id if
     * it has one, and its data, which are sent as JSON.
     */
    static Map<String, @Nullable Object> eventSchemas() {
        var schemas = new LinkedHashMap<String, @Nullable Object>();
        EVENT_DATA.forEach((name, events) -> {
            List<Map<String, @Nullable Object>> choices = events.stream()
                    .map(event -> event.split(" ", 2))
                    .map(event -> OpenApiSchemas.object(List.of(
                            "event* " + (Character.isUpperCase(event[0].charAt(0)) ? event[0] : "enum:" + event[0]),
                            "id string",
                            "data* " + event[1])))
                    .toList();
            schemas.put(
                    name,
                    choices.size() == 1
                            ? choices.getFirst()
                            : Json.fields().put("oneOf", choices).map());
        });
        return schemas;
    }

    /** Returns the statuses with which a route refuses requests for reasons that its caller can know beforehand. */
    static List<String> errors(Router.Route route) {
        var statuses = new TreeSet<>(List.of("400"));
        boolean isFile = route.template().equals("/") || route.template().startsWith("/assets/");
        boolean hasBody = !OpenApiSchemas.body(route).isEmpty();
        Map<String, String> query = OpenApiSchemas.query(route);
        if (!AccessFilter.isPublic(route)) {
            statuses.addAll(List.of("401", "403"));
        }
        if (route.work() != Router.Work.INLINE && route.work() != Router.Work.CONTROL) {
            statuses.addAll(List.of("429", "503"));
        }
        if (route.template().contains("{") || query.containsKey("agent")) {
            statuses.add("404");
        }
        if (isFile) {
            statuses.add("416");
        }
        if (hasBody || query.containsKey("limit") || route.template().startsWith("/v1/agents/{agent}/")) {
            statuses.add("413");
        }
        // A page of another origin could send a body of a type that needs no permission.
        if (hasBody || !route.method().equals("GET")) {
            statuses.add("415");
        }
        if (AccessFilter.needed(route) != Scope.READ && !route.method().equals("GET")) {
            statuses.add("409");
        }
        if (OpenApiSchemas.headers(route).contains("If-Match")) {
            statuses.add("412");
        }
        if (route.template().startsWith(McpResources.PATH)) {
            statuses.add("406");
        }
        if (route.template().equals(LoginResources.PATH)) {
            statuses.addAll(List.of("401", "403"));
        }
        return List.copyOf(statuses);
    }

    /** Returns the names of the headers that a response of a route has when it succeeds, besides those of all routes. */
    static List<String> headers(Router.Route route, String status) {
        var headers = new ArrayList<String>();
        String key = OpenApiSchemas.key(route.method(), route.template());
        if ((status.charAt(0) == '2' || status.equals("304")) && VERSIONED.contains(key)) {
            headers.add("ETag");
        }
        if (status.charAt(0) == '2' && LOCATED.contains(key)) {
            headers.add("Location");
        }
        return headers;
    }
}
