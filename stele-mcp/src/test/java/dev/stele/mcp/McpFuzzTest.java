package dev.stele.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.EntityDraft;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NoteDraft;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated messages of an MCP client over standard input, with calls of all tools whose arguments are made from the
 * schemas of the tools. Each line is answered with valid JSON, the server goes on, and nothing that was refused is
 * stored.
 */
@Timeout(600)
class McpFuzzTest {

    private static final int LINES_BETWEEN_PINGS = 40;

    private static final long MAX_WAIT_SECONDS = 60;

    private static final Pattern UNCLEAR = Pattern.compile("\\b(java|dev\\.stele)\\.|Exception|\\\\tat ");

    private static final List<String> MESSAGES = List.of(
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}",
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
            "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\",\"params\":{\"cursor\":\"a\"}}",
            "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\"}",
            "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"resources/list\"}",
            "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"resources/templates/list\"}",
            "{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"resources/read\",\"params\":{\"uri\":\"stele://agent/kira/notes/n\"}}",
            "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"prompts/list\"}",
            "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"prompts/get\",\"params\":{\"name\":\"a\",\"arguments\":{\"b\":\"c\"}}}",
            "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"completion/complete\",\"params\":{\"ref\":{\"type\":\"ref/resource\",\"uri\":\"stele://agent/{agent}\"},\"argument\":{\"name\":\"agent\",\"value\":\"k\"}}}",
            "{\"jsonrpc\":\"2.0\",\"id\":10,\"method\":\"logging/setLevel\",\"params\":{\"level\":\"debug\"}}",
            "{\"jsonrpc\":\"2.0\",\"id\":11,\"method\":\"resources/subscribe\",\"params\":{\"uri\":\"memory://knowledge-graph\"}}",
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":3,\"reason\":\"a\"}}",
            "{\"jsonrpc\":\"2.0\",\"id\":12,\"result\":{\"action\":\"accept\"}}",
            "[{\"jsonrpc\":\"2.0\",\"id\":13,\"method\":\"ping\"},{\"jsonrpc\":\"2.0\",\"id\":14,\"method\":\"tools/list\"}]",
            "{\"jsonrpc\":\"2.0\",\"id\":15,\"method\":\"tools/list\",\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}}}");

    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "-1",
            "9223372036854775807",
            "-9223372036854775809",
            "1e308",
            "1e-400",
            "\"\"",
            "\" \"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\\u202e\\u2028\"",
            "\"+999999999-12-31T23:59:59Z\"",
            "\"../../etc/passwd\"",
            "\"%s%n\"",
            "\"" + "x".repeat(3_000) + "\"",
            "[]",
            "{}",
            "[null]",
            "[[[[[[[[]]]]]]]]",
            "{\"\":{\"\":{}}}",
            "[1,\"a\",null,{}]");

    private static final List<String> TEXTS = List.of(
            "Ana",
            "Bea",
            "kira",
            "person",
            "knows",
            "n",
            "s1",
            "tea",
            "MATCH (n) RETURN n",
            "2026-05-08T13:56:00Z",
            "/memories/a.md");

    @TempDir
    Path data;

    private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Map<String, Integer> outcomes = new TreeMap<>();
    /** Markers of calls whose ids are those of the answers. */
    private final Map<Long, String> markers = new LinkedHashMap<>();

    private final Set<String> refused = new HashSet<>();
    private Random random;
    private List<JsonObject> tools = List.of();

    private void fuzz(int count, long seed) throws Exception {
        System.out.println("fuzz of MCP with -Dstele.fuzz.seed=" + seed);
        random = new Random(seed);
        Pipe requests = Pipe.open();
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()));
                McpServer server = McpServers.of(stele, Runners.plain(), TaskLimits.DEFAULT);
                OutputStream toServer = Channels.newOutputStream(requests.sink());
                InputStream in = Channels.newInputStream(requests.source())) {
            var memory = stele.agent("kira");
            memory.notes().create(NoteDraft.of("fact", "Ana drinks tea").withId("n"));
            memory.graph().put(EntityDraft.of("person", "Ana", "sings"));
            CompletableFuture<Void> serving = CompletableFuture.runAsync(
                    () -> {
                        try {
                            new StdioTransport(server, new Lines(), 100_000, 8)
                                    .serve(in, memory, new SessionOptions(false, false, ToolProfile.ALL));
                        } catch (IOException | InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    McpFuzzTest::start);
            write(toServer, MESSAGES.getFirst().getBytes(StandardCharsets.UTF_8));
            tools = tools(toServer);
            assertThat(tools).hasSizeGreaterThan(20);
            for (int i = 0; i < count; i++) {
                write(toServer, line(100 + i));
                if (i % LINES_BETWEEN_PINGS == 0) {
                    awaitPing(toServer, "ping-" + i);
                }
            }
            awaitPing(toServer, "ping-last");
            toServer.close();
            serving.get(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
            answers.forEach(this::check);
            System.out.println("lines of MCP: " + outcomes);
            assertThat(memory.verify().problems()).isEmpty();
            var stored = new StringWriter();
            memory.export(stored);
            assertThat(refused).isNotEmpty().noneMatch(stored.toString()::contains);
        }
        assertThat(outcomes).containsKeys("result", "error", "tool error");
    }

    private static void start(Runnable task) {
        Thread.ofPlatform().start(task);
    }

    /** Output of the server, which writes each line at once. A canceled request does not close it, as no file does. */
    private final class Lines extends OutputStream {
        @Override
        public void write(int b) {
            throw new UnsupportedOperationException("a line at once");
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            String line = new String(bytes, from, length, StandardCharsets.UTF_8);
            assertThat(line).endsWith("\n");
            answers.add(line.strip());
        }
    }

    private static void write(OutputStream to, byte[] line) throws IOException {
        to.write(line);
        to.write('\n');
        to.flush();
    }

    private List<JsonObject> tools(OutputStream toServer) throws Exception {
        write(
                toServer,
                "{\"jsonrpc\":\"2.0\",\"id\":\"tools\",\"method\":\"tools/list\"}".getBytes(StandardCharsets.UTF_8));
        while (true) {
            JsonObject answer = Json.readObject("answer", next());
            if ("tools".equals(answer.raw("id"))) {
                return answer.object("result").orElseThrow().objects("tools");
            }
        }
    }

    private String next() throws InterruptedException {
        String line = answers.poll(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(line).as("answer of the server").isNotNull();
        return line;
    }

    /** Waits until the server answers a ping; checks the answers that come before. */
    private void awaitPing(OutputStream toServer, String id) throws Exception {
        write(
                toServer,
                ("{\"jsonrpc\":\"2.0\",\"id\":\"" + id + "\",\"method\":\"ping\"}").getBytes(StandardCharsets.UTF_8));
        String line;
        do {
            line = next();
            check(line);
        } while (!line.contains("\"" + id + "\""));
    }

    private void check(String line) {
        assertThat(UNCLEAR.matcher(line).find()).as(line).isFalse();
        Object answer = Json.read(line);
        if (answer instanceof List<?> batch) {
            batch.forEach(one -> checkOne(one, line));
        } else {
            checkOne(answer, line);
        }
    }

    private void checkOne(@Nullable Object answer, String line) {
        assertThat(answer).as(line).isInstanceOf(Map.class);
        Map<?, ?> fields = (Map<?, ?>) answer;
        assertThat(fields.get("jsonrpc")).as(line).isEqualTo("2.0");
        boolean toolError =
                fields.get("result") instanceof Map<?, ?> result && Boolean.TRUE.equals(result.get("isError"));
        boolean error = fields.get("error") != null;
        outcomes.merge(
                fields.get("method") != null ? "notification" : error ? "error" : toolError ? "tool error" : "result",
                1,
                Integer::sum);
        if ((error || toolError) && fields.get("id") instanceof Long id && markers.containsKey(id)) {
            refused.add(markers.get(id));
        }
    }

    private byte[] line(long id) {
        return switch (random.nextInt(8)) {
            case 0 -> flipped(any(MESSAGES).getBytes(StandardCharsets.UTF_8));
            case 1, 2 -> mutated(any(MESSAGES)).getBytes(StandardCharsets.UTF_8);
            case 3 -> {
                String marker = "fz" + id + "q";
                markers.put(id, marker);
                // The id stays whole, so that the answer tells what became of the marker.
                yield call(id, "remember", "arguments")
                        .replace(
                                "\"arguments\":\"arguments\"",
                                "\"arguments\":" + mutated(Json.write(Map.of("content", "I keep " + marker))))
                        .getBytes(StandardCharsets.UTF_8);
            }
            case 4 -> {
                JsonObject tool = any(tools);
                yield mutated(call(id, tool.string("name"), arguments(tool))).getBytes(StandardCharsets.UTF_8);
            }
            default -> {
                JsonObject tool = any(tools);
                yield call(id, tool.string("name"), arguments(tool)).getBytes(StandardCharsets.UTF_8);
            }
        };
    }

    private static String call(long id, String tool, @Nullable Object arguments) {
        return Json.write(Json.fields()
                .put("jsonrpc", "2.0")
                .put("id", id)
                .put("method", "tools/call")
                .keep(
                        "params",
                        Json.fields()
                                .put("name", tool)
                                .keep("arguments", arguments)
                                .map())
                .map());
    }

    private @Nullable Object arguments(JsonObject tool) {
        return value(tool.map("inputSchema"), 3);
    }

    /** Makes a value that a schema describes, and now and then one that it does not. */
    private @Nullable Object value(Map<?, ?> schema, int depth) {
        if (random.nextInt(15) == 0) {
            return Json.read(any(VALUES.stream()
                    .filter(value -> !value.contains("ud800") && !value.contains("e-400") && !value.contains("5809"))
                    .toList()));
        }
        if (schema.get("enum") instanceof List<?> values && !values.isEmpty()) {
            return any(values);
        }
        return switch (String.valueOf(schema.get("type"))) {
            case "integer" -> (long) random.nextInt(-1, 20);
            case "number" -> random.nextInt(3) / 2.0;
            case "boolean" -> random.nextBoolean();
            case "array" -> {
                var list = new ArrayList<@Nullable Object>();
                for (int i = random.nextInt(3); i > 0 && depth > 0; i--) {
                    list.add(schema.get("items") instanceof Map<?, ?> items ? value(items, depth - 1) : any(TEXTS));
                }
                yield list;
            }
            case "object" -> {
                var object = new LinkedHashMap<String, @Nullable Object>();
                if (schema.get("properties") instanceof Map<?, ?> properties) {
                    List<?> required = schema.get("required") instanceof List<?> names ? names : List.of();
                    properties.forEach((name, of) -> {
                        boolean wanted = required.contains(name) ? random.nextInt(20) > 0 : random.nextInt(3) == 0;
                        if (wanted && of instanceof Map<?, ?> field && depth > 0) {
                            object.put(String.valueOf(name), value(field, depth - 1));
                        }
                    });
                }
                yield object;
            }
            default -> any(TEXTS);
        };
    }

    private <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    /** Replaces one value of a message by a hostile one, or changes bytes of it. */
    private String mutated(String message) {
        Object tree = Json.read(message);
        var remaining = new int[] {random.nextInt(count(tree))};
        return Json.write(replaced(tree, remaining)).replace("\"\\u0002\"", any(VALUES));
    }

    private static int count(@Nullable Object tree) {
        return switch (tree) {
            case Map<?, ?> map ->
                1 + map.values().stream().mapToInt(McpFuzzTest::count).sum();
            case List<?> list -> 1 + list.stream().mapToInt(McpFuzzTest::count).sum();
            case null, default -> 1;
        };
    }

    private static @Nullable Object replaced(@Nullable Object tree, int[] remaining) {
        if (remaining[0]-- == 0) {
            return "\u0002";
        }
        if (tree instanceof Map<?, ?> map) {
            var copy = new LinkedHashMap<String, @Nullable Object>();
            map.forEach((key, value) -> copy.put(String.valueOf(key), replaced(value, remaining)));
            return copy;
        }
        if (tree instanceof List<?> list) {
            var copy = new ArrayList<@Nullable Object>();
            list.forEach(value -> copy.add(replaced(value, remaining)));
            return copy;
        }
        return tree;
    }

    private byte[] flipped(byte[] bytes) {
        byte[] copy = bytes.clone();
        for (int i = random.nextInt(1, 6); i > 0 && copy.length > 0; i--) {
            int at = random.nextInt(copy.length);
            switch (random.nextInt(3)) {
                case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> copy[at] = (byte) random.nextInt(256);
                default -> copy = Arrays.copyOf(copy, at);
            }
        }
        return copy;
    }

    @Test
    void linesOfAClientAreAnsweredAndTheServerGoesOn() throws Exception {
        fuzz(600, 20_261_130);
    }

    @Test
    @Tag("proof")
    void manyLinesOfAClientAreAnsweredAndTheServerGoesOn() throws Exception {
        fuzz(30_000, Long.getLong("stele.fuzz.seed", System.nanoTime()));
    }
}
