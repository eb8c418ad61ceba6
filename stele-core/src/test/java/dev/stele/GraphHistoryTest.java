package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.engine.Engine;
import dev.stele.model.ConflictException;
import dev.stele.model.Entity;
import dev.stele.model.EntityDraft;
import dev.stele.model.Observation;
import dev.stele.model.ObservationDraft;
import dev.stele.model.RelationDraft;
import dev.stele.support.Stores;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is put, renamed, merged, split, related and retired: the graph is what a plain model of maps says it is, now
 * and as of every moment before.
 */
class GraphHistoryTest {

    private static final int STEPS = 150;
    private static final List<String> NAMES = List.of("ana", "Bea", "cid", "Dan", "eve", "fay");
    private static final List<String> FACTS = List.of("sings", "paints", "swims");

    /** An entity of the model. */
    private static final class Thing {
        private final Set<String> aliases = new TreeSet<>();
        private final Set<String> facts = new TreeSet<>();
        private String name;

        Thing(String name) {
            this.name = name;
        }
    }

    /** What the graph should be: things by id, and relations as texts of ids. */
    private static final class Model {
        private final Map<String, Thing> things = new TreeMap<>();
        private final Set<List<String>> relations = new java.util.HashSet<>();
        /** Things that were retired, with the relations that were retired with them. */
        private final Map<String, Thing> retired = new TreeMap<>();

        private final Map<String, Set<List<String>>> ended = new HashMap<>();

        Optional<String> called(String name) {
            return things.entrySet().stream()
                    .filter(entry -> Entity.key(entry.getValue().name).equals(Entity.key(name)))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .or(() -> things.entrySet().stream()
                            .filter(entry -> entry.getValue().aliases.contains(Entity.key(name)))
                            .map(Map.Entry::getKey)
                            .findFirst());
        }

        /** All there is, by names. */
        String shown() {
            var lines = new TreeSet<String>();
            things.values()
                    .forEach(thing -> lines.add(Entity.key(thing.name) + " " + thing.aliases + " " + thing.facts));
            relations.forEach(relation -> lines.add(things.get(relation.get(0)).name + " -" + relation.get(1) + "-> "
                    + things.get(relation.get(2)).name));
            return String.join("\n", lines);
        }
    }

    @TempDir
    Path data;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void graphMatchesAReferenceModelAsOfEveryEdit(long seed) {
        var random = new Random(seed);
        var model = new Model();
        Map<Instant, String> past = new TreeMap<>();
        try (Stele stele = Stele.open(Stores.at(data), Optional.empty())) {
            Graph graph = stele.agent("kira").graph();
            for (int step = 0; step < STEPS; step++) {
                change(random, graph, model);
                Instant now = Engine.now();
                past.put(now, model.shown());
                while (!Engine.now().isAfter(now)) {
                    Thread.onSpinWait();
                }
            }
            assertThat(shown(graph, Optional.empty())).isEqualTo(model.shown());
            past.forEach((time, expected) -> assertThat(shown(graph, Optional.of(time)))
                    .as("as of " + time)
                    .isEqualTo(expected));
            assertThat(stele.agent("kira").verify().problems()).isEmpty();
        }
    }

