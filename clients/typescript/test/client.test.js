// Tests against live servers: STELE_URL, STELE_SLOW_URL (takes few requests a second), STELE_UNREADY_URL (not ready).
// What a server does seldom, such as to fall silent, is played by a socket that sends the same bytes.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, test } from "node:test";
import {
  ConflictError,
  InvalidInputError,
  NotAllowedError,
  NotFoundError,
  Stele,
  UnavailableError,
  UnreachableError,
} from "../index.js";

const url = process.env.STELE_URL;
const skip = url ? false : "STELE_URL names no server";
const stele = new Stele(url);
const agent = stele.agent("typescript client");

after(async () => {
  if (url) {
    await agent.delete().catch(() => {});
  }
});

test("messages are stored, recalled, edited and erased", { skip }, async () => {
  const message = await agent.remember({ session: "s", user: "ana", content: "I moved to Lisbon" });
  const both = await agent.rememberAll([
    { session: "s", content: "Fine", role: "assistant" },
    { session: "s", content: "In May" },
  ]);
  assert.deepEqual(both.map((stored) => stored.content), ["Fine", "In May"]);
  const { hits } = await agent.recall({ query: "Lisbon", limit: 3, filter: { user: "ana" } });
  assert.equal(hits[0].id, message.id);
  assert.match((await agent.context({ topic: "Lisbon", max_tokens: 200 })).text, /Lisbon/);
  await agent.editMessage(message.id, "I moved to Porto");
  assert.equal((await agent.message(message.id)).history[0].content, "I moved to Lisbon");
  assert.equal((await agent.messages("s")).items.length, 3);
  assert.equal((await agent.deleteMessage(message.id, { preview: true })).messages, 1);
  assert.equal((await agent.deleteMessage(message.id)).messages, 1);
  await agent.deleteSession("s");
  assert.equal((await agent.stats()).messages, 0);
  assert.ok((await stele.agents()).items.includes(agent.name));
});

test("notes, users, graph, documents and files", { skip }, async () => {
  const note = await agent.addNote({ content: "Ana keeps bees", user: "ana", tags: ["hobby"] });
  assert.equal(
    (await agent.mergeNote({ content: "ana keeps bees", user: "ana", tags: ["bees"] })).outcome,
    "REINFORCED",
  );
  assert.equal((await agent.notes({ tag: "bees", superseded: false })).items.length, 1);
  await agent.updateNote(note.id, { importance: 0.9 }, { version: 2 });
  await assert.rejects(agent.updateNote(note.id, { importance: 0.1 }, { version: 2 }), (error) => {
    assert.ok(error instanceof ConflictError);
    assert.deepEqual([error.code, error.status], ["version-conflict", 412]);
    return true;
  });
  assert.equal((await agent.note(note.id)).history.length, 2);
  await agent.deleteNote(note.id);
  await agent.updateUser("ana", { trust: 0.7 });
  assert.equal((await agent.user("ana")).trust, 0.7);
  await agent.eraseUser("ana");
  await agent.connect({ entities: [{ name: "Ana", type: "person" }] });
  assert.deepEqual((await agent.queryGraph({ query: "MATCH (n) RETURN n.name" })).rows, [["Ana"]]);
  await agent.addDocument({ collection: "c", text: "Bees dance to tell the way.", title: "Bees" });
  assert.equal((await agent.searchDocuments({ collection: "c", query: "dance" })).hits.length, 1);
  assert.deepEqual(
    await agent.memoryTool({ command: "create", path: "/memories/a", file_text: "x" }, { user: "ana" }),
    { content: "File created successfully at: /memories/a", is_error: false },
  );
});

test("streams yield events as they arrive", { skip }, async () => {
  const events = [];
  for await (const event of agent.chatStream({ message: "My dog is called Rex.", user: "ana", session: "c" })) {
    events.push(event);
  }
  assert.equal(events[0].name, "message");
  assert.equal(events.at(-1).name, "done");
  const text = events.filter((event) => event.name === "delta").map((event) => event.data.text).join("");
  assert.equal(text, events.at(-1).data.answer.content);
  const { number } = (await agent.changes()).items.at(-1);
  setTimeout(() => agent.remember({ session: "later", content: "x" }), 100);
  for await (const change of agent.follow({ after: number })) {
    if (change.kind === "message.created" && (await agent.message(change.ref)).session === "later") {
      break;
    }
  }
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 100);
  await assert.rejects(
    async () => {
      const { changes } = await agent.stats();
      for await (const _ of agent.follow({ after: changes, signal: stop.signal })) {
        // Waits for the abort.
      }
    },
    { name: "AbortError" },
  );
});

