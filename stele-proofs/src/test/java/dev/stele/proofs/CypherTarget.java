package dev.stele.proofs;

import dev.stele.Graph;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.EntityDraft;
import dev.stele.model.GraphLimits;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.RelationDraft;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Texts of queries. */
public final class CypherTarget {

    private static final GraphLimits LIMITS =
            new GraphLimits(1_000, 1_000, 1_000, 4, 500, 100, 20_000, Duration.ofMillis(500), Duration.ofMinutes(1));

    private static final Graph GRAPH = graph();

    private CypherTarget() {}

    private static Graph graph() {
        try {
            Graph graph = Stele.open(
                            SteleConfig.at(Files.createTempDirectory("stele-fuzz"))
                                    .withLimits(Limits.DEFAULT.withGraph(LIMITS)),
                            Optional.empty())
                    .agent("kira")
                    .graph();
            graph.put(EntityDraft.of("person", "Ana", "keeps bees").withAttributes(Map.of("age", 40)));
            graph.put(EntityDraft.of("company", "Hive"));
            graph.relate(RelationDraft.of("Ana", "works_at", "Hive"));
            return graph;
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Called by the fuzzer; what it throws is a finding. */
    public static void fuzzerTestOneInput(byte[] input) {
        try {
            GRAPH.query(new String(input, StandardCharsets.UTF_8), Map.of("t", "text", "n", 7), Optional.empty());
        } catch (InvalidInputException | LimitExceededException e) {
            Messages.requireClear(e);
        }
    }
}
