// Types of the requests and answers, generated from the OpenAPI document of the server.
// ClientsTest of the module stele-server checks this file, and writes it with -Dstele.write-clients=true.

export type Role = "user" | "assistant" | "system" | "tool";

export type ItemKind = "message" | "note" | "observation" | "passage";

export type RecallMode = "hybrid" | "semantic" | "keyword" | "graph";

export type ChangeKind = "message.created" | "message.edited" | "message.deleted" | "message.archived" | "note.created" | "note.updated" | "note.superseded" | "note.deleted" | "note.reinforced" | "session.updated" | "session.deleted" | "user.updated" | "user.forgotten" | "entity.created" | "entity.updated" | "entity.retired" | "entity.deleted" | "observation.created" | "observation.retired" | "observation.deleted" | "relation.created" | "relation.updated" | "relation.retired" | "relation.deleted" | "interaction.recorded" | "interaction.processed" | "interaction.failed" | "interaction.retried" | "interaction.deleted" | "notes.consolidated" | "consolidation.undone" | "document.added" | "document.updated" | "document.deleted" | "passage.added" | "passage.deleted" | "item.embedded" | "item.indexed" | "agent.created" | "agent.replaced" | "agent.updated";

export type TaskState = "queued" | "running" | "done" | "failed" | "cancelled";

export type TaskPriority = "low" | "normal" | "high";

export type AuditSurface = "rest" | "mcp" | "command";

export type AuditOutcome = "done" | "refused" | "failed";

export type InteractionState = "pending" | "processed" | "failed";

export type Direction = "out" | "in" | "both";

export type ImportFormat = "stele" | "chat" | "chatgpt" | "claude" | "gemini" | "copilot" | "langchain" | "langchain4j" | "locomo" | "mem0" | "zep" | "pam" | "omi" | "mcp-memory" | "markdown" | "memory-files";

export type ExportFormat = "stele" | "mcp-memory" | "markdown" | "pam";

export type ToolProfile = "agent" | "memory" | "graph" | "files" | "all";

export type ArenaKind = "request" | "response" | "cache" | "static" | "task" | "general";

export type Sight = "none" | "quick" | "full";

export type Sender = "people" | "agents" | "public";

export type HookEvent = "session-start" | "prompt" | "post-tool" | "pre-compact" | "stop";

export type TaskKind = "backup" | "verify" | "maintenance" | "optimize";

export type DocumentType = "text" | "markdown" | "html";

export type SourceKind = "message" | "note" | "observation" | "passage" | "profile" | "summary" | "fact" | "text" | "reader";

export interface Message {
  id?: string;
  session?: string;
  user?: string;
  role?: Role;
  content: string;
  at?: string;
  metadata?: Record<string, any>;
  sources?: Array<string>;
}

export interface MessageEdit {
  content: string;
}

export interface SessionChange {
  title?: string;
  ended?: boolean;
  ended_at?: string;
  participants?: Array<string>;
}

export interface Note {
  id?: string;
  content: string;
  category?: string;
  confidence?: number;
  importance?: number;
  tags?: Array<string>;
  evidence?: Array<string>;
  provenance?: Array<string>;
  user?: string;
  session?: string;
  valid_from?: string;
  valid_to?: string;
  pinned?: boolean;
  metadata?: Record<string, any>;
  supersedes?: string;
}

export interface NotePatch {
  id?: string;
  content?: string;
  category?: string | null;
  confidence?: number | null;
  importance?: number | null;
  tags?: Array<string> | null;
  evidence?: Array<string> | null;
  provenance?: Array<string> | null;
  user?: string | null;
  session?: string | null;
  valid_from?: string | null;
  valid_to?: string | null;
  pinned?: boolean | null;
  metadata?: Record<string, any> | null;
}

export interface UserPatch {
  first_met?: string | null;
  conversations?: number | null;
  friendship?: number | null;
  trust?: number | null;
  traits?: Record<string, any> | null;
  preferences?: Record<string, any> | null;
  moods?: Array<Record<string, any>> | null;
  last_interaction?: string | null;
}

