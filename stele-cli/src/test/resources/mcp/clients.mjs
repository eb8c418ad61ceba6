// A real client of the protocol, driven by a test: node clients.mjs MODE JSON. Prints one JSON value a line.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [mode, json] = process.argv.slice(2);
const options = JSON.parse(json);

async function connect(target) {
  const client = new Client({ name: "test", version: "1" });
  const transport = target.url
    ? new StreamableHTTPClientTransport(new URL(target.url))
    : new StdioClientTransport({ command: target.command, args: target.args, env: { ...process.env, ...target.env }, stderr: "ignore" });
  await client.connect(transport);
  return client;
}

// JSON in its shortest form; other text as it is.
function compact(text) {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

async function call(client, name, args) {
  try {
    const result = await client.callTool({ name, arguments: args });
    return { text: compact(result.content[0].text), error: result.isError ?? false };
  } catch (failure) {
    return { failure: failure.message };
  }
}

const entity = (name, ...observations) => ({ name, entityType: "thing", observations });
const relation = (from, to, relationType) => ({ from, to, relationType });

// What a client may ask of the reference server, one after another.
const calls = [
  ["create_entities", { entities: [entity("Ana", "likes tea"), entity("Rome")] }],
  ["create_entities", { entities: [entity("Ana", "other"), entity("Bea", "sings", "paints")] }],
  ["create_relations", { relations: [relation("Ana", "Rome", "lives_in"), relation("Bea", "Nowhere", "dreams_of")] }],
  ["create_relations", { relations: [relation("Ana", "Rome", "lives_in"), relation("Ana", "Bea", "knows")] }],
  ["add_observations", { observations: [{ entityName: "Ana", contents: ["likes tea", "swims"] }] }],
  ["add_observations", { observations: [{ entityName: "Rome", contents: [] }] }],
  ["read_graph", {}],
  ["search_nodes", { query: "SING" }],
  ["search_nodes", { query: "thing" }],
  ["search_nodes", { query: "no such text" }],
  ["open_nodes", { names: ["Ana", "Nobody"] }],
  ["open_nodes", { names: ["Nowhere"] }],
  ["delete_observations", { deletions: [{ entityName: "Ana", observations: ["swims", "never said"] }] }],
  ["delete_observations", { deletions: [{ entityName: "Nobody", observations: ["x"] }] }],
  ["delete_relations", { relations: [relation("Ana", "Bea", "knows"), relation("x", "y", "z")] }],
  ["read_graph", {}],
  ["delete_entities", { entityNames: ["Rome", "Nobody"] }],
  ["read_graph", {}],
];

if (mode === "compare") {
  for (const target of options.targets) {
    const client = await connect(target);
    for (const [name, args] of calls) {
      console.log(JSON.stringify({ target: target.name, name, ...(await call(client, name, args)) }));
    }
    const unknown = await call(client, "add_observations", { observations: [{ entityName: "Nobody", contents: ["x"] }] });
    console.log(JSON.stringify({ target: target.name, name: "unknown entity", error: unknown.error, says: unknown.text.includes("Entity with name Nobody not found") }));
    const resource = await client.readResource({ uri: "memory://knowledge-graph" });
    console.log(JSON.stringify({ target: target.name, name: "resource", text: resource.contents[0].text, type: resource.contents[0].mimeType }));
    const tools = await client.listTools();
    const nine = [...new Set(calls.map(([name]) => name))];
    for (const tool of tools.tools.filter((one) => nine.includes(one.name)).sort((a, b) => a.name.localeCompare(b.name))) {
      const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = tool.annotations;
      console.log(JSON.stringify({ target: target.name, name: tool.name, required: tool.inputSchema.required ?? [], hints: { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } }));
    }
    await client.close();
  }
}

if (mode === "crowd") {
  // Many processes, each with many calls at once; prints what was acknowledged.
  const started = performance.now();
  await Promise.all(
    Array.from({ length: options.processes }, async (_, process) => {
      const client = await connect({ ...options.target, env: { ...options.target.env } });
      for (let round = 0; round < options.rounds; round++) {
        await Promise.all(
          Array.from({ length: options.atOnce }, async (_, lane) => {
            const own = `P${process} L${lane} R${round}`;
            const shared = `Shared ${(lane + round) % 10}`;
            const made = await call(client, "create_entities", { entities: [entity(own, `own of ${own}`), entity(shared)] });
            const related = await call(client, "create_relations", { relations: [relation(own, shared, "shares")] });
            const added = await call(client, "add_observations", { observations: [{ entityName: shared, contents: [`seen by ${own}`] }] });
            for (const [what, done] of [["entity", made], ["relation", related], ["observation", added]]) {
              console.log(JSON.stringify({ what, own, shared, ok: !done.error && !done.failure, why: done.failure ?? (done.error ? done.text : undefined) }));
            }
          }),
        );
      }
      await client.close();
    }),
  );
  console.log(JSON.stringify({ what: "done", millis: Math.round(performance.now() - started) }));
}
process.exit(0);
