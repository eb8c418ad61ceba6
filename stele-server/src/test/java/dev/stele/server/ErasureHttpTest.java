package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.ChangeKind;
import dev.stele.model.Erased;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.server.support.Http;
import dev.stele.support.Traces;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Erasure over HTTP and MCP: no trace is left of a word, whichever request it came in with, and nothing else goes. */
class ErasureHttpTest extends ServerTestBase {

    /** Word that nobody but ana says. */
    private static final String SECRET = "zorbaxel";

    private static final String BOTH = "application/json, text/event-stream";

    private String agent = "kira";

    /** Request that the word comes in with. */
    private enum Route {
        MESSAGES,
        INTERACTION,
        RECORDED_INTERACTION,
        CHAT,
        IMPORT,
        GRAPH,
        NOTE,
        MCP
    }

    /** Request that erases what ana said. */
    private enum Target {
        MESSAGES,
        SESSION,
        USER,
        MCP_MESSAGES,
        MCP_SESSION,
        MCP_USER
    }

    @BeforeEach
    void writeItemsOfOtherUsers() throws Exception {
        writeItemsOfOtherUsers(agent);
    }

    private void writeItemsOfOtherUsers(String toAgent) throws Exception {
        agent = toAgent;
        post(201, "/users/ben/interactions", """
                {"message": "My cat is called Marmalade.", "session": "ben", "learn": true}""");
        post(200, "/reflect", "");
        post(201, "/entities", """
                {"name": "Lisbon", "type": "town", "observations": ["It lies by the sea"]}""");
        post(201, "/documents", """
                {"collection": "garden", "id": "tea.md", "type": "markdown",
                 "text": "# Tea\\n\\nTea plants like rain and shade."}""");
    }

    /** Checks that nothing is left of the word and everything of what others told. */
    private void checkErased(String how) throws Exception {
        stele.agent(agent).runMaintenance();
        assertThat(Traces.of(data, SECRET)).as(how).isEmpty();
        assertThat(recall("Zorbaxel").toLowerCase(Locale.ROOT)).as(how).doesNotContain(SECRET);
        assertThat(recall("cat Marmalade")).as(how).contains("My cat is called Marmalade.");
        assertThat(get("/notes?user=ben").objects("items")).as(how).isNotEmpty();
        assertThat(get("/entities/Lisbon").objects("observations")).as(how).hasSize(1);
        assertThat(get("/collections/garden/documents/tea.md").objects("text"))
                .as(how)
                .hasSize(1);
        assertThat(stele.agent(agent).verify().problems()).as(how).isEmpty();
    }

    private String recall(String query) throws Exception {
        Http.Answer answer = http.post(
                path("/recall"), Json.write(Json.fields().put("query", query).map()));
        return Json.write(answer.json().raw("hits"));
    }

    private String path(String rest) {
        return "/v1/agents/" + agent + rest;
    }

    private JsonObject post(int status, String rest, String body, String... headers) throws Exception {
        Http.Answer answer = http.post(path(rest), body, headers);
        assertThat(answer.status()).as(rest + " " + answer.body()).isEqualTo(status);
        return answer.json();
    }

    private JsonObject get(String rest) throws Exception {
        Http.Answer answer = http.get(path(rest));
        assertThat(answer.status()).as(rest + " " + answer.body()).isEqualTo(200);
        return answer.json();
    }

    private void patch(String rest, String body) throws Exception {
        Http.Answer answer = http.send("PATCH", path(rest), body);
        assertThat(answer.status()).as(rest + " " + answer.body()).isEqualTo(200);
    }

    private String say(String content) throws Exception {
        return post(
                        201,
                        "/messages",
                        Json.write(Json.fields()
                                .put("session", "ana")
                                .put("user", "ana")
                                .put("content", content)
                                .map()))
                .string("id");
    }