export interface EntityPatch {
  name?: string;
  type?: string | null;
  aliases?: Array<string> | null;
  attributes?: Record<string, any> | null;
}

export interface RelationPatch {
  fact?: string | null;
  weight?: number | null;
  attributes?: Record<string, any> | null;
  valid_from?: string | null;
  valid_to?: string | null;
  sources?: Array<string> | null;
}

export interface ObservationDraft {
  content: string;
  at?: string;
  sources?: Array<string>;
}

export interface MemoryToolInput {
  command: "view" | "create" | "str_replace" | "insert" | "delete" | "rename";
  path?: string;
  view_range?: Array<number>;
  file_text?: string;
  old_str?: string;
  new_str?: string;
  insert_line?: number;
  insert_text?: string;
  old_path?: string;
  new_path?: string;
}

export interface HookInput {
  session_id: string;
  cwd?: string;
  source?: string;
  prompt?: string;
  tool_name?: string;
  tool_input?: any;
  last_assistant_message?: string;
}

export interface Entity {
  id?: string;
  name: string;
  type: string;
  aliases?: Array<string>;
  attributes?: Record<string, any>;
  observations?: Array<string | ObservationDraft>;
  mentioned_by?: Array<string>;
}

export interface GraphEntity {
  ref?: string;
  id?: string;
  name: string;
  type: string;
  aliases?: Array<string>;
  attributes?: Record<string, any>;
  observations?: Array<string | ObservationDraft>;
  mentioned_by?: Array<string>;
}

export interface Relation {
  from: string;
  to: string;
  type: string;
  fact?: string;
  weight?: number;
  attributes?: Record<string, any>;
  valid_from?: string;
  valid_to?: string;
  sources?: Array<string>;
}

export interface Observations {
  observations: Array<string | ObservationDraft>;
}

export interface Merge {
  with: string;
}

export interface Split {
  into: Entity;
  observations?: Array<string>;
  relations?: Array<string>;
}

export interface GraphQuery {
  query: string;
  parameters?: Record<string, any>;
  as_of?: string;
}

export interface Graph {
  entities?: Array<GraphEntity>;
  relations?: Array<Relation>;
}

export interface Recall {
  query: string;
  limit?: number;
  mode?: RecallMode;
  filter?: RecallFilter;
  as_of?: string;
  explain?: boolean;
  weights?: Record<string, number>;
  max_tokens?: number;
  fold?: boolean;
  diversity?: number;
  min_score?: number;
  reference_date?: string;
  time_zone?: string;
}

export interface Context {
  topic: string;
  user?: string;
  session?: string;
  max_tokens?: number;
  hits?: number;
  audience?: string | Array<string>;
}

export interface RecallFilter {
  kind?: ItemKind | Array<ItemKind>;
  user?: string;
  audience?: string | Array<string>;
  session?: string;
  role?: Role;
  category?: string;
  tags?: string | Array<string>;
  min_importance?: number;
  from?: string;
  to?: string;
  archived?: boolean;
  superseded?: boolean;
}

export interface Interaction {
  message?: string;
  response?: string;
  session?: string;
  at?: string;
  metadata?: Record<string, any>;
  learn?: boolean;
}

export interface Event {
  id?: string;
  type: string;
  user?: string;
  session?: string;
  messages?: Array<string>;
  data?: Record<string, any>;
}

export interface Chat {
  message: string;
  session?: string;
  user?: string;
  id?: string;
}

export interface Conversation {
  with: string;
  opening: string;
  session?: string;
  turns?: number;
}

export interface Persona {
  name: string;
  description?: string;
  traits?: Record<string, number>;
  styles?: Record<string, string>;
  languages?: Array<string>;
}

export interface Schedule {
  zone?: string;
  hours?: Array<ScheduleHours>;
}

export interface Access {
  chat?: Array<Sender>;
  memory?: Sight;
}

export interface Document {
  collection: string;
  id?: string;
  title?: string;
  text: string;
  type?: DocumentType;
  metadata?: Record<string, any>;
}

export interface Search {
  collection: string;
  query: string;
  limit?: number;
  dense?: number;
}

