package dev.stele.recall;

import dev.stele.analysis.Analyzer;
import dev.stele.index.IndexSnapshot;
import dev.stele.language.TokenCounter;
import dev.stele.model.ItemKind;
import dev.stele.model.Message;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.model.Observation;
import dev.stele.model.Passage;
import dev.stele.store.StoreView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reader that turns ranked items into hits: reads their texts, leaves out what the audience of the query may not see by
 * its lineage, folds items that say the same and keeps to the token budget. A hidden item takes no tokens and is no hit
 * into which another one is folded. The index compares the user of an item only, which is fast and leaves few others to
 * hide. For a query about the past, it reads the texts of that time. For one thread.
 */
final class HitReader {

    /** Minimum Jaccard similarity of the terms of a question that repeats the query. */
    private static final double MIN_ECHO_SHARE = 0.6;

    /** Maximum number of items that exceed the remaining token budget; then no further item is tried. */
    private static final int MAX_OVER_BUDGET = 50;

    /** Maximum number of items that are read at once. */
    private static final int MAX_BATCH = 256;

    private final StoreView view;
    private final AnalyzedQuery analyzed;
    private final RecallQuery query;
    private final IndexSnapshot items;
    private final Optional<ArchivedItems> archived;
    private final Folding folding;
    private final Analyzer analyzer;
    private final Optional<Audience> audience;

    HitReader(AnalyzedQuery analyzed, SearchScope scope) {
        this.view = scope.view();
        this.analyzed = analyzed;
        this.query = analyzed.query();
        this.items = scope.items();
        this.archived = scope.archived();
        this.folding = new Folding(scope.analyzer());
        this.analyzer = scope.analyzer();
        Set<String> users = query.filter().audience();
        this.audience = users.isEmpty() ? Optional.empty() : Optional.of(new Audience(view, users));
    }

    /**
     * Reasons for which an item is a hit.
     *
     * @param score score of the item
     * @param confidence estimate of how likely the item answers the query
     * @param words query terms that the item or the two messages before it contain
     * @param signals value of each ranking feature, by name; empty without explanations
     */
    record Reasons(double score, double confidence, List<String> words, Map<String, Double> signals) {}

    /**
     * Hits with their token count.
     *
     * @param hits hits, the best first
     * @param tokens number of tokens of all hits in a prompt; empty unless the query has a token budget
     */
    record Found(List<Hit> hits, OptionalInt tokens) {}

    /**
     * Reads the first hits of a ranking, up to the limit and the token budget of the query.
     *
     * @param ranking ranking of the candidates
     */
    Found read(Ranking ranking) {
        Ranking.Ranked[] ranked = ranking.ranked();
        var hits = new ArrayList<Hit>();
        int remainingTokens = query.maxTokens().orElse(Integer.MAX_VALUE);
        int overBudget = 0;
        int batch = query.limit();
        for (int fromIndex = 0;
                fromIndex < ranked.length && hits.size() < query.limit() && overBudget < MAX_OVER_BUDGET; ) {
            int toIndex = Math.min(ranked.length, fromIndex + Math.max(batch, query.limit() - hits.size()));
            batch = Math.min(MAX_BATCH, 2 * batch); // most items of the batch before were folded, or too long
            prepareAudience(ranked, fromIndex, toIndex);
            Texts texts = texts(ranked, fromIndex, toIndex);
            for (; fromIndex < toIndex && hits.size() < query.limit(); fromIndex++) {
                int ordinal = ranked[fromIndex].slot();
                if (isHidden(items.number(ordinal))) {
                    continue;
                }
                Optional<Hit> read = texts.hit(items.number(ordinal), ranking.reasons(ranked[fromIndex]));
                if (read.isEmpty() || read.get().score() < query.minScore() || isEcho(read.get(), ordinal)) {
                    continue;
                }
                Hit hit = read.get();
                Folding.Text text = Folding.Text.of(hit);
                OptionalInt target = query.fold() ? folding.target(hit, text, hits) : OptionalInt.empty();
                if (target.isPresent()) {
                    hits.set(target.getAsInt(), hits.get(target.getAsInt()).with(hit));
                    continue;
                }
                int tokens = query.maxTokens().isPresent() ? tokens(hit) : 0;
                if (tokens > remainingTokens) {
                    overBudget++; // a shorter item may still fit
                    continue;
                }
                remainingTokens -= tokens;
                folding.shown(text, hits.size());
                hits.add(hit);
            }
        }
        return new Found(
                hits,
                query.maxTokens().isPresent()
                        ? OptionalInt.of(query.maxTokens().getAsInt() - remainingTokens)
                        : OptionalInt.empty());
    }

    /**
     * Returns whether a message asks what the query asks, in the same or in similar terms: it is no answer. The terms
     * of both are compared without function words, so that word order does not matter. A message that also states
     * something must repeat the query.
     */
    private boolean isEcho(Hit hit, int ordinal) {
        if (!analyzed.asksForStatements() || hit.kind() != ItemKind.MESSAGE) {
            return false;
        }
        if (hit.content().strip().equals(query.text().strip())) {
            return true;
        }
        if (!items.onlyAsks(ordinal)) {
            return false;
        }
        Set<String> asked = Set.copyOf(analyzer.queryTerms(hit.content()));
        Set<String> terms = Set.copyOf(analyzed.terms());
        long common = asked.stream().filter(terms::contains).count();
        return common >= MIN_ECHO_SHARE * (asked.size() + terms.size() - common);
    }

    /** Returns the number of tokens of a hit in a prompt, with its time and its speaker, category or entity. */
    static int tokens(Hit hit) {
        return TokenCounter.standard()
                .count(hit.at() + " "
                        + hit.speaker().or(hit::category).or(hit::entity).orElse("") + ": " + hit.content() + "\n");
    }

