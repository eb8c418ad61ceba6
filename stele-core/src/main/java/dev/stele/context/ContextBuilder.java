package dev.stele.context;

import dev.stele.engine.Engine;
import dev.stele.graph.Subgraph;
import dev.stele.graph.Traversal;
import dev.stele.language.Prompt.Source;
import dev.stele.language.TokenCounter;
import dev.stele.model.AgentName;
import dev.stele.model.Entity;
import dev.stele.model.ItemKind;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.NotFoundException;
import dev.stele.model.UserContext;
import dev.stele.recall.Audience;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallQuery;
import dev.stele.store.GraphView;
import dev.stele.store.StoreView;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;

/**
 * Builder of a prompt context: the user's profile, graph facts about entities that the topic names, recalled items, and
 * the latest messages. Each part may use a share of the tokens; unused tokens go to the next part.
 */
public record ContextBuilder(Engine engine, AgentName agent, ContextQuery query) {

    /** Maximum number of items that are recalled. */
    private static final int MAX_HITS = 60;
    /** Maximum number of latest messages. */
    private static final int MAX_TURNS = 40;
    /** Maximum number of entities named in the topic whose facts are included. */
    private static final int MAX_NAMED = 5;
    /** Maximum number of neighbors of an entity. */
    private static final int MAX_NEAR = 40;
    /** Maximum number of words of a name that is looked up; longer names are hardly ever said in full. */
    private static final int MAX_NAME_LENGTH = 5;

    /** Maximum share of all tokens for the user's profile. */
    private static final double PROFILE_SHARE = 0.15;
    /** Maximum share of all tokens for graph facts. */
    private static final double GRAPH_SHARE = 0.3;
    /** Maximum share of the remaining tokens for the latest messages. */
    private static final double RECENT_SHARE = 0.5;

    /** Returns the context. */
    public PromptContext build() {
        int left = query.maxTokens();
        var sections = new ArrayList<PromptContext.Section>();
        left -= add(sections, "User", profile(), (int) (query.maxTokens() * PROFILE_SHARE), false);
        left -= add(sections, "What is known", graph(), (int) (query.maxTokens() * GRAPH_SHARE), false);
        int recent = (int) (left * RECENT_SHARE);
        Set<String> shown = new LinkedHashSet<>(query.without());
        List<Source> turns = turns(shown);
        var later = new ArrayList<PromptContext.Section>();
        left -= add(later, "Latest turns", turns, query.session().isEmpty() ? 0 : recent, true);
        left -= add(sections, "Recalled", recalled(shown), left, false);
        sections.addAll(later);
        return new PromptContext(sections, query.maxTokens() - left);
    }

    /** Adds the sources that fit in the budget; returns the number of tokens that they take. */
    private static int add(
            List<PromptContext.Section> to, String title, List<Source> pieces, int budget, boolean fromTheEnd) {
        TokenCounter counter = TokenCounter.standard();
        int used = counter.count("## " + title + "\n\n");
        var fitting = new ArrayList<Source>();
        for (Source piece : fromTheEnd ? pieces.reversed() : pieces) {
            int tokens = counter.count(PromptContext.line(piece) + "\n");
            if (used + tokens <= budget) {
                used += tokens;
                fitting.add(piece);
            } else if (fromTheEnd) {
                break; // a conversation is shown without gaps
            }
        }
        if (fitting.isEmpty()) {
            return 0;
        }
        to.add(new PromptContext.Section(
                title, fromTheEnd ? fitting.reversed() : fitting, fitting.size() < pieces.size()));
        return used;
    }

    private List<Source> profile() {
        if (query.user().isEmpty()) {
            return List.of();
        }
        return engine.userContext(agent, query.user().get())
                .map(ContextBuilder::lines)
                .orElse(List.of());
    }

    private static List<Source> lines(UserContext user) {
        var lines = new ArrayList<String>();
        lines.add("%d conversations, friendship %s, trust %s"
                .formatted(user.conversations(), user.stage().words(), user.trust()));
        user.preferences().forEach((name, value) -> lines.add("prefers " + name + ": " + value));
        user.traits().forEach((name, strength) -> lines.add("is " + name + " (" + strength + ")"));
        return lines.stream()
                .map(line -> new Source("profile", user.userId(), user.userId(), Optional.empty(), line))
                .toList();
    }

    /** A graph fact as text, with the names of the entities that it is about. */
    private record Fact(Source source, Set<String> names) {

        static Fact of(Entity entity, String text, String... others) {
            Set<String> names = new LinkedHashSet<>(Arrays.asList(others));
            names.add(entity.name());
            return new Fact(new Source("fact", entity.id(), entity.name(), Optional.empty(), text), names);
        }
    }

    /** Returns whether an item may be told; a query without an audience is told everything. */
    private LongPredicate told(StoreView view) {
        return query.audience().isEmpty() ? _ -> true : new Audience(view, query.audience())::sees;
    }

    /**
     * Returns facts about the entities that the topic names, without facts about other users if the query has an
     * audience.
     */
    private List<Source> graph() {
        List<Fact> facts = facts();
        if (query.audience().isEmpty() || facts.isEmpty()) {
            return facts.stream().map(Fact::source).toList();
        }
        Set<String> secret = otherUsers(facts.stream()
                .flatMap(fact -> fact.names().stream().map(Entity::key))
                .collect(Collectors.toSet()));
        return facts.stream()
                .filter(fact -> fact.names().stream().map(Entity::key).noneMatch(secret::contains))
                .map(Fact::source)
                .toList();
    }