export interface Selection {
  selected_text: string;
  context_text?: string;
  collection: string;
  document: string;
  summary?: string;
  user?: string;
}

export interface Task {
  kind: TaskKind;
  agent?: string;
  arguments?: Record<string, any>;
  priority?: TaskPriority;
  delay_seconds?: number;
  attempts?: number;
  timeout_seconds?: number;
}

export interface LoginKey {
  key: string;
}

export interface Restoration {
  backup: string;
  confirm: string;
}

export interface KeyDraft {
  label: string;
  scope: "read" | "write" | "admin";
  agents?: Array<string>;
}

export interface Profiling {
  on: boolean;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  request?: string;
}

export interface RpcError {
  code: number;
  message: string;
  data?: any;
}

export interface RpcMessage {
  jsonrpc: "2.0";
  id?: any;
  method?: string;
  params?: Record<string, any>;
  result?: Record<string, any>;
  error?: RpcError;
}

export type Messages = Message | Array<Message>;

export interface StoredMessage {
  id: string;
  session: string;
  user?: string;
  role: Role;
  content: string;
  at: string;
  edited_at?: string;
  archived?: boolean;
  metadata?: Record<string, any>;
  number: number;
}

export interface MessageWithHistory {
  id: string;
  session: string;
  user?: string;
  role: Role;
  content: string;
  at: string;
  edited_at?: string;
  archived?: boolean;
  metadata?: Record<string, any>;
  number: number;
  history?: Array<MessageRevision>;
}

export interface MessageRevision {
  content: string;
  replaced_at: string;
}

export interface MessagePage {
  items: Array<StoredMessage>;
  next?: string;
}

export interface Session {
  id: string;
  user?: string;
  title?: string;
  started_at: string;
  last_at: string;
  ended_at?: string;
  messages: number;
  participants?: Array<string>;
}

export interface SessionPage {
  items: Array<Session>;
  next?: string;
}

export interface StoredNote {
  id: string;
  content: string;
  category: string;
  confidence: number;
  importance: number;
  tags?: Array<string>;
  evidence?: Array<string>;
  provenance?: Array<string>;
  user?: string;
  session?: string;
  valid_from?: string;
  valid_to?: string;
  pinned?: boolean;
  metadata?: Record<string, any>;
  version: number;
  created_at: string;
  updated_at: string;
  superseded_by?: string;
  number: number;
}

export interface RememberedNote {
  id: string;
  content: string;
  category: string;
  confidence: number;
  importance: number;
  tags?: Array<string>;
  evidence?: Array<string>;
  provenance?: Array<string>;
  user?: string;
  session?: string;
  valid_from?: string;
  valid_to?: string;
  pinned?: boolean;
  metadata?: Record<string, any>;
  version: number;
  created_at: string;
  updated_at: string;
  superseded_by?: string;
  number: number;
  outcome: "ADDED" | "REINFORCED" | "DUPLICATE";
}

export interface NoteWithHistory {
  id: string;
  content: string;
  category: string;
  confidence: number;
  importance: number;
  tags?: Array<string>;
  evidence?: Array<string>;
  provenance?: Array<string>;
  user?: string;
  session?: string;
  valid_from?: string;
  valid_to?: string;
  pinned?: boolean;
  metadata?: Record<string, any>;
  version: number;
  created_at: string;
  updated_at: string;
  superseded_by?: string;
  number: number;
  history?: Array<StoredNote>;
}

export interface NotePage {
  items: Array<StoredNote>;
  next?: string;
}

export interface MemoryToolResult {
  content: string;
  is_error: boolean;
}

export interface ErasedItem {
  kind: string;
  id: string;
}

export interface Erased {
  contexts: number;
  sessions: number;
  messages: number;
  notes: number;
  entities: number;
  observations: number;
  relations: number;
  interactions: number;
  consolidations: number;
  documents: number;
  passages: number;
  reduced: number;
  scrubbed?: boolean;
  items?: Array<ErasedItem>;
  reduced_items?: Array<ErasedItem>;
}