test("failures say what and why", { skip }, async () => {
  await assert.rejects(agent.note("x"), (error) => {
    assert.ok(error instanceof NotFoundError);
    assert.equal(error.code, "not-found");
    assert.ok(error.request);
    return true;
  });
  await assert.rejects(agent.recall({ query: "" }), (error) => {
    assert.ok(error instanceof InvalidInputError);
    assert.match(error.detail, /blank/);
    return true;
  });
  await assert.rejects(async () => {
    for await (const _ of agent.chatStream({ message: "" })) {
      assert.fail("an event of a refused request");
    }
  }, InvalidInputError);
  assert.throws(() => new Stele("ftp://127.0.0.1"), TypeError);
  const free = net.createServer();
  await new Promise((resolve) => free.listen(0, "127.0.0.1", resolve));
  const { port } = free.address();
  await new Promise((resolve) => free.close(resolve));
  await assert.rejects(new Stele(`http://127.0.0.1:${port}`, { retries: 1 }).ready(), (error) => {
    assert.ok(error instanceof UnreachableError);
    assert.match(error.detail, /Is one running\?/);
    return true;
  });
});

test("lost connections of repeatable requests are repeated", { skip }, async () => {
  const server = new URL(url);
  let requests = 0;
  const before = (await agent.stats()).messages;
  // The first connection is lost after the server has answered; the others lead to the server.
  const proxy = net.createServer((client) => {
    const upstream = net.connect(Number(server.port), server.hostname);
    const lose = requests++ === 0;
    client.pipe(upstream);
    upstream.on("data", (data) => (lose ? client.destroy() : client.write(data)));
    for (const [one, other] of [[client, upstream], [upstream, client]]) {
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const lossy = new Stele(`http://127.0.0.1:${proxy.address().port}`).agent(agent.name);
  await lossy.remember({ session: "lossy", content: "once" });
  proxy.close();
  assert.ok(requests >= 2);
  assert.equal((await agent.stats()).messages, before + 1);
});

const EVENTS = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nretry: 1000\n\n";
const REFUSAL = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n";
const SILENCE = "<silence>";
const DELTA = 'event: delta\ndata: {"text": "a"}\n\n';

function change(number) {
  const data = { number, at: "2026-05-08T13:56:00Z", kind: "note.created", ref: "n" };
  return `id: ${number}\nevent: note.created\ndata: ${JSON.stringify(data)}\n\n`;
}

function problem(status, code) {
  const data = { type: `urn:stele:${code}`, title: "t", status, detail: "d", request: "" };
  return `event: problem\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Runs a test against a server that answers its connections in turn, and returns the heads of the requests. */
async function play(answers, run) {
  const requests = [];
  const ends = [];
  const server = net.createServer((socket) => {
    const answer = answers[requests.length];
    let head = "";
    ends.push(once(socket, "close"));
    socket.on("error", () => {});
    socket.on("data", (data) => {
      if (head.includes("\r\n\r\n")) {
        return;
      }
      head += data;
      if (head.includes("\r\n\r\n")) {
        requests.push(head);
        socket.write(answer.replace(SILENCE, ""));
        if (!answer.endsWith(SILENCE)) {
          socket.end();
        }
      }
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await run(`http://127.0.0.1:${server.address().port}`);
    await Promise.all(ends); // the client has closed the connections that were silent
  } finally {
    server.close();
  }
  assert.equal(requests.length, answers.length);
  return requests.map((request) => Number(/last-event-id: (\d+)/i.exec(request)?.[1]));
}

async function failsWith(kind, code, run) {
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof kind, String(error));
    assert.equal(error.code, code);
    return true;
  });
}

test("a feed ends with the error of the server", { skip }, async () => {
  const deleted = stele.agent("typescript deleted");
  await deleted.remember({ session: "s", content: "x" });
  await failsWith(NotFoundError, "not-found", async () => {
    for await (const { number } of deleted.follow()) {
      if (number === 1) {
        await deleted.delete();
      }
    }
  });
});

test("a feed goes on after problems that pass, and ignores other events", async () => {
  const unknown = 'event: weather\ndata: {"number": 99}\n\nevent: text\ndata: "x"\n\n';
  const numbers = [];
  const positions = await play(
    [
      EVENTS + change(4) + unknown + problem(503, "agent-busy"),
      EVENTS + change(5) + problem(429, "too-many-requests"),
      REFUSAL,
      EVENTS + change(6) + problem(500, "storage-failed"),
      EVENTS + change(7) + problem(403, "agent-out-of-reach"),
    ],
    (url) =>
      failsWith(NotAllowedError, "agent-out-of-reach", async () => {
        for await (const { number } of new Stele(url).agent("kira").follow({ after: 3 })) {
          numbers.push(number);
        }
      }),
  );
  assert.deepEqual(numbers, [4, 5, 6, 7]);
  assert.deepEqual(positions, [3, 4, 5, 5, 6]);
});

