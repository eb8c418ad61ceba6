package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.server.support.Contract;
import dev.stele.server.support.Http;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The OpenAPI document describes every route, parameter, body and answer; the other tests check their answers against it.
 * {@link OpenApiToolsTest} runs linters and generators over the document; here are the rules that they check.
 */
class OpenApiTest extends ServerTestBase {

    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");
    private static final Pattern SUPPORTED = Pattern.compile("supported: (.*)\\.$");
    private static final Pattern TAKEN = Pattern.compile("it takes (.*)\\.$");

    private JsonObject document;

    /** An operation of the document with its place. */
    private record Operation(String method, String path, JsonObject json) {

        String id() {
            return json.string("operationId");
        }

        List<JsonObject> parameters(String in) {
            return json.objects("parameters").stream()
                    .filter(parameter -> parameter.string("in").equals(in))
                    .toList();
        }

        Set<String> statuses() {
            return json.object("responses").orElseThrow().names();
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    @BeforeEach
    void read() throws Exception {
        document = http.get("/openapi.json").json();
    }

    private List<Operation> operations() {
        var operations = new ArrayList<Operation>();
        document.object("paths")
                .orElseThrow()
                .raw()
                .forEach((path, item) -> ((Map<?, ?>) item).forEach((method, tree) -> {
                    if (!String.valueOf(method).startsWith("x-")) {
                        operations.add(new Operation(
                                String.valueOf(method).toUpperCase(Locale.ROOT),
                                path,
                                JsonObject.of("operation", tree)));
                    }
                }));
        return operations;
    }

    private JsonObject components(String kind) {
        return document.object("components").orElseThrow().object(kind).orElseThrow();
    }

    /** Calls a visitor with each object of a tree and its path. */
    private static void visit(String path, Object tree, Visitor visitor) {
        switch (tree) {
            case Map<?, ?> map -> {
                visitor.visit(path, map);
                map.forEach((name, value) -> visit(path + "/" + name, value, visitor));
            }
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    visit(path + "/" + i, list.get(i), visitor);
                }
            }
            case null, default -> {}
        }
    }

    private interface Visitor {
        void visit(String path, Map<?, ?> object);
    }

    @Test
    void documentTellsOfItselfWhatLintersAskFor() {
        assertThat(document.string("openapi")).startsWith("3.1");
        JsonObject info = document.object("info").orElseThrow();
        assertThat(info.names()).contains("title", "version", "description", "contact");
        assertThat(info.map("license")).containsKeys("name", "identifier");
        assertThat(document.objects("servers"))
                .isNotEmpty()
                .allSatisfy(server -> assertThat(server.string("url")).doesNotContain("example.com"));
        Set<String> used = new TreeSet<>();
        operations().forEach(operation -> used.addAll(operation.json().strings("tags")));
        assertThat(document.objects("tags"))
                .allSatisfy(tag -> assertThat(tag.string("description")).isNotBlank())
                .extracting(tag -> tag.string("name"))
                .containsExactlyInAnyOrderElementsOf(used);
        assertThat(Json.write(document.raw())).doesNotContain("<script", "eval(");
    }

    @Test
    void everyOperationHasANameATextItsParametersAndItsAnswers() {
        var ids = new ArrayList<String>();
        for (Operation operation : operations()) {
            JsonObject json = operation.json();
            ids.add(operation.id());
            assertThat(operation.id()).as("%s", operation).matches("[a-z][A-Za-z]*");
            assertThat(json.string("summary")).as("%s", operation).isNotBlank();
            assertThat(json.string("description")).as("%s", operation).hasSizeGreaterThan(20);
            assertThat(json.strings("tags")).as("%s", operation).hasSize(1);
            assertThat(operation.statuses())
                    .as("%s", operation)
                    .contains("default")
                    .anyMatch(status -> status.matches("[23]\\d\\d"))
                    .anyMatch(status -> status.matches("4\\d\\d"));
            assertThat(operation.path())
                    .satisfiesAnyOf(
                            path -> assertThat(path).isEqualTo("/"),
                            path -> assertThat(path).doesNotEndWith("/"));
            var inPath = PARAMETER
                    .matcher(operation.path())
                    .results()
                    .map(match -> match.group(1))
                    .toList();
            assertThat(operation.parameters("path"))
                    .as("%s", operation)
                    .allMatch(parameter -> parameter.optionalBoolean("required").orElse(false))
                    .extracting(parameter -> parameter.string("name"))
                    .containsExactlyElementsOf(inPath);
            assertThat(json.objects("parameters"))
                    .as("%s", operation)
                    .allSatisfy(parameter -> assertThat(parameter.optionalString("description"))
                            .as("%s", parameter.raw("name"))
                            .isPresent())
                    .extracting(parameter -> parameter.string("in") + " " + parameter.string("name"))
                    .doesNotHaveDuplicates();
        }
        assertThat(ids).hasSizeGreaterThan(100).doesNotHaveDuplicates();
    }