    /** Calls a tool without session, which the protocol version allows, and returns its result. */
    private JsonObject tool(String name, String arguments) throws Exception {
        Map<String, Object> params = Map.of(
                "name",
                name,
                "arguments",
                Json.read(arguments),
                "_meta",
                Map.of(
                        "io.modelcontextprotocol/protocolVersion",
                        "2026-07-28",
                        "io.modelcontextprotocol/clientCapabilities",
                        Map.of()));
        Http.Answer answer = http.post(
                "/mcp?tools=all&agent=" + agent,
                Json.write(Json.fields()
                        .put("jsonrpc", "2.0")
                        .put("id", 1)
                        .put("method", "tools/call")
                        .put("params", params)
                        .map()),
                "Accept",
                BOTH,
                "MCP-Protocol-Version",
                "2026-07-28",
                "Mcp-Method",
                "tools/call",
                "Mcp-Name",
                name);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        JsonObject result = answer.json().object("result").orElseThrow();
        assertThat(result.optionalBoolean("isError").orElse(false))
                .as(answer.body())
                .isFalse();
        String text = result.objects("content").getFirst().string("text");
        Object tree = text.startsWith("{") || text.startsWith("[") ? Json.read(text) : text;
        return JsonObject.of("result", tree instanceof Map<?, ?> ? tree : Map.of("result", String.valueOf(tree)));
    }

    /** Lets ana tell the word in the session "ana". */
    private void tell(Route route) throws Exception {
        switch (route) {
            case MESSAGES -> {
                String id = say("My dog is called Rex.");
                patch("/messages/" + id, "{\"content\": \"My dog is called Zorbaxel.\"}");
                patch("/messages/" + id, "{\"content\": \"My dog Zorbaxel barks.\"}");
                String batch = """
                        [{"session": "ana", "user": "ana", "content": "Zorbaxel is a good dog", "id": "m1",
                          "metadata": {"about": "Zorbaxel"}},
                         {"session": "ana", "role": "assistant", "content": "What a name, Zorbaxel!", "id": "m2"}]""";
                for (int i = 0; i < 2; i++) {
                    assertThat(http.post(path("/messages"), batch, "Idempotency-Key", "key-1")
                                    .status())
                            .isEqualTo(201);
                }
            }
            case INTERACTION -> {
                String said = """
                        {"message": "My dog is called Zorbaxel.", "response": "Zorbaxel is a fine name.",
                         "session": "ana", "learn": true}""";
                post(201, "/users/ana/interactions", said, "Idempotency-Key", "key-2");
                post(201, "/users/ana/interactions", said, "Idempotency-Key", "key-2");
                post(200, "/reflect", "");
                assertThat(Json.write(get("/notes?user=ana").raw("items"))).contains("Zorbaxel");
            }
            case RECORDED_INTERACTION -> {
                String id = say("My dog is called Zorbaxel.");
                post(202, "/interactions", """
                        {"type": "feedback", "user": "ana", "session": "ana", "messages": ["%s"],
                         "data": {"about": "Zorbaxel"}}""".formatted(id), "Idempotency-Key", "key-3");
                post(200, "/reflect", "");
                post(202, "/interactions", """
                        {"type": "chat", "user": "ana", "session": "ana", "messages": ["%s"],
                         "data": {"again": "Zorbaxel"}}""".formatted(id));
            }
            case CHAT -> {
                post(200, "/chat", """
                        {"session": "ana", "user": "ana", "message": "My dog is called Zorbaxel."}""");
                post(200, "/reflect", "");
                JsonObject later = post(200, "/chat", """
                        {"session": "later", "user": "ana", "message": "What is my dog called?"}""");
                assertThat(later.object("answer").orElseThrow().string("content"))
                        .contains("Zorbaxel");
                post(200, "/reflect", "");
            }
            case IMPORT -> {
                JsonObject report = post(200, "/import", """
                        {"role": "user", "content": "My dog is called Zorbaxel.", "session": "ana", "user": "ana"}
                        {"role": "assistant", "content": "Zorbaxel is a fine name.", "session": "ana", "user": "ana"}
                        """);
                assertThat(report.optionalLong("messages")).contains(2L);
            }
            case GRAPH -> {
                String id = say("My dog is called Zorbaxel.");
                post(201, "/entities", """
                        {"name": "Zorbaxel", "type": "dog", "attributes": {"name": "Zorbaxel"},
                         "observations": [{"content": "Zorbaxel barks", "sources": ["%s"]}],
                         "mentioned_by": ["%s"]}""".formatted(id, id));
                patch("/entities/Zorbaxel", "{\"aliases\": [\"Zorbaxel the dog\"]}");
                post(201, "/entities", "{\"name\": \"Kennel\", \"type\": \"place\"}");
                post(200, "/entities/Kennel/observations", """
                        {"observations": [{"content": "Zorbaxel sleeps here", "sources": ["%s"]}]}""".formatted(id));
                String relation = post(201, "/relations", """
                        {"from": "Kennel", "to": "Zorbaxel", "type": "houses", "fact": "Zorbaxel lives there",
                         "sources": ["%s"]}""".formatted(id)).string("id");
                patch("/relations/" + relation, "{\"fact\": \"Zorbaxel lives there now\"}");
                post(201, "/relations", """
                        {"from": "Kennel", "to": "Lisbon", "type": "lies_in", "attributes": {"guard": "Zorbaxel"},
                         "sources": ["%s"]}""".formatted(id), "Idempotency-Key", "key-4");
            }
            case NOTE -> {
                String id = say("My dog is called Zorbaxel.");
                post(201, "/notes", """
                        {"id": "n1", "content": "the dog is Zorbaxel", "tags": ["zorbaxel"], "provenance": ["%s"],
                         "metadata": {"dog": "Zorbaxel"}}""".formatted(id), "Idempotency-Key", "key-5");
                patch("/notes/n1", "{\"content\": \"the brown dog is Zorbaxel\"}");
                post(201, "/notes", """
                        {"id": "n2", "content": "Zorbaxel is brown", "user": "ana", "session": "ana",
                         "provenance": ["%s", "n1"], "supersedes": "n1"}""".formatted(id));
                // What is derived from a note goes with it.
                post(201, "/entities", """
                        {"name": "Zorbaxel", "type": "dog", "mentioned_by": ["n2"]}""");
            }
            case MCP -> {
                String id = tool("remember", """
                        {"messages": [{"session": "ana", "user": "ana", "content": "My dog is called Zorbaxel."},
                                      {"session": "ana", "role": "assistant", "content": "Zorbaxel, I see."}]}""").objects("messages").getFirst().string("id");
                tool("remember", """
                        {"content": "ana has the dog Zorbaxel", "provenance": ["%s"], "tags": ["zorbaxel"]}""".formatted(id));
            }
        }
    }

