import type * as types from "./types.js";

export type * from "./types.js";

/** A failed request. */
export class SteleError extends Error {
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** Code of the error, such as `not-found`; the errors reference of Stele lists all codes. */
  readonly code: string;
  /** What happened, and what to do. */
  readonly detail: string;
  /** Id under which the server's log has the request. */
  readonly request: string | undefined;
  /** Seconds that the server asks to wait before the request is repeated; 0 if it does not ask. */
  readonly retryAfter: number;
}
/** The request is invalid; correct it. */
export class InvalidInputError extends SteleError {}
/** The API key is missing or wrong, or may not do this. */
export class NotAllowedError extends SteleError {}
/** The agent or the item does not exist. */
export class NotFoundError extends SteleError {}
/** An id is in use for something else, another version is current, or a limit was reached. */
export class ConflictError extends SteleError {}
/** The server is busy or has failed, and the retries of the client did not help. */
export class UnavailableError extends SteleError {}
/** No server answered, or the connection was lost. */
export class UnreachableError extends SteleError {}

export interface SteleOptions {
  /** API key, if the server requires one. */
  key?: string;
  /**
   * Maximum time of a request in milliseconds, of a stream of the time until it begins, 30,000 if absent. Every
   * repetition has this time.
   */
  timeout?: number;
  /**
   * Maximum time in milliseconds without a sign of life after which the connection of a stream counts as lost, 60,000
   * if absent. The server sends heartbeats at least every 16 seconds.
   */
  maxSilence?: number;
  /** Maximum number of repetitions of a request, 3 if absent. */
  retries?: number;
}

export interface Options {
  /** Aborts the request. */
  signal?: AbortSignal;
}

export interface RequestOptions extends Options {
  /** Values of the parameters of the path. */
  path?: Record<string, string>;
  /** Parameters of the query; those that are null or undefined are left out. */
  query?: Record<string, unknown>;
  /** JSON value of the body. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** A server-sent event. */
export interface Event<D = any> {
  name: string;
  data: D;
  id?: string;
}

export interface Preview extends Options {
  /** Whether nothing is erased, and the answer only tells what would be. */
  preview?: boolean;
}

/** Access to a server. Holds no connection. */
export class Stele {
  constructor(url?: string, options?: SteleOptions);
  readonly retries: number;
  /** Returns the memory of an agent, whether or not it exists; its first write creates it. */
  agent(name: string): Agent;
  agents(query?: { limit?: number; after?: string }, options?: Options): Promise<types.NamePage>;
  /** Returns whether the server takes requests, and if it does not, why. */
  ready(options?: Options): Promise<types.Readiness>;
  /** Sends any request and returns the parsed answer; undefined if it has no body. */
  request(method: string, template: string, options?: RequestOptions): Promise<any>;
  /**
   * Sends a request and yields the server-sent events of the answer as they arrive. The request is repeated as others
   * until the stream begins, and never after that.
   */
  stream(method: string, template: string, options?: RequestOptions): AsyncGenerator<Event, void, undefined>;
}

/** The memory of one agent. The fields of each method are those of the route in the REST reference. */
export class Agent {
  private constructor();
  readonly name: string;
  remember(message: types.Message, options?: Options): Promise<types.StoredMessage>;
  /** Stores messages, all or none. */
  rememberAll(messages: types.Message[], options?: Options): Promise<types.StoredMessage[]>;
  message(id: string, options?: Options): Promise<types.MessageWithHistory>;
  editMessage(id: string, content: string, options?: Options): Promise<types.StoredMessage>;
  deleteMessage(id: string, options?: Preview): Promise<types.Erased>;
  sessions(
    query?: { user?: string; limit?: number; after?: string },
    options?: Options,
  ): Promise<types.SessionPage>;
  messages(
    session: string,
    query?: { limit?: number; before?: string; archived?: boolean },
    options?: Options,
  ): Promise<types.MessagePage>;
  deleteSession(session: string, options?: Preview): Promise<types.Erased>;
  recall(query: types.Recall, options?: Options): Promise<types.RecallResult>;
  context(query: types.Context, options?: Options): Promise<types.PromptContext>;
  addNote(note: types.Note, options?: Options): Promise<types.RememberedNote>;
  /** Creates a note, or adds to the one that says the same. */
  mergeNote(note: types.Note, options?: Options): Promise<types.RememberedNote>;
  notes(query?: Record<string, string | number | boolean>, options?: Options): Promise<types.NotePage>;
  note(id: string, options?: Options): Promise<types.NoteWithHistory>;
  /** Changes a note by a merge patch; only the given version, if one is given. */
  updateNote(
    id: string,
    patch: types.NotePatch,
    options?: Options & { version?: number },
  ): Promise<types.StoredNote>;
  deleteNote(id: string, options?: Preview): Promise<types.Erased>;
  user(user: string, query?: { as_of?: string }, options?: Options): Promise<types.UserContext>;
  updateUser(user: string, patch: types.UserPatch, options?: Options): Promise<types.UserContext>;
  /** Erases a user with everything about the user. */
  eraseUser(user: string, options?: Preview): Promise<types.Erased>;
  /** Stores entities and relations, all or none. */
  connect(graph: types.Graph, options?: Options): Promise<types.Connected>;
  /** Runs an openCypher query that reads. */
  queryGraph(query: types.GraphQuery, options?: Options): Promise<types.QueryResult>;
  addDocument(document: types.Document, options?: Options): Promise<types.StoredDocument>;
  searchDocuments(search: types.Search, options?: Options): Promise<types.SearchResult>;
  /** Returns the reply with the sources that it cites. */
  chat(message: types.Chat, options?: Options): Promise<types.ChatReply>;
  /** Yields the events of a reply: message, delta, sources, then done or error. */
  chatStream(message: types.Chat, options?: Options): AsyncGenerator<Event, void, undefined>;
  /** Runs a command of the memory tool; the input is that of the model's tool call. */
  memoryTool(
    input: types.MemoryToolInput,
    options?: Options & { user?: string },
  ): Promise<types.MemoryToolResult>;
  changes(query?: { after?: number; limit?: number }, options?: Options): Promise<types.ChangePage>;
  /**
   * Yields changes after a number as they happen, without end. Reconnects after a lost connection, and after a problem
   * of the server that passes, and misses nothing. Any other problem, such as the deletion of the agent, is thrown.
   */
  follow(options?: Options & { after?: number }): AsyncGenerator<types.Change, void, undefined>;
  stats(options?: Options): Promise<types.Statistics>;
  /** Erases the agent with everything that belongs to it. */
  delete(options?: Options): Promise<void>;
}
