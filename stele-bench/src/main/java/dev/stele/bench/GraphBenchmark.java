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
 * How the knowledge graph does as it grows: its tools over standard input, walks, paths, and queries beside the direct
 * calls.
 */
final class GraphBenchmark {

    private static final int BATCH = 5_000;
    private static final int WARM_UP = 30;
    private static final int FEW_HOPS = 2;

    private final Consumer<String> out;
    private final Random random = new Random(7);

    GraphBenchmark(Consumer<String> out) {
        this.out = out;
    }

    /** One thing to time. */
    private interface Call {
        void run(int i) throws IOException;
    }

    private static double[] times(int count, Call call) throws IOException {
        for (int i = 0; i < WARM_UP; i++) {
            call.run(-1 - i);
        }
        var millis = new double[count];
        for (int i = 0; i < count; i++) {
            long began = System.nanoTime();
            call.run(i);
            millis[i] = (System.nanoTime() - began) / 1e6;
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
     * The two tools that agents call most, at sizes, as a client sees them; beside the reference server if its script
     * is given.
     */
    void tools(List<Integer> sizes, int calls, Optional<Path> reference) throws IOException {
        out.accept("%-10s %9s  %s"
                .formatted("server", "entities", "create_entities p50  p99 ms   search_nodes p50  p99 ms"));
        for (int size : sizes) {
            Path data = Files.createTempDirectory("stele-bench");
            try {
                fill(data, size);
                try (var stele = new McpProcess(stele(data), Map.of())) {
                    tools("stele", stele, size, calls);
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
                try (var other = new McpProcess(
                        List.of("node", reference.get().toString()), Map.of("MEMORY_FILE_PATH", file.toString()))) {
                    tools("reference", other, size, calls);
                } finally {
                    Files.delete(file);
                }
            }
        }
    }

    private static List<String> stele(Path data) {
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

    private void tools(String name, McpProcess server, int size, int calls) throws IOException {
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
                                        List.of("made by the measurement " + i))))));
        double[] search = times(
                calls,
                i -> server.call(
                        "search_nodes", Map.of("query", size == 0 ? "measurement " + i : fact(random.nextInt(size)))));
        out.accept("%-10s %9d  %19.2f %9.2f   %16.2f %9.2f"
                .formatted(name, size, p50(create), p99(create), p50(search), p99(search)));
    }

    private static String name(int i) {
        return "Entity number " + i;
    }

    private static String fact(int i) {
        return "fact " + Integer.toString(i * 7919 + 104_729, 36) + " of " + i;
    }

    private static void fill(Path data, int size) {
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
            Graph graph = stele.agent("bench").graph();
            for (int from = 0; from < size; from += BATCH) {
                var batch = new ArrayList<EntityDraft>();
                for (int i = from; i < Math.min(size, from + BATCH); i++) {
                    batch.add(EntityDraft.of("thing", name(i), fact(i)));
                }
                graph.put(batch);
            }
        }
    }

    /** Walks, paths and their queries on a graph made at random. */
    void walks(int entities, int relations, int calls) throws IOException {
        Path data = Files.createTempDirectory("stele-bench");
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
            Graph graph = stele.agent("bench").graph();
            long began = System.nanoTime();
            make(graph, entities, relations);
            out.accept("%d entities and %d relations made in %.0f s"
                    .formatted(entities, graph.size().relations(), (System.nanoTime() - began) / 1e9));
            var names = new String[calls + WARM_UP];
            Arrays.setAll(names, _ -> name(random.nextInt(entities)));
            var found = new int[2];
            double[] near = times(calls, i -> {
                int size = graph.neighbours(at(names, i), FEW_HOPS, Direction.BOTH, Set.of(), Optional.empty(), 1_000)
                        .entities()
                        .size();
                found[0] += i < 0 ? 0 : size;
            });
            double[] nearQuery = times(calls, i -> {
                int size = graph.query(
                                "MATCH (a {name: $name})-[*0..2]-(b) RETURN DISTINCT b.id, b.name, b.type",
                                Map.of("name", at(names, i)),
                                Optional.empty())
                        .rows()
                        .size();
                found[1] += i < 0 ? 0 : size;
            });
            show("2 relations around", near, nearQuery, found);
            Arrays.fill(found, 0);
            double[] next = times(calls, i -> {
                int size = graph.neighbours(at(names, i), 1, Direction.OUT, Set.of("r1"), Optional.empty(), 1_000)
                        .entities()
                        .size();
                found[0] += i < 0 ? 0 : size;
            });
            double[] nextQuery = times(calls, i -> {
                int size = graph.query(
                                "MATCH (a {name: $name})-[:r1*0..1]->(b) RETURN DISTINCT b.id, b.name, b.type",
                                Map.of("name", at(names, i)),
                                Optional.empty())
                        .rows()
                        .size();
                found[1] += i < 0 ? 0 : size;
            });
            show("1 relation of a type", next, nextQuery, found);
            double[] path = times(
                    calls,
                    i -> graph.paths(at(names, i), at(names, i + 1), 8, 1, Direction.BOTH, Set.of(), Optional.empty()));
            double[] paths = times(
                    Math.max(20, calls / 10),
                    i -> graph.paths(at(names, i), at(names, i + 1), 8, 3, Direction.BOTH, Set.of(), Optional.empty()));
            out.accept("shortest path p50 %.2f ms, p99 %.2f ms; three shortest p50 %.2f ms, p99 %.2f ms"
                    .formatted(p50(path), p99(path), p50(paths), p99(paths)));
            began = System.nanoTime();
            graph.rankByImportance(10);
            double ranking = (System.nanoTime() - began) / 1e6;
            began = System.nanoTime();
            int communities = graph.communities(1_000).size();
            out.accept("importance of all %.0f ms; %d communities %.0f ms"
                    .formatted(ranking, communities, (System.nanoTime() - began) / 1e6));
        } finally {
            TempDirectories.delete(data);
        }
    }

    private static String at(String[] names, int i) {
        return names[Math.floorMod(i, names.length)];
    }

    private void show(String what, double[] direct, double[] query, int[] found) {
        out.accept("%s: direct p50 %.2f ms, p99 %.2f ms; as a query p50 %.2f ms, p99 %.2f ms (%.2fx); %d and %d found"
                .formatted(
                        what,
                        p50(direct),
                        p99(direct),
                        p50(query),
                        p99(query),
                        p50(query) / p50(direct),
                        found[0],
                        found[1]));
    }

    private void make(Graph graph, int entities, int relations) {
        for (int from = 0; from < entities; from += BATCH) {
            var batch = new ArrayList<EntityDraft>();
            for (int i = from; i < Math.min(entities, from + BATCH); i++) {
                batch.add(EntityDraft.of("thing", name(i)));
            }
            graph.put(batch);
        }
        for (int from = 0; from < relations; from += BATCH) {
            var batch = new LinkedHashMap<String, RelationDraft>();
            while (batch.size() < Math.min(BATCH, relations - from)) {
                int a = random.nextInt(entities);
                int b = random.nextInt(entities);
                if (a != b) {
                    String type = "r" + random.nextInt(5);
                    batch.put(a + " " + type + " " + b, RelationDraft.of(name(a), type, name(b)));
                }
            }
            graph.connect(Map.of(), List.copyOf(batch.values()), Optional.empty());
        }
    }
}
