// Client of the HTTP interface of Stele; index.d.ts documents and types it.

/** Routes that accept an Idempotency-Key; the client sends one, so that a repeated request writes once. */
const IDEMPOTENT_POSTS = new Set([
  "/v1/agents/{agent}/messages",
  "/v1/agents/{agent}/notes",
  "/v1/agents/{agent}/graph",
]);

const READING_POSTS = ["/recall", "/context", "/graph/query", "/documents/search"];

const MAX_DELAY_MILLIS = 30_000;

export class SteleError extends Error {
  constructor(status, code, detail, request, cause) {
    super(status ? `${detail} (${code}, HTTP ${status})` : `${detail} (${code})`, { cause });
    this.name = new.target.name;
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.request = request;
  }
}
export class InvalidInputError extends SteleError {}
export class NotAllowedError extends SteleError {}
export class NotFoundError extends SteleError {}
export class ConflictError extends SteleError {}
export class UnavailableError extends SteleError {}
export class UnreachableError extends SteleError {}

function errorOf(status, body) {
  let code = `http-${status}`;
  let detail = body.slice(0, 200);
  let request;
  try {
    const problem = JSON.parse(body);
    if (problem && typeof problem.type === "string") {
      code = problem.type.slice(problem.type.lastIndexOf(":") + 1);
      detail = String(problem.detail);
      request = problem.request;
    }
  } catch {
    // An answer of something between client and server, such as a proxy.
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
  return new kind(status, code, detail, request);
}

export class Stele {
  #url;
  #key;
  #timeout;
  #retries;

  constructor(url = "http://127.0.0.1:7077", { key, timeout = 30_000, retries = 3 } = {}) {
    this.#url = new URL(url);
    if (this.#url.protocol !== "http:" && this.#url.protocol !== "https:") {
      throw new TypeError(`The address ${url} is none of a server; use one such as http://127.0.0.1:7077.`);
    }
    this.#key = key;
    this.#timeout = timeout;
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

  async request(method, template, { path = {}, query = {}, body, headers = {}, signal } = {}) {
    const sent = { Accept: "application/json", ...headers };
    let repeatable =
      method === "GET" ||
      method === "PUT" ||
      method === "DELETE" ||
      READING_POSTS.some((suffix) => template.endsWith(suffix));
    if (method === "POST" && IDEMPOTENT_POSTS.has(template)) {
      sent["Idempotency-Key"] ??= crypto.randomUUID();
      repeatable = true;
    }
    for (let attempt = 0; ; attempt++) {
      let delay = 100 * 2 ** attempt;
      try {
        const timeout = AbortSignal.timeout(this.#timeout);
        const combined = signal ? AbortSignal.any([signal, timeout]) : timeout;
        const response = await this.#send(method, template, path, query, body, sent, combined);
        const text = await response.text();
        if (response.ok) {
          return text === "" ? undefined : JSON.parse(text);
        }
        // The server answers 429 and 503 before it does anything.
        if ((response.status !== 429 && response.status !== 503) || attempt === this.#retries) {
          throw errorOf(response.status, text);
        }
        delay = Number(response.headers.get("retry-after")) * 1000 || delay;
      } catch (error) {
        if (error instanceof SteleError || error instanceof SyntaxError) {
          throw error;
        }
        signal?.throwIfAborted();
        if (!repeatable || attempt === this.#retries) {
          throw this.#unreachable(error);
        }
      }
      await sleep(Math.min(delay, MAX_DELAY_MILLIS) * (1 + Math.random() / 4), signal);
    }
  }

  async *stream(method, template, { path = {}, query = {}, body, headers = {}, signal } = {}) {
    // Ends the request when the caller stops to iterate.
    const stop = new AbortController();
    const combined = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    try {
      const sent = { Accept: "text/event-stream", ...headers };
      const response = await this.#send(method, template, path, query, body, sent, combined);
      if (!response.ok) {
        throw errorOf(response.status, await response.text());
      }
      yield* eventsOf(response.body);
    } catch (error) {
      if (error instanceof SteleError || error instanceof SyntaxError) {
        throw error;
      }
      signal?.throwIfAborted();
      throw this.#unreachable(error);
    } finally {
      stop.abort();
    }
  }

  #send(method, template, path, query, body, headers, signal) {
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
    const content = body === undefined ? undefined : JSON.stringify(body);
    return fetch(target, { method, headers: sent, body: content, signal });
  }

  #unreachable(error) {
    if (error?.name === "TimeoutError") {
      const detail = `The server at ${this.#url.host} did not answer within ${this.#timeout} ms.`;
      return new UnreachableError(0, "timeout", detail, undefined, error);
    }
    const reason = error?.cause?.message || error?.message || String(error);
    const detail = `No answer of a server at ${this.#url.host}: ${reason}. Is one running?`;
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
    for (let failures = 0; ; ) {
      try {
        const headers = { "Last-Event-ID": String(last) };
        for await (const event of this.#stele.stream("GET", "/v1/agents/{agent}/changes", { path, headers, signal })) {
          failures = 0;
          last = event.data.number;
          yield event.data;
        }
      } catch (error) {
        const temporary = error instanceof UnreachableError || error instanceof UnavailableError;
        if (!temporary || ++failures > this.#stele.retries) {
          throw error;
        }
        await sleep(100 * 2 ** failures, signal);
      }
    }
  }

  stats(options = {}) {
    return this.#request("GET", "/v1/agents/{agent}/stats", options);
  }

  delete(options = {}) {
    return this.#request("DELETE", "/v1/agents/{agent}", options);
  }
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

/** Parses server-sent events. */
async function* eventsOf(body) {
  const decoder = new TextDecoder();
  let rest = "";
  let event = { name: "message", data: [], id: undefined };
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (event.data.length > 0) {
          yield { name: event.name, data: JSON.parse(event.data.join("\n")), id: event.id };
        }
        event = { name: "message", data: [], id: undefined };
      } else if (!line.startsWith(":")) {
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
