package dev.stele.bench;

import dev.stele.Graph;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.Direction;
import dev.stele.model.EntityDraft;
import dev.stele.model.RelationDraft;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Benchmark of the knowledge graph at several sizes: calls of MCP tools over standard input, then traversals and paths
 * by the Java API and by openCypher queries. Not thread-safe.
 */
final class GraphBenchmark {

    private static final int BATCH_SIZE = 5_000;
    private static final int WARM_UP_CALLS = 30;
    private static final int NEIGHBORHOOD_DEPTH = 2;

    private final Consumer<String> out;
    private final Random random = new Random(7);

    GraphBenchmark(Consumer<String> out) {
        this.out = out;
    }

    /** Call whose time is measured; {@code i} is negative during warm-up. */
    private interface Call {
        void run(int i) throws IOException;
    }

    /** Runs a call repeatedly after a warm-up. Returns the times in milliseconds, sorted. */
    private static double[] times(int count, Call call) throws IOException {
        for (int i = 0; i < WARM_UP_CALLS; i++) {
            call.run(-1 - i);
        }
        var millis = new double[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            call.run(i);
            millis[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(millis);
        return millis;
    }

    private static double p50(double[] sorted) {
        return sorted[sorted.length / 2];
    }

    private static double p99(double[] sorted) {
        return sorted[Math.min(sorted.length - 1, sorted.length * 99 / 100)];
    }

    /**
     * Measures the two tools that agents call most, as a client of the MCP server.
     *
     * @param sizes numbers of existing entities; one measurement for each
     * @param calls number of calls of each tool
     * @param reference script of the reference server, which is measured too if given
     */
    void measureTools(List<Integer> sizes, int calls, Optional<Path> reference) throws IOException {
        out.accept("%-10s %9s  %s"
                .formatted("server", "entities", "create_entities p50  p99 ms   search_nodes p50  p99 ms"));
        for (int size : sizes) {
            Path data = Files.createTempDirectory("stele-bench");
            try {
                createEntities(data, size);
                try (var stele = new McpProcess(mcpCommand(data), Map.of())) {
                    measureTools("stele", stele, size, calls);
                }
            } finally {
                TempDirectories.delete(data);
            }
            if (reference.isPresent()) {
                Path file = Files.createTempFile("reference", ".jsonl");
                var lines = new StringBuilder();
                for (int i = 0; i < size; i++) {
                    lines.append(
                            "{\"type\":\"entity\",\"name\":\"%s\",\"entityType\":\"thing\",\"observations\":[\"%s\"]}\n"
                                    .formatted(name(i), fact(i)));
                }
                Files.writeString(file, lines, StandardCharsets.UTF_8);
                try (var referenceServer = new McpProcess(
                        List.of("node", reference.get().toString()), Map.of("MEMORY_FILE_PATH", file.toString()))) {
                    measureTools("reference", referenceServer, size, calls);
                } finally {
                    Files.delete(file);
                }
            }
        }
    }

    private static List<String> mcpCommand(Path data) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.stele.cli.Start",
                "mcp",
                "--agent",
                "bench",
                "--data",
                data.toString(),
                "--set",
                "memory.embedder=none");
    }

    private void measureTools(String name, McpProcess server, int size, int calls) throws IOException {
        double[] create = times(
                calls,
                i -> server.call(
                        "create_entities",
                        Map.of(
                                "entities",
                                List.of(Map.of(
                                        "name",
                                        "new " + i,
                                        "entityType",
                                        "thing",
                                        "observations",
                                        List.of("created by the benchmark " + i))))));
        double[] search = times(
                calls,
                i -> server.call(
                        "search_nodes", Map.of("query", size == 0 ? "benchmark " + i : fact(random.nextInt(size)))));
        out.accept("%-10s %9d  %19.2f %9.2f   %16.2f %9.2f"
                .formatted(name, size, p50(create), p99(create), p50(search), p99(search)));
    }

    private static String name(int i) {
        return "Entity number " + i;
    }

    private static String fact(int i) {
        return "fact " + Integer.toString(i * 7919 + 104_729, 36) + " of " + i;
    }