    private void prepareAudience(Ranking.Ranked[] ranked, int fromIndex, int toIndex) {
        audience.ifPresent(users -> users.prepare(IntStream.range(fromIndex, toIndex)
                .mapToObj(i -> items.number(ranked[i].slot()))
                .toList()));
    }

    private boolean isHidden(long number) {
        return audience.isPresent() && !audience.get().sees(number);
    }

    /** Reads the items of a range of the ranking, with one query for each kind. */
    private Texts texts(Ranking.Ranked[] ranked, int fromIndex, int toIndex) {
        Map<ItemKind, List<Long>> numbers = new EnumMap<>(ItemKind.class);
        for (int i = fromIndex; i < toIndex; i++) {
            int ordinal = ranked[i].slot();
            numbers.computeIfAbsent(items.facts(ordinal).item(), _ -> new ArrayList<>())
                    .add(items.number(ordinal));
        }
        return new Texts(
                view.messagesByNumber(numbers.getOrDefault(ItemKind.MESSAGE, List.of())),
                view.notesByNumber(numbers.getOrDefault(ItemKind.NOTE, List.of())),
                view.graph().observationsByNumber(numbers.getOrDefault(ItemKind.OBSERVATION, List.of())),
                view.documents().passagesByNumber(numbers.getOrDefault(ItemKind.PASSAGE, List.of())));
    }

    /** Items that were read, by number. */
    private final class Texts {
        private final Map<Long, Message> messages;
        private final Map<Long, Note> notes;
        private final Map<Long, Observation> observations;
        private final Map<Long, Passage> passages;

        Texts(
                Map<Long, Message> messages,
                Map<Long, Note> notes,
                Map<Long, Observation> observations,
                Map<Long, Passage> passages) {
            this.messages = messages;
            this.notes = notes;
            this.observations = observations;
            this.passages = passages;
        }

        /** Returns the hit for an item, or empty if the item was not in force at the time of the query. */
        Optional<Hit> hit(long number, Reasons reasons) {
            return Optional.ofNullable(messages.get(number))
                    .or(() -> archived.flatMap(old -> old.message(number)))
                    .map(message -> HitReader.this.hit(message, reasons))
                    .or(() -> Optional.ofNullable(notes.get(number))
                            .flatMap(HitReader.this::inForce)
                            .map(note -> HitReader.hit(note, reasons)))
                    .or(() -> Optional.ofNullable(observations.get(number))
                            .filter(observation ->
                                    query.asOf().map(observation::knownAt).orElse(true))
                            .map(observation -> HitReader.hit(observation, reasons)))
                    .or(() ->
                            Optional.ofNullable(passages.get(number)).map(passage -> HitReader.hit(passage, reasons)));
        }
    }

    private Hit hit(Message message, Reasons reasons) {
        return new Hit(
                ItemKind.MESSAGE,
                message.id(),
                textInForce(message),
                reasons.score(),
                reasons.confidence(),
                message.at(),
                Optional.of(message.session()),
                message.user(),
                Optional.of(message.role().label()),
                Optional.of(message.speaker()),
                Optional.empty(),
                Optional.empty(),
                message.archived(),
                reasons.words(),
                reasons.signals(),
                List.of(),
                List.of());
    }

    private static Hit hit(Note note, Reasons reasons) {
        return new Hit(
                ItemKind.NOTE,
                note.id(),
                note.content(),
                reasons.score(),
                reasons.confidence(),
                note.createdAt(),
                note.body().session(),
                note.body().user(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(note.category()),
                Optional.empty(),
                false,
                reasons.words(),
                reasons.signals(),
                note.body().provenance(),
                List.of());
    }

    private static Hit hit(Observation observation, Reasons reasons) {
        return new Hit(
                ItemKind.OBSERVATION,
                observation.id(),
                observation.content(),
                reasons.score(),
                reasons.confidence(),
                observation.at().orElse(observation.recordedAt()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(observation.entity().name()),
                false,
                reasons.words(),
                reasons.signals(),
                observation.sources(),
                List.of());
    }

    private static Hit hit(Passage passage, Reasons reasons) {
        return new Hit(
                ItemKind.PASSAGE,
                passage.id(),
                passage.content(),
                reasons.score(),
                reasons.confidence(),
                passage.at(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(passage.collection()),
                Optional.of(passage.about()),
                false,
                reasons.words(),
                reasons.signals(),
                List.of(),
                List.of());
    }

    /** Returns the text of a message at the time of the query. */
    private String textInForce(Message message) {
        boolean editedSince = query.asOf()
                .flatMap(then -> message.editedAt().filter(then::isBefore))
                .isPresent();
        if (!editedSince) {
            return message.content();
        }
        Instant then = query.asOf().orElseThrow();
        return view.revisions(message.number()).stream()
                .filter(revision -> revision.replacedAt().isAfter(then))
                .map(MessageRevision::content)
                .findFirst()
                .orElse(message.content());
    }

    /**
     * Returns the version of a note at the time of the query; empty if the note did not exist then, or was superseded
     * and the filter excludes superseded notes.
     */
    private Optional<Note> inForce(Note note) {
        if (query.asOf().isEmpty()) {
            return Optional.of(note);
        }
        Instant then = query.asOf().get();
        return Stream.concat(view.noteHistory(note.number()).stream(), Stream.of(note))
                .filter(version -> !version.updatedAt().isAfter(then))
                .reduce((_, later) -> later)
                .filter(version ->
                        query.filter().superseded() || version.supersededBy().isEmpty());
    }
}
