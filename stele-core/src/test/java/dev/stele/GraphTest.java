package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.engine.Engine;
import dev.stele.graph.GraphPath;
import dev.stele.graph.Subgraph;
import dev.stele.model.ConflictException;
import dev.stele.model.Direction;
import dev.stele.model.Entity;
import dev.stele.model.EntityDraft;
import dev.stele.model.EntityRef;
import dev.stele.model.GraphLimits;
import dev.stele.model.InvalidInputException;
import dev.stele.model.ItemKind;
import dev.stele.model.JsonObject;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.Observation;
import dev.stele.model.ObservationDraft;
import dev.stele.model.Relation;
import dev.stele.model.RelationDraft;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallMode;
import dev.stele.recall.RecallQuery;
import dev.stele.support.SecondJvm;
import dev.stele.support.Stores;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.io.StringReader;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Entities, observations and relations, over time. */
class GraphTest {

    @TempDir
    java.nio.file.Path data;

    private Stele stele;
    private Graph graph;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
        graph = stele.agent("kira").graph();
    }

    @AfterEach
    void close() {
        assertThat(stele.agent("kira").verify().problems()).isEmpty();
        stele.close();
    }

    /** A time after all that was written and before all that will be. */
    private static Instant between() {
        Instant before = Engine.now();
        while (!Engine.now().isAfter(before)) {
            Thread.onSpinWait();
        }
        Instant time = Engine.now();
        while (!Engine.now().isAfter(time)) {
            Thread.onSpinWait();
        }
        return time;
    }

    private List<String> known(String entity, Optional<Instant> asOf) {
        return graph.get(entity, asOf).observations().stream()
                .map(Observation::content)
                .toList();
    }

    @Test
    void entityNamesIgnoreCaseAndWhitespaceWithinAType() {
        Entity first = graph.put(EntityDraft.of("person", "Ada Lovelace", "wrote the first program"));
        Entity again =
                graph.put(EntityDraft.of("person", "  ada   LOVELACE ", "knew Babbage", "wrote the first program")
                        .withAliases("Countess of Lovelace")
                        .withAttributes(Map.of("born", 1815)));
        Entity ship = graph.put(EntityDraft.of("ship", "Ada Lovelace"));
        assertThat(again.id()).isEqualTo(first.id()).isNotEqualTo(ship.id());
        assertThat(again.name()).isEqualTo("Ada Lovelace");
        assertThat(again.version()).isEqualTo(2);
        assertThat(graph.get("countess of lovelace").entity().id()).isEqualTo(first.id());
        assertThat(known("Ada Lovelace", Optional.empty())).containsExactly("wrote the first program", "knew Babbage");
        assertThat(graph.get(first.id()).entity().attributes()).containsEntry("born", 1815L);
        assertThat(graph.size().entities()).isEqualTo(2);
    }

    @Test
    void sixteenThreadsAddingOneNameCreateOneEntity() throws Exception {
        List<Entity> made = Threads.atOnce(16, i -> () -> graph.put(EntityDraft.of("city", "Paris", "said by " + i)));
        assertThat(made.stream().map(Entity::id).distinct()).hasSize(1);
        assertThat(graph.get("paris").observations()).hasSize(16);
    }

    /** Adds the same fifty names and relations between them: {@code data}, {@code who}. */
    static final class Adder {
        static final int THINGS = 20;

        public static void main(String[] arguments) throws Exception {
            try (Stele stele = Stele.open(Stores.at(java.nio.file.Path.of(arguments[0])), Optional.empty())) {
                System.out.println("ready");
                System.in.read();
                Graph graph = stele.agent("kira").graph();
                Threads.atOnce(8, thread -> () -> {
                    for (int i = 0; i < THINGS; i++) {
                        graph.put(EntityDraft.of(
                                "thing", "Thing " + i, "told by " + arguments[1] + "." + thread + " of " + i));
                    }
                    for (int i = 1; i < THINGS; i++) {
                        graph.relate(RelationDraft.of("thing 0", "leads_to", "thing " + i));
                    }
                    return thread;
                });
            }
        }
    }

    @Test
    @Tag("long")
    void eightProcessesAddingTheSameEntitiesCreateEachOnceAndLoseNothing() {
        var processes = new ArrayList<SecondJvm>();
        for (int i = 0; i < 8; i++) {
            processes.add(SecondJvm.start(Adder.class, data, i));
        }
        processes.forEach(process -> assertThat(process.line()).isEqualTo("ready"));
        processes.forEach(SecondJvm::endInput);
        processes.forEach(process -> assertThat(process.await()).isZero());
        assertThat(graph.size().entities()).isEqualTo(Adder.THINGS);
        assertThat(graph.size().relations()).isEqualTo(Adder.THINGS - 1);
        assertThat(graph.size().observations()).isEqualTo(Adder.THINGS * 64L);
    }

    @Test
    void renamedEntityIsFoundByItsNewNameAndByItsOldNameInThePast() {
        graph.put(EntityDraft.of("person", "Saul", "comes from Tarsus"));
        Instant before = between();
        Entity renamed = graph.rename("saul", "Paul");
        assertThat(renamed.version()).isEqualTo(2);
        assertThat(graph.get("Paul").entity().name()).isEqualTo("Paul");
        assertThatThrownBy(() -> graph.get("Saul")).isInstanceOf(NotFoundException.class);
        assertThat(graph.get("Saul", Optional.of(before)).entity().name()).isEqualTo("Saul");
        assertThatThrownBy(() -> graph.get("Paul", Optional.of(before))).isInstanceOf(NotFoundException.class);
        assertThat(graph.history("Paul")).extracting(Entity::name).containsExactly("Saul");
        // What is known of it is found by its new name.
        assertThat(stele.agent("kira")
                        .recall(RecallQuery.of("Paul").withMode(RecallMode.KEYWORD))
                        .hits())
                .extracting(Hit::content)
                .containsExactly("comes from Tarsus");
    }

    @Test
    void entityNameInUseIsRefused() {
        graph.put(EntityDraft.of("person", "Ana"));
        graph.put(EntityDraft.of("person", "Bea"));
        assertThatThrownBy(() -> graph.rename("Bea", "ANA"))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("merge");
        assertThatThrownBy(() -> graph.update("Bea", JsonObject.of("e", Map.of("type", "cat")), OptionalLong.of(7)))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("version 1 and not 7");
        assertThat(graph.get("Bea").entity().version()).isEqualTo(1);
    }

    @Test
    void mergeMovesObservationsAndRelationsAndKeepsHistory() {
        graph.put(EntityDraft.of("person", "Robert", "plays chess").withAttributes(Map.of("age", 40)));
        graph.put(EntityDraft.of("person", "Bob", "plays chess", "likes tea")
                .withAliases("Bobby")
                .withAttributes(Map.of("age", 41, "shoe", 44)));
        graph.put(EntityDraft.of("club", "Rooks"));
        graph.relate(RelationDraft.of("Bob", "member_of", "Rooks"));
        graph.relate(RelationDraft.of("Robert", "same_as", "Bob"));
        Instant before = between();
        Entity merged = graph.merge("Robert", "Bob");
        assertThat(merged.aliases()).containsExactly("Bob", "Bobby");
        assertThat(merged.attributes()).containsEntry("age", 40L).containsEntry("shoe", 44L);
        assertThat(graph.get("Bobby").entity().id()).isEqualTo(merged.id());
        assertThat(known("Robert", Optional.empty())).containsExactlyInAnyOrder("plays chess", "likes tea");
        assertThat(graph.get("bob").relations())
                .extracting(relation -> relation.from().name() + " " + relation.type() + " "
                        + relation.to().name())
                .containsExactly("Robert member_of Rooks");
        Graph.Described then = graph.get("Bob", Optional.of(before));
        assertThat(then.entity().name()).isEqualTo("Bob");
        assertThat(then.relations()).hasSize(2);
        assertThat(known("Bob", Optional.of(before))).containsExactly("plays chess", "likes tea");
        assertThatThrownBy(() -> graph.merge("Robert", "Bob")).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void entityIsSplitWithItsObservationsAndRelations() {
        graph.put(EntityDraft.of("person", "Jo", "is a baker", "is a pilot").withAliases("Jo the pilot"));
        graph.put(EntityDraft.of("company", "Sky Air"));
        Relation works = graph.relate(RelationDraft.of("Jo", "works_at", "Sky Air"));
        String pilot = graph.get("Jo").observations().get(1).id();
        Entity other = graph.split("Jo", EntityDraft.of("person", "Jo the pilot"), List.of(pilot), List.of(works.id()));
        assertThat(known("Jo", Optional.empty())).containsExactly("is a baker");
        assertThat(known(other.id(), Optional.empty())).containsExactly("is a pilot");
        assertThat(graph.get("Jo").entity().aliases()).isEmpty();
        assertThat(graph.get("Jo").relations()).isEmpty();
        assertThat(graph.get("Jo the pilot").relations())
                .extracting(Relation::version)
                .containsExactly(2L);
        assertThatThrownBy(() -> graph.split("Jo", EntityDraft.of("person", "New"), List.of("none"), List.of()))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> graph.get("New")).isInstanceOf(NotFoundException.class);
    }

    @Test
    void relationsHaveValidTimeAndTransactionTime() {
        graph.put(List.of(
                EntityDraft.of("person", "Mia"), EntityDraft.of("company", "Acme"), EntityDraft.of("company", "Bolt")));
        Instant y2020 = Instant.parse("2020-01-01T00:00:00Z");
        Instant y2022 = Instant.parse("2022-01-01T00:00:00Z");
        Relation acme = graph.relate(
                RelationDraft.of("Mia", "works_at", "Acme").withValidity(Optional.of(y2020), Optional.empty()));
        graph.relate(RelationDraft.of("Mia", "works_at", "Bolt").withValidity(Optional.of(y2022), Optional.empty()));
        Instant believed = between();
        Relation ended = graph.updateRelation(
                acme.id(), JsonObject.of("relation", Map.of("valid_to", "2022-01-01")), OptionalLong.of(1));
        assertThat(ended.version()).isEqualTo(2);
        assertThat(graph.relationHistory(acme.id())).hasSize(2);
        assertThat(names(graph.neighbors("Mia", 1))).containsExactly("Mia", "Bolt");
        assertThat(names(graph.neighbors("Mia", 1, Direction.OUT, Set.of("works_at"), Optional.of(believed), 10)))
                .as("what was believed then, of that time")
                .containsExactly("Mia", "Acme", "Bolt");
        // The same said again adds nothing, another begin is another time.
        graph.relate(RelationDraft.of("Mia", "works_at", "Bolt").withValidity(Optional.of(y2022), Optional.empty()));
        assertThat(graph.size().relations()).isEqualTo(2);
        graph.relate(RelationDraft.of("Mia", "works_at", "Acme")
                .withValidity(Optional.of(Instant.parse("2025-01-01T00:00:00Z")), Optional.empty()));
        assertThat(graph.size().relations()).isEqualTo(3);
        graph.retireRelation(acme.id());
        assertThat(graph.size().relations()).isEqualTo(2);
        assertThat(graph.get("Mia", Optional.of(believed)).relations()).hasSize(2);
    }

    private static List<String> names(Subgraph part) {
        return part.entities().stream().map(near -> near.entity().name()).toList();
    }

    @Test
    void retiredEntityIsKeptInThePastAndDeletedEntityIsErased() {
        graph.put(EntityDraft.of("person", "Max", "owns a unicycle"));
        graph.put(EntityDraft.of("city", "Rome"));
        graph.relate(RelationDraft.of("Max", "lives_in", "Rome"));
        Instant before = between();
        Entity max = graph.retire("Max");
        assertThatThrownBy(() -> graph.get("Max")).isInstanceOf(NotFoundException.class);
        assertThat(graph.get("Rome").relations()).isEmpty();
        assertThat(stele.agent("kira").recall("unicycle").hits()).isEmpty();
        assertThat(known("Max", Optional.of(before))).containsExactly("owns a unicycle");
        assertThat(graph.put(EntityDraft.of("person", "Max")).id())
                .as("somebody else of that name")
                .isNotEqualTo(max.id());
        graph.delete(max.id());
        assertThatThrownBy(() -> graph.get("Max", Optional.of(before))).isInstanceOf(NotFoundException.class);
        assertThat(graph.get("Rome", Optional.of(before)).relations()).isEmpty();
        assertThat(stele.agent("kira").changes(0, 100))
                .noneMatch(change -> change.ref().equals(Optional.of(max.id())));
    }

    @Test
    void entitiesAndRelationsAreConnectedAtomically() {
        var entities = Map.of("a", EntityDraft.of("person", "Uma"), "b", EntityDraft.of("book", "Emma"));
        Graph.Connected made =
                graph.connect(entities, List.of(RelationDraft.of("a", "read", "b")), Optional.of("key-1"));
        assertThat(made.relations())
                .extracting(relation -> relation.to().name())
                .containsExactly("Emma");
        Graph.Connected again =
                graph.connect(entities, List.of(RelationDraft.of("a", "read", "b")), Optional.of("key-1"));
        assertThat(again.relations()).isEqualTo(made.relations());
        assertThatThrownBy(() -> graph.connect(
                        Map.of("c", EntityDraft.of("person", "Vic")),
                        List.of(RelationDraft.of("c", "knows", "Nobody")),
                        Optional.empty()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("Nobody");
        assertThatThrownBy(() -> graph.relate(RelationDraft.of("Uma", "knows", "uma")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("itself");
        assertThat(graph.size().entities()).isEqualTo(2);
    }

    @Test
    void observationsAreRecalledLikeNotes() {
        graph.put(EntityDraft.of("person", "Olga", "breeds alpacas in the hills"));
        stele.agent("kira").remember(MessageDraft.user("s", "ana", "alpacas are soft"));
        Hit hit = stele.agent("kira")
                .recall(RecallQuery.of("Who breeds alpacas?")
                        .withFilter(RecallFilter.ALL.withKinds(ItemKind.OBSERVATION)))
                .hits()
                .getFirst();
        assertThat(hit.kind()).isEqualTo(ItemKind.OBSERVATION);
        assertThat(hit.entity()).contains("Olga");
        assertThat(stele.agent("kira").recall("alpacas").hits())
                .extracting(Hit::kind)
                .containsExactlyInAnyOrder(ItemKind.OBSERVATION, ItemKind.MESSAGE);
        // Nobody waited for the model, and its vector is there soon.
        org.awaitility.Awaitility.await()
                .untilAsserted(
                        () -> assertThat(stele.agent("kira").stats().embedded()).isEqualTo(2));
    }

    @Test
    void graphRecallFindsObservationsAndMessagesOfRelatedEntities() {
        AgentMemory memory = stele.agent("kira");
        String said = memory.remember(MessageDraft.user("s", "ana", "the vet came on Tuesday"))
                .id();
        memory.remember(MessageDraft.user("s2", "ana", "nothing of interest here"));
        graph.put(EntityDraft.of("person", "Olga Petrova").withAliases("Olga"));
        graph.put(EntityDraft.of("animal", "Bruno", "is afraid of thunder"));
        graph.put(EntityDraft.of("animal", "Rex", "barks at postmen"));
        graph.relate(RelationDraft.of("Olga", "owns", "Bruno"));
        graph.mention("Bruno", List.of(said));
        memory.remember(MessageDraft.user("s3", "ana", "then Bruno ate the cake"));
        assertThat(memory.recall(RecallQuery.of("What about Olga's dog?").withMode(RecallMode.GRAPH))
                        .hits())
                .extracting(Hit::content)
                .containsExactlyInAnyOrder(
                        "is afraid of thunder", "the vet came on Tuesday", "then Bruno ate the cake");
        Hit first = memory.recall(RecallQuery.of("Tell me of Olga Petrova.").withExplain())
                .hits()
                .getFirst();
        assertThat(first.signals().get("graph")).isPositive();
        assertThat(memory.recall(RecallQuery.of("Who barks?").withMode(RecallMode.GRAPH))
                        .hits())
                .as("names nobody")
                .isEmpty();
        graph.retire("Bruno");
        assertThat(memory.recall(RecallQuery.of("Olga").withMode(RecallMode.GRAPH))
                        .hits())
                .isEmpty();
    }

    @Test
    void graphItemsFromMessagesOfAnErasedUserAreErased() {
        AgentMemory memory = stele.agent("kira");
        String said = memory.remember(MessageDraft.user("s", "zeno", "I met Io in Elea"))
                .id();
        graph.put(EntityDraft.of("person", "Io"));
        graph.put(EntityDraft.of("city", "Elea", "has a harbour"));
        graph.observe("Io", List.of(new ObservationDraft("was met by zeno", Optional.empty(), List.of(said))));
        graph.relate(new RelationDraft(
                "Io",
                "Elea",
                "was_in",
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                List.of(said)));
        graph.mention("Elea", List.of(said));
        memory.users().forget("zeno");
        assertThat(graph.size().observations()).isEqualTo(1);
        assertThat(graph.size().relations()).isZero();
        assertThat(graph.get("Elea").mentionedBy()).isEmpty();
    }

    private void chain(String... names) {
        for (String name : names) {
            graph.put(EntityDraft.of("node", name));
        }
        for (int i = 1; i < names.length; i++) {
            graph.relate(RelationDraft.of(names[i - 1], "next", names[i]));
        }
    }

    @Test
    void neighborsAreFoundByDepthDirectionAndType() {
        chain("a", "b", "c", "d");
        graph.relate(RelationDraft.of("a", "jumps", "d"));
        assertThat(names(graph.neighbors("a", 0))).containsExactly("a");
        assertThat(names(graph.neighbors("a", 1))).containsExactly("a", "b", "d");
        Subgraph next = graph.neighbors("a", 2, Direction.OUT, Set.of("next"), Optional.empty(), 10);
        assertThat(names(next)).containsExactly("a", "b", "c");
        assertThat(next.entities().getLast().distance()).isEqualTo(2);
        assertThat(names(graph.neighbors("c", 9, Direction.IN, Set.of(), Optional.empty(), 10)))
                .containsExactly("c", "b", "a");
        Subgraph cut = graph.neighbors("a", 3, Direction.BOTH, Set.of(), Optional.empty(), 2);
        assertThat(cut.truncated()).isTrue();
        assertThat(cut.entities()).hasSize(2);
        assertThatThrownBy(() -> graph.neighbors("a", 17))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.graph-depth");
    }

    @Test
    void pathsAreReturnedShortestFirst() {
        chain("a", "b", "c", "d");
        chain("a", "x", "d");
        graph.relate(RelationDraft.of("a", "jumps", "d"));
        List<GraphPath> ways = graph.paths("a", "d", 9, 9, Direction.OUT, Set.of(), Optional.empty());
        assertThat(ways)
                .extracting(way -> way.entities().stream().map(EntityRef::name).toList())
                .containsExactly(List.of("a", "d"), List.of("a", "x", "d"), List.of("a", "b", "c", "d"));
        assertThat(graph.paths("d", "a", 9, 9, Direction.OUT, Set.of(), Optional.empty()))
                .isEmpty();
        assertThat(graph.paths("d", "a", 9, 1, Direction.BOTH, Set.of("next"), Optional.empty())
                        .getFirst()
                        .length())
                .isEqualTo(2);
        assertThat(graph.paths("a", "a", 9, 3, Direction.BOTH, Set.of(), Optional.empty())
                        .getFirst()
                        .length())
                .isZero();
    }

    /** All ways without a node twice, by trying them all. */
    private static List<List<String>> ways(Set<List<String>> edges, String from, String to, List<String> so) {
        var found = new ArrayList<List<String>>();
        if (from.equals(to)) {
            found.add(so);
            return found;
        }
        for (List<String> edge : edges) {
            if (edge.getFirst().equals(from) && !so.contains(edge.getLast())) {
                var longer = new ArrayList<>(so);
                longer.add(edge.getLast());
                found.addAll(ways(edges, edge.getLast(), to, longer));
            }
        }
        return found;
    }

    @Test
    void pathsOnRandomGraphsAreTheShortest() {
        var random = new java.util.Random(5);
        graph.put(EntityDraft.of("node", "so that the agent is there"));
        for (int round = 0; round < 6; round++) {
            Graph some = stele.agent("random-" + round).graph();
            for (int i = 0; i < 7; i++) {
                some.put(EntityDraft.of("node", "n" + i));
            }
            Set<List<String>> edges = new java.util.HashSet<>();
            for (int i = 0; i < 14; i++) {
                String from = "n" + random.nextInt(7);
                String to = "n" + random.nextInt(7);
                if (!from.equals(to) && edges.add(List.of(from, to))) {
                    some.relate(RelationDraft.of(from, "r", to));
                }
            }
            List<List<String>> all = ways(edges, "n0", "n6", List.of("n0"));
            for (int count : List.of(1, 2, 5, 50)) {
                List<List<String>> found =
                        some.paths("n0", "n6", 9, count, Direction.OUT, Set.of(), Optional.empty()).stream()
                                .map(way -> way.entities().stream()
                                        .map(EntityRef::name)
                                        .toList())
                                .toList();
                assertThat(found).doesNotHaveDuplicates().isSubsetOf(all);
                assertThat(found.stream().map(List::size))
                        .containsExactlyElementsOf(all.stream()
                                .map(List::size)
                                .sorted()
                                .limit(count)
                                .toList());
            }
        }
    }

    @Test
    void importanceFollowsInboundRelationsAndCliquesFormCommunities() {
        chain("a", "b", "c");
        chain("x", "y", "z");
        graph.relate(RelationDraft.of("c", "next", "a"));
        graph.relate(RelationDraft.of("z", "next", "x"));
        graph.relate(RelationDraft.of("a", "next", "x"));
        graph.put(EntityDraft.of("node", "alone"));
        assertThat(graph.rankByImportance(1).getFirst().entity().name()).isEqualTo("x");
        assertThat(graph.rankByImportance(10).stream()
                        .mapToDouble(Graph.Ranked::importance)
                        .sum())
                .isCloseTo(1, org.assertj.core.data.Offset.offset(1e-9));
        assertThat(graph.communities(10))
                .extracting(community -> community.stream().map(Entity::name).toList())
                .containsExactly(List.of("a", "b", "c"), List.of("x", "y", "z"));
    }

    @Test
    void changesSinceATimeAndNeighborhoodOfAQueryAreReturned() {
        chain("a", "b", "c", "d");
        graph.observe("b", List.of(ObservationDraft.of("grows saffron")));
        Instant before = between();
        graph.rename("c", "cc");
        graph.retire("d");
        assertThat(graph.changesSince(before, 100))
                .extracting(change -> change.kind().label())
                .containsExactly("entity.updated", "relation.retired", "entity.retired");
        assertThat(names(graph.neighborhood("Who grows saffron?", 1, 10))).containsExactly("b", "a", "cc");
        assertThat(graph.neighborhood("nothing of the kind", 1, 10).entities()).isEmpty();
        Instant since = between();
        String said = stele.agent("kira")
                .remember(MessageDraft.user("s", "ana", "turmeric is yellow"))
                .id();
        graph.mention("a", List.of(said));
        assertThat(names(graph.neighborhood("turmeric is yellow", 0, 10))).contains("a");
        assertThat(graph.changesSince(since, 100)).hasSize(1);
    }

    @Test
    void textSearchMatchesSubstringsIgnoringCase() {
        graph.put(EntityDraft.of("person", "Grüße GmbH", "Sells \"Ölfarben\" 100%"));
        graph.put(EntityDraft.of("Farbe", "Rot"));
        assertThat(graph.searchText("ÖLFARB", 10)).extracting(Entity::name).containsExactly("Grüße GmbH");
        assertThat(graph.searchText("\"ölfarben\" 1", 10)).hasSize(1);
        assertThat(graph.searchText("farbe", 10)).hasSize(2);
        assertThat(graph.searchText("* OR rot", 10)).isEmpty();
        // Texts that are too short for an index of three characters.
        assertThat(graph.searchText("ÜS", 10)).isEmpty();
        assertThat(graph.searchText("ÜSS", 10)).hasSameSizeAs(graph.searchText("üss", 10));
        assertThat(graph.searchText("üß", 10)).extracting(Entity::name).containsExactly("Grüße GmbH");
        assertThat(graph.searchText("0%", 10)).extracting(Entity::name).containsExactly("Grüße GmbH");
        assertThat(graph.searchText("RO", 10)).extracting(Entity::name).containsExactly("Rot");
        for (int i = 0; i < 20; i++) {
            graph.put(EntityDraft.of("thing", "Nummer " + i));
        }
        graph.put(EntityDraft.of("thing", "Zz"));
        assertThat(graph.searchText("zz", 2)).extracting(Entity::name).containsExactly("Zz");
        assertThat(graph.searchText("r", 3)).hasSize(3);
    }

    @Test
    void exceededGraphLimitsAreReportedByName() {
        var small = Limits.DEFAULT.withGraph(
                new GraphLimits(2, 1, 3, 2, 2, 10, 1_000, Duration.ofSeconds(1), Duration.ofSeconds(2)));
        try (Stele bounded = Stele.open(Stores.at(data.resolve("small")).withLimits(small), Optional.empty())) {
            Graph little = bounded.agent("kira").graph();
            little.put(EntityDraft.of("t", "a"));
            little.put(EntityDraft.of("t", "b"));
            assertThatThrownBy(() -> little.put(EntityDraft.of("t", "c")))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("limits.entities-per-agent");
            little.relate(RelationDraft.of("a", "r", "b"));
            assertThatThrownBy(() -> little.relate(RelationDraft.of("b", "r", "a")))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("limits.relations-per-agent");
            assertThatThrownBy(() -> little.put(List.of(
                            EntityDraft.of("t", "a"),
                            EntityDraft.of("t", "b"),
                            EntityDraft.of("t", "c"),
                            EntityDraft.of("t", "d"))))
                    .hasMessageContaining("limits.graph-batch");
        }
        assertThatThrownBy(() -> EntityDraft.of("person", " ")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> EntityDraft.of("person", "x".repeat(1001))).hasMessageContaining("1 to 1000");
        assertThatThrownBy(() -> RelationDraft.of("a", "b", "c").withWeight(-1)).hasMessageContaining("above 0");
        graph.put(EntityDraft.of("t", "a")); // so that the agent is there
    }

    @Test
    void exportAndImportPreserveTheGraphWithItsHistory() {
        graph.put(EntityDraft.of("person", "Saul", "comes from Tarsus").withAttributes(Map.of("tribe", "Benjamin")));
        graph.put(EntityDraft.of("city", "Rome"));
        Relation goes = graph.relate(RelationDraft.of("Saul", "goes_to", "Rome"));
        Instant before = between();
        graph.rename("Saul", "Paul");
        graph.updateRelation(goes.id(), JsonObject.of("r", Map.of("fact", "by ship")), OptionalLong.empty());
        graph.put(EntityDraft.of("ship", "Ark", "sank"));
        graph.retire("Ark");
        var out = new StringWriter();
        stele.agent("kira").export(out);
        AgentMemory copy = stele.agent("copy");
        var report = copy.importFrom(new StringReader(out.toString()), _ -> {});
        assertThat(report.problems()).isEmpty();
        assertThat(report.entities()).isEqualTo(3);
        assertThat(report.relations()).isEqualTo(2);
        assertThat(copy.verify().problems()).isEmpty();
        assertThat(copy.graph().get("Saul", Optional.of(before)).relations())
                .extracting(Relation::fact)
                .containsExactly(Optional.empty());
        assertThat(copy.graph().get("Paul").toJson().toString())
                .isEqualTo(graph.get("Paul").toJson().toString());
        var again = new StringWriter();
        copy.export(again);
        assertThat(again.toString().lines().skip(1))
                .containsExactlyElementsOf(out.toString().lines().skip(1).toList());
        assertThat(copy.importFrom(new StringReader(out.toString()), _ -> {}).known())
                .isEqualTo(5);
    }

    @Test
    void damagedFileOfTheReferenceServerIsImported() {
        String file = """
                {"type":"entity","name":"Ana","entityType":"person","observations":["likes tea"]}
                {"type":"relation","from":"Ana","to":"Rome","relationType":"lives_in"}{"type":"entity","name":"Rome","entityType":"city","observations":[]}

                {"type":"entity","name":"Ana","entityType":"person","observations":["likes tea","likes chess"]}
                {"type":"entity","name":"Bro
                {"type":"entity","entityName":"Ivo","entityType":"","observations":["is {not} \\"here\\""],"extra":1}
                {"type":"relation","from":"Ana","to":"Nobody","relationType":"knows"}""";
        var report = stele.agent("kira").importFrom(new StringReader(file), _ -> {});
        assertThat(report.format()).isEqualTo("mcp-memory");
        assertThat(report.bad()).isEqualTo(1);
        assertThat(report.problems().getFirst().line()).isEqualTo(5);
        assertThat(known("ana", Optional.empty())).containsExactly("likes tea", "likes chess");
        var out = new StringWriter();
        stele.agent("kira").exportMcpMemory(out);
        assertThat(out.toString()).isEqualTo("""
                {"type":"entity","name":"Ana","entityType":"person","observations":["likes tea","likes chess"]}
                {"type":"entity","name":"Rome","entityType":"city","observations":[]}
                {"type":"entity","name":"Ivo","entityType":"unknown","observations":["is {not} \\"here\\""]}
                {"type":"relation","from":"Ana","to":"Rome","relationType":"lives_in"}
                {"type":"relation","from":"Ana","to":"Nobody","relationType":"knows"}
                """);
        assertThat(stele.agent("kira")
                        .importFrom(new StringReader(file), _ -> {})
                        .known())
                .isEqualTo(6);
    }

    @Test
    void retirementsAreUndone() {
        Entity ana = graph.put(EntityDraft.of("person", "Ana", "sings"));
        graph.put(EntityDraft.of("city", "Lisbon"));
        Relation lives = graph.relate(RelationDraft.of("Ana", "lives_in", "Lisbon"));
        graph.retire("Ana");
        assertThatThrownBy(() -> graph.get("Ana")).isInstanceOf(NotFoundException.class);
        graph.restore(ana.id());
        Graph.Described restored = graph.get("Ana");
        assertThat(restored.entity().version()).isEqualTo(2);
        assertThat(restored.observations()).extracting(Observation::content).containsExactly("sings");
        assertThat(restored.relations()).extracting(Relation::id).containsExactly(lives.id());
        assertThatThrownBy(() -> graph.restore(ana.id()))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("not retired");

        Observation sings = restored.observations().getFirst();
        graph.retireObservation(sings.id());
        assertThat(graph.restoreObservation(sings.id()).content()).isEqualTo("sings");
        graph.retireRelation(lives.id());
        assertThat(graph.restoreRelation(lives.id()).version()).isEqualTo(3);
        graph.retireRelation(lives.id());
        graph.relate(RelationDraft.of("Ana", "lives_in", "Lisbon"));
        assertThatThrownBy(() -> graph.restoreRelation(lives.id()))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("another relation");
        graph.retire("Ana");
        graph.put(EntityDraft.of("person", "Ana"));
        assertThatThrownBy(() -> graph.restore(ana.id()))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("rename that one first");
        assertThatThrownBy(() -> graph.restore("nobody")).isInstanceOf(NotFoundException.class);
    }

    @Test
    void mergeIsUndone() {
        graph.put(new EntityDraft(
                Optional.empty(),
                "Ana",
                "person",
                List.of("Anita"),
                Map.of("age", 41L),
                List.of(ObservationDraft.of("sings")),
                List.of()));
        Entity other = graph.put(new EntityDraft(
                Optional.empty(),
                "A. Costa",
                "person",
                List.of("Costa"),
                Map.of("age", 40L, "eyes", "green"),
                List.of(ObservationDraft.of("sings"), ObservationDraft.of("sails")),
                List.of()));
        graph.put(EntityDraft.of("city", "Lisbon"));
        graph.relate(RelationDraft.of("A. Costa", "lives_in", "Lisbon"));
        graph.relate(RelationDraft.of("Ana", "knows", "A. Costa"));
        graph.merge("Ana", "A. Costa");
        assertThat(graph.get("Costa").entity().name()).isEqualTo("Ana");
        graph.observe("Ana", List.of(ObservationDraft.of("cooks")));
        graph.restore(other.id());
        assertThat(graph.get("Ana").entity().aliases()).containsExactly("Anita");
        assertThat(graph.get("Ana").entity().attributes()).isEqualTo(Map.of("age", 41L));
        assertThat(graph.get("Ana").observations())
                .extracting(Observation::content)
                .containsExactly("sings", "cooks");
        assertThat(graph.get("Costa").entity().id()).isEqualTo(other.id());
        assertThat(graph.get("Costa").observations())
                .extracting(Observation::content)
                .containsExactlyInAnyOrder("sings", "sails");
        assertThat(graph.get("Costa").relations())
                .extracting(relation -> relation.from().name() + " " + relation.type() + " "
                        + relation.to().name())
                .containsExactlyInAnyOrder("A. Costa lives_in Lisbon", "Ana knows A. Costa");
    }
}