test("a feed gives up after its retries, which heartbeats renew", async () => {
  const lost = EVENTS + problem(503, "agent-busy");
  const alive = EVENTS + ": still here\n\n" + problem(503, "agent-busy");
  await play([lost, alive, lost], (url) =>
    failsWith(UnavailableError, "agent-busy", () => new Stele(url, { retries: 1 }).agent("kira").follow().next()),
  );
});

test("a silent stream is a lost connection", async () => {
  const positions = await play([EVENTS + change(1) + SILENCE, EVENTS + change(2)], async (url) => {
    const feed = new Stele(url, { maxSilence: 200 }).agent("kira").follow();
    assert.equal((await feed.next()).value.number, 1);
    assert.equal((await feed.next()).value.number, 2);
    await feed.return();
  });
  assert.deepEqual(positions, [0, 1]);
  const whole = EVENTS.replace("Connection: close", "Content-Length: 100");
  for (const answer of [EVENTS + DELTA + SILENCE, whole + DELTA]) {
    await play([answer], async (url) => {
      const reply = new Stele(url, { maxSilence: 200 }).agent("kira").chatStream({ message: "x" });
      assert.equal((await reply.next()).value.data.text, "a");
      await failsWith(UnreachableError, "connection-lost", () => reply.next());
    });
  }
});

test("the timeout covers the whole answer", async () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n";
  for (const answer of [SILENCE, head + '{"items": ' + SILENCE]) {
    await play([answer], (url) =>
      failsWith(UnreachableError, "timeout", () => new Stele(url, { timeout: 300, retries: 0 }).agents()),
    );
  }
  for (const answer of [SILENCE, "HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n{" + SILENCE]) {
    await play([answer], (url) =>
      failsWith(UnreachableError, "timeout", () =>
        new Stele(url, { timeout: 300 }).agent("kira").chatStream({ message: "x" }).next(),
      ),
    );
  }
});

test("answers of others are named and not repeated", async () => {
  await play(["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n<>"], (url) =>
    failsWith(UnreachableError, "unreadable", () => new Stele(url).agents()),
  );
});

test("a body that is no JSON is an error of the caller", async () => {
  const circular = {};
  circular.self = circular;
  await assert.rejects(new Stele("http://127.0.0.1:1").agent("kira").remember(circular), TypeError);
});

test("writes without a key are not repeated after a lost connection", async () => {
  for (const call of [
    (kira) => kira.addDocument({ collection: "c", text: "x" }),
    (kira) => kira.chat({ message: "x" }),
    (kira) => kira.chatStream({ message: "x" }).next(),
    (kira) => kira.updateUser("ana", { trust: 0.5 }),
  ]) {
    await play([""], (url) => failsWith(UnreachableError, "unreachable", () => call(new Stele(url).agent("kira"))));
  }
});

test("readiness is an answer", {
  skip: process.env.STELE_UNREADY_URL ? false : "STELE_UNREADY_URL names no server",
}, async () => {
  assert.equal((await stele.ready()).ready, true);
  const state = await new Stele(process.env.STELE_UNREADY_URL, { retries: 0 }).ready();
  assert.deepEqual([state.ready, state.store], [false, "unreachable"]);
  await play([REFUSAL], (url) => failsWith(UnavailableError, "http-503", () => new Stele(url, { retries: 0 }).ready()));
});

test("refusals for the moment are repeated", {
  skip: process.env.STELE_SLOW_URL ? false : "STELE_SLOW_URL names no server",
}, async () => {
  const hasty = new Stele(process.env.STELE_SLOW_URL, { retries: 0 });
  const refused = async () => {
    for (let i = 0; i < 50; i++) {
      await hasty.agents();
    }
  };
  await assert.rejects(refused, (error) => {
    assert.ok(error instanceof UnavailableError);
    assert.deepEqual([error.status, error.code], [429, "too-many-requests"]);
    assert.ok(error.retryAfter > 0);
    return true;
  });
  const patient = new Stele(process.env.STELE_SLOW_URL);
  assert.deepEqual((await patient.agents()).items, []);
  await assert.rejects(refused, UnavailableError);
  const names = [];
  for await (const event of patient.agent("typescript client").chatStream({ message: "x", user: "ana" })) {
    names.push(event.name);
  }
  assert.equal(names.at(-1), "done");
  await patient.agent("typescript client").delete();
});
