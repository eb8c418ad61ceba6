package dev.stele.graph.cypher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Graph;
import dev.stele.Stele;
import dev.stele.model.EntityDraft;
import dev.stele.model.GraphLimits;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.RelationDraft;
import dev.stele.support.Stores;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Queries that are made from the grammar, and mutations of a corpus. Each is answered, or refused with a documented
 * exception and a clear message, within its limits of time and values, and changes nothing.
 *
 * <p>The corpus is {@code fuzz/cypher.txt}, one query a line. A query that found a defect is added to it.
 */
@Tag("directory")
class CypherFuzzTest {

    private static final GraphLimits LIMITS =
            new GraphLimits(1_000, 1_000, 1_000, 4, 500, 100, 20_000, Duration.ofMillis(500), Duration.ofMinutes(1));

    /** Time for one query, with a pause of the machine; the limit of the graph is far below it. */
    private static final Duration MAX_TIME = Duration.ofSeconds(20);

    /** Heap that one query may allocate; {@link #LIMITS} bounds values and not bytes. */
    private static final long MAX_ALLOCATED = 256 << 20;

    private static final Pattern UNCLEAR =
            Pattern.compile("\\b(java|dev\\.stele|org\\.antlr)\\.|Exception|^\\s*$|StackOverflow|\\bnull pointer\\b");

    private static final List<String> NUMBERS = List.of(
            "0",
            "1",
            "-1",
            "3",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "99999999999999999999999999",
            "2147483648",
            "0x7fffffffffffffff",
            "0xffffffffffffffffff",
            "0o777",
            "1.5",
            ".5",
            "1e308",
            "1e309",
            "1e-400",
            "-0.0");

    private static final List<String> TEXTS = List.of(
            "''",
            "'a'",
            "\"b\"",
            "'Ana'",
            "'\\u0041'",
            "'\\uD800'",
            "'\\U0001F600'",
            "'\\''",
            "'\\\\'",
            "'\\q'",
            "'12'",
            "'1e400'",
            "'-9223372036854775809'",
            "'(a+)+b'",
            "'('",
            "'[a-'",
            "'\\u0000'");

    private static final List<String> FUNCTIONS = List.of(
            "id",
            "type",
            "labels",
            "nodes",
            "relationships",
            "rels",
            "startNode",
            "endNode",
            "properties",
            "keys",
            "length",
            "size",
            "head",
            "last",
            "tail",
            "reverse",
            "toLower",
            "toUpper",
            "trim",
            "lTrim",
            "abs",
            "sign",
            "ceil",
            "floor",
            "round",
            "sqrt",
            "exp",
            "log",
            "log10",
            "sin",
            "cot",
            "atan2",
            "e",
            "pi",
            "rand",
            "timestamp",
            "range",
            "split",
            "replace",
            "substring",
            "left",
            "right",
            "toString",
            "toInteger",
            "toFloat",
            "toBoolean",
            "coalesce",
            "exists",
            "count",
            "sum",
            "avg",
            "min",
            "max",
            "collect",
            "stDev",
            "stDevP",
            "percentileCont",
            "percentileDisc",
            "nothing");

    private static final List<String> TOKENS = List.of(
            "MATCH",
            "OPTIONAL",
            "WHERE",
            "RETURN",
            "WITH",
            "UNWIND",
            "AS",
            "DISTINCT",
            "ORDER BY",
            "SKIP",
            "LIMIT",
            "UNION",
            "UNION ALL",
            "CREATE",
            "DELETE",
            "SET",
            "MERGE",
            "CALL",
            "LOAD CSV",
            "AND",
            "OR",
            "XOR",
            "NOT",
            "IN",
            "IS NULL",
            "CONTAINS",
            "STARTS WITH",
            "=~",
            "CASE",
            "WHEN",
            "THEN",
            "ELSE",
            "END",
            "EXISTS",
            "ALL",
            "COUNT(*)",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "-->",
            "<--",
            "--",
            "-[*]->",
            "-[:a|b*0..3]-",
            "..",
            "|",
            ",",
            ".",
            ":",
            ";",
            "$t",
            "$none",
            "*",
            "+",
            "-",
            "/",
            "%",
            "^",
            "=",
            "<>",
            "<",
            ">=",
            "`",
            "'",
            "\"",
            "/*",
            "*/",
            "//",
            "\n",
            "\u0000",
            "\uD83D",
            "é",
            "0x",
            "1e",
            "_",
            "n",
            "m",
            "r",
            "p",
            "x");

    @TempDir
    Path data;