export interface Hit {
  kind: ItemKind;
  id: string;
  content: string;
  score: number;
  confidence: number;
  at?: string;
  session?: string;
  user?: string;
  role?: Role;
  speaker?: string;
  category?: string;
  entity?: string;
  archived?: boolean;
  words?: Array<string>;
  signals?: Record<string, number>;
  sources?: Array<string>;
  duplicates?: Array<FoldedItem>;
}

export interface FoldedItem {
  kind: ItemKind;
  id: string;
  at: string;
}

export interface RecallResult {
  hits: Array<Hit>;
  mode: RecallMode;
  notice?: string;
  confidence: number;
  archived_not_searched?: boolean;
  tokens?: number;
  change?: number;
  took_ms: number;
}

export interface SearchResult {
  hits: Array<Hit>;
}

export interface ContextSection {
  title: string;
  lines: number;
  truncated?: boolean;
}

export interface PromptContext {
  text: string;
  tokens: number;
  sections: Array<ContextSection>;
}

export interface Mood {
  mood: string;
  at: string;
}

export interface UserContext {
  user_id: string;
  first_met: string;
  conversations: number;
  friendship: number;
  stage: string;
  trust: number;
  traits: Record<string, number>;
  preferences: Record<string, any>;
  moods: Array<Mood>;
  last_interaction?: string;
  version: number;
}

export interface UserVersion {
  at: string;
  context: UserContext;
}

export interface UserVersionPage {
  items: Array<UserVersion>;
  next?: string;
}

export interface NamePage {
  items: Array<string>;
  next?: string;
}

export interface Statistics {
  agent: string;
  messages: number;
  archived: number;
  notes: number;
  sessions: number;
  users: number;
  waiting: number;
  entities: number;
  observations: number;
  relations: number;
  embedded: number;
  serving_model?: string;
  changes: number;
  database_bytes: number;
  schema: number;
}

export interface Change {
  number: number;
  at: string;
  kind: ChangeKind;
  ref?: string;
}

export interface ChangePage {
  items: Array<Change>;
  next?: string;
}

export interface EntityRef {
  id: string;
  name: string;
  type?: string;
}

export interface StoredEntity {
  id: string;
  version: number;
  name: string;
  type?: string;
  aliases?: Array<string>;
  attributes?: Record<string, any>;
  stub?: boolean;
  created_at: string;
  updated_at: string;
  retired_at?: string;
  merged_into?: string;
}

export interface EntityDetails {
  id: string;
  version: number;
  name: string;
  type?: string;
  aliases?: Array<string>;
  attributes?: Record<string, any>;
  stub?: boolean;
  created_at: string;
  updated_at: string;
  retired_at?: string;
  merged_into?: string;
  observations?: Array<Observation>;
  relations?: Array<StoredRelation>;
  mentioned_by?: Array<string>;
  history?: Array<StoredEntity>;
}

export interface EntityPage {
  items: Array<StoredEntity>;
  next?: string;
}

export interface Observation {
  id: string;
  content: string;
  at?: string;
  sources?: Array<string>;
  recorded_at: string;
  retired_at?: string;
}

export interface AddedObservations {
  added: Array<Observation>;
}

export interface StoredRelation {
  id: string;
  version: number;
  from: EntityRef;
  to: EntityRef;
  type: string;
  fact?: string;
  weight?: number;
  attributes?: Record<string, any>;
  valid_from?: string;
  valid_to?: string;
  sources?: Array<string>;
  recorded_at: string;
  retired_at?: string;
}

export interface RelationWithHistory {
  id: string;
  version: number;
  from: EntityRef;
  to: EntityRef;
  type: string;
  fact?: string;
  weight?: number;
  attributes?: Record<string, any>;
  valid_from?: string;
  valid_to?: string;
  sources?: Array<string>;
  recorded_at: string;
  retired_at?: string;
  history?: Array<StoredRelation>;
}

export interface ConnectedEntity {
  ref: string;
  id: string;
  name: string;
  type: string;
  created: boolean;
  observations_added: number;
}

