package dev.stele.graph.cypher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.Graph;
import dev.stele.Stele;
import dev.stele.model.EntityDraft;
import dev.stele.model.GraphLimits;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.NotFoundException;
import dev.stele.model.RelationDraft;
import dev.stele.support.Stores;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries of our own graph: its properties, its times, its bounds, and mistakes. */
@Tag("long")
class CypherQueryTest {

    @TempDir
    Path data;

    private Stele stele;
    private Graph graph;

    @BeforeEach
    void open() {
        var limits = new GraphLimits(
                1_000, 1_000, 1_000, 4, 500, 100, 1_000_000, Duration.ofSeconds(5), Duration.ofSeconds(2));
        stele = Stele.open(Stores.at(data).withLimits(Limits.DEFAULT.withGraph(limits)), Optional.empty());
        graph = stele.agent("kira").graph();
        graph.put(List.of(
                EntityDraft.of("person", "Ana", "keeps bees").withAttributes(Map.of("age", 40, "city", "Porto")),
                EntityDraft.of("person", "Bea").withAttributes(Map.of("age", 31)),
                EntityDraft.of("company", "Hive")));
        graph.relate(RelationDraft.of("Ana", "works_at", "Hive").withWeight(2.5));
        graph.relate(RelationDraft.of("Bea", "works_at", "Hive")
                .withValidity(
                        Optional.of(Instant.parse("2020-01-01T00:00:00Z")),
                        Optional.of(Instant.parse("2022-01-01T00:00:00Z"))));
    }

    @AfterEach
    void close() {
        stele.close();
    }

    @Test
    void builtInFieldsOfEntitiesAndRelationsAreProperties() {
        QueryResult found = graph.query(
                "MATCH (p:person)-[r:works_at]->(c) WHERE r.weight > $least RETURN p.name, p.age, p.observations, r.weight, c.name AS company",
                Map.of("least", 1),
                Optional.empty());
        assertThat(found.columns()).containsExactly("p.name", "p.age", "p.observations", "r.weight", "company");
        assertThat(found.rows()).containsExactly(List.of("Ana", 40L, List.of("keeps bees"), 2.5, "Hive"));
        Object node = graph.query("MATCH (p {name: 'Ana'}) RETURN p")
                .rows()
                .getFirst()
                .getFirst();
        assertThat(node).asString().contains("name=Ana", "city=Porto", "type=person");
        Object relation =
                graph.query("MATCH ()-[r]->() RETURN r").rows().getFirst().getFirst();
        assertThat(relation).asString().contains("from=Ana", "to=Hive", "type=works_at");
    }

