// Client of the HTTP interface of Stele; index.d.ts documents and types it.

/** Routes that accept an Idempotency-Key; the client sends one, so that a repeated request writes once. */
const IDEMPOTENT_POSTS = new Set([
  "/v1/agents/{agent}/messages",
  "/v1/agents/{agent}/notes",
  "/v1/agents/{agent}/graph",
]);

const READING_POSTS = ["/recall", "/context", "/graph/query", "/documents/search"];

/** Statuses of routes that are answers although they are those of refusals elsewhere. */
const ANSWERS = { "GET /ready": [503] };

/** Statuses with which the server refuses a request before it does anything. */
const REFUSALS = [429, 503];

/** Codes of requests that may have reached the server, and of which no whole answer arrived. */
const LOST_CONNECTIONS = ["timeout", "unreachable", "connection-lost"];

const MAX_DELAY_MILLIS = 30_000;

/** Time before the connection after one that the server has ended, as the server asks for in its feeds. */
const RECONNECT_DELAY_MILLIS = 1_000;

/** Maximum time of a timer. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

export class SteleError extends Error {
  constructor(status, code, detail, request, cause, retryAfter = 0) {
    super(status ? `${detail} (${code}, HTTP ${status})` : `${detail} (${code})`, { cause });
    this.name = new.target.name;
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.request = request;
    this.retryAfter = retryAfter;
  }
}
export class InvalidInputError extends SteleError {}
export class NotAllowedError extends SteleError {}
export class NotFoundError extends SteleError {}
export class ConflictError extends SteleError {}
export class UnavailableError extends SteleError {}
export class UnreachableError extends SteleError {}

function errorOf(status, body, retryAfter) {
  let problem;
  try {
    problem = JSON.parse(body);
  } catch {
    // An answer of something between client and server, such as a proxy.
  }
  return errorOfProblem(status, problem, body.slice(0, 200), retryAfter);
}

function errorOfProblem(status, problem, text, retryAfter) {
  let code = `http-${status}`;
  let detail = text;
  let request;
  if (problem && typeof problem.type === "string") {
    code = problem.type.slice(problem.type.lastIndexOf(":") + 1);
    detail = String(problem.detail);
    request = problem.request || undefined;
  }
  const kind =
    status === 401 || status === 403
      ? NotAllowedError
      : status === 404
        ? NotFoundError
        : status === 409 || status === 412 || status === 413
          ? ConflictError
          : status < 500 && status !== 429
            ? InvalidInputError
            : UnavailableError;
  return new kind(status, code, detail, request, undefined, retryAfter);
}

/** One exchange with the server, which ends by the signal of the caller, by a limit of time or by `end`. */
class Exchange {
  #stop = new AbortController();

  constructor(signal) {
    this.signal = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal;
  }

  /** Waits for a step, and ends the exchange if the step takes longer. */
  async within(millis, step) {
    let late;
    const timer = setTimeout(() => {
      late = new DOMException(`Nothing arrived within ${millis} ms.`, "TimeoutError");
      this.#stop.abort(late);
    }, Math.min(millis, MAX_TIMER_MILLIS));
    try {
      return await step();
    } catch (error) {
      throw late ?? error;
    } finally {
      clearTimeout(timer);
    }
  }

  end() {
    this.#stop.abort();
  }
}

export class Stele {
  #url;
  #key;
  #timeout;
  #maxSilence;
  #retries;

  constructor(url = "http://127.0.0.1:7077", { key, timeout = 30_000, maxSilence = 60_000, retries = 3 } = {}) {
    this.#url = new URL(url);
    if (this.#url.protocol !== "http:" && this.#url.protocol !== "https:") {
      throw new TypeError(`The address ${url} is none of a server; use one such as http://127.0.0.1:7077.`);
    }
    this.#key = key;
    this.#timeout = timeout;
    this.#maxSilence = maxSilence;
    this.#retries = retries;
  }

  get retries() {
    return this.#retries;
  }

  agent(name) {
    return new Agent(this, name);
  }

  agents(query = {}, options = {}) {
    return this.request("GET", "/v1/agents", { query, ...options });
  }