export interface Connected {
  entities: Array<ConnectedEntity>;
  relations: Array<StoredRelation>;
}

export interface QueryResult {
  columns: Array<string>;
  rows: Array<Array<any>>;
  count: number;
}

export interface Neighbor {
  id: string;
  name: string;
  type?: string;
  distance: number;
}

export interface Edge {
  from?: string;
  type: string;
  to?: string;
  weight?: number;
}

export interface Subgraph {
  entities: Array<Neighbor>;
  relations: Array<Edge>;
  truncated?: boolean;
}

export interface ShownEntity {
  id: string;
  name: string;
  type?: string;
  distance?: number;
  importance: number;
  degree: number;
  community: number;
}

export interface ShownRelation {
  from: string;
  to: string;
  type: string;
  weight: number;
}

export interface GraphPicture {
  entities: Array<ShownEntity>;
  relations: Array<ShownRelation>;
  total: number;
  truncated: boolean;
}

export interface GraphPath {
  length: number;
  entities: Array<EntityRef>;
  relations: Array<Edge>;
}

export interface GraphPaths {
  paths: Array<GraphPath>;
}

export interface RankedEntity {
  id: string;
  name: string;
  type?: string;
  importance: number;
  degree: number;
}

export interface RankedEntities {
  items: Array<RankedEntity>;
  next?: string;
}

export interface Communities {
  items: Array<Array<EntityRef>>;
}

export interface RelatedConcept {
  name: string;
  type?: string;
  score: number;
  by: Array<string>;
}

export interface RelatedConcepts {
  items: Array<RelatedConcept>;
  next?: string;
}

export interface LineProblem {
  file?: string;
  line: number;
  reason: string;
}

export interface LeftOut {
  kind: string;
  items: number;
}

export interface ImportReport {
  format: string;
  messages: number;
  notes: number;
  users: number;
  entities: number;
  relations: number;
  others: number;
  known: number;
  bad: number;
  repaired: number;
  archived: number;
  left_out?: Array<LeftOut>;
  skipped_files?: Array<string>;
  notices?: Array<string>;
  problems: Array<LineProblem>;
}

export interface StoredTask {
  id: string;
  kind: string;
  agent?: string;
  state: TaskState;
  priority: TaskPriority;
  arguments?: Record<string, any>;
  attempts: number;
  max_attempts: number;
  timeout_seconds: number;
  created_at: string;
  not_before?: string;
  started_at?: string;
  ended_at?: string;
  cancel_requested?: boolean;
  progress?: any;
  error?: string;
  result?: any;
}

export interface TaskPage {
  items: Array<StoredTask>;
  next?: string;
}

export interface Source {
  kind: SourceKind;
  id?: string;
  who?: string;
  at?: string;
  text: string;
}

export interface CitedSource {
  number: number;
  kind: SourceKind;
  id?: string;
  who?: string;
  at?: string;
  text?: string;
}

export interface Delta {
  text: string;
}

export interface ChatEnd {
  session: string;
  question: string;
  answer?: StoredMessage;
  cut?: boolean;
  error?: string;
  model?: string;
  interaction?: string;
  memory_ms: number;
}

export interface ExplanationEnd {
  text: string;
  cut?: boolean;
  error?: string;
  model?: string;
  interaction?: string;
}

export interface ChatReply {
  session: string;
  question: string;
  answer?: StoredMessage;
  cut?: boolean;
  error?: string;
  model?: string;
  sources: Array<CitedSource>;
  searched?: Array<Source>;
  interaction?: string;
  memory_ms: number;
}

export interface ConversationResult {
  session: string;
  turns: Array<ChatReply>;
}

export interface Duplicate {
  content: string;
  note: string;
  similarity: number;
}

export interface Outcome {
  engine: string;
  reasoning?: string;
  added?: Array<string>;
  reinforced?: Array<string>;
  superseded?: Array<string>;
  review?: Array<string>;
  duplicates?: Array<Duplicate>;
  entities?: Array<string>;
}