    @Test
    void noRequestFitsTwoPathsThatAreEquallyExact() {
        List<String> paths = List.copyOf(document.object("paths").orElseThrow().names());
        for (String first : paths) {
            for (String second : paths) {
                String[] one = first.split("/", -1);
                String[] two = second.split("/", -1);
                boolean ambiguous = !first.equals(second) && one.length == two.length;
                for (int i = 0; i < one.length && ambiguous; i++) {
                    ambiguous = one[i].equals(two[i]) || one[i].startsWith("{") || two[i].startsWith("{");
                }
                assertThat(ambiguous).as("%s and %s", first, second).isFalse();
            }
        }
    }

    @Test
    void everyReferenceHasItsTargetAndEveryComponentAReference() {
        Set<String> references = new TreeSet<>();
        visit("#", document.raw(), (path, object) -> {
            // Linters do not look into extensions.
            if (object.get("$ref") instanceof String reference && !path.contains("/x-")) {
                references.add(reference);
            }
        });
        Set<String> components = new TreeSet<>();
        for (String kind : List.of("schemas", "responses", "headers")) {
            components(kind).names().forEach(name -> components.add("#/components/" + kind + "/" + name));
        }
        assertThat(references).hasSizeGreaterThan(100).isEqualTo(components);
    }

    @Test
    void everySchemaIsComplete() {
        visit("#", document.raw(), (path, object) -> {
            if (path.contains("/example")) {
                return;
            }
            if (object.get("required") instanceof List<?> required
                    && object.get("properties") instanceof Map<?, ?> known) {
                assertThat(known.keySet().containsAll(required)).as(path).isTrue();
            }
            if (object.get("enum") instanceof List<?> values) {
                assertThat(object.get("type")).as(path).isEqualTo("string");
                assertThat(values).as(path).isNotEmpty().doesNotHaveDuplicates().allMatch(String.class::isInstance);
            }
            if ("array".equals(object.get("type")) && !path.endsWith("/properties")) {
                assertThat(object.containsKey("items")).as(path).isTrue();
            }
        });
    }

    @Test
    void everyExampleIsOneOfItsSchema() throws Exception {
        Contract contract = http.contract();
        var problems = new TreeMap<String, Object>();
        var examples = new ArrayList<String>();
        visit("#", document.raw(), (path, object) -> {
            if (object.containsKey("example") && object.get("schema") instanceof Map<?, ?> schema) {
                examples.add(path);
                var found = contract.problems(JsonObject.of("schema", schema).raw(), object.get("example"));
                if (!found.isEmpty()) {
                    problems.put(path, found);
                }
            }
        });
        assertThat(problems).isEmpty();
        assertThat(examples).hasSizeGreaterThan(200);
        for (Operation operation : operations()) {
            assertThat(operation.json().object("requestBody").map(body -> Json.write(body.raw())))
                    .as("an example of the body of %s", operation)
                    .satisfiesAnyOf(
                            body -> assertThat(body).isEmpty(),
                            body -> assertThat(body.orElseThrow()).contains("\"example\""));
        }
    }

    @Test
    void streamsAndTheWebSocketAreDescribed() throws Exception {
        var streams = new TreeSet<String>();
        for (Operation operation : operations()) {
            visit("", operation.json().raw("responses"), (path, object) -> {
                if (object.get("text/event-stream") instanceof Map<?, ?> media) {
                    assertThat(media.get("schema").toString())
                            .as("%s", operation)
                            .endsWith("Event}");
                    streams.add(operation.id());
                }
            });
        }
        assertThat(streams)
                .containsExactlyInAnyOrder(
                        "chat",
                        "explainSelection",
                        "followServer",
                        "listChanges",
                        "receiveMcpEvents",
                        "sendMcpMessage");
        JsonObject socket = document.object("paths")
                .orElseThrow()
                .object("/v1/agents/{agent}/chat")
                .orElseThrow()
                .object("x-websocket")
                .orElseThrow();
        assertThat(socket.string("description")).contains("compression", "subprotocol", "426");
        Contract contract = http.contract();
        for (String line : new String(
                        OpenApiTest.class
                                .getResourceAsStream("/fuzz/frames.txt")
                                .readAllBytes(),
                        StandardCharsets.UTF_8)
                .lines()
                .toList()) {
            var frame = new LinkedHashMap<>(Json.readObject("frame", line).raw());
            frame.replace("after", "m1");
            assertThat(contract.problemsOfSentFrame(frame)).as(line).isEmpty();
        }
        assertThat(contract.problemsOfSentFrame(Map.of("type", "dance"))).isNotEmpty();
        assertThat(contract.problemsOfReceivedFrame(Map.of("type", "pong", "more", 1L)))
                .isNotEmpty();
    }