    @Test
    void queryAsOfAPastTimeReturnsThePastGraph() {
        assertThat(graph.query("MATCH (p)-[:works_at]->(:company) RETURN p.name")
                        .rows())
                .as("Bea left in 2022")
                .containsExactly(List.of("Ana"));
        Instant before = Instant.now().plusMillis(1);
        while (!Instant.now().isAfter(before.plusMillis(1))) {
            Thread.onSpinWait();
        }
        graph.rename("Ana", "Anna");
        graph.retire("Hive");
        assertThat(graph.query("MATCH (p)-->(c) RETURN p.name").rows()).isEmpty();
        assertThat(graph.query("MATCH (p:person)-->(c) RETURN p.name, c.name", Map.of(), Optional.of(before))
                        .rows())
                .containsExactly(List.of("Ana", "Hive"));
        assertThat(graph.query("MATCH (p {name: 'Ana'}) RETURN p.age", Map.of(), Optional.of(before))
                        .rows())
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MATCH (n) DELETE n | 1, column 11",
                "CREATE (n) RETURN n | 1, column 1",
                "MATCH (n) SET n.x = 1 RETURN n | 1, column 11",
                "MERGE (n) RETURN n | 1, column 1",
                "LOAD CSV FROM 'file:///etc/passwd' AS l RETURN l | 1, column 1",
                "CALL db.labels() | 1, column 1",
                "MATCH (n) RETURN m | 1, column 18",
                "MATCH (n) RETURN | 1, column 17",
                "MATCH (n RETURN n | 1, column 10",
                "RETURN 'open | 1, column 8",
                "RETURN nosuch(1) | 1, column 8",
                "MATCH (n) WHERE count(n) > 1 RETURN n | 1, column 17",
                "MATCH (n) RETURN n.name AS a, n.age AS a | 1, column 31",
                "MATCH (n) | 1, column 1",
                "RETURN 99999999999999999999 | 1, column 8",
            })
    void syntaxErrorsAndWritesAreReportedWithLineAndColumn(String query, String place) {
        assertThatThrownBy(() -> graph.query(query))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("Line " + place);
        assertThat(graph.size().entities()).isEqualTo(3);
    }

    @Test
    void keywordsInStringLiteralsAreText() {
        graph.put(EntityDraft.of("note", "delete, removed, LOAD CSV"));
        assertThat(graph.query("MATCH (n) WHERE n.name CONTAINS 'removed' RETURN n.name // delete")
                        .rows())
                .hasSize(1);
    }

    @Test
    void queryOverALimitFailsWithTheNameOfTheLimit() {
        for (int i = 0; i < 8; i++) {
            graph.put(EntityDraft.of("node", "n" + i));
        }
        for (int i = 1; i < 8; i++) {
            graph.relate(RelationDraft.of("n" + (i - 1), "next", "n" + i));
        }
        assertThatThrownBy(() -> graph.query("MATCH (a {name: 'n0'})-[:next*]->(b) RETURN b"))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.graph-depth");
        assertThat(graph.query("MATCH (a {name: 'n0'})-[:next*..4]->(b) RETURN b")
                        .rows())
                .hasSize(4);
        assertThatThrownBy(() -> graph.query("MATCH (a), (b), (c) RETURN a, b, c"))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.graph-rows");
        assertThatThrownBy(() -> graph.query("UNWIND range(1, 1000000) AS i RETURN i"))
                .hasMessageContaining("limits.graph-rows");
        assertThatThrownBy(() -> graph.query("RETURN " + "[".repeat(500) + "]".repeat(500)))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("brackets");
        assertThatThrownBy(() -> graph.query("RETURN " + "NOT ".repeat(2_000) + "true"))
                .isInstanceOf(LimitExceededException.class);
        assertThatThrownBy(() -> graph.query("RETURN '" + "x".repeat(70_000) + "'"))
                .hasMessageContaining("65536");
        var slow = new GraphLimits(
                1_000, 1_000, 1_000, 4, 1_000_000, 1_000_000, 5_000_000, Duration.ofMillis(20), Duration.ofSeconds(2));
        try (Stele other = Stele.open(
                Stores.at(data).withLimits(Limits.DEFAULT.withGraph(slow)).withReadOnly(), Optional.empty())) {
            assertThatThrownBy(
                            () -> other.agent("kira")
                                    .graph()
                                    .query(
                                            "UNWIND range(1, 100000) AS i WITH collect(i) AS l UNWIND l AS a MATCH (n) RETURN count(*)"))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("limits.graph-time");
            assertThatThrownBy(() -> other.agent("kira")
                            .graph()
                            .query("RETURN [x IN range(1, 2000000) WHERE none(y IN range(1, 100000) WHERE y = x)]"))
                    .hasMessageContaining("limits.graph-time");
        }
    }

    static Stream<String> tooDeep() {
        return Stream.of(
                "RETURN " + "NOT ".repeat(15_000) + "true AS x",
                "RETURN 1" + "+1".repeat(30_000) + " AS x",
                "RETURN 1" + "^1".repeat(5_000) + " AS x",
                "RETURN [1]" + "[0]".repeat(20_000) + " AS x",
                "WITH {a: 1} AS m RETURN m" + ".a".repeat(20_000) + " AS x",
                "RETURN 1" + " IS NULL".repeat(7_000) + " AS x",
                "RETURN " + "CASE WHEN true THEN ".repeat(2_600) + "1" + " END".repeat(2_600) + " AS x",
                "RETURN " + "CASE ".repeat(5_000) + "1" + " WHEN 1 THEN 1 END".repeat(2_000) + " AS x",
                "RETURN " + "(".repeat(149) + "1" + "+1+1+1+1+1+1+1+1+1+1+1+1+1)".repeat(149) + " AS x");
    }

    /** On a thread as small as those that serve requests. */
    @ParameterizedTest
    @MethodSource("tooDeep")
    void tooDeeplyNestedQueryIsRefusedBeforeTheStackOverflows(String query) throws Exception {
        assertThat(failure(graph, query))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("nested too deeply");
    }

    @Test
    void queryOfMaximumNestingIsAnswered() throws Exception {
        for (String query : List.of(
                "RETURN 1" + "+1".repeat(550) + " AS x",
                "RETURN " + "(".repeat(150) + "1" + ")".repeat(150) + " AS x",
                "RETURN " + "[".repeat(150) + "1" + "]".repeat(150) + " AS x",
                "RETURN " + "abs(".repeat(140) + "1" + ")".repeat(140) + " AS x",
                "RETURN " + "{a:".repeat(150) + "1" + "}".repeat(150) + " AS x")) {
            assertThat(failure(graph, query)).isNull();
        }
    }

    /** A value made of itself clause by clause. */
    @Test
    void queryThatBuildsTooDeeplyNestedValuesIsStopped() throws Exception {
        assertThat(failure(
                        graph,
                        "WITH 1 AS a" + " WITH [[[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]] AS a".repeat(1_300) + " RETURN a"))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("nested too deeply");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RETURN [x IN range(1, 300000) | range(1, 300000)] AS x",
                "WITH range(1, 300000) AS x UNWIND range(1, 100) AS i RETURN x",
                "WITH range(1, 300000) AS x UNWIND range(1, 100) AS i RETURN DISTINCT i, x",
                "WITH range(1, 300000) AS x UNWIND range(1, 100) AS i RETURN x, count(*) AS n",
                "MATCH (n) WITH collect(n) AS l WITH l+l+l+l AS l WITH l+l+l+l AS l WITH l+l+l+l AS l WITH l+l+l+l AS l"
                        + " WITH l+l+l+l AS l WITH l+l+l+l AS l WITH l+l+l+l AS l WITH l+l+l+l AS l WITH l+l+l+l AS l RETURN l",
                "WITH 'abcdefghijklmnop' AS a WITH a+a+a+a AS a WITH a+a+a+a AS a WITH a+a+a+a AS a WITH a+a+a+a AS a"
                        + " WITH a+a+a+a AS a WITH a+a+a+a AS a WITH a+a+a+a AS a WITH a+a+a+a AS a WITH a+a+a+a AS a"
                        + " WITH a+a+a+a AS a WITH a+a+a+a AS a WITH a+a+a+a AS a RETURN size(a) AS x",
            })
    void queryThatWouldFillMemoryIsStopped(String query) throws Exception {
        assertThat(failure(graph, query))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.graph-values");
    }

    @Test
    void regularExpressionsAreBoundedInTimeAndStack() throws Exception {
        assertThat(graph.query("RETURN 'Ana' =~ '(?i)a.*' AS a, 'Ana' =~ 'n' AS b")
                        .rows())
                .containsExactly(List.of(true, false));
        var brief = new GraphLimits(
                1_000, 1_000, 1_000, 4, 500, 100, 1_000_000, Duration.ofMillis(500), Duration.ofSeconds(2));
        try (Stele other = Stele.open(
                Stores.at(data).withLimits(Limits.DEFAULT.withGraph(brief)).withReadOnly(), Optional.empty())) {
            assertThat(failure(
                            other.agent("kira").graph(),
                            "WITH 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' AS t"
                                    + " RETURN t =~ '(a|aa)+b(.)\\\\2' AS x"))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("limits.graph-time");
        }
        assertThat(failure(graph, "RETURN $t =~ '(a|b)*' AS x"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("repeats a group too often");
        assertThat(failure(graph, "RETURN 'a' =~ '(a' AS x"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("malformed");
        assertThat(failure(
                        graph,
                        "WITH 'aaaaaaaaaaaaaaaa' AS a" + " WITH replace(a, 'a', a) AS a".repeat(8) + " RETURN a"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("replace()");
    }

    /** What a query fails with on a virtual thread, or null. */
    private static @Nullable Throwable failure(Graph graph, String query) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            threads.submit(() -> graph.query(query, Map.of("t", "ab".repeat(50_000)), Optional.empty()))
                    .get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RETURN $x",
                "RETURN 1 + true",
                "RETURN 1 / 0",
                "RETURN [1] + 1 < 'a' AND 5",
                "UNWIND [1] AS a RETURN a.b",
                "MATCH (n) RETURN (n:person):person"
            })
    void invalidValuesResultInInputErrors(String query) {
        assertThatThrownBy(() -> graph.query(query)).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void queryOfAMissingAgentIsNotFound() {
        assertThatThrownBy(() -> stele.agent("nobody").graph().query("MATCH (n) RETURN n"))
                .isInstanceOf(NotFoundException.class);
    }
}
