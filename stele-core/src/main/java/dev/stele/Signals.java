package dev.stele;

import dev.stele.graph.EntityResolver;
import dev.stele.graph.Subgraph;
import dev.stele.model.Entity;
import dev.stele.model.EntityRef;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionState;
import dev.stele.model.InvalidInputException;
import dev.stele.model.ItemKind;
import dev.stele.model.Json;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.model.Page;
import dev.stele.model.UserContext;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallQuery;
import dev.stele.store.Direction;
import dev.stele.store.Edge;
import dev.stele.store.GraphScope;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What an agent's memory says of a user when it is looked at as a whole: what is new, what the user knows and does not, which concepts
 * belong together. Read from notes, interactions and graph at each call; nothing is written and no model is asked. Thread-safe.
 */
public final class Signals {

    /** The category of what a user is learning or lacks. */
    private static final String LEARNING = "learning";

    private static final String KNOWLEDGE = "knowledge";
    private static final String COMPLETED = "completed:";
    private static final int PAGE = 200;
    private static final int MAX_READ = 10_000;
    private static final int MAX_SHOWN = 20;
    private static final int MAX_NEAR = 500;
    private static final int MAX_DAYS = 3_660;

    private final AgentMemory memory;
    /** So many are read at once. */
    private final int page;

    /** @param most results that a reading may have */
    Signals(AgentMemory memory, int most) {
        this.memory = memory;
        this.page = Math.min(PAGE, most);
    }

    /**
     * What happened with a user of late.
     *
     * @param since from when
     * @param interactions how many of each type
     * @param days how many on each day, in UTC; days without any are left out
     * @param waiting how many of them are not learnt from yet
     * @param notes how many of each category are new
     * @param newest the newest notes, at most 20
     * @param changed what is no longer so, with what took its place
     * @param topics entities that interactions were about, and tags of new notes, with how often; most first, at most 20
     */
    public record Insights(
            Instant since,
            Map<String, Long> interactions,
            Map<LocalDate, Long> days,
            long waiting,
            Map<String, Long> notes,
            List<Note> newest,
            List<Changed> changed,
            Map<String, Long> topics) {

        public Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .keep("since", since.toString())
                    .keep("interactions", interactions)
                    .keep("days", byName(days))
                    .keep("waiting", waiting)
                    .keep("notes", notes)
                    .keep("newest", newest.stream().map(Note::toJson).toList())
                    .keep("changed", changed.stream().map(Changed::toJson).toList())
                    .keep("topics", topics)
                    .map();
        }

