"""Types of the requests and answers, generated from the OpenAPI document of the server.

ClientsTest of the module stele-server checks this file, and writes it with -Dstele.write-clients=true.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


Role: TypeAlias = "Literal['user', 'assistant', 'system', 'tool']"


ItemKind: TypeAlias = "Literal['message', 'note', 'observation', 'passage']"


RecallMode: TypeAlias = "Literal['hybrid', 'semantic', 'keyword', 'graph']"


ChangeKind: TypeAlias = "Literal['message.created', 'message.edited', 'message.deleted', 'message.archived', 'note.created', 'note.updated', 'note.superseded', 'note.deleted', 'note.reinforced', 'session.updated', 'session.deleted', 'user.updated', 'user.forgotten', 'entity.created', 'entity.updated', 'entity.retired', 'entity.deleted', 'observation.created', 'observation.retired', 'observation.deleted', 'relation.created', 'relation.updated', 'relation.retired', 'relation.deleted', 'interaction.recorded', 'interaction.processed', 'interaction.failed', 'interaction.retried', 'interaction.deleted', 'notes.consolidated', 'consolidation.undone', 'document.added', 'document.updated', 'document.deleted', 'passage.added', 'passage.deleted', 'item.embedded', 'item.indexed', 'agent.created', 'agent.replaced', 'agent.updated']"


TaskState: TypeAlias = "Literal['queued', 'running', 'done', 'failed', 'cancelled']"


TaskPriority: TypeAlias = "Literal['low', 'normal', 'high']"


AuditSurface: TypeAlias = "Literal['rest', 'mcp', 'command']"


AuditOutcome: TypeAlias = "Literal['done', 'refused', 'failed']"


InteractionState: TypeAlias = "Literal['pending', 'processed', 'failed']"


Direction: TypeAlias = "Literal['out', 'in', 'both']"


ImportFormat: TypeAlias = "Literal['stele', 'chat', 'chatgpt', 'claude', 'gemini', 'copilot', 'langchain', 'langchain4j', 'locomo', 'mem0', 'zep', 'pam', 'omi', 'mcp-memory', 'markdown', 'memory-files']"


ExportFormat: TypeAlias = "Literal['stele', 'mcp-memory', 'markdown', 'pam']"


ToolProfile: TypeAlias = "Literal['agent', 'memory', 'graph', 'files', 'all']"


ArenaKind: TypeAlias = "Literal['request', 'response', 'cache', 'static', 'task', 'general']"


Sight: TypeAlias = "Literal['none', 'quick', 'full']"


Sender: TypeAlias = "Literal['people', 'agents', 'public']"


HookEvent: TypeAlias = "Literal['session-start', 'prompt', 'post-tool', 'pre-compact', 'stop']"


TaskKind: TypeAlias = "Literal['backup', 'verify', 'maintenance', 'optimize']"


DocumentType: TypeAlias = "Literal['text', 'markdown', 'html']"


SourceKind: TypeAlias = "Literal['message', 'note', 'observation', 'passage', 'profile', 'summary', 'fact', 'text', 'reader']"


class Message(TypedDict):
    id: NotRequired[str]
    session: NotRequired[str]
    user: NotRequired[str]
    role: NotRequired[Role]
    content: str
    at: NotRequired[str]
    metadata: NotRequired[dict[str, Any]]
    sources: NotRequired[list[str]]


class MessageEdit(TypedDict):
    content: str


class SessionChange(TypedDict):
    title: NotRequired[str]
    ended: NotRequired[bool]
    ended_at: NotRequired[str]
    participants: NotRequired[list[str]]


class Note(TypedDict):
    id: NotRequired[str]
    content: str
    category: NotRequired[str]
    confidence: NotRequired[float]
    importance: NotRequired[float]
    tags: NotRequired[list[str]]
    evidence: NotRequired[list[str]]
    provenance: NotRequired[list[str]]
    user: NotRequired[str]
    session: NotRequired[str]
    valid_from: NotRequired[str]
    valid_to: NotRequired[str]
    pinned: NotRequired[bool]
    metadata: NotRequired[dict[str, Any]]
    supersedes: NotRequired[str]


class NotePatch(TypedDict):
    id: NotRequired[str]
    content: NotRequired[str]
    category: NotRequired[str | None]
    confidence: NotRequired[float | None]
    importance: NotRequired[float | None]
    tags: NotRequired[list[str] | None]
    evidence: NotRequired[list[str] | None]
    provenance: NotRequired[list[str] | None]
    user: NotRequired[str | None]
    session: NotRequired[str | None]
    valid_from: NotRequired[str | None]
    valid_to: NotRequired[str | None]
    pinned: NotRequired[bool | None]
    metadata: NotRequired[dict[str, Any] | None]


class UserPatch(TypedDict):
    first_met: NotRequired[str | None]
    conversations: NotRequired[int | None]
    friendship: NotRequired[float | None]
    trust: NotRequired[float | None]
    traits: NotRequired[dict[str, Any] | None]
    preferences: NotRequired[dict[str, Any] | None]
    moods: NotRequired[list[dict[str, Any]] | None]
    last_interaction: NotRequired[str | None]


class EntityPatch(TypedDict):
    name: NotRequired[str]
    type: NotRequired[str | None]
    aliases: NotRequired[list[str] | None]
    attributes: NotRequired[dict[str, Any] | None]


class RelationPatch(TypedDict):
    fact: NotRequired[str | None]
    weight: NotRequired[float | None]
    attributes: NotRequired[dict[str, Any] | None]
    valid_from: NotRequired[str | None]
    valid_to: NotRequired[str | None]
    sources: NotRequired[list[str] | None]


class ObservationDraft(TypedDict):
    content: str
    at: NotRequired[str]
    sources: NotRequired[list[str]]


class MemoryToolInput(TypedDict):
    command: Literal["view", "create", "str_replace", "insert", "delete", "rename"]
    path: NotRequired[str]
    view_range: NotRequired[list[int]]
    file_text: NotRequired[str]
    old_str: NotRequired[str]
    new_str: NotRequired[str]
    insert_line: NotRequired[int]
    insert_text: NotRequired[str]
    old_path: NotRequired[str]
    new_path: NotRequired[str]


class HookInput(TypedDict):
    session_id: str
    cwd: NotRequired[str]
    source: NotRequired[str]
    prompt: NotRequired[str]
    tool_name: NotRequired[str]
    tool_input: NotRequired[Any]
    last_assistant_message: NotRequired[str]


class Entity(TypedDict):
    id: NotRequired[str]
    name: str
    type: str
    aliases: NotRequired[list[str]]
    attributes: NotRequired[dict[str, Any]]
    observations: NotRequired[list[str | ObservationDraft]]
    mentioned_by: NotRequired[list[str]]


class GraphEntity(TypedDict):
    ref: NotRequired[str]
    id: NotRequired[str]
    name: str
    type: str
    aliases: NotRequired[list[str]]
    attributes: NotRequired[dict[str, Any]]
    observations: NotRequired[list[str | ObservationDraft]]
    mentioned_by: NotRequired[list[str]]


Relation = TypedDict(
    "Relation",
    {
        "from": "str",
        "to": "str",
        "type": "str",
        "fact": "NotRequired[str]",
        "weight": "NotRequired[float]",
        "attributes": "NotRequired[dict[str, Any]]",
        "valid_from": "NotRequired[str]",
        "valid_to": "NotRequired[str]",
        "sources": "NotRequired[list[str]]",
    },
)


class Observations(TypedDict):
    observations: list[str | ObservationDraft]


Merge = TypedDict(
    "Merge",
    {
        "with": "str",
    },
)


class Split(TypedDict):
    into: Entity
    observations: NotRequired[list[str]]
    relations: NotRequired[list[str]]


class GraphQuery(TypedDict):
    query: str
    parameters: NotRequired[dict[str, Any]]
    as_of: NotRequired[str]


class Graph(TypedDict):
    entities: NotRequired[list[GraphEntity]]
    relations: NotRequired[list[Relation]]


class Recall(TypedDict):
    query: str
    limit: NotRequired[int]
    mode: NotRequired[RecallMode]
    filter: NotRequired[RecallFilter]
    as_of: NotRequired[str]
    explain: NotRequired[bool]
    weights: NotRequired[dict[str, float]]
    max_tokens: NotRequired[int]
    fold: NotRequired[bool]
    diversity: NotRequired[float]
    min_score: NotRequired[float]
    reference_date: NotRequired[str]
    time_zone: NotRequired[str]


class Context(TypedDict):
    topic: str
    user: NotRequired[str]
    session: NotRequired[str]
    max_tokens: NotRequired[int]
    hits: NotRequired[int]
    audience: NotRequired[str | list[str]]


RecallFilter = TypedDict(
    "RecallFilter",
    {
        "kind": "NotRequired[ItemKind | list[ItemKind]]",
        "user": "NotRequired[str]",
        "audience": "NotRequired[str | list[str]]",
        "session": "NotRequired[str]",
        "role": "NotRequired[Role]",
        "category": "NotRequired[str]",
        "tags": "NotRequired[str | list[str]]",
        "min_importance": "NotRequired[float]",
        "from": "NotRequired[str]",
        "to": "NotRequired[str]",
        "archived": "NotRequired[bool]",
        "superseded": "NotRequired[bool]",
    },
)


class Interaction(TypedDict):
    message: NotRequired[str]
    response: NotRequired[str]
    session: NotRequired[str]
    at: NotRequired[str]
    metadata: NotRequired[dict[str, Any]]
    learn: NotRequired[bool]


class Event(TypedDict):
    id: NotRequired[str]
    type: str
    user: NotRequired[str]
    session: NotRequired[str]
    messages: NotRequired[list[str]]
    data: NotRequired[dict[str, Any]]


class Chat(TypedDict):
    message: str
    session: NotRequired[str]
    user: NotRequired[str]
    id: NotRequired[str]


Conversation = TypedDict(
    "Conversation",
    {
        "with": "str",
        "opening": "str",
        "session": "NotRequired[str]",
        "turns": "NotRequired[int]",
    },
)


class Persona(TypedDict):
    name: str
    description: NotRequired[str]
    traits: NotRequired[dict[str, float]]
    styles: NotRequired[dict[str, str]]
    languages: NotRequired[list[str]]


class Schedule(TypedDict):
    zone: NotRequired[str]
    hours: NotRequired[list[ScheduleHours]]


class Access(TypedDict):
    chat: NotRequired[list[Sender]]
    memory: NotRequired[Sight]


class Document(TypedDict):
    collection: str
    id: NotRequired[str]
    title: NotRequired[str]
    text: str
    type: NotRequired[DocumentType]
    metadata: NotRequired[dict[str, Any]]


class Search(TypedDict):
    collection: str
    query: str
    limit: NotRequired[int]
    dense: NotRequired[float]


class Selection(TypedDict):
    selected_text: str
    context_text: NotRequired[str]
    collection: str
    document: str
    summary: NotRequired[str]
    user: NotRequired[str]


class Task(TypedDict):
    kind: TaskKind
    agent: NotRequired[str]
    arguments: NotRequired[dict[str, Any]]
    priority: NotRequired[TaskPriority]
    delay_seconds: NotRequired[float]
    attempts: NotRequired[int]
    timeout_seconds: NotRequired[float]


class LoginKey(TypedDict):
    key: str


class Restoration(TypedDict):
    backup: str
    confirm: str


class KeyDraft(TypedDict):
    label: str
    scope: Literal["read", "write", "admin"]
    agents: NotRequired[list[str]]


class Profiling(TypedDict):
    on: bool


class Problem(TypedDict):
    type: str
    title: str
    status: int
    detail: str
    request: NotRequired[str]


class RpcError(TypedDict):
    code: int
    message: str
    data: NotRequired[Any]


class RpcMessage(TypedDict):
    jsonrpc: Literal["2.0"]
    id: NotRequired[Any]
    method: NotRequired[str]
    params: NotRequired[dict[str, Any]]
    result: NotRequired[dict[str, Any]]
    error: NotRequired[RpcError]


Messages: TypeAlias = "Message | list[Message]"


class StoredMessage(TypedDict):
    id: str
    session: str
    user: NotRequired[str]
    role: Role
    content: str
    at: str
    edited_at: NotRequired[str]
    archived: NotRequired[bool]
    metadata: NotRequired[dict[str, Any]]
    number: int


class MessageWithHistory(TypedDict):
    id: str
    session: str
    user: NotRequired[str]
    role: Role
    content: str
    at: str
    edited_at: NotRequired[str]
    archived: NotRequired[bool]
    metadata: NotRequired[dict[str, Any]]
    number: int
    history: NotRequired[list[MessageRevision]]


class MessageRevision(TypedDict):
    content: str
    replaced_at: str


class MessagePage(TypedDict):
    items: list[StoredMessage]
    next: NotRequired[str]


class Session(TypedDict):
    id: str
    user: NotRequired[str]
    title: NotRequired[str]
    started_at: str
    last_at: str
    ended_at: NotRequired[str]
    messages: int
    participants: NotRequired[list[str]]


class SessionPage(TypedDict):
    items: list[Session]
    next: NotRequired[str]


class StoredNote(TypedDict):
    id: str
    content: str
    category: str
    confidence: float
    importance: float
    tags: NotRequired[list[str]]
    evidence: NotRequired[list[str]]
    provenance: NotRequired[list[str]]
    user: NotRequired[str]
    session: NotRequired[str]
    valid_from: NotRequired[str]
    valid_to: NotRequired[str]
    pinned: NotRequired[bool]
    metadata: NotRequired[dict[str, Any]]
    version: int
    created_at: str
    updated_at: str
    superseded_by: NotRequired[str]
    number: int


class RememberedNote(TypedDict):
    id: str
    content: str
    category: str
    confidence: float
    importance: float
    tags: NotRequired[list[str]]
    evidence: NotRequired[list[str]]
    provenance: NotRequired[list[str]]
    user: NotRequired[str]
    session: NotRequired[str]
    valid_from: NotRequired[str]
    valid_to: NotRequired[str]
    pinned: NotRequired[bool]
    metadata: NotRequired[dict[str, Any]]
    version: int
    created_at: str
    updated_at: str
    superseded_by: NotRequired[str]
    number: int
    outcome: Literal["ADDED", "REINFORCED", "DUPLICATE"]


class NoteWithHistory(TypedDict):
    id: str
    content: str
    category: str
    confidence: float
    importance: float
    tags: NotRequired[list[str]]
    evidence: NotRequired[list[str]]
    provenance: NotRequired[list[str]]
    user: NotRequired[str]
    session: NotRequired[str]
    valid_from: NotRequired[str]
    valid_to: NotRequired[str]
    pinned: NotRequired[bool]
    metadata: NotRequired[dict[str, Any]]
    version: int
    created_at: str
    updated_at: str
    superseded_by: NotRequired[str]
    number: int
    history: NotRequired[list[StoredNote]]


class NotePage(TypedDict):
    items: list[StoredNote]
    next: NotRequired[str]


class MemoryToolResult(TypedDict):
    content: str
    is_error: bool


class ErasedItem(TypedDict):
    kind: str
    id: str


class Erased(TypedDict):
    contexts: int
    sessions: int
    messages: int
    notes: int
    entities: int
    observations: int
    relations: int
    interactions: int
    consolidations: int
    documents: int
    passages: int
    reduced: int
    scrubbed: NotRequired[bool]
    items: NotRequired[list[ErasedItem]]
    reduced_items: NotRequired[list[ErasedItem]]


class Hit(TypedDict):
    kind: ItemKind
    id: str
    content: str
    score: float
    confidence: float
    at: NotRequired[str]
    session: NotRequired[str]
    user: NotRequired[str]
    role: NotRequired[Role]
    speaker: NotRequired[str]
    category: NotRequired[str]
    entity: NotRequired[str]
    archived: NotRequired[bool]
    words: NotRequired[list[str]]
    signals: NotRequired[dict[str, float]]
    sources: NotRequired[list[str]]
    duplicates: NotRequired[list[FoldedItem]]


class FoldedItem(TypedDict):
    kind: ItemKind
    id: str
    at: str


class RecallResult(TypedDict):
    hits: list[Hit]
    mode: RecallMode
    notice: NotRequired[str]
    confidence: float
    archived_not_searched: NotRequired[bool]
    tokens: NotRequired[int]
    change: NotRequired[int]
    took_ms: float


class SearchResult(TypedDict):
    hits: list[Hit]


class ContextSection(TypedDict):
    title: str
    lines: int
    truncated: NotRequired[bool]


class PromptContext(TypedDict):
    text: str
    tokens: int
    sections: list[ContextSection]


class Mood(TypedDict):
    mood: str
    at: str


class UserContext(TypedDict):
    user_id: str
    first_met: str
    conversations: int
    friendship: float
    stage: str
    trust: float
    traits: dict[str, float]
    preferences: dict[str, Any]
    moods: list[Mood]
    last_interaction: NotRequired[str]
    version: int


class UserVersion(TypedDict):
    at: str
    context: UserContext


class UserVersionPage(TypedDict):
    items: list[UserVersion]
    next: NotRequired[str]


class NamePage(TypedDict):
    items: list[str]
    next: NotRequired[str]


class Statistics(TypedDict):
    agent: str
    messages: int
    archived: int
    notes: int
    sessions: int
    users: int
    waiting: int
    entities: int
    observations: int
    relations: int
    embedded: int
    serving_model: NotRequired[str]
    changes: int
    database_bytes: int
    schema: int


class Change(TypedDict):
    number: int
    at: str
    kind: ChangeKind
    ref: NotRequired[str]


class ChangePage(TypedDict):
    items: list[Change]
    next: NotRequired[str]


class EntityRef(TypedDict):
    id: str
    name: str
    type: NotRequired[str]


class StoredEntity(TypedDict):
    id: str
    version: int
    name: str
    type: NotRequired[str]
    aliases: NotRequired[list[str]]
    attributes: NotRequired[dict[str, Any]]
    stub: NotRequired[bool]
    created_at: str
    updated_at: str
    retired_at: NotRequired[str]
    merged_into: NotRequired[str]


class EntityDetails(TypedDict):
    id: str
    version: int
    name: str
    type: NotRequired[str]
    aliases: NotRequired[list[str]]
    attributes: NotRequired[dict[str, Any]]
    stub: NotRequired[bool]
    created_at: str
    updated_at: str
    retired_at: NotRequired[str]
    merged_into: NotRequired[str]
    observations: NotRequired[list[Observation]]
    relations: NotRequired[list[StoredRelation]]
    mentioned_by: NotRequired[list[str]]
    history: NotRequired[list[StoredEntity]]


class EntityPage(TypedDict):
    items: list[StoredEntity]
    next: NotRequired[str]


class Observation(TypedDict):
    id: str
    content: str
    at: NotRequired[str]
    sources: NotRequired[list[str]]
    recorded_at: str
    retired_at: NotRequired[str]


class AddedObservations(TypedDict):
    added: list[Observation]


StoredRelation = TypedDict(
    "StoredRelation",
    {
        "id": "str",
        "version": "int",
        "from": "EntityRef",
        "to": "EntityRef",
        "type": "str",
        "fact": "NotRequired[str]",
        "weight": "NotRequired[float]",
        "attributes": "NotRequired[dict[str, Any]]",
        "valid_from": "NotRequired[str]",
        "valid_to": "NotRequired[str]",
        "sources": "NotRequired[list[str]]",
        "recorded_at": "str",
        "retired_at": "NotRequired[str]",
    },
)


RelationWithHistory = TypedDict(
    "RelationWithHistory",
    {
        "id": "str",
        "version": "int",
        "from": "EntityRef",
        "to": "EntityRef",
        "type": "str",
        "fact": "NotRequired[str]",
        "weight": "NotRequired[float]",
        "attributes": "NotRequired[dict[str, Any]]",
        "valid_from": "NotRequired[str]",
        "valid_to": "NotRequired[str]",
        "sources": "NotRequired[list[str]]",
        "recorded_at": "str",
        "retired_at": "NotRequired[str]",
        "history": "NotRequired[list[StoredRelation]]",
    },
)


class ConnectedEntity(TypedDict):
    ref: str
    id: str
    name: str
    type: str
    created: bool
    observations_added: int


class Connected(TypedDict):
    entities: list[ConnectedEntity]
    relations: list[StoredRelation]


class QueryResult(TypedDict):
    columns: list[str]
    rows: list[list[Any]]
    count: int


class Neighbor(TypedDict):
    id: str
    name: str
    type: NotRequired[str]
    distance: int


Edge = TypedDict(
    "Edge",
    {
        "from": "NotRequired[str]",
        "type": "str",
        "to": "NotRequired[str]",
        "weight": "NotRequired[float]",
    },
)


class Subgraph(TypedDict):
    entities: list[Neighbor]
    relations: list[Edge]
    truncated: NotRequired[bool]


class ShownEntity(TypedDict):
    id: str
    name: str
    type: NotRequired[str]
    distance: NotRequired[int]
    importance: float
    degree: int
    community: int


ShownRelation = TypedDict(
    "ShownRelation",
    {
        "from": "str",
        "to": "str",
        "type": "str",
        "weight": "float",
    },
)


class GraphPicture(TypedDict):
    entities: list[ShownEntity]
    relations: list[ShownRelation]
    total: int
    truncated: bool


class GraphPath(TypedDict):
    length: int
    entities: list[EntityRef]
    relations: list[Edge]


class GraphPaths(TypedDict):
    paths: list[GraphPath]


class RankedEntity(TypedDict):
    id: str
    name: str
    type: NotRequired[str]
    importance: float
    degree: int


class RankedEntities(TypedDict):
    items: list[RankedEntity]
    next: NotRequired[str]


class Communities(TypedDict):
    items: list[list[EntityRef]]


class RelatedConcept(TypedDict):
    name: str
    type: NotRequired[str]
    score: float
    by: list[str]


class RelatedConcepts(TypedDict):
    items: list[RelatedConcept]
    next: NotRequired[str]


class LineProblem(TypedDict):
    file: NotRequired[str]
    line: int
    reason: str


class LeftOut(TypedDict):
    kind: str
    items: int


class ImportReport(TypedDict):
    format: str
    messages: int
    notes: int
    users: int
    entities: int
    relations: int
    others: int
    known: int
    bad: int
    repaired: int
    archived: int
    left_out: NotRequired[list[LeftOut]]
    skipped_files: NotRequired[list[str]]
    notices: NotRequired[list[str]]
    problems: list[LineProblem]


class StoredTask(TypedDict):
    id: str
    kind: str
    agent: NotRequired[str]
    state: TaskState
    priority: TaskPriority
    arguments: NotRequired[dict[str, Any]]
    attempts: int
    max_attempts: int
    timeout_seconds: float
    created_at: str
    not_before: NotRequired[str]
    started_at: NotRequired[str]
    ended_at: NotRequired[str]
    cancel_requested: NotRequired[bool]
    progress: NotRequired[Any]
    error: NotRequired[str]
    result: NotRequired[Any]


class TaskPage(TypedDict):
    items: list[StoredTask]
    next: NotRequired[str]


class Source(TypedDict):
    kind: SourceKind
    id: NotRequired[str]
    who: NotRequired[str]
    at: NotRequired[str]
    text: str


class CitedSource(TypedDict):
    number: int
    kind: SourceKind
    id: NotRequired[str]
    who: NotRequired[str]
    at: NotRequired[str]
    text: NotRequired[str]


class Delta(TypedDict):
    text: str


class ChatEnd(TypedDict):
    session: str
    question: str
    answer: NotRequired[StoredMessage]
    cut: NotRequired[bool]
    error: NotRequired[str]
    model: NotRequired[str]
    interaction: NotRequired[str]
    memory_ms: float


class ExplanationEnd(TypedDict):
    text: str
    cut: NotRequired[bool]
    error: NotRequired[str]
    model: NotRequired[str]
    interaction: NotRequired[str]


class ChatReply(TypedDict):
    session: str
    question: str
    answer: NotRequired[StoredMessage]
    cut: NotRequired[bool]
    error: NotRequired[str]
    model: NotRequired[str]
    sources: list[CitedSource]
    searched: NotRequired[list[Source]]
    interaction: NotRequired[str]
    memory_ms: float


class ConversationResult(TypedDict):
    session: str
    turns: list[ChatReply]


class Duplicate(TypedDict):
    content: str
    note: str
    similarity: float


class Outcome(TypedDict):
    engine: str
    reasoning: NotRequired[str]
    added: NotRequired[list[str]]
    reinforced: NotRequired[list[str]]
    superseded: NotRequired[list[str]]
    review: NotRequired[list[str]]
    duplicates: NotRequired[list[Duplicate]]
    entities: NotRequired[list[str]]


class StoredInteraction(TypedDict):
    id: str
    type: str
    user: NotRequired[str]
    session: NotRequired[str]
    messages: NotRequired[list[str]]
    data: NotRequired[dict[str, Any]]
    state: InteractionState
    attempts: int
    created_at: str
    not_before: str
    ended_at: NotRequired[str]
    error: NotRequired[str]
    outcome: NotRequired[Outcome]


class InteractionPage(TypedDict):
    items: list[StoredInteraction]
    next: NotRequired[str]


class Waiting(TypedDict):
    waiting: int


class Operation(TypedDict):
    action: str
    notes: list[str]
    content: NotRequired[str]
    reason: NotRequired[str]


class ConsolidationPlan(TypedDict):
    engine: str
    operations: list[Operation]
    refused: NotRequired[list[str]]
    versions: dict[str, int]


class ConsolidationStep(TypedDict):
    action: str
    notes: NotRequired[list[str]]
    made: NotRequired[str]
    reason: NotRequired[str]
    versions: NotRequired[list[int]]


class Consolidation(TypedDict):
    id: str
    user: NotRequired[str]
    trigger: str
    engine: str
    before: int
    after: int
    steps: list[ConsolidationStep]
    at: str
    undone_at: NotRequired[str]


class ConsolidationPage(TypedDict):
    items: list[Consolidation]
    next: NotRequired[str]


class UndoResult(TypedDict):
    left_alone: list[str]


class UserSummary(TypedDict):
    profile: NotRequired[UserContext]
    counts: dict[str, int]
    notes: dict[str, list[str]]
    gaps: list[str]
    review: list[str]
    sessions: int
    waiting: int
    failed: int


class ChangedNote(TypedDict):
    before: str
    now: NotRequired[str]
    at: str


class UserActivity(TypedDict):
    since: str
    interactions: dict[str, int]
    days: dict[str, int]
    waiting: int
    notes: dict[str, int]
    newest: list[StoredNote]
    changed: list[ChangedNote]
    topics: dict[str, int]


class Knowledge(TypedDict):
    topic: NotRequired[str]
    state: Literal["gap", "known", "unknown"]
    gaps: list[StoredNote]
    known: list[StoredNote]


class Primer(TypedDict):
    points: list[str]
    notes: list[str]
    engine: str
    generated_at: str
    cached: bool


ScheduleHours = TypedDict(
    "ScheduleHours",
    {
        "days": "NotRequired[list[str]]",
        "from": "NotRequired[str]",
        "to": "NotRequired[str]",
        "activity": "NotRequired[str]",
        "availability": "NotRequired[float]",
        "mood": "NotRequired[str]",
    },
)


class AgentState(TypedDict):
    mood: str
    energy: float
    activity: str
    availability: float


class Willingness(TypedDict):
    answers: bool
    probability: float
    delay_factor: float


class StoredDocument(TypedDict):
    id: str
    collection: str
    title: NotRequired[str]
    hash: str
    characters: int
    passages: int
    added_at: str
    metadata: NotRequired[dict[str, Any]]


class Passage(TypedDict):
    id: str
    heading: NotRequired[str]
    content: str


class DocumentWithText(TypedDict):
    id: str
    collection: str
    title: NotRequired[str]
    hash: str
    characters: int
    passages: int
    added_at: str
    metadata: NotRequired[dict[str, Any]]
    text: list[Passage]


class DocumentPage(TypedDict):
    items: list[StoredDocument]
    next: NotRequired[str]


class Collection(TypedDict):
    collection: str
    documents: int


class Collections(TypedDict):
    items: list[Collection]
    next: NotRequired[str]


class ModelReport(TypedDict):
    model: str
    answered: int
    failed: int
    seconds: float
    score: float
    input_tokens: int
    output_tokens: int
    left_alone: bool


class ModelReports(TypedDict):
    items: list[ModelReport]
    next: NotRequired[str]


class Login(TypedDict):
    required: bool
    key: NotRequired[str]
    label: NotRequired[str]
    scope: NotRequired[Literal["read", "write", "admin"]]
    agents: NotRequired[list[str]]
    expires_at: NotRequired[str]


class SettingInForce(TypedDict):
    key: str
    value: str
    source: str


class SettingsInForce(TypedDict):
    items: list[SettingInForce]
    next: NotRequired[str]


class DuplicateGroup(TypedDict):
    kind: str
    kept: str
    others: list[str]
    why: str


class Review(TypedDict):
    total: int
    conflicts: NotRequired[list[StoredNote]]
    uncertain: NotRequired[list[StoredNote]]
    interactions: NotRequired[list[StoredInteraction]]
    duplicates: NotRequired[list[DuplicateGroup]]
    examined: NotRequired[int]


class RetentionPreview(TypedDict):
    messages: int
    max_messages: int
    excess: int
    archive: bool
    oldest: list[StoredMessage]
    until: NotRequired[str]
    expired: int
    notes: list[StoredNote]
    notes_from: str


class StoredBackup(TypedDict):
    name: str
    agent: str
    at: str
    bytes: int


class StoredBackups(TypedDict):
    items: list[StoredBackup]
    next: NotRequired[str]


class AuditEntry(TypedDict):
    at: str
    surface: AuditSurface
    operation: str
    agent: NotRequired[str]
    detail: NotRequired[str]
    key: NotRequired[str]
    label: NotRequired[str]
    account: NotRequired[str]
    outcome: AuditOutcome
    status: NotRequired[int]
    request: NotRequired[str]


class AuditPage(TypedDict):
    items: list[AuditEntry]
    next: NotRequired[str]


class ApiKey(TypedDict):
    id: str
    label: str
    scope: str
    agents: NotRequired[list[str]]
    created_at: str


class ApiKeys(TypedDict):
    items: list[ApiKey]
    next: NotRequired[str]


class CreatedKey(TypedDict):
    id: str
    label: str
    scope: str
    agents: NotRequired[list[str]]
    created_at: str
    text: str


class Health(TypedDict):
    status: Literal["up"]


class Readiness(TypedDict):
    ready: bool
    store: str
    model: str
    stopping: bool


class ArenaStatistics(TypedDict):
    allocated: int
    active: int
    resident: int
    peak: int
    budget: NotRequired[int]
    fragmentation: float
    efficiency: float
    allocations: int
    releases: int
    outstanding: int
    hits: int
    misses: int
    refusals: int
    heap_fallbacks: int
    leaks: int


class AllocationSite(TypedDict):
    kind: str
    site: str
    samples: int
    bytes: int


class Arenas(TypedDict):
    off_heap: bool
    accounts: int
    total: ArenaStatistics
    process: dict[str, ArenaStatistics]
    server: dict[str, ArenaStatistics]
    profiling: bool
    sites: NotRequired[list[AllocationSite]]


class ProfilingState(TypedDict):
    profiling: bool


class Released(TypedDict):
    released: int


class ReleasedByKind(TypedDict):
    released: NotRequired[dict[str, int]]


class HookContext(TypedDict):
    hookEventName: str
    additionalContext: str


class HookOutput(TypedDict):
    hookSpecificOutput: HookContext


class ServerSample(TypedDict):
    at: str
    requests: dict[str, Any]
    running: int
    queued: int
    open_agents: NotRequired[int]
    agent_opens: NotRequired[int]
    streams: NotRequired[int]
    feeds: NotRequired[int]
    sockets: NotRequired[int]
    replies: NotRequired[int]
    heap_used: NotRequired[int]
    heap_max: NotRequired[int]
    write_lock_wait_seconds: NotRequired[float]
    writers: NotRequired[list[WriterState]]
    arenas: NotRequired[dict[str, dict[str, Any]]]
    models: NotRequired[list[ModelReport]]
    changes: dict[str, int]


class WriterState(TypedDict):
    agent: str
    queued: int
    waiting_seconds: NotRequired[float]
    holder: NotRequired[str]
    total_wait_seconds: float


ChatEvent: TypeAlias = "dict[str, Any]"


ExplanationEvent: TypeAlias = "dict[str, Any]"


ChangeEvent: TypeAlias = "dict[str, Any]"


ServerEvent: TypeAlias = "dict[str, Any]"


class RpcEvent(TypedDict):
    event: Literal["message"]
    id: NotRequired[str]
    data: RpcMessage
