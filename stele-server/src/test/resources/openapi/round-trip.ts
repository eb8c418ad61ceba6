// Round trip with the types that openapi-typescript generates, checked strictly.
import createClient from "openapi-fetch";
import type { components, paths } from "./stele.js";

const client = createClient<paths>({ baseUrl: process.argv[2] });
const path = { agent: "kira" };

const stored = await client.POST("/v1/agents/{agent}/messages", {
  params: { path },
  body: { session: "monday", user: "ana", content: "I moved to Lisbon" },
});
const message: components["schemas"]["StoredMessage"] = Array.isArray(stored.data) ? stored.data[0]! : stored.data!;
console.log("stored", message.content);

const note = await client.POST("/v1/agents/{agent}/notes", {
  params: { path },
  body: { content: "Ana likes tea", user: "ana", tags: ["drinks"] },
});
console.log("outcome", note.data!.outcome);
const patched = await client.PATCH("/v1/agents/{agent}/notes/{id}", {
  params: { path: { ...path, id: note.data!.id }, header: { "If-Match": note.response.headers.get("ETag")! } },
  body: { importance: 0.9, tags: null },
});
console.log("importance", patched.data!.importance, patched.data!.tags ?? "no tags");

const recalled = await client.POST("/v1/agents/{agent}/recall", {
  params: { path },
  body: { query: "Where did Ana move?", limit: 3, filter: { user: "ana", kind: ["message"] } },
});
console.log("recalled", recalled.data!.hits[0]!.content);

const talk = await client.POST("/v1/agents/{agent}/chat", {
  params: { path, query: { searched: true } },
  body: { session: "tuesday", user: "ana", message: "Where did I move?" },
});
const reply = talk.data as components["schemas"]["ChatReply"];
console.log("answered, cites", reply.sources.length, "of", reply.searched!.length);

const users = await client.GET("/v1/agents/{agent}/users", { params: { path, query: { limit: 10 } } });
console.log("users", users.data!.items.join(" "));
const changes = await client.GET("/v1/agents/{agent}/changes", { params: { path, query: { after: 1 } } });
console.log("changes", (changes.data as components["schemas"]["ChangePage"]).items[0]!.kind);

const missing = await client.GET("/v1/agents/{agent}", { params: { path: { agent: "nobody" } } });
console.log("problem", missing.error!.type);
