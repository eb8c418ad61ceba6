package dev.stele;

import dev.stele.engine.Engine;
import dev.stele.graph.EntityResolver;
import dev.stele.graph.Subgraph;
import dev.stele.graph.Traversal;
import dev.stele.model.AgentName;
import dev.stele.model.Cursor;
import dev.stele.model.Edge;
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
import dev.stele.store.StoreView;
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
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Insights into a user, derived from the agent's memory: recent activity, knowledge and gaps, related concepts. Each
 * call reads notes, interactions and graph; nothing is written and no language model is called. Obtained from
 * {@link AgentMemory#insights}. Thread-safe.
 */
public final class Insights {

    /** Category of notes about topics that a user is learning or lacks. */
    private static final String LEARNING = "learning";

    /** Category of notes about what a user knows. */
    private static final String KNOWLEDGE = "knowledge";
    /** Prefix of the slot of a note about a completed topic. */
    private static final String COMPLETED = "completed:";
    /** Maximum number of items that are read at once. */
    private static final int PAGE = 200;
    /** Number of items after which a list is not read any further. */
    private static final int MAX_READ = 10_000;
    /** Maximum number of items in a list of a result. */
    private static final int MAX_SHOWN = 20;
    /** Maximum number of related concepts, and of entities that are visited to find them. */
    private static final int MAX_NEAR = 500;
    /** Maximum length of a period, in days. */
    private static final int MAX_DAYS = 3_660;

    private final AgentName agent;
    private final Engine engine;
    /** Number of items that are read at once. */
    private final int page;

    Insights(AgentName agent, Engine engine) {
        this.agent = agent;
        this.engine = engine;
        this.page = Math.min(PAGE, engine.limits().results());
    }

    /**
     * Recent activity of a user.
     *
     * @param since start of the period
     * @param interactions number of interactions of each type
     * @param days number of interactions on each day, in UTC; days without interactions are absent
     * @param waiting number of interactions that are pending
     * @param notes number of new notes of each category
     * @param newest the newest notes, at most 20
     * @param changed superseded notes with their replacements
     * @param topics entities of the interactions' outcomes and tags of new notes, with their number of occurrences;
     *     most frequent first, at most 20
     */
    public record Activity(
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
     * A superseded note with its replacement.
     *
     * @param before the superseded note
     * @param now the replacement; empty if it was erased meanwhile
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
     * Knowledge of a user about a topic.
     *
     * @param topic the topic; empty for all
     * @param gaps notes about what the user has still to learn, best match or newest first
     * @param known notes about what the user knows
     */
    public record Knowledge(Optional<String> topic, List<Note> gaps, List<Note> known) {

        /**
         * Returns {@code gap} if there are gaps, {@code known} if there are only notes of knowledge, {@code unknown} if
         * there are neither.
         */
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
     * A concept that is related to another one.
     *
     * @param name the name of the concept
     * @param type the type of its entity; blank if it is unknown
     * @param score strength of the relation, above 0; 1 for the strongest
     * @param by the relations or intermediate entities that connect the two, as text
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
     * Overview of what the agent knows about a user.
     *
     * @param profile the user's context; empty if there is none
     * @param counts number of valid notes of each category
     * @param best the most important notes of each category, at most 5
     * @param gaps notes about what the user has still to learn
     * @param review ids of notes that may contradict older ones, for human review
     * @param sessions number of sessions, counted up to 10,000
     * @param waiting number of interactions that are pending
     * @param failed number of interactions that failed
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
     * Returns the activity of a user in the last days.
     *
     * @param user the id of the user
     * @param days length of the period in days, from 1 to 3,660
     */
    public Activity activity(String user, int days) {
        if (days < 1 || days > MAX_DAYS) {
            throw new InvalidInputException("The days are %d; they must be 1 to %d.".formatted(days, MAX_DAYS));
        }
        Instant since = Engine.now().minus(Duration.ofDays(days));
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
        return new Activity(
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
                        .map(note -> new Changed(note, note.supersededBy().flatMap(this::note)))
                        .toList(),
                most(topics));
    }

    /**
     * Returns the knowledge and the gaps of a user.
     *
     * @param user the id of the user
     * @param topic the topic, matched by semantic similarity and keywords; empty for all notes
     */
    public Knowledge knowledge(String user, Optional<String> topic) {
        return new Knowledge(
                topic,
                about(user, topic, LEARNING).stream().filter(Insights::isGap).toList(),
                about(user, topic, KNOWLEDGE));
    }

    private List<Note> about(String user, Optional<String> topic, String category) {
        if (topic.isEmpty()) {
            return notes(user, Optional.of(category), false);
        }
        return engine
                .recall(
                        agent,
                        RecallQuery.of(topic.get())
                                .withLimit(MAX_SHOWN)
                                .withFilter(RecallFilter.ALL
                                        .withUser(user)
                                        .withCategory(category)
                                        .withKinds(ItemKind.NOTE)))
                .hits()
                .stream()
                .flatMap(hit -> note(hit.id()).stream())
                .filter(note -> note.body().validTo().isEmpty())
                .toList();
    }

    /** Returns whether a note of the learning category is a gap: all are, except those about a completed topic. */
    private static boolean isGap(Note note) {
        return !(note.body().metadata().get("slot") instanceof String slot && slot.startsWith(COMPLETED));
    }

    /**
     * Returns concepts that are related to a concept, directly or through a shared neighbor. A shared neighbor with few
     * relations counts more than one to which everything relates (Adamic and Adar, 2003). If the graph has no entity of
     * this name, related entities are found by semantic similarity.
     *
     * @param concept the name of the concept
     * @param limit maximum number of concepts, from 1 to 500
     * @return the concepts, strongest relation first
     */
    public List<Related> related(String concept, int limit) {
        if (concept.isBlank()) {
            throw new InvalidInputException("The concept is blank; name one.");
        }
        if (limit < 1 || limit > MAX_NEAR) {
            throw new InvalidInputException(
                    "The limit of concepts is %d; it must be 1 to %d.".formatted(limit, MAX_NEAR));
        }
        Optional<Entity> named = engine.read(agent, view -> EntityResolver.find(view.graph(), concept));
        if (named.isEmpty()) {
            return byMeaning(concept, limit);
        }
        long self = named.get().number();
        Subgraph near = engine.read(
                agent,
                view -> Traversal.ofCurrent(view.graph(), engine.limits().graph(), Engine.now())
                        .neighborhood(List.of(self), 2, MAX_NEAR));
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
            long via = other(first, self);
            scores.merge(via, Math.max(0, first.weight()), Double::sum);
            reason(reasons, via, first.type().replace('_', ' '));
            List<Edge> onward = at.getOrDefault(via, List.of());
            for (Edge second : onward) {
                long end = other(second, via);
                if (end != self && end != via) {
                    double shared = Math.sqrt(Math.max(0, first.weight() * second.weight()));
                    scores.merge(end, shared / Math.log(2.0 + onward.size()) / 2, Double::sum);
                    Optional.ofNullable(entities.get(via))
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

    private static void reason(Map<Long, List<String>> reasons, long entity, String reason) {
        List<String> existing = reasons.computeIfAbsent(entity, _ -> new ArrayList<>());
        if (!existing.contains(reason)) {
            existing.add(reason);
        }
    }

    /** Returns the entities whose observations are most similar to a concept. */
    private List<Related> byMeaning(String concept, int limit) {
        List<Hit> hits = engine.recall(
                        agent,
                        RecallQuery.of(concept)
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

    /**
     * Returns an overview of what the agent knows about a user.
     *
     * @param user the id of the user
     */
    public Overview overview(String user) {
        List<Note> notes = notes(user, Optional.empty(), false);
        Map<String, List<Note>> best = new TreeMap<>();
        notes.stream()
                .sorted(Comparator.comparingDouble((Note note) -> note.body().importance())
                        .thenComparing(Note::updatedAt)
                        .reversed())
                .forEach(note -> {
                    List<Note> notesOfCategory = best.computeIfAbsent(note.category(), _ -> new ArrayList<>());
                    if (notesOfCategory.size() < 5) {
                        notesOfCategory.add(note);
                    }
                });
        List<Interaction> interactions = interactions(user, Instant.MIN);
        Set<String> validIds = notes.stream().map(Note::id).collect(Collectors.toSet());
        return new Overview(
                engine.userContext(agent, user),
                new TreeMap<>(count(notes, Note::category)),
                best,
                notes.stream()
                        .filter(note -> note.category().equals(LEARNING) && isGap(note))
                        .toList(),
                interactions.stream()
                        .flatMap(one -> one.outcome().stream())
                        .flatMap(outcome -> outcome.review().stream())
                        .filter(validIds::contains)
                        .distinct()
                        .toList(),
                all((view, after) -> view.sessions(Optional.of(user), page, after), _ -> true)
                        .size(),
                interactions.stream()
                        .filter(one -> one.state() == InteractionState.PENDING)
                        .count(),
                interactions.stream()
                        .filter(one -> one.state() == InteractionState.FAILED)
                        .count());
    }

    /**
     * Returns a user's notes, without session summaries, newest first; without superseded and expired notes unless
     * {@code superseded}.
     */
    private List<Note> notes(String user, Optional<String> category, boolean superseded) {
        NoteFilter filter = NoteFilter.ofUser(Optional.of(user)).with(category, superseded);
        return all((view, after) -> view.notes(filter, page, after), _ -> true).stream()
                .filter(note -> note.isStatement()
                        && (superseded || note.body().validTo().isEmpty()))
                .toList();
    }

    private Optional<Note> note(String id) {
        return engine.read(agent, view -> view.note(id));
    }

    private List<Interaction> interactions(String user, Instant since) {
        return all(
                (view, after) -> view.reflection().interactions(Optional.of(user), Optional.empty(), page, after),
                one -> !one.createdAt().isBefore(since));
    }

    /** Reads pages from the newest item on, up to the first item that is not wanted. */
    private <T> List<T> all(BiFunction<StoreView, Optional<Cursor>, Page<T>> pages, Predicate<T> isWanted) {
        var all = new ArrayList<T>();
        Optional<Cursor> after = Optional.empty();
        do {
            Optional<Cursor> from = after;
            Page<T> read = engine.read(agent, view -> pages.apply(view, from));
            for (T item : read.items()) {
                if (!isWanted.test(item)) {
                    return all;
                }
                all.add(item);
            }
            after = Cursor.decode(read.next());
        } while (after.isPresent() && all.size() < MAX_READ);
        return all;
    }

    private static <T, K> Map<K, Long> count(List<T> all, Function<T, K> by) {
        return all.stream().collect(Collectors.groupingBy(by, TreeMap::new, Collectors.counting()));
    }

    private static Map<String, Long> most(Map<String, Long> counts) {
        Map<String, Long> topics = new LinkedHashMap<>();
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .limit(MAX_SHOWN)
                .forEach(entry -> topics.put(entry.getKey(), entry.getValue()));
        return topics;
    }
}