    // ---- the document and the code that answers

    /** Ids of items that the story of the examples creates and that have no id of the caller. */
    private final Map<String, String> generated = new HashMap<>();

    private String path(Operation operation) {
        String path = operation.path();
        for (JsonObject parameter : operation.parameters("path")) {
            String name = parameter.string("name");
            String value = Optional.ofNullable(generated.get(operation.path() + " " + name))
                    .or(() -> parameter.optionalString("example"))
                    .orElse("none");
            path = path.replace("{" + name + "}", URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
        return path;
    }

    private static Optional<Object> example(Operation operation) {
        return operation
                .json()
                .object("requestBody")
                .flatMap(body -> body.object("content"))
                .flatMap(content -> content.object("application/json"))
                .map(media -> media.raw("example"));
    }

    private Http.Answer send(Operation operation, String query, Object body) throws Exception {
        return http.send(
                operation.method(),
                path(operation) + query,
                body == null ? null : Json.write(body),
                "Accept",
                "application/json, text/event-stream",
                AccessFilter.CLIENT_HEADER,
                "test");
    }

    /** Sends the examples of all bodies in their order; each must be accepted. */
    private Map<String, Operation> tellTheStory() throws Exception {
        http.post("/v1/agents/ben/messages", "{\"content\":\"I like rain.\"}");
        Map<String, Operation> byId = new HashMap<>();
        operations().forEach(operation -> byId.put(operation.id(), operation));
        for (String id : OpenApiExamples.operations()) {
            Operation operation = byId.get(id);
            Object body = example(operation).orElseThrow();
            if (Set.of("logIn", "createKey", "restoreBackup").contains(id)) {
                continue; // the key and the backup of the examples are none of this server
            }
            Http.Answer answer = send(operation, "", body);
            assertThat(answer.status()).as("%s: %s", operation, answer.body()).isBetween(200, 299);
            if (id.equals("putRelation")) {
                generated.put(
                        "/v1/agents/{agent}/relations/{id} id", answer.json().string("id"));
            }
        }
        return byId;
    }

    @Test
    void examplesOfBodiesAreAcceptedAndFieldsThatNoSchemaNamesAreRefused() throws Exception {
        var differences = new TreeMap<String, String>();
        var checked = new TreeSet<String>();
        for (Operation operation : tellTheStory().values()) {
            Optional<Object> example = example(operation);
            if (example.isEmpty()
                    || Set.of("importFile", "processHook", "runMemoryTool", "sendMcpMessage")
                            .contains(operation.id())) {
                continue; // these take fields of other programs
            }
            var body = new LinkedHashMap<String, Object>(
                    JsonObject.of("body", example.get()).raw());
            body.put("zzz", 1L);
            Http.Answer answer = send(operation, "", body);
            var known = TAKEN.matcher(answer.json().optionalString("detail").orElse(""));
            assertThat(answer.status() == 400 && known.find())
                    .as("%s: %s", operation, answer.body())
                    .isTrue();
            Set<String> described = new TreeSet<>(fields(operation));
            Set<String> taken = new TreeSet<>(List.of(known.group(1).split(", ", -1)));
            if (!described.equals(taken)) {
                differences.put(operation.toString(), described + " but takes " + taken);
            }
            checked.add(operation.id());
        }
        assertThat(differences).isEmpty();
        assertThat(checked).hasSizeGreaterThan(25);
    }

    private Set<String> fields(Operation operation) {
        String reference = operation
                .json()
                .object("requestBody")
                .flatMap(body -> body.object("content"))
                .flatMap(content -> content.object("application/json"))
                .flatMap(media -> media.object("schema"))
                .orElseThrow()
                .string("$ref")
                .replaceAll(".*/", "");
        return components("schemas")
                .object(reference.equals("Messages") ? "Message" : reference)
                .flatMap(schema -> schema.object("properties"))
                .orElseThrow()
                .names();
    }

    @Test
    void parametersOfQueriesAreExactlyThoseThatTheRoutesTake() throws Exception {
        tellTheStory();
        var differences = new TreeMap<String, String>();
        int checked = 0;
        for (Operation operation : operations()) {
            if (Set.of("getHealth", "getReadiness", "getOpenApi", "getDashboard", "getAsset")
                    .contains(operation.id())) {
                continue; // these take whatever a monitor or a browser adds
            }
            boolean isFile = operation.id().equals("addDocument");
            Http.Answer answer = isFile
                    ? http.post(
                            path(operation) + "?zzz=1", "text", "Content-Type", "text/plain", "X-Stele-Client", "test")
                    : send(operation, "?zzz=1", example(operation).orElse(null));
            var known = SUPPORTED.matcher(
                    answer.body().isEmpty()
                            ? ""
                            : answer.json().optionalString("detail").orElse(""));
            assertThat(answer.status() == 400 && known.find())
                    .as("%s: %s", operation, answer.body())
                    .isTrue();
            Set<String> described = new TreeSet<>();
            operation.parameters("query").forEach(parameter -> described.add(parameter.string("name")));
            Set<String> taken = new TreeSet<>(List.of(known.group(1).split(", ", -1)));
            taken.remove("none");
            if (!described.equals(taken)) {
                differences.put(operation.toString(), described + " but takes " + taken);
            }
            checked++;
        }
        assertThat(differences).isEmpty();
        assertThat(checked).isGreaterThan(90);
    }

    @Test
    void checkOfAnswersFindsWhatTheDocumentDoesNotSay() throws Exception {
        Contract contract = http.contract();
        HttpHeaders json = headers("Content-Type", "application/json");
        String page = "{\"items\":[\"kira\"]}";
        contract.check("GET", "/v1/agents", new Http.Answer(200, page, json));
        for (var wrong : Map.of("{\"items\":[\"kira\"],\"more\":1}", 200, "{\"items\":[1]}", 200, "{}", 200, page, 201)
                .entrySet()) {
            assertRefused(contract, "/v1/agents", new Http.Answer(wrong.getValue(), wrong.getKey(), json));
        }
        String problem = "{\"type\":\"urn:stele:x\",\"title\":\"X\",\"status\":409,\"detail\":\"x\"}";
        HttpHeaders problemType = headers("Content-Type", "application/problem+json");
        contract.check("GET", "/v1/agents", new Http.Answer(400, problem, problemType));
        contract.check("GET", "/v1/agents", new Http.Answer(500, problem, problemType));
        assertRefused(contract, "/v1/agents", new Http.Answer(409, problem, problemType));
        assertRefused(contract, "/v1/agents", new Http.Answer(400, problem, json));
        assertRefused(contract, "/v1/agents", new Http.Answer(200, page, headers("Content-Type", "text/html")));
        assertRefused(
                contract,
                "/v1/agents",
                new Http.Answer(200, page, headers("Content-Type", "application/json", "ETag", "\"1\"")));
        HttpHeaders events = headers("Content-Type", "text/event-stream");
        String change =
                "id: 2\nevent: %s\ndata: {\"number\":2,\"at\":\"2026-05-08T13:56:00Z\",\"kind\":\"note.created\"}\n\n";
        String changes = KIRA + "/changes?after=1";
        contract.check(
                "GET", changes, new Http.Answer(200, change.formatted("note.created") + ": still here\n\n", events));
        assertRefused(contract, changes, new Http.Answer(200, change.formatted("note.sung"), events));
        assertRefused(contract, changes, new Http.Answer(200, "event: note.created\ndata: {\"number\":2}\n\n", events));
    }

    private static HttpHeaders headers(String... pairs) {
        var headers = new HashMap<String, List<String>>();
        for (int i = 0; i < pairs.length; i += 2) {
            headers.put(pairs[i], List.of(pairs[i + 1]));
        }
        return HttpHeaders.of(headers, (_, _) -> true);
    }

    private static void assertRefused(Contract contract, String target, Http.Answer answer) {
        assertThatThrownBy(() -> contract.check("GET", target, answer))
                .as("%s", answer)
                .isInstanceOf(AssertionError.class);
    }
}