    private static void createEntities(Path data, int size) {
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
            Graph graph = stele.agent("bench").graph();
            for (int from = 0; from < size; from += BATCH_SIZE) {
                var batch = new ArrayList<EntityDraft>();
                for (int i = from; i < Math.min(size, from + BATCH_SIZE); i++) {
                    batch.add(EntityDraft.of("thing", name(i), fact(i)));
                }
                graph.put(batch);
            }
        }
    }

    /**
     * Measures traversals, paths and analytics on a random graph.
     *
     * @param entities number of entities
     * @param relations number of relations
     * @param calls number of calls of each kind
     */
    void measureTraversals(int entities, int relations, int calls) throws IOException {
        Path data = Files.createTempDirectory("stele-bench");
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
            Graph graph = stele.agent("bench").graph();
            long start = System.nanoTime();
            createRandomGraph(graph, entities, relations);
            out.accept("%d entities and %d relations created in %.0f s"
                    .formatted(entities, graph.size().relations(), (System.nanoTime() - start) / 1e9));
            var names = new String[calls + WARM_UP_CALLS];
            Arrays.setAll(names, _ -> name(random.nextInt(entities)));
            var resultCounts = new int[2];
            double[] neighborhood = times(calls, i -> {
                int size = graph.neighbours(
                                nameAt(names, i), NEIGHBORHOOD_DEPTH, Direction.BOTH, Set.of(), Optional.empty(), 1_000)
                        .entities()
                        .size();
                resultCounts[0] += i < 0 ? 0 : size;
            });
            double[] neighborhoodByQuery = times(calls, i -> {
                int size = graph.query(
                                "MATCH (a {name: $name})-[*0..2]-(b) RETURN DISTINCT b.id, b.name, b.type",
                                Map.of("name", nameAt(names, i)),
                                Optional.empty())
                        .rows()
                        .size();
                resultCounts[1] += i < 0 ? 0 : size;
            });
            print("neighborhood of 2 relations", neighborhood, neighborhoodByQuery, resultCounts);
            Arrays.fill(resultCounts, 0);
            double[] relation = times(calls, i -> {
                int size = graph.neighbours(nameAt(names, i), 1, Direction.OUT, Set.of("r1"), Optional.empty(), 1_000)
                        .entities()
                        .size();
                resultCounts[0] += i < 0 ? 0 : size;
            });
            double[] relationByQuery = times(calls, i -> {
                int size = graph.query(
                                "MATCH (a {name: $name})-[:r1*0..1]->(b) RETURN DISTINCT b.id, b.name, b.type",
                                Map.of("name", nameAt(names, i)),
                                Optional.empty())
                        .rows()
                        .size();
                resultCounts[1] += i < 0 ? 0 : size;
            });
            print("1 relation of a type", relation, relationByQuery, resultCounts);
            double[] shortest = times(
                    calls,
                    i -> graph.paths(
                            nameAt(names, i), nameAt(names, i + 1), 8, 1, Direction.BOTH, Set.of(), Optional.empty()));
            double[] threeShortest = times(
                    Math.max(20, calls / 10),
                    i -> graph.paths(
                            nameAt(names, i), nameAt(names, i + 1), 8, 3, Direction.BOTH, Set.of(), Optional.empty()));
            out.accept("shortest path p50 %.2f ms, p99 %.2f ms; three shortest p50 %.2f ms, p99 %.2f ms"
                    .formatted(p50(shortest), p99(shortest), p50(threeShortest), p99(threeShortest)));
            start = System.nanoTime();
            graph.rankByImportance(10);
            double rankingMillis = (System.nanoTime() - start) / 1e6;
            start = System.nanoTime();
            int communities = graph.communities(1_000).size();
            out.accept("PageRank of all entities %.0f ms; %d communities %.0f ms"
                    .formatted(rankingMillis, communities, (System.nanoTime() - start) / 1e6));
        } finally {
            TempDirectories.delete(data);
        }
    }

    private static String nameAt(String[] names, int i) {
        return names[Math.floorMod(i, names.length)];
    }

    private void print(String label, double[] direct, double[] query, int[] resultCounts) {
        out.accept("%s: Java API p50 %.2f ms, p99 %.2f ms; query p50 %.2f ms, p99 %.2f ms (%.2fx); %d and %d results"
                .formatted(
                        label,
                        p50(direct),
                        p99(direct),
                        p50(query),
                        p99(query),
                        p50(query) / p50(direct),
                        resultCounts[0],
                        resultCounts[1]));
    }

    private void createRandomGraph(Graph graph, int entities, int relations) {
        for (int from = 0; from < entities; from += BATCH_SIZE) {
            var batch = new ArrayList<EntityDraft>();
            for (int i = from; i < Math.min(entities, from + BATCH_SIZE); i++) {
                batch.add(EntityDraft.of("thing", name(i)));
            }
            graph.put(batch);
        }
        for (int from = 0; from < relations; from += BATCH_SIZE) {
            var batch = new LinkedHashMap<String, RelationDraft>();
            while (batch.size() < Math.min(BATCH_SIZE, relations - from)) {
                int source = random.nextInt(entities);
                int target = random.nextInt(entities);
                if (source != target) {
                    String type = "r" + random.nextInt(5);
                    batch.put(source + " " + type + " " + target, RelationDraft.of(name(source), type, name(target)));
                }
            }
            graph.connect(Map.of(), List.copyOf(batch.values()), Optional.empty());
        }
    }
}
