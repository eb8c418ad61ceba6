package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.concurrent.WorkLimits;
import dev.stele.config.SteleConfig;
import dev.stele.model.EntityDraft;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NoteDraft;
import dev.stele.server.documents.DocumentParser;
import dev.stele.server.support.Contract;
import dev.stele.server.support.HostileDocuments;
import dev.stele.server.support.Http;
import dev.stele.server.support.RawHttpClient;
import dev.stele.server.support.TestOptions;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.io.StringWriter;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fuzz test with mutated requests, frames, documents and import lines on one server. No input may make the server fail
 * or hang, and refused input may not be stored.
 *
 * <p>The corpus is in the test resources; the OpenAPI document adds a request for every operation, and the list of tools
 * calls of every tool. Each answer must be one that the document describes. A failure prints its seed and its bytes; these are then added to {@code
 * fuzz/found.txt}, which is sent first in every run.
 */
@Timeout(600)
class FuzzTest {

    private static final String[] HOSTILE_VALUES = {
        "null",
        "true",
        "-1",
        "0",
        "9223372036854775807",
        "-9223372036854775809",
        "1e308",
        "1e-400",
        "0.5",
        "\"\"",
        "\" \"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\u202e\\u2028\"",
        "\"+999999999-12-31T23:59:59Z\"",
        "\"../../etc/passwd\"",
        "\"%s%n%x\"",
        "\"' OR 1=1 --\"",
        "\"" + "x".repeat(2_000) + "\"",
        "\"" + "é\uD83D\uDE00".repeat(300) + "\"",
        "[]",
        "{}",
        "[null]",
        "[[[[[[[[]]]]]]]]",
        "{\"\":{\"\":{}}}",
        "[1,\"a\",null,{}]"
    };

    private static final String MCP = "/mcp?agent=kira&tools=all";
    private static final String REVISION = "2026-07-28";

    private static final String[] PATH_PARTS = {
        "%00",
        "%ff",
        "..",
        "%2e%2e",
        "%2f",
        ";a=b",
        "+",
        "%",
        "a".repeat(1_500),
        "é",
        "%F0%9F%98%80",
        "kira",
        "~",
        "?",
        "&&",
        "limit=-1",
        "limit=99999999999",
        "after=x",
        "as_of=yesterday",
        "="
    };

    @TempDir
    Path data;

    private Stele stele;
    private SteleServer server;
    private List<String> exported = List.of();
    private Contract contract;