    private static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private static void change(Random random, Graph graph, Model model) {
        String name = pick(random, NAMES);
        String other = pick(random, NAMES);
        String fact = pick(random, FACTS);
        Optional<String> one = model.called(name);
        Optional<String> two = model.called(other);
        switch (random.nextInt(10)) {
            case 0, 1 -> {
                Entity put = graph.put(EntityDraft.of("person", name, fact));
                assertThat(Optional.of(put.id()).filter(model.things::containsKey))
                        .isEqualTo(one);
                model.things
                        .computeIfAbsent(put.id(), _ -> new Thing(name))
                        .facts
                        .add(fact);
            }
            case 2 -> {
                if (one.isPresent()) {
                    graph.observe(name, List.of(ObservationDraft.of(fact)));
                    model.things.get(one.get()).facts.add(fact);
                }
            }
            case 3, 4 -> {
                if (one.isPresent() && two.isPresent() && !one.equals(two)) {
                    graph.relate(RelationDraft.of(name, "knows", other));
                    model.relations.add(List.of(one.get(), "knows", two.get()));
                }
            }
            case 5 -> {
                boolean taken = model.things.values().stream()
                        .anyMatch(thing -> Entity.key(thing.name).equals(Entity.key(other)));
                if (one.isPresent() && !taken) {
                    graph.rename(name, other);
                    Thing thing = model.things.get(one.get());
                    thing.name = other;
                    thing.aliases.remove(Entity.key(other));
                }
            }
            case 6 -> {
                if (one.isPresent() && two.isPresent() && !one.equals(two)) {
                    graph.merge(name, other);
                    merge(model, one.get(), two.get());
                }
            }
            case 7 -> {
                if (one.isPresent() && two.isPresent() && !one.equals(two)) {
                    graph.merge(name, other);
                    graph.restore(two.get()); // the undo of a merge restores everything
                }
            }
            case 8 -> restore(random, graph, model);
            default -> {
                if (one.isPresent()) {
                    graph.retire(name);
                    model.retired.put(one.get(), model.things.remove(one.get()));
                    Set<List<String>> with = new java.util.HashSet<>(model.relations);
                    with.removeIf(relation -> !relation.contains(one.get()));
                    model.relations.removeAll(with);
                    model.ended.put(one.get(), with);
                }
            }
        }
    }

    private static void restore(Random random, Graph graph, Model model) {
        if (model.retired.isEmpty()) {
            return;
        }
        String id = pick(random, List.copyOf(model.retired.keySet()));
        Thing thing = model.retired.get(id);
        boolean taken = model.things.values().stream()
                .anyMatch(current -> Entity.key(current.name).equals(Entity.key(thing.name)));
        if (taken) {
            assertThatThrownBy(() -> graph.restore(id)).isInstanceOf(ConflictException.class);
            return;
        }
        graph.restore(id);
        model.things.put(id, model.retired.remove(id));
        model.ended.remove(id).stream()
                .filter(relation ->
                        model.things.containsKey(relation.get(0)) && model.things.containsKey(relation.get(2)))
                .forEach(model.relations::add);
    }

    private static void merge(Model model, String kept, String gone) {
        Thing into = model.things.get(kept);
        Thing from = model.things.remove(gone);
        into.facts.addAll(from.facts);
        into.aliases.addAll(from.aliases);
        into.aliases.add(Entity.key(from.name));
        into.aliases.remove(Entity.key(into.name));
        var moved = new ArrayList<List<String>>();
        for (List<String> relation : model.relations) {
            String a = relation.get(0).equals(gone) ? kept : relation.get(0);
            String b = relation.get(2).equals(gone) ? kept : relation.get(2);
            if (!a.equals(b)) {
                moved.add(List.of(a, relation.get(1), b));
            }
        }
        model.relations.clear();
        model.relations.addAll(moved);
    }

    /** The graph as the model shows itself. */
    private static String shown(Graph graph, Optional<Instant> at) {
        var lines = new TreeSet<String>();
        graph.read(view -> {
            Map<Long, String> names = new HashMap<>();
            for (long number : view.entityNumbers(at)) {
                Entity entity = (at.isPresent() ? view.entity(number, at.get()) : view.entity(number)).orElseThrow();
                names.put(number, entity.name());
                var aliases = new TreeSet<String>();
                entity.aliases().forEach(alias -> aliases.add(Entity.key(alias)));
                var facts = new TreeSet<String>();
                view.observations(number, at).stream().map(Observation::content).forEach(facts::add);
                lines.add(Entity.key(entity.name()) + " " + aliases + " " + facts);
            }
            view.forEachEdge(
                    new dev.stele.store.GraphScope(at, Optional.empty()),
                    edge -> lines.add(names.get(edge.from()) + " -" + edge.type() + "-> " + names.get(edge.to())));
            return lines;
        });
        return String.join("\n", lines);
    }
}