    /**
     * Returns which of some names are users whose facts not all of the audience may see, as keys: an entity of that
     * name is the user, whatever its case.
     */
    private Set<String> otherUsers(Set<String> names) {
        Set<String> keys = new HashSet<>(engine.read(agent, view -> view.usersNamed(names)));
        if (query.audience().size() == 1) {
            query.audience().forEach(user -> keys.remove(Entity.key(user)));
        }
        return keys;
    }

    /** Returns observations and relations of the entities that the topic names. */
    private List<Fact> facts() {
        return engine.read(agent, store -> {
            GraphView view = store.graph();
            Set<String> names = new LinkedHashSet<>();
            String[] words = Entity.key(query.topic()).split("[^\\p{L}\\p{N}]+", -1);
            for (int from = 0; from < words.length; from++) {
                for (int to = Math.min(words.length, from + MAX_NAME_LENGTH); to > from; to--) {
                    names.add(String.join(" ", List.of(words).subList(from, to)));
                }
            }
            List<Long> named = view.isEmpty() ? List.of() : view.namedOneOf(names);
            if (named.isEmpty()) {
                return List.of();
            }
            List<Entity> entities = new ArrayList<>(view.entities(named.subList(0, Math.min(MAX_NAMED, named.size()))));
            LongPredicate told = told(store);
            entities.removeIf(entity -> !told.test(entity.number()));
            entities.sort(Comparator.comparingLong(Entity::number));
            var facts = new ArrayList<Fact>();
            for (Entity entity : entities) {
                facts.add(Fact.of(
                        entity,
                        "%s%s%s"
                                .formatted(
                                        entity.name(),
                                        entity.stub() ? "" : " (" + entity.type() + ")",
                                        entity.attributes().isEmpty() ? "" : " " + Json.write(entity.attributes()))));
                view.observations(entity.number(), Optional.empty()).stream()
                        .filter(observation -> told.test(observation.number()))
                        .forEach(observation -> facts.add(Fact.of(entity, observation.content())));
                Subgraph near = Traversal.ofCurrent(view, engine.limits().graph(), Engine.now())
                        .neighborhood(List.of(entity.number()), 1, MAX_NEAR);
                Map<Long, String> nameOf = near.entities().stream()
                        .collect(Collectors.toMap(
                                one -> one.entity().number(),
                                one -> one.entity().name()));
                near.relations().stream()
                        .filter(edge -> told.test(edge.number()))
                        .forEach(edge -> {
                            String source = nameOf.getOrDefault(edge.from(), "");
                            String target = nameOf.getOrDefault(edge.to(), "");
                            facts.add(Fact.of(
                                    entity,
                                    "%s %s %s".formatted(source, edge.type().replace('_', ' '), target),
                                    source,
                                    target));
                        });
            }
            return facts;
        });
    }

    private List<Source> turns(Set<String> shown) {
        if (query.session().isEmpty()) {
            return List.of();
        }
        String session = query.session().get();
        List<Message> last = engine.read(agent, view -> {
            NotFoundException.require("session", session, view.session(session));
            LongPredicate told = told(view);
            return view.messages(session, engine.checkLimit(MAX_TURNS), Optional.empty(), false).items().stream()
                    .filter(message -> told.test(message.number()))
                    .toList();
        });
        last.forEach(message -> shown.add(message.id()));
        return last.stream().map(Source::of).toList();
    }

    private List<Source> recalled(Set<String> shown) {
        if (query.hits() == 0) {
            return List.of();
        }
        // Items that are shown already are often among the best hits; further items replace them.
        int asked = Math.min(query.hits() + shown.size(), MAX_HITS);
        RecallFilter filter = RecallFilter.ALL.withAudience(query.audience().toArray(String[]::new));
        return engine
                .recall(agent, RecallQuery.of(query.topic()).withLimit(asked).withFilter(filter))
                .hits()
                .stream()
                .filter(hit -> !shown.contains(hit.id()))
                .limit(query.hits())
                .map(ContextBuilder::source)
                .toList();
    }

    private static Source source(Hit hit) {
        String who = hit.kind() == ItemKind.MESSAGE
                ? hit.speaker().orElse("")
                : hit.entity().or(hit::category).orElse("");
        return new Source(hit.kind().label(), hit.id(), who, Optional.of(hit.at()), hit.content() + repetitions(hit));
    }

    /** Returns the other days on which a message was said; empty text if there are none. */
    private static String repetitions(Hit hit) {
        LocalDate day = LocalDate.ofInstant(hit.at(), ZoneOffset.UTC);
        List<String> days = hit.duplicates().stream()
                .filter(item -> item.kind() == hit.kind())
                .map(item -> LocalDate.ofInstant(item.at(), ZoneOffset.UTC))
                .filter(other -> !other.equals(day))
                .distinct()
                .sorted()
                .map(LocalDate::toString)
                .toList();
        return days.isEmpty() ? "" : " (also on " + String.join(", ", days) + ")";
    }
}