export interface StoredInteraction {
  id: string;
  type: string;
  user?: string;
  session?: string;
  messages?: Array<string>;
  data?: Record<string, any>;
  state: InteractionState;
  attempts: number;
  created_at: string;
  not_before: string;
  ended_at?: string;
  error?: string;
  outcome?: Outcome;
}

export interface InteractionPage {
  items: Array<StoredInteraction>;
  next?: string;
}

export interface Waiting {
  waiting: number;
}

export interface Operation {
  action: string;
  notes: Array<string>;
  content?: string;
  reason?: string;
}

export interface ConsolidationPlan {
  engine: string;
  operations: Array<Operation>;
  refused?: Array<string>;
  versions: Record<string, number>;
}

export interface ConsolidationStep {
  action: string;
  notes?: Array<string>;
  made?: string;
  reason?: string;
  versions?: Array<number>;
}

export interface Consolidation {
  id: string;
  user?: string;
  trigger: string;
  engine: string;
  before: number;
  after: number;
  steps: Array<ConsolidationStep>;
  at: string;
  undone_at?: string;
}

export interface ConsolidationPage {
  items: Array<Consolidation>;
  next?: string;
}

export interface UndoResult {
  left_alone: Array<string>;
}

export interface UserSummary {
  profile?: UserContext;
  counts: Record<string, number>;
  notes: Record<string, Array<string>>;
  gaps: Array<string>;
  review: Array<string>;
  sessions: number;
  waiting: number;
  failed: number;
}

export interface ChangedNote {
  before: string;
  now?: string;
  at: string;
}

export interface UserActivity {
  since: string;
  interactions: Record<string, number>;
  days: Record<string, number>;
  waiting: number;
  notes: Record<string, number>;
  newest: Array<StoredNote>;
  changed: Array<ChangedNote>;
  topics: Record<string, number>;
}

export interface Knowledge {
  topic?: string;
  state: "gap" | "known" | "unknown";
  gaps: Array<StoredNote>;
  known: Array<StoredNote>;
}

export interface Primer {
  points: Array<string>;
  notes: Array<string>;
  engine: string;
  generated_at: string;
  cached: boolean;
}

export interface ScheduleHours {
  days?: Array<string>;
  from?: string;
  to?: string;
  activity?: string;
  availability?: number;
  mood?: string;
}

export interface AgentState {
  mood: string;
  energy: number;
  activity: string;
  availability: number;
}

export interface Willingness {
  answers: boolean;
  probability: number;
  delay_factor: number;
}

export interface StoredDocument {
  id: string;
  collection: string;
  title?: string;
  hash: string;
  characters: number;
  passages: number;
  added_at: string;
  metadata?: Record<string, any>;
}

export interface Passage {
  id: string;
  heading?: string;
  content: string;
}

export interface DocumentWithText {
  id: string;
  collection: string;
  title?: string;
  hash: string;
  characters: number;
  passages: number;
  added_at: string;
  metadata?: Record<string, any>;
  text: Array<Passage>;
}

export interface DocumentPage {
  items: Array<StoredDocument>;
  next?: string;
}

export interface Collection {
  collection: string;
  documents: number;
}

export interface Collections {
  items: Array<Collection>;
  next?: string;
}

export interface ModelReport {
  model: string;
  answered: number;
  failed: number;
  seconds: number;
  score: number;
  input_tokens: number;
  output_tokens: number;
  left_alone: boolean;
}

export interface ModelReports {
  items: Array<ModelReport>;
  next?: string;
}

export interface Login {
  required: boolean;
  key?: string;
  label?: string;
  scope?: "read" | "write" | "admin";
  agents?: Array<string>;
  expires_at?: string;
}

export interface SettingInForce {
  key: string;
  value: string;
  source: string;
}

export interface SettingsInForce {
  items: Array<SettingInForce>;
  next?: string;
}

export interface DuplicateGroup {
  kind: string;
  kept: string;
  others: Array<string>;
  why: string;
}

export interface Review {
  total: number;
  conflicts?: Array<StoredNote>;
  uncertain?: Array<StoredNote>;
  interactions?: Array<StoredInteraction>;
  duplicates?: Array<DuplicateGroup>;
  examined?: number;
}