    /** Erases by a request, after its preview if it has one. */
    private void erase(String rest) throws Exception {
        String preview = rest + (rest.contains("?") ? "&" : "?") + "preview=true";
        long changes = stele.agent(agent).lastChange();
        Http.Answer previewed = http.send("DELETE", path(preview), null);
        assertThat(previewed.status()).as(preview + " " + previewed.body()).isEqualTo(200);
        assertThat(stele.agent(agent).changes(changes, 100))
                .as(preview)
                // missing vectors are added in the background
                .allMatch(change -> change.kind() == ChangeKind.EMBEDDED);
        assertThat(Traces.of(data, SECRET)).as(preview).isNotEmpty();
        assertThat(previewed.json().has("scrubbed")).isFalse();
        Map<String, Long> listed = previewed.json().objects("items").stream()
                .collect(Collectors.groupingBy(item -> item.string("kind"), Collectors.counting()));
        assertThat(listed).as(preview).isNotEmpty();

        Http.Answer erased = http.send("DELETE", path(rest), null);
        assertThat(erased.status()).as(rest + " " + erased.body()).isEqualTo(200);
        assertThat(erased.json().has("scrubbed")).isTrue();
        for (Erased.Kind kind : Erased.Kind.values()) {
            assertThat(erased.json().optionalLong(kind.plural()))
                    .as(rest + " " + kind)
                    .isEqualTo(previewed.json().optionalLong(kind.plural()))
                    .contains(listed.getOrDefault(kind.label(), 0L));
        }
        assertThat(erased.json().optionalLong("reduced"))
                .isEqualTo(previewed.json().optionalLong("reduced"))
                .contains((long) previewed.json().objects("reduced_items").size());
        assertThat(http.send("DELETE", path(rest), null).status())
                .as("again " + rest)
                .isEqualTo(404);
    }

    /** Erases an item by the MCP tool. */
    private void forget(String kind, String id) throws Exception {
        JsonObject forgotten = tool(
                "forget",
                Json.write(Json.fields().put("kind", kind).put("id", id).map()));
        assertThat(forgotten.string("forgotten")).isEqualTo(id);
        assertThat(forgotten.object("erased").orElseThrow().names())
                .as(kind)
                .contains(kind.equals("user") ? "message" : kind);
    }

    private void erase(Target target) throws Exception {
        switch (target) {
            case MESSAGES, MCP_MESSAGES -> {
                for (JsonObject message : get("/sessions/ana/messages").objects("items")) {
                    String id = message.string("id");
                    // A reply goes with what it replies to.
                    if (message.string("role").equals("user")
                            && message.string("content").contains("Zorbaxel")) {
                        if (target == Target.MESSAGES) {
                            erase("/messages/" + id);
                        } else {
                            forget("message", id);
                        }
                    }
                }
            }
            case SESSION -> erase("/sessions/ana");
            case USER -> erase("/users/ana");
            case MCP_SESSION -> forget("session", "ana");
            case MCP_USER -> forget("user", "ana");
        }
    }