  ready(options = {}) {
    return this.request("GET", "/ready", options);
  }

  async request(method, template, { headers = {}, signal, ...rest } = {}) {
    const sent = { Accept: "application/json", ...headers };
    let repeatable = isRepeatable(method, template);
    if (method === "POST" && IDEMPOTENT_POSTS.has(template)) {
      sent["Idempotency-Key"] ??= crypto.randomUUID();
      repeatable = true;
    }
    const request = this.#build(method, template, { headers: sent, ...rest });
    const answers = ANSWERS[`${method} ${template}`] ?? [];
    return this.#repeat(repeatable, signal, async () => {
      const exchange = new Exchange(signal);
      const [response, text] = await exchange.within(this.#timeout, async () => {
        const response = await fetch(request.target, { ...request.init, signal: exchange.signal });
        return [response, await response.text()];
      });
      if (!response.ok && !(answers.includes(response.status) && isJson(response))) {
        throw errorOf(response.status, text, secondsAfter(response));
      }
      return text === "" ? undefined : this.#parse(text);
    });
  }

  /** `heartbeat`, which is for the feed of changes only, is called for each heartbeat of the server. */
  async *stream(method, template, { headers = {}, signal, retries, heartbeat, ...rest } = {}) {
    const request = this.#build(method, template, { headers: { Accept: "text/event-stream", ...headers }, ...rest });
    const open = async () => {
      const exchange = new Exchange(signal);
      const response = await exchange.within(this.#timeout, async () => {
        const response = await fetch(request.target, { ...request.init, signal: exchange.signal });
        if (!response.ok) {
          throw errorOf(response.status, await response.text(), secondsAfter(response));
        }
        return response;
      });
      return [exchange, response.body.getReader()];
    };
    const [exchange, reader] = await this.#repeat(isRepeatable(method, template), signal, open, retries);
    const next = async () => {
      try {
        return await exchange.within(this.#maxSilence, () => reader.read());
      } catch (error) {
        signal?.throwIfAborted();
        throw this.#lost(error);
      }
    };
    try {
      yield* eventsOf(next, (text) => this.#parse(text), heartbeat);
    } finally {
      // Ends the request when the caller stops to iterate.
      exchange.end();
    }
  }

  /**
   * Performs an exchange, again if the server refuses it for the moment, because the server has done nothing then, and
   * if it is repeatable, also after the connection was lost.
   */
  async #repeat(repeatable, signal, exchange, retries = this.#retries) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await exchange();
      } catch (error) {
        signal?.throwIfAborted();
        const failure = error instanceof SteleError ? error : this.#unreachable(error);
        const again = REFUSALS.includes(failure.status) || (repeatable && LOST_CONNECTIONS.includes(failure.code));
        if (!again || attempt >= retries) {
          throw failure;
        }
        await sleep(delayAfter(attempt, failure), signal);
      }
    }
  }

  #build(method, template, { path = {}, query = {}, body, headers }) {
    const target = new URL(
      template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name])),
      this.#url,
    );
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) {
        target.searchParams.set(name, String(value));
      }
    }
    const sent = { ...headers };
    if (body !== undefined) {
      sent["Content-Type"] = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    }
    if (this.#key) {
      sent["Authorization"] = `Bearer ${this.#key}`;
    }
    return { target, init: { method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body) } };
  }

  #parse(text) {
    try {
      return JSON.parse(text);
    } catch (error) {
      const detail = `What answers at ${this.#url.host} is no server of Stele: ${error.message}`;
      throw new UnreachableError(0, "unreadable", detail, undefined, error);
    }
  }

  #lost(error) {
    const detail =
      error?.name === "TimeoutError"
        ? `The stream of the server at ${this.#url.host} was silent for ${this.#maxSilence} ms; the connection is lost.`
        : `The stream of the server at ${this.#url.host} ended early: ${reasonOf(error)}.`;
    return new UnreachableError(0, "connection-lost", detail, undefined, error);
  }

  #unreachable(error) {
    if (error?.name === "TimeoutError") {
      const detail = `The server at ${this.#url.host} did not answer within ${this.#timeout} ms.`;
      return new UnreachableError(0, "timeout", detail, undefined, error);
    }
    const detail = `No answer of a server at ${this.#url.host}: ${reasonOf(error)}. Is one running?`;
    return new UnreachableError(0, "unreachable", detail, undefined, error);
  }
}