export interface RetentionPreview {
  messages: number;
  max_messages: number;
  excess: number;
  archive: boolean;
  oldest: Array<StoredMessage>;
  until?: string;
  expired: number;
  notes: Array<StoredNote>;
  notes_from: string;
}

export interface StoredBackup {
  name: string;
  agent: string;
  at: string;
  bytes: number;
}

export interface StoredBackups {
  items: Array<StoredBackup>;
  next?: string;
}

export interface AuditEntry {
  at: string;
  surface: AuditSurface;
  operation: string;
  agent?: string;
  detail?: string;
  key?: string;
  label?: string;
  account?: string;
  outcome: AuditOutcome;
  status?: number;
  request?: string;
}

export interface AuditPage {
  items: Array<AuditEntry>;
  next?: string;
}

export interface ApiKey {
  id: string;
  label: string;
  scope: string;
  agents?: Array<string>;
  created_at: string;
}

export interface ApiKeys {
  items: Array<ApiKey>;
  next?: string;
}

export interface CreatedKey {
  id: string;
  label: string;
  scope: string;
  agents?: Array<string>;
  created_at: string;
  text: string;
}

export interface Health {
  status: "up";
}

export interface Readiness {
  ready: boolean;
  store: string;
  model: string;
  stopping: boolean;
}

export interface ArenaStatistics {
  allocated: number;
  active: number;
  resident: number;
  peak: number;
  budget?: number;
  fragmentation: number;
  efficiency: number;
  allocations: number;
  releases: number;
  outstanding: number;
  hits: number;
  misses: number;
  refusals: number;
  heap_fallbacks: number;
  leaks: number;
}

export interface AllocationSite {
  kind: string;
  site: string;
  samples: number;
  bytes: number;
}

export interface Arenas {
  off_heap: boolean;
  accounts: number;
  total: ArenaStatistics;
  process: Record<string, ArenaStatistics>;
  server: Record<string, ArenaStatistics>;
  profiling: boolean;
  sites?: Array<AllocationSite>;
}

export interface ProfilingState {
  profiling: boolean;
}

export interface Released {
  released: number;
}

export interface ReleasedByKind {
  released?: Record<string, number>;
}

export interface HookContext {
  hookEventName: string;
  additionalContext: string;
}

export interface HookOutput {
  hookSpecificOutput: HookContext;
}

export interface ServerSample {
  at: string;
  requests: Record<string, any>;
  running: number;
  queued: number;
  open_agents?: number;
  agent_opens?: number;
  streams?: number;
  feeds?: number;
  sockets?: number;
  replies?: number;
  heap_used?: number;
  heap_max?: number;
  write_lock_wait_seconds?: number;
  writers?: Array<WriterState>;
  arenas?: Record<string, Record<string, any>>;
  models?: Array<ModelReport>;
  changes: Record<string, number>;
}

export interface WriterState {
  agent: string;
  queued: number;
  waiting_seconds?: number;
  holder?: string;
  total_wait_seconds: number;
}

export type ChatEvent = { event: "message"; id?: string; data: StoredMessage } | { event: "searched"; id?: string; data: Array<Source> } | { event: "delta"; id?: string; data: Delta } | { event: "sources"; id?: string; data: Array<CitedSource> } | { event: "done"; id?: string; data: ChatEnd } | { event: "error"; id?: string; data: Problem };

export type ExplanationEvent = { event: "searched"; id?: string; data: Array<Source> } | { event: "delta"; id?: string; data: Delta } | { event: "sources"; id?: string; data: Array<CitedSource> } | { event: "done"; id?: string; data: ExplanationEnd } | { event: "error"; id?: string; data: Problem };

export type ChangeEvent = { event: ChangeKind; id?: string; data: Change } | { event: "problem"; id?: string; data: Problem };

export type ServerEvent = { event: "sample"; id?: string; data: ServerSample } | { event: "change"; id?: string; data: Change } | { event: "problem"; id?: string; data: Problem };

export interface RpcEvent {
  event: "message";
  id?: string;
  data: RpcMessage;
}