    private Stele stele;
    private Graph graph;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data).withLimits(Limits.DEFAULT.withGraph(LIMITS)), Optional.empty());
        graph = stele.agent("kira").graph();
        graph.put(List.of(
                EntityDraft.of("person", "Ana", "keeps bees", "sings")
                        .withAttributes(Map.of("age", 40, "city", "Porto", "tags", List.of("a", "b"))),
                EntityDraft.of("person", "Bea").withAttributes(Map.of("age", 31.5)),
                EntityDraft.of("company", "Hive"),
                EntityDraft.of("place", "Porto")));
        graph.relate(RelationDraft.of("Ana", "works_at", "Hive").withWeight(2.5));
        graph.relate(RelationDraft.of("Bea", "works_at", "Hive"));
        graph.relate(RelationDraft.of("Ana", "knows", "Bea"));
        graph.relate(RelationDraft.of("Bea", "knows", "Ana"));
        graph.relate(RelationDraft.of("Hive", "located_in", "Porto"));
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private static List<String> corpus() throws IOException {
        try (var in = CypherFuzzTest.class.getResourceAsStream("/fuzz/cypher.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
        }
    }

    private void fuzz(int count, long seed) throws Exception {
        System.out.println("fuzz of Cypher with -Dstele.fuzz.seed=" + seed);
        var random = new Random(seed);
        var made = new Queries(random);
        List<String> corpus = corpus();
        long before = lastChange();
        var outcomes = new TreeMap<String, Integer>();
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            for (String query : corpus) {
                outcomes.merge(outcome(thread, query), 1, Integer::sum);
            }
            for (int i = 0; i < count; i++) {
                String query = random.nextInt(3) > 0
                        ? made.query()
                        : mutated(random, corpus.get(random.nextInt(corpus.size())), made);
                outcomes.merge(outcome(thread, query), 1, Integer::sum);
            }
        }
        System.out.println("queries: " + outcomes);
        assertThat(outcomes.getOrDefault("answered", 0)).isGreaterThan(count / 20);
        assertThat(lastChange()).as("number of the latest change").isEqualTo(before);
        assertThat(stele.agent("kira").verify().problems()).isEmpty();
    }

    private long lastChange() {
        return stele.agent("kira").changes(0, 1_000).getLast().number();
    }

    /** Runs a query; returns what became of it. */
    private String outcome(ExecutorService thread, String query) throws Exception {
        var running = thread.submit(() -> {
            long allocated = allocated();
            try {
                assertThat(graph.query(query, Map.of("t", "text", "n", 7, "l", List.of(1, "a")), Optional.empty())
                                .rows())
                        .hasSizeLessThanOrEqualTo(LIMITS.rows());
                return "answered";
            } finally {
                assertThat(allocated() - allocated).as("allocated bytes").isLessThan(MAX_ALLOCATED);
            }
        });
        try {
            return running.get(MAX_TIME.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer within " + MAX_TIME + ": " + query, e);
        } catch (ExecutionException e) {
            if ((e.getCause() instanceof InvalidInputException || e.getCause() instanceof LimitExceededException)
                    && !UNCLEAR.matcher(e.getCause().getMessage()).find()) {
                return e.getCause() instanceof LimitExceededException ? "beyond a limit" : "refused";
            }
            throw new AssertionError("undocumented or unclear: " + e.getCause() + " of: " + query, e.getCause());
        }
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }

    private static String mutated(Random random, String query, Queries made) {
        var parts = new ArrayList<>(Arrays.asList(query.split("(?<=\\W)|(?=\\W)")));
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(parts.size());
            String other = switch (random.nextInt(4)) {
                case 0 -> NUMBERS.get(random.nextInt(NUMBERS.size()));
                case 1 -> TEXTS.get(random.nextInt(TEXTS.size()));
                case 2 -> "(" + made.expression(2) + ")";
                default -> TOKENS.get(random.nextInt(TOKENS.size()));
            };
            switch (random.nextInt(6)) {
                case 0 -> parts.set(at, other);
                case 1 -> parts.add(at, other);
                case 2 -> parts.set(at, "");
                case 3 -> parts.set(at, parts.get(random.nextInt(parts.size())));
                case 4 -> parts.set(at, parts.get(at).repeat(random.nextInt(300)));
                default -> parts.subList(at, parts.size()).replaceAll(part -> random.nextInt(8) == 0 ? other : part);
            }
        }
        return String.join("", parts);
    }

    /** Makes queries from the grammar, with variables, values and functions that often do not fit. */
    private static final class Queries {
        private static final int MAX_DEPTH = 3;

        private final Random random;

        Queries(Random random) {
            this.random = random;
        }

        private String any(List<String> of) {
            return of.get(random.nextInt(of.size()));
        }

        private String any(String... of) {
            return of[random.nextInt(of.length)];
        }

        private String list(int max, java.util.function.Supplier<String> item) {
            return IntStream.range(0, random.nextInt(max + 1))
                    .mapToObj(_ -> item.get())
                    .collect(Collectors.joining(", "));
        }

        String query() {
            var query = new StringBuilder();
            for (int part = 0; part == 0 || random.nextInt(8) == 0; part++) {
                query.append(part == 0 ? "" : any(" UNION ", " UNION ALL "));
                if (random.nextInt(5) > 0) { // otherwise most names have no value
                    query.append("MATCH p = (n)-[r]->(m) WITH n, r, m, p, n.age AS x, [1, 'a', 2.5] AS y LIMIT 3 ");
                }
                for (int i = random.nextInt(3); i > 0; i--) {
                    query.append(clause()).append(' ');
                }
                query.append("RETURN ").append(projection());
            }
            return query.toString();
        }

        private String clause() {
            return switch (random.nextInt(5)) {
                case 0 -> "UNWIND " + expression(MAX_DEPTH) + " AS " + fresh();
                case 1 -> "WITH *, " + expression(MAX_DEPTH) + " AS " + fresh() + where();
                case 2 -> "WITH " + projection() + where();
                case 3 -> "OPTIONAL MATCH " + pattern() + where();
                default -> "MATCH " + pattern() + (random.nextInt(4) == 0 ? ", " + pattern() : "") + where();
            };
        }

        /** Returns a name that is rarely taken. */
        private String fresh() {
            return "v" + random.nextInt(100);
        }

        private String where() {
            return random.nextBoolean() ? "" : " WHERE " + expression(MAX_DEPTH);
        }

        private String projection() {
            String items = any("", "", "", "DISTINCT ")
                    + switch (random.nextInt(3)) {
                        case 0 -> "*";
                        case 1 -> expression(MAX_DEPTH) + " AS " + any("x", "n", "z");
                        default -> any("n", "x", "m") + ", " + expression(MAX_DEPTH) + " AS z";
                    };
            return items
                    + (random.nextInt(4) == 0 ? " ORDER BY " + expression(2) + any("", " DESC") : "")
                    + (random.nextInt(6) == 0 ? " SKIP " + expression(1) : "")
                    + (random.nextInt(6) == 0 ? " LIMIT " + expression(1) : "");
        }

        private String pattern() {
            var pattern = new StringBuilder(random.nextInt(4) == 0 ? fresh() + " = " + node() : node());
            for (int i = random.nextInt(3); i > 0; i--) {
                pattern.append(edge()).append(node());
            }
            return pattern.toString();
        }

        private String node() {
            return "("
                    + any("", "n", "m", "x")
                    + any("", "", ":person", ":company", ":person:place")
                    + (random.nextInt(6) == 0 ? " {" + any("name", "age") + ": " + expression(1) + "}" : "")
                    + ")";
        }

        private String edge() {
            return any("-", "<-")
                    + any(
                            "",
                            "[r]",
                            "[]",
                            "[:knows]",
                            "[:knows|works_at]",
                            "[*]",
                            "[*0..2]",
                            "[*..9]",
                            "[*3..1]",
                            "[:knows*99999999999]")
                    + any("-", "->");
        }

        String expression(int depth) {
            if (depth == 0 || random.nextInt(5) < 2) {
                return switch (random.nextInt(5)) {
                    case 0 -> random.nextInt(12) == 0 ? any(NUMBERS) : any("0", "1", "2", "-1", "1.5");
                    case 1 -> random.nextInt(12) == 0 ? any(TEXTS) : any("'a'", "'Ana'", "'12'", "''");
                    case 2 -> any("true", "false", "null", "$t", "$n", "$l");
                    default -> any("n", "m", "r", "p", "x", "y", "n.name", "m.age", "n.tags", "r.weight", "n:person");
                };
            }
            int less = depth - 1;
            return switch (random.nextInt(16)) {
                case 0 -> "[" + list(3, () -> expression(less)) + "]";
                case 1 -> "{" + list(2, () -> any("a", "b", "name") + ": " + expression(less)) + "}";
                case 2, 3 ->
                    "(" + expression(less) + " " + any("+", "-", "*", "/", "%", "^") + " " + expression(less) + ")";
                case 4 ->
                    expression(less) + " " + any("=", "<>", "<", ">", "<=", ">=", "IN", "=~", "CONTAINS", "STARTS WITH")
                            + " " + expression(less);
                case 5 -> "(" + expression(less) + " " + any("AND", "OR", "XOR") + " " + expression(less) + ")";
                case 6 -> any("NOT ", "-", "+") + expression(less);
                case 7 -> expression(less) + any(" IS NULL", " IS NOT NULL");
                case 8 -> "(" + expression(less) + ")[" + expression(less) + "]";
                case 9 -> "(" + expression(less) + ")[" + expression(less) + ".." + expression(less) + "]";
                case 10 ->
                    "CASE " + any("", expression(less)) + " WHEN " + expression(less) + " THEN " + expression(less)
                            + any("", " ELSE " + expression(less)) + " END";
                case 11 ->
                    "[x IN " + expression(less) + any("", " WHERE " + expression(less)) + " | " + expression(less)
                            + "]";
                case 12 ->
                    any("all", "any", "none", "single") + "(x IN " + expression(less) + " WHERE " + expression(less)
                            + ")";
                case 13 ->
                    any(
                            "EXISTS { " + pattern() + " }",
                            "[" + node() + edge() + node() + " | " + expression(less) + "]",
                            "count(*)");
                default -> any(FUNCTIONS) + "(" + any("", "", "DISTINCT ") + list(3, () -> expression(less)) + ")";
            };
        }
    }

    @Test
    void queriesAreAnsweredOrRefusedWithinTheirLimits() throws Exception {
        fuzz(1_000, 20_261_130);
    }

    @Test
    @Tag("proof")
    void manyQueriesAreAnsweredOrRefusedWithinTheirLimits() throws Exception {
        fuzz(300_000, Long.getLong("stele.fuzz.seed", System.nanoTime()));
    }
}