export class Agent {
  #stele;

  constructor(stele, name) {
    this.#stele = stele;
    this.name = name;
  }

  #request(method, template, { path = {}, ...rest } = {}) {
    return this.#stele.request(method, template, { path: { agent: this.name, ...path }, ...rest });
  }

  remember(message, options = {}) {
    return this.#request("POST", "/v1/agents/{agent}/messages", { body: message, ...options });
  }

  rememberAll(messages, options = {}) {
    return this.#request("POST", "/v1/agents/{agent}/messages", { body: messages, ...options });
  }

  message(id, options = {}) {
    return this.#request("GET", "/v1/agents/{agent}/messages/{id}", { path: { id }, ...options });
  }

  editMessage(id, content, options = {}) {
    return this.#request("PATCH", "/v1/agents/{agent}/messages/{id}", { path: { id }, body: { content }, ...options });
  }

  deleteMessage(id, { preview, ...options } = {}) {
    return this.#request("DELETE", "/v1/agents/{agent}/messages/{id}", { path: { id }, query: { preview }, ...options });
  }

  sessions(query = {}, options = {}) {
    return this.#request("GET", "/v1/agents/{agent}/sessions", { query, ...options });
  }

  messages(session, query = {}, options = {}) {
    const template = "/v1/agents/{agent}/sessions/{session}/messages";
    return this.#request("GET", template, { path: { session }, query, ...options });
  }

  deleteSession(session, { preview, ...options } = {}) {
    const template = "/v1/agents/{agent}/sessions/{session}";
    return this.#request("DELETE", template, { path: { session }, query: { preview }, ...options });
  }

  recall(query, options = {}) {
    return this.#request("POST", "/v1/agents/{agent}/recall", { body: query, ...options });
  }

  context(query, options = {}) {
    return this.#request("POST", "/v1/agents/{agent}/context", { body: query, ...options });
  }

  addNote(note, options = {}) {
    return this.#request("POST", "/v1/agents/{agent}/notes", { body: note, ...options });
  }

  mergeNote(note, options = {}) {
    return this.#request("POST", "/v1/agents/{agent}/notes", { body: note, query: { merge: true }, ...options });
  }

  notes(query = {}, options = {}) {
    return this.#request("GET", "/v1/agents/{agent}/notes", { query, ...options });
  }

  note(id, options = {}) {
    return this.#request("GET", "/v1/agents/{agent}/notes/{id}", { path: { id }, ...options });
  }

  updateNote(id, patch, { version, ...options } = {}) {
    const headers = version === undefined ? {} : { "If-Match": `"${version}"` };
    return this.#request("PATCH", "/v1/agents/{agent}/notes/{id}", { path: { id }, body: patch, headers, ...options });
  }

  deleteNote(id, { preview, ...options } = {}) {
    return this.#request("DELETE", "/v1/agents/{agent}/notes/{id}", { path: { id }, query: { preview }, ...options });
  }

  user(user, query = {}, options = {}) {
    return this.#request("GET", "/v1/agents/{agent}/users/{user}", { path: { user }, query, ...options });
  }

  updateUser(user, patch, options = {}) {
    return this.#request("PATCH", "/v1/agents/{agent}/users/{user}", { path: { user }, body: patch, ...options });
  }

  eraseUser(user, { preview, ...options } = {}) {
    return this.#request("DELETE", "/v1/agents/{agent}/users/{user}", { path: { user }, query: { preview }, ...options });
  }

  connect(graph, options = {}) {
    return this.#request("POST", "/v1/agents/{agent}/graph", { body: graph, ...options });
  }

  queryGraph(query, options = {}) {
    return this.#request("POST", "/v1/agents/{agent}/graph/query", { body: query, ...options });
  }

  addDocument(document, options = {}) {
    return this.#request("POST", "/v1/agents/{agent}/documents", { body: document, ...options });
  }

  searchDocuments(search, options = {}) {
    return this.#request("POST", "/v1/agents/{agent}/documents/search", { body: search, ...options });
  }

  chat(message, options = {}) {
    return this.#request("POST", "/v1/agents/{agent}/chat", { body: message, ...options });
  }

  chatStream(message, options = {}) {
    const path = { agent: this.name };
    return this.#stele.stream("POST", "/v1/agents/{agent}/chat", { path, body: message, ...options });
  }

  memoryTool(input, { user, ...options } = {}) {
    return this.#request("POST", "/v1/agents/{agent}/memory-tool", { body: input, query: { user }, ...options });
  }

  changes(query = {}, options = {}) {
    return this.#request("GET", "/v1/agents/{agent}/changes", { query, ...options });
  }

  async *follow({ after = 0, signal } = {}) {
    const path = { agent: this.name };
    let last = after;
    // Failures since the last change or heartbeat.
    let failures = 0;
    const heartbeat = () => {
      failures = 0;
    };
    for (;;) {
      let delay = RECONNECT_DELAY_MILLIS;
      try {
        const headers = { "Last-Event-ID": String(last) };
        const options = { path, headers, signal, retries: 0, heartbeat };
        for await (const event of this.#stele.stream("GET", "/v1/agents/{agent}/changes", options)) {
          if (event.name === "problem") {
            // The server says why it ends the feed.
            throw errorOfProblem(event.data?.status ?? 500, event.data, "The server failed and did not say why.");
          }
          // The name of the event of a change is the kind of the change; other events have no meaning here.
          if (event.name === event.data?.kind) {
            failures = 0;
            last = event.data.number;
            yield event.data;
          }
        }
      } catch (error) {
        const passes = error instanceof UnavailableError || LOST_CONNECTIONS.includes(error?.code);
        if (!passes || failures >= this.#stele.retries) {
          throw error;
        }
        delay = delayAfter(failures++, error);
      }
      await sleep(delay, signal);
    }
  }

  stats(options = {}) {
    return this.#request("GET", "/v1/agents/{agent}/stats", options);
  }

  delete(options = {}) {
    return this.#request("DELETE", "/v1/agents/{agent}", options);
  }
}