        private static Map<String, Long> byName(Map<LocalDate, Long> days) {
            Map<String, Long> named = new LinkedHashMap<>();
            days.forEach((day, count) -> named.put(day.toString(), count));
            return named;
        }
    }

    /**
     * A note that another one took the place of.
     *
     * @param now what is so; empty if that was forgotten meanwhile
     */
    public record Changed(Note before, Optional<Note> now) {
        Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .keep("before", before.content())
                    .put("now", now.map(Note::content))
                    .keep("at", before.updatedAt().toString())
                    .map();
        }
    }

    /**
     * What a user knows of a topic.
     *
     * @param gaps notes of what is still to be learnt, best matching or newest first
     * @param known notes of what is known
     */
    public record Knowledge(Optional<String> topic, List<Note> gaps, List<Note> known) {

        /** {@code gap} if something is missing, {@code known} if only knowledge is noted, {@code unknown} if nothing is. */
        public String state() {
            return !gaps.isEmpty() ? "gap" : known.isEmpty() ? "unknown" : "known";
        }

        public Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .put("topic", topic)
                    .keep("state", state())
                    .keep("gaps", gaps.stream().map(Note::toJson).toList())
                    .keep("known", known.stream().map(Note::toJson).toList())
                    .map();
        }
    }

    /**
     * A concept that belongs to another.
     *
     * @param score above 0, 1 for the nearest
     * @param by the relations between the two, or what lies between, in words
     */
    public record Related(String name, String type, double score, List<String> by) {
        public Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .keep("name", name)
                    .put("type", type.isEmpty() ? null : type)
                    .keep("score", score)
                    .keep("by", by)
                    .map();
        }
    }

    /**
     * Everything that is known of a user, at a glance.
     *
     * @param counts notes in force of each category
     * @param best the most important notes of each category, at most 5
     * @param gaps what is still to be learnt
     * @param review notes that may contradict older ones, for people to look at
     * @param sessions how many conversations there are, counted up to 10,000
     * @param waiting how many interactions are not learnt from yet
     * @param failed how many could not be
     */
    public record Overview(
            Optional<UserContext> profile,
            Map<String, Long> counts,
            Map<String, List<Note>> best,
            List<Note> gaps,
            List<String> review,
            long sessions,
            long waiting,
            long failed) {

        public Map<String, @Nullable Object> toJson() {
            Map<String, Object> notes = new LinkedHashMap<>();
            best.forEach((category, some) ->
                    notes.put(category, some.stream().map(Note::content).toList()));
            return Json.fields()
                    .put("profile", profile.map(UserContext::toJson).orElse(null))
                    .keep("counts", counts)
                    .keep("notes", notes)
                    .keep("gaps", gaps.stream().map(Note::content).toList())
                    .keep("review", review)
                    .keep("sessions", sessions)
                    .keep("waiting", waiting)
                    .keep("failed", failed)
                    .map();
        }
    }

    /**
     * What happened with a user in the last days.
     *
     * @param days from 1 to 3,660
     */
    public Insights insights(String user, int days) {
        if (days < 1 || days > MAX_DAYS) {
            throw new InvalidInputException("The days are %d; they must be 1 to %d.".formatted(days, MAX_DAYS));
        }
        Instant since = Memory.now().minus(Duration.ofDays(days));
        List<Interaction> interactions = interactions(user, since);
        List<Note> all = notes(user, Optional.empty(), true);
        List<Note> fresh =
                all.stream().filter(note -> !note.createdAt().isBefore(since)).toList();
        Map<String, Long> topics = new HashMap<>();
        interactions.stream()
                .flatMap(one -> one.outcome().stream())
                .flatMap(outcome -> outcome.entities().stream())
                .forEach(name -> topics.merge(name, 1L, Long::sum));
        fresh.stream().flatMap(note -> note.body().tags().stream()).forEach(tag -> topics.merge(tag, 1L, Long::sum));
        List<Note> inForce =
                fresh.stream().filter(note -> note.supersededBy().isEmpty()).toList();
        return new Insights(
                since,
                count(interactions, one -> one.draft().type()),
                new TreeMap<>(count(interactions, one -> LocalDate.ofInstant(one.createdAt(), ZoneOffset.UTC))),
                interactions.stream()
                        .filter(one -> one.state() == InteractionState.PENDING)
                        .count(),
                count(inForce, Note::category),
                inForce.stream().limit(MAX_SHOWN).toList(),
                all.stream()
                        .filter(note -> note.supersededBy().isPresent()
                                && !note.updatedAt().isBefore(since))
                        .limit(MAX_SHOWN)
                        .map(note -> new Changed(note, note.supersededBy().flatMap(memory.notes()::get)))
                        .toList(),
                most(topics));
    }

    /**
     * What a user knows, and where the gaps are.
     *
     * @param topic only what is about it, found by meaning and words
     */
    public Knowledge knowledge(String user, Optional<String> topic) {
        return new Knowledge(
                topic,
                about(user, topic, LEARNING).stream().filter(Signals::isGap).toList(),
                about(user, topic, KNOWLEDGE));
    }

    private List<Note> about(String user, Optional<String> topic, String category) {
        if (topic.isEmpty()) {
            return notes(user, Optional.of(category), false);
        }
        return memory
                .recall(RecallQuery.of(topic.get())
                        .withLimit(MAX_SHOWN)
                        .withFilter(RecallFilter.ALL
                                .withUser(user)
                                .withCategory(category)
                                .withKinds(ItemKind.NOTE)))
                .hits()
                .stream()
                .flatMap(hit -> memory.notes().get(hit.id()).stream())
                .filter(note -> note.body().validTo().isEmpty())
                .toList();
    }

    /** What was completed is learnt; all else of this category is being learnt, or lacks. */
    private static boolean isGap(Note note) {
        return !(note.body().metadata().get("slot") instanceof String slot && slot.startsWith(COMPLETED));
    }

    /**
     * Concepts that belong to one, by relations and by what stands between: two that share a rare neighbour are nearer than two that
     * share one that everything relates to (Adamic and Adar, 2003). What is not in the graph by this name is looked for by meaning.
     *
     * @param limit most concepts, from 1 to 500
     */
    public List<Related> related(String concept, int limit) {
        if (concept.isBlank()) {
            throw new InvalidInputException("The concept is blank; name one.");
        }
        if (limit < 1 || limit > MAX_NEAR) {
            throw new InvalidInputException(
                    "The limit of concepts is %d; it must be 1 to %d.".formatted(limit, MAX_NEAR));
        }
        Graph graph = memory.graph();
        Optional<Entity> named = graph.read(view -> EntityResolver.find(view, concept));
        if (named.isEmpty()) {
            return byMeaning(concept, limit);
        }
        long self = named.get().number();
        Subgraph near = graph.read(view -> graph.walk(view, Direction.BOTH, Set.of(), GraphScope.validAt(Memory.now()))
                .around(List.of(self), 2, MAX_NEAR));
        Map<Long, EntityRef> entities = near.entities().stream()
                .collect(Collectors.toMap(one -> one.entity().number(), Subgraph.Near::entity, (a, _) -> a));
        Map<Long, List<Edge>> at = new HashMap<>();
        for (Edge edge : near.relations()) {
            at.computeIfAbsent(edge.from(), _ -> new ArrayList<>()).add(edge);
            at.computeIfAbsent(edge.to(), _ -> new ArrayList<>()).add(edge);
        }
        Map<Long, Double> scores = new HashMap<>();
        Map<Long, List<String>> reasons = new HashMap<>();
        for (Edge first : at.getOrDefault(self, List.of())) {
            long middle = other(first, self);
            scores.merge(middle, Math.max(0, first.weight()), Double::sum);
            reason(reasons, middle, first.type().replace('_', ' '));
            List<Edge> onward = at.getOrDefault(middle, List.of());
            for (Edge second : onward) {
                long end = other(second, middle);
                if (end != self && end != middle) {
                    double shared = Math.sqrt(Math.max(0, first.weight() * second.weight()));
                    scores.merge(end, shared / Math.log(2.0 + onward.size()) / 2, Double::sum);
                    Optional.ofNullable(entities.get(middle))
                            .ifPresent(between -> reason(reasons, end, "through " + between.name()));
                }
            }
        }
        scores.remove(self);
        double best = scores.values().stream().mapToDouble(score -> score).max().orElse(1);
        return scores.entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .flatMap(entry -> Optional.ofNullable(entities.get(entry.getKey())).stream()
                        .map(entity -> new Related(
                                entity.name(),
                                entity.type(),
                                entry.getValue() / best,
                                List.copyOf(reasons.getOrDefault(entry.getKey(), List.of())))))
                .sorted(Comparator.comparingDouble(Related::score).reversed().thenComparing(Related::name))
                .limit(limit)
                .toList();
    }

    private static long other(Edge edge, long self) {
        return edge.from() == self ? edge.to() : edge.from();
    }

    private static void reason(Map<Long, List<String>> reasons, long of, String why) {
        List<String> known = reasons.computeIfAbsent(of, _ -> new ArrayList<>());
        if (!known.contains(why)) {
            known.add(why);
        }
    }

    /** The entities whose observations are nearest to what was asked for. */
    private List<Related> byMeaning(String concept, int limit) {
        List<Hit> hits = memory.recall(RecallQuery.of(concept)
                        .withLimit(MAX_SHOWN)
                        .withFilter(RecallFilter.ALL.withKinds(ItemKind.OBSERVATION)))
                .hits();
        Map<String, Related> found = new LinkedHashMap<>();
        double best = hits.isEmpty() ? 1 : hits.getFirst().score();
        for (Hit hit : hits) {
            hit.entity()
                    .ifPresent(name ->
                            found.putIfAbsent(name, new Related(name, "", hit.score() / best, List.of(hit.content()))));
        }
        return found.values().stream().limit(limit).toList();
    }

    /** Everything that is known of a user, at a glance. */
    public Overview overview(String user) {
        List<Note> notes = notes(user, Optional.empty(), false);
        Map<String, List<Note>> best = new TreeMap<>();
        notes.stream()
                .sorted(Comparator.comparingDouble((Note note) -> note.body().importance())
                        .thenComparing(Note::updatedAt)
                        .reversed())
                .forEach(note -> {
                    List<Note> some = best.computeIfAbsent(note.category(), _ -> new ArrayList<>());
                    if (some.size() < 5) {
                        some.add(note);
                    }
                });
        List<Interaction> all = interactions(user, Instant.MIN);
        Set<String> there = notes.stream().map(Note::id).collect(Collectors.toSet());
        return new Overview(
                memory.users().get(user),
                new TreeMap<>(count(notes, Note::category)),
                best,
                notes.stream()
                        .filter(note -> note.category().equals(LEARNING) && isGap(note))
                        .toList(),
                all.stream()
                        .flatMap(one -> one.outcome().stream())
                        .flatMap(outcome -> outcome.review().stream())
                        .filter(there::contains)
                        .distinct()
                        .toList(),
                all(after -> memory.sessions().list(Optional.of(user), page, after), _ -> true)
                        .size(),
                all.stream()
                        .filter(one -> one.state() == InteractionState.PENDING)
                        .count(),
                all.stream()
                        .filter(one -> one.state() == InteractionState.FAILED)
                        .count());
    }

    /** A user's notes that hold, newest first; sums of conversations are none. */
    private List<Note> notes(String user, Optional<String> category, boolean superseded) {
        NoteFilter filter = NoteFilter.ofUser(Optional.of(user)).with(category, superseded);
        return all(after -> memory.notes().list(filter, page, after), _ -> true).stream()
                .filter(note -> !note.category().equals(Summary.CATEGORY)
                        && (superseded || note.body().validTo().isEmpty()))
                .toList();
    }

    private List<Interaction> interactions(String user, Instant since) {
        return all(
                after -> memory.interactions().list(Optional.of(user), Optional.empty(), page, after),
                one -> !one.createdAt().isBefore(since));
    }

    /** Reads pages from the newest on, as long as what is read is wanted. */
    private static <T> List<T> all(Function<Optional<String>, Page<T>> pages, Predicate<T> wanted) {
        var all = new ArrayList<T>();
        Optional<String> after = Optional.empty();
        do {
            Page<T> page = pages.apply(after);
            for (T one : page.items()) {
                if (!wanted.test(one)) {
                    return all;
                }
                all.add(one);
            }
            after = page.next();
        } while (after.isPresent() && all.size() < MAX_READ);
        return all;
    }

    private static <T, K> Map<K, Long> count(List<T> all, Function<T, K> by) {
        return all.stream().collect(Collectors.groupingBy(by, TreeMap::new, Collectors.counting()));
    }

    private static Map<String, Long> most(Map<String, Long> counts) {
        Map<String, Long> most = new LinkedHashMap<>();
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .limit(MAX_SHOWN)
                .forEach(entry -> most.put(entry.getKey(), entry.getValue()));
        return most;
    }
}