    @ParameterizedTest
    @EnumSource(Route.class)
    void noTraceIsLeftOfTheMessagesOfAUser(Route route) throws Exception {
        int tried = 0;
        for (Target target : Target.values()) {
            boolean byMcp = target.name().startsWith("MCP");
            if (byMcp != (route == Route.MCP) && route != Route.MESSAGES) {
                continue;
            }
            if (tried++ > 0) {
                writeItemsOfOtherUsers("of-" + target.name().toLowerCase(Locale.ROOT));
            }
            tell(route);
            assertThat(Traces.of(data, SECRET)).as(target + " before").isNotEmpty();
            erase(target);
            checkErased(route + " erased by " + target);
        }
    }

    @Test
    void repeatedRequestWritesNoErasedItemAgain() throws Exception {
        String message = """
                {"session": "ana", "user": "ana", "content": "My dog is called Zorbaxel."}""";
        String note = """
                {"content": "the dog is Zorbaxel"}""";
        String relation = """
                {"from": "Lisbon", "to": "Zorbaxel", "type": "houses"}""";
        post(201, "/messages", message, "Idempotency-Key", "key-7");
        String noted = post(201, "/notes", note, "Idempotency-Key", "key-8").string("id");
        post(201, "/entities", "{\"name\": \"Zorbaxel\", \"type\": \"dog\"}");
        post(201, "/relations", relation, "Idempotency-Key", "key-9");
        erase("/sessions/ana");
        erase("/notes/" + noted);
        erase("/entities/Zorbaxel?forget=true");
        post(404, "/messages", message, "Idempotency-Key", "key-7");
        post(404, "/notes", note, "Idempotency-Key", "key-8");
        post(404, "/relations", relation, "Idempotency-Key", "key-9");
        checkErased("repeated");
    }

    private void addDocument(String collection, String id, String title, String... paragraphs) throws Exception {
        String text = Arrays.stream(paragraphs).collect(Collectors.joining("\n\n"));
        post(
                201,
                "/documents",
                Json.write(Json.fields()
                        .put("collection", collection)
                        .put("id", id)
                        .put("title", title)
                        .put("type", "markdown")
                        .put("text", text)
                        .put("metadata", Map.of("keeper", title))
                        .map()));
    }

    private static final String SHARED = "# Tides\n\nThe tide rises twice a day, as the moon goes round the earth.";
    private static final String OWN = "# Zorbaxel\n\nOnly the zorbaxel keeper knows the way to the lighthouse.";

    @Test
    void noTraceIsLeftOfADocument() throws Exception {
        addDocument("sea", "plain.md", "Tides", SHARED);
        addDocument("sea", "secret.md", "Zorbaxel", SHARED, OWN);
        String passage = get("/collections/sea/documents/secret.md").objects("text").stream()
                .filter(one -> one.string("content").contains("lighthouse"))
                .findFirst()
                .orElseThrow()
                .string("id");
        post(201, "/notes", """
                {"content": "the keeper is a zorbaxel", "provenance": ["%s"]}""".formatted(passage));
        post(201, "/entities", """
                {"name": "Zorbaxel", "type": "keeper", "mentioned_by": ["%s"]}""".formatted(passage));
        erase("/collections/sea/documents/secret.md");
        checkErased("document");
        assertThat(post(200, "/documents/search", "{\"collection\": \"sea\", \"query\": \"tide moon\"}")
                        .objects("hits"))
                .hasSize(1);
    }

    @Test
    void noTraceIsLeftOfACollection() throws Exception {
        addDocument("zorbaxel-papers", "a.md", "Zorbaxel", SHARED, OWN);
        addDocument("zorbaxel-papers", "b.md", "Zorbaxel again", OWN);
        post(200, "/documents/search", "{\"collection\": \"zorbaxel-papers\", \"query\": \"keeper\"}");
        erase("/collections/zorbaxel-papers");
        checkErased("collection");
    }

    @Test
    void noTraceIsLeftOfAnExplainedDocument() throws Exception {
        addDocument("sea", "secret.md", "Lighthouse", OWN);
        addDocument("sea", "plain.md", "Tides", SHARED);
        Http.Answer explained = http.post(path("/elaborate/stream"), """
                {"selected_text": "the keeper", "context_text": "The keeper knows the way to the lighthouse.",
                 "collection": "sea", "document": "Lighthouse", "user": "ana"}""");
        assertThat(explained.body()).contains("zorbaxel");
        post(200, "/reflect", "");
        erase("/collections/sea/documents/secret.md");
        checkErased("explained document");
    }

