// Tests against a live server: STELE_URL, and STELE_SLOW_URL of a server that takes few requests a second.
import assert from "node:assert/strict";
import net from "node:net";
import { after, test } from "node:test";
import {
  ConflictError,
  InvalidInputError,
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

test("refusals for the moment are repeated", {
  skip: process.env.STELE_SLOW_URL ? false : "STELE_SLOW_URL names no server",
}, async () => {
  const hasty = new Stele(process.env.STELE_SLOW_URL, { retries: 0 });
  await assert.rejects(async () => {
    for (let i = 0; i < 50; i++) {
      await hasty.agents();
    }
  }, (error) => {
    assert.ok(error instanceof UnavailableError);
    assert.deepEqual([error.status, error.code], [429, "too-many-requests"]);
    return true;
  });
  assert.deepEqual((await new Stele(process.env.STELE_SLOW_URL).agents()).items, []);
});