function isRepeatable(method, template) {
  return ["GET", "PUT", "DELETE"].includes(method) || READING_POSTS.some((suffix) => template.endsWith(suffix));
}

/** Returns whether an answer is a JSON value of its route, and no problem document or page of a proxy. */
function isJson(response) {
  return (response.headers.get("content-type") ?? "").startsWith("application/json");
}

function secondsAfter(response) {
  return Math.max(0, Number(response.headers.get("retry-after")) || 0);
}

/** Returns the milliseconds that a failed request asks to wait, or else a time that grows with each attempt. */
function delayAfter(attempt, failure) {
  const millis = failure.retryAfter * 1000 || 100 * 2 ** attempt;
  return Math.min(millis, MAX_DELAY_MILLIS) * (1 + Math.random() / 4);
}

function reasonOf(error) {
  return error?.cause?.message || error?.message || String(error);
}

function sleep(millis, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, millis);
    function done() {
      signal?.removeEventListener("abort", aborted);
      resolve();
    }
    function aborted() {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal?.addEventListener("abort", aborted, { once: true });
    if (signal?.aborted) {
      aborted();
    }
  });
}

/** Parses server-sent events; `next` returns the pieces of the stream as a reader does. */
async function* eventsOf(next, parse, heartbeat) {
  const decoder = new TextDecoder();
  let rest = "";
  let event = { name: "message", data: [], id: undefined };
  for (let piece = await next(); !piece.done; piece = await next()) {
    const lines = (rest + decoder.decode(piece.value, { stream: true })).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (event.data.length > 0) {
          yield { name: event.name, data: parse(event.data.join("\n")), id: event.id };
        }
        event = { name: "message", data: [], id: undefined };
      } else if (line.startsWith(":")) {
        heartbeat?.();
      } else {
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "event") {
          event.name = value;
        } else if (field === "id") {
          event.id = value;
        } else if (field === "data") {
          event.data.push(value);
        }
      }
    }
  }
}