    private void writeGraphItems() throws Exception {
        post(201, "/graph", """
                {"entities": [{"ref": "dog", "name": "Zorbaxel", "type": "dog", "aliases": ["Old Zorbaxel"],
                               "observations": ["Zorbaxel barks"]},
                              {"ref": "place", "name": "Kennel", "type": "place"}],
                 "relations": [{"from": "place", "to": "dog", "type": "houses", "fact": "Zorbaxel lives there"}]}""", "Idempotency-Key", "key-6");
        patch("/entities/Zorbaxel", "{\"attributes\": {\"named\": \"Zorbaxel\"}}");
        post(200, "/entities/Zorbaxel/observations", "{\"observations\": [\"Zorbaxel eats\"]}");
    }

    @Test
    void noTraceIsLeftOfAnEntity() throws Exception {
        writeGraphItems();
        erase("/entities/Zorbaxel?forget=true");
        checkErased("entity");
        assertThat(get("/entities/Kennel").objects("relations")).isEmpty();
    }

    @Test
    void noTraceIsLeftOfARetiredEntity() throws Exception {
        writeGraphItems();
        String id = get("/entities/Zorbaxel").string("id");
        assertThat(http.send("DELETE", path("/entities/Zorbaxel"), null).status())
                .isEqualTo(204);
        erase("/entities/" + id + "?forget=true");
        checkErased("retired entity");
    }

    @Test
    void noTraceIsLeftOfTheRetiredEntityOfAUser() throws Exception {
        say("I am here.");
        post(201, "/entities", """
                {"name": "ana", "type": "person", "observations": ["ana has the dog Zorbaxel"]}""");
        assertThat(http.send("DELETE", path("/entities/ana"), null).status()).isEqualTo(204);
        erase("/users/ana");
        checkErased("retired entity of a user");
    }

    @Test
    void noTraceIsLeftOfANote() throws Exception {
        post(201, "/notes", """
                {"id": "n1", "content": "the dog is Zorbaxel", "tags": ["zorbaxel"], "evidence": ["Zorbaxel!"]}""");
        patch("/notes/n1", "{\"content\": \"the dog is not Zorbaxel\"}");
        patch("/notes/n1", "{\"content\": \"the dog has no name\"}");
        post(201, "/entities", "{\"name\": \"Zorbaxel\", \"type\": \"dog\", \"mentioned_by\": [\"n1\"]}");
        erase("/notes/n1");
        checkErased("note");
    }

    @Test
    void noTraceIsLeftOfItemsErasedByTheForgetTool() throws Exception {
        String note = tool("remember", "{\"content\": \"the dog is Zorbaxel\", \"tags\": [\"zorbaxel\"]}")
                .object("note")
                .orElseThrow()
                .string("id");
        forget("note", note);
        checkErased("note");

        tool("create_entities", """
                {"entities": [{"name": "Zorbaxel", "entityType": "dog", "observations": ["Zorbaxel barks"]},
                              {"name": "Kennel", "entityType": "place", "observations": []}]}""");
        tool("add_observations", """
                {"observations": [{"entityName": "Zorbaxel", "contents": ["Zorbaxel eats"]}]}""");
        tool("create_relations", """
                {"relations": [{"from": "Kennel", "to": "Zorbaxel", "relationType": "houses zorbaxel"}]}""");
        assertThat(Traces.of(data, SECRET)).isNotEmpty();
        forget("entity", "Zorbaxel");
        checkErased("entity");

        tool("add_observations", """
                {"observations": [{"entityName": "Kennel", "contents": ["zorbaxel sleeps here", "it is small"]}]}""");
        String observation = get("/entities/Kennel").objects("observations").stream()
                .filter(one -> one.string("content").contains(SECRET))
                .findFirst()
                .orElseThrow()
                .string("id");
        forget("observation", observation);
        checkErased("observation");
        assertThat(get("/entities/Kennel").objects("observations")).hasSize(1);

        tool("create_relations", """
                {"relations": [{"from": "Kennel", "to": "Lisbon", "relationType": "guarded by zorbaxel"}]}""");
        forget(
                "relation",
                get("/entities/Kennel").objects("relations").getFirst().string("id"));
        checkErased("relation");
    }
}