    @BeforeEach
    void start() throws Exception {
        stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()));
        server = new SteleServer(
                stele,
                TestOptions.small()
                        .maxBodyBytes(2 << 20)
                        .requestBytes(32 << 20)
                        .bodyGrace(Duration.ofSeconds(2))
                        .documents(new DocumentParser.Limits(Duration.ofSeconds(2), 256 << 20, 10_000, 2, 16))
                        .requestLimits(WorkLimits.DEFAULT.withTime(Duration.ofSeconds(10)))
                        .build());
        var memory = stele.agent("kira");
        try (var http = new Http(server.port())) {
            http.post("/v1/agents/kira/messages", "{\"session\":\"s1\",\"user\":\"ana\",\"content\":\"I drink tea\"}");
            contract = http.contract();
        }
        memory.graph().put(EntityDraft.of("person", "Ana"));
        memory.notes().create(NoteDraft.of("fact", "Ana drinks tea"));
        var text = new StringWriter();
        memory.export(text);
        exported = text.toString().lines().toList();
    }

    @AfterEach
    void stop() {
        server.close();
        stele.close();
    }

    @Test
    void eightHundredMutatedRequestsAreProcessedOrRefused() throws Exception {
        fuzz(800, Long.getLong("stele.fuzz.seed", System.nanoTime()));
    }

    @Test
    @Tag("proof")
    void twentyThousandMutatedRequestsAreProcessedOrRefused() throws Exception {
        fuzz(20_000, Long.getLong("stele.fuzz.seed", System.nanoTime()));
    }

    private void fuzz(int count, long seed) throws Exception {
        System.out.println("fuzz with -Dstele.fuzz.seed=" + seed);
        RandomGenerator random = new Random(seed);
        for (String found : lines("found.txt")) {
            send(Base64.getDecoder().decode(found), "found before");
        }
        List<String> requests = new ArrayList<>(lines("requests.txt"));
        requests.addAll(operations());
        requests.addAll(toolCalls());
        assertThat(requests).hasSizeGreaterThan(230);
        for (String request : requests) { // the corpus itself
            send(request(request, random, false), request);
        }
        var refused = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            switch (random.nextInt(10)) {
                case 0 -> frame(random);
                case 1 -> document(random);
                case 2 -> importLines(random, "fz" + i + "q", refused);
                case 3 -> remember(random, "fz" + i + "q", refused);
                case 4 -> {
                    byte[] bytes = request(requests.get(random.nextInt(requests.size())), random, false);
                    send(flip(bytes, random), "flipped");
                }
                default -> {
                    String request = requests.get(random.nextInt(requests.size()));
                    send(request(request, random, true), request);
                }
            }
        }
        assertWhole(refused);
    }

    /**
     * Returns a request for each operation of the OpenAPI document, with its examples. Deleting the agent is left out,
     * because most other requests would then be about nothing.
     */
    private List<String> operations() {
        var lines = new ArrayList<String>();
        contract.document()
                .object("paths")
                .orElseThrow()
                .raw()
                .forEach((template, item) -> JsonObject.of("path", item).raw().forEach((method, tree) -> {
                    JsonObject operation = JsonObject.of("operation", tree);
                    if (method.startsWith("x-")
                            || operation.string("operationId").equals("deleteAgent")) {
                        return;
                    }
                    String path = template;
                    var query = new StringBuilder();
                    for (JsonObject parameter : operation.objects("parameters")) {
                        String name = parameter.string("name");
                        Optional<String> value = sample(parameter);
                        if (parameter.string("in").equals("path")) {
                            path = path.replace("{" + name + "}", value.orElse("x"));
                        } else if (parameter.string("in").equals("query") && value.isPresent()) {
                            query.append(query.isEmpty() ? '?' : '&')
                                    .append(name)
                                    .append('=')
                                    .append(URLEncoder.encode(value.get(), StandardCharsets.UTF_8));
                        }
                    }
                    Optional<Object> body = operation
                            .object("requestBody")
                            .flatMap(content -> content.object("content"))
                            .flatMap(types -> types.object("application/json"))
                            .map(media -> media.raw("example"));
                    lines.add(method.toUpperCase(Locale.ROOT) + " " + path + query
                            + body.map(json -> " " + Json.write(json)).orElse(""));
                }));
        return lines;
    }

    /** Returns a value of a parameter; empty for texts without an example, such as cursors, which any value breaks. */
    private static Optional<String> sample(JsonObject parameter) {
        JsonObject schema = parameter.object("schema").orElseThrow();
        return Optional.ofNullable(parameter.raw("example"))
                .map(String::valueOf)
                .or(() -> switch (schema.optionalString("type").orElse("")) {
                    case "boolean" -> Optional.of("true");
                    case "integer" -> Optional.of("3");
                    case "number" -> Optional.of("0.5");
                    default -> Optional.empty();
                });
    }

    /** Returns two calls of each tool, one with the required arguments only. */
    private List<String> toolCalls() throws Exception {
        var lines = new ArrayList<String>();
        try (var http = new Http(server.port())) {
            http.post(
                            MCP,
                            mcpMessage("tools/list", Map.of()),
                            "Accept",
                            "application/json, text/event-stream",
                            "MCP-Protocol-Version",
                            REVISION,
                            "Mcp-Method",
                            "tools/list")
                    .json()
                    .object("result")
                    .orElseThrow()
                    .objects("tools")
                    .forEach(tool -> {
                        for (boolean whole : new boolean[] {true, false}) {
                            lines.add("POST " + MCP + " "
                                    + mcpMessage(
                                            "tools/call",
                                            Map.of(
                                                    "name",
                                                    tool.string("name"),
                                                    "arguments",
                                                    argument(
                                                            tool.object("inputSchema")
                                                                    .orElseThrow(),
                                                            whole))));
                        }
                    });
        }
        return lines;
    }

    private static String mcpMessage(String method, Map<String, ?> params) {
        var all = new LinkedHashMap<String, Object>(params);
        all.put(
                "_meta",
                Map.of(
                        "io.modelcontextprotocol/protocolVersion",
                        REVISION,
                        "io.modelcontextprotocol/clientCapabilities",
                        Map.of()));
        return Json.write(Json.fields()
                .put("jsonrpc", "2.0")
                .put("id", 1)
                .put("method", method)
                .keep("params", all)
                .map());
    }

    /** Returns a value of a schema, with all properties or only the required ones. */
    private static Object argument(JsonObject schema, boolean whole) {
        return switch (schema.optionalString("type").orElse("string")) {
            case "object" -> {
                var fields = new LinkedHashMap<String, Object>();
                schema.object("properties")
                        .ifPresent(properties -> properties.raw().forEach((name, property) -> {
                            if (whole || schema.strings("required").contains(name)) {
                                fields.put(name, argument(JsonObject.of(name, property), whole));
                            }
                        }));
                yield fields;
            }
            case "array" -> List.of(argument(schema.object("items").orElseThrow(), whole));
            case "integer" -> 1L;
            case "number" -> 0.5;
            case "boolean" -> false;
            default -> schema.has("enum") ? schema.strings("enum").getFirst() : "Ana";
        };
    }

    private static List<String> lines(String name) throws IOException {
        try (var in = FuzzTest.class.getResourceAsStream("/fuzz/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
        }
    }

    private void assertWhole(List<String> refused) throws Exception {
        try (var http = new Http(server.port())) {
            assertThat(http.get("/health").status()).isEqualTo(200);
            assertThat(http.post("/v1/agents/kira/messages", "{\"content\":\"still here\"}")
                            .status())
                    .isEqualTo(201);
            assertThat(http.post("/v1/agents/kira/recall", "{\"query\":\"still here\"}")
                            .status())
                    .isEqualTo(200);
        }
        for (var agent : stele.agents()) {
            assertThat(stele.agent(agent.value()).verify().problems()).isEmpty();
        }
        var text = new StringWriter();
        stele.agent("kira").export(text);
        String stored = text.toString();
        assertThat(refused).isNotEmpty().noneMatch(stored::contains);
    }

    // ---- requests

    private int send(byte[] request, String what) throws IOException {
        int status;
        String answer;
        try (var raw = new RawHttpClient(server.port())) {
            raw.send(request);
            raw.endOutput(); // ends a request whose announced body does not arrive
            answer = raw.rest();
        } catch (SocketTimeoutException e) {
            throw failed(request, what, "no answer");
        }
        status = answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : 0;
        try {
            checkDescribed(request, status, answer);
        } catch (AssertionError | RuntimeException e) {
            throw failed(request, what + "\n" + e.getMessage(), answer);
        }
        if (status == 500 || answer.contains("\tat ") || answer.contains("Exception") || answer.contains("java.lang")) {
            throw failed(request, what, answer);
        }
        return status;
    }

    /** Asserts that an answer is one that the OpenAPI document describes. */
    private void checkDescribed(byte[] request, int status, String answer) {
        String[] line = new String(request, StandardCharsets.ISO_8859_1).split("\r\n", 2)[0].split(" ", -1);
        int end = answer.indexOf("\r\n\r\n");
        if (line.length != 3 || end < 0) {
            return;
        }
        var headers = new LinkedHashMap<String, List<String>>();
        for (String header : answer.substring(0, end).split("\r\n", -1)) {
            String[] parts = header.split(": ", 2);
            headers.put(parts[0], List.of(parts.length > 1 ? parts[1] : ""));
        }
        HttpHeaders received = HttpHeaders.of(headers, (_, _) -> true);
        // Of streams, which have no length, only the begin was received.
        int length = Math.toIntExact(received.firstValueAsLong("Content-Length").orElse(0));
        byte[] body = answer.substring(end + 4).getBytes(StandardCharsets.UTF_8);
        String whole = body.length < length ? "" : new String(body, 0, length, StandardCharsets.UTF_8);
        contract.check(line[0], line[1], new Http.Answer(status, whole, received));
    }

    private static AssertionError failed(byte[] request, String what, String answer) {
        return new AssertionError("%s\nanswer: %s\nsent: %s\nfor fuzz/found.txt: %s"
                .formatted(
                        what,
                        answer.substring(0, Math.min(2_000, answer.length())),
                        new String(request, 0, Math.min(2_000, request.length), StandardCharsets.UTF_8),
                        Base64.getEncoder().encodeToString(request)));
    }

    private static byte[] request(String line, RandomGenerator random, boolean mutate) {
        String[] parts = line.split(" ", 3);
        String path = parts[1];
        String body = parts.length > 2 ? parts[2] : "";
        String method = parts[0];
        List<String> headers = new ArrayList<>(path.startsWith("/mcp") ? mcpHeaders(body) : List.of());
        if (mutate) {
            if (body.isEmpty() || random.nextInt(4) == 0) {
                path = mutatePath(path, random);
            }
            if (!body.isEmpty()) {
                body = mutateJson(body, random);
            }
            if (random.nextInt(20) == 0) {
                method = List.of("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "FOO")
                        .get(random.nextInt(9));
            }
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        headers.addAll(List.of(
                "Connection: close",
                "Accept: application/json, text/event-stream",
                "Content-Type: application/json",
                "Content-Length: " + bytes.length));
        String head = RawHttpClient.head(method, path, headers.toArray(String[]::new));
        return join(head.getBytes(StandardCharsets.UTF_8), bytes);
    }

    /** Returns the headers that repeat parts of a message of the stateless revision. */
    private static List<String> mcpHeaders(String body) {
        if (!body.contains("_meta")) {
            return List.of(); // a message of a revision with sessions
        }
        JsonObject message = Json.readObject("message", body);
        JsonObject params = JsonObject.of("params", message.map("params"));
        return Stream.concat(
                        Stream.of("MCP-Protocol-Version: " + REVISION, "Mcp-Method: " + message.string("method")),
                        params.optionalString("name").or(() -> params.optionalString("uri")).stream()
                                .map(name -> "Mcp-Name: " + name))
                .toList();
    }

    private static String mutatePath(String path, RandomGenerator random) {
        String part = PATH_PARTS[random.nextInt(PATH_PARTS.length)];
        return switch (random.nextInt(3)) {
            case 0 -> {
                String[] parts = path.split("/", -1);
                parts[random.nextInt(parts.length)] = part;
                String joined = String.join("/", parts);
                yield joined.startsWith("/") ? joined : "/" + joined;
            }
            case 1 -> path + (path.contains("?") ? "&" : "?") + part;
            default -> path.replaceAll("=[^&]*", "=" + part.replace("?", "").replace("$", ""));
        };
    }

    /** Replaces a random value by one of another type, or corrupts the text. */
    private static String mutateJson(String json, RandomGenerator random) {
        if (random.nextInt(8) == 0) {
            return new String(flip(json.getBytes(StandardCharsets.UTF_8), random), StandardCharsets.ISO_8859_1);
        }
        String value = HOSTILE_VALUES[random.nextInt(HOSTILE_VALUES.length)];
        Object tree = Json.read(json);
        int count = countValues(tree);
        var chosen = new int[] {random.nextInt(count)};
        return Json.write(replaced(tree, chosen, "\u0001")).replace("\"\\u0001\"", value);
    }

    private static int countValues(Object tree) {
        return switch (tree) {
            case Map<?, ?> map ->
                1
                        + map.values().stream()
                                .mapToInt(value -> countValues(orEmpty(value)))
                                .sum();
            case List<?> list ->
                1 + list.stream().mapToInt(value -> countValues(orEmpty(value))).sum();
            default -> 1;
        };
    }

    private static Object orEmpty(Object value) {
        return value == null ? "" : value;
    }

    private static Object replaced(Object tree, int[] remaining, String replacement) {
        if (remaining[0]-- == 0) {
            return replacement;
        }
        if (tree instanceof Map<?, ?> map) {
            var copy = new LinkedHashMap<String, Object>();
            map.forEach((key, value) -> copy.put(String.valueOf(key), replaced(value, remaining, replacement)));
            return copy;
        }
        if (tree instanceof List<?> list) {
            var copy = new ArrayList<Object>();
            list.forEach(value -> copy.add(replaced(value, remaining, replacement)));
            return copy;
        }
        return tree;
    }

    private static byte[] flip(byte[] bytes, RandomGenerator random) {
        byte[] copy = bytes.clone();
        for (int i = random.nextInt(1, 6); i > 0 && copy.length > 0; i--) {
            int at = random.nextInt(copy.length);
            switch (random.nextInt(4)) {
                case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> copy[at] = (byte) random.nextInt(256);
                case 2 -> copy = Arrays.copyOf(copy, Math.max(1, at));
                default -> {
                    int length = Math.min(random.nextInt(1, 40), copy.length - at);
                    copy = join(Arrays.copyOf(copy, at + length), Arrays.copyOfRange(copy, at, copy.length));
                }
            }
        }
        return copy;
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    // ---- refused input is not stored

    private void remember(RandomGenerator random, String marker, List<String> refused) throws IOException {
        String json = mutateJson(
                Json.write(Json.fields()
                        .put("id", marker)
                        .put("session", "fz")
                        .put("user", "ana")
                        .put("role", "user")
                        .put("content", "I keep " + marker)
                        .put("at", "2026-05-08T13:56:00Z")
                        .keep("metadata", Map.of("a", marker))
                        .map()),
                random);
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        String route = random.nextBoolean() ? "messages" : "notes";
        int status = send(
                join(
                        RawHttpClient.head(
                                        "POST",
                                        "/v1/agents/kira/" + route,
                                        "Connection: close",
                                        "Content-Type: application/json",
                                        "Content-Length: " + bytes.length)
                                .getBytes(StandardCharsets.UTF_8),
                        bytes),
                "remembering");
        if (status >= 400) {
            refused.add(marker);
        }
    }

    private void importLines(RandomGenerator random, String marker, List<String> refused) throws IOException {
        List<String> corpus = random.nextBoolean() ? exported : lines("lines.txt");
        var text = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            text.append(mutateJson(corpus.get(random.nextInt(corpus.size())), random))
                    .append('\n');
        }
        text.append("{\"role\":\"robot\",\"content\":\"I keep ").append(marker).append("\"}\n"); // no such role
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        send(
                join(
                        RawHttpClient.head(
                                        "POST",
                                        "/v1/agents/kira/import",
                                        "Connection: close",
                                        "Content-Type: application/x-ndjson",
                                        "Content-Length: " + bytes.length)
                                .getBytes(StandardCharsets.UTF_8),
                        bytes),
                "import");
        refused.add("I keep " + marker);
    }

    // ---- documents

    private void document(RandomGenerator random) throws IOException {
        List<HostileDocuments.Sample> good = HostileDocuments.good();
        HostileDocuments.Sample sample = good.get(random.nextInt(good.size()));
        byte[] bytes = flip(sample.bytes(), random);
        send(
                join(
                        RawHttpClient.head(
                                        "POST",
                                        "/v1/agents/kira/documents?collection=f&id=one",
                                        "Connection: close",
                                        "X-Stele-Client: fuzz",
                                        "Content-Type: " + sample.type(),
                                        "Content-Length: " + bytes.length)
                                .getBytes(StandardCharsets.UTF_8),
                        bytes),
                sample.name());
    }

    // ---- WebSocket frames

    private void frame(RandomGenerator random) throws IOException {
        List<String> frames = lines("frames.txt");
        byte[] head = RawHttpClient.head(
                        "GET",
                        "/v1/agents/kira/chat",
                        "Upgrade: websocket",
                        "Connection: Upgrade",
                        "Sec-WebSocket-Version: 13",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
                .getBytes(StandardCharsets.UTF_8);
        byte[] all = IntStream.range(0, random.nextInt(1, 6))
                .mapToObj(_ -> {
                    byte[] text = mutateJson(frames.get(random.nextInt(frames.size())), random)
                            .getBytes(StandardCharsets.UTF_8);
                    byte[] frame = frame(text);
                    return random.nextInt(3) == 0 ? flip(frame, random) : frame;
                })
                .reduce(head, FuzzTest::join);
        try (var raw = new RawHttpClient(server.port())) {
            if (random.nextInt(4) == 0) { // before the response to the handshake
                raw.send(all);
            } else {
                raw.send(head);
                raw.status();
                raw.send(Arrays.copyOfRange(all, head.length, all.length));
            }
            raw.endOutput();
            String answer = raw.rest();
            if (answer.contains("\tat ") || answer.contains("Exception")) {
                throw failed(all, "frames", answer);
            }
        } catch (SocketTimeoutException e) {
            throw failed(all, "frames", "no answer");
        }
    }

    /** Returns a text frame, masked with zeros. */
    private static byte[] frame(byte[] text) {
        byte[] head = text.length < 126
                ? new byte[] {(byte) 0x81, (byte) (0x80 | text.length), 0, 0, 0, 0}
                : new byte[] {(byte) 0x81, (byte) 0xfe, (byte) (text.length >> 8), (byte) text.length, 0, 0, 0, 0};
        return join(head, text);
    }
}
