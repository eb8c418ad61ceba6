package dev.stele.recall;

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
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reader that turns ranked items into hits: reads their texts, folds near-duplicates and keeps to the token budget. For
 * a query about the past, it reads the texts of that time. For one thread.
 */
final class HitReader {

    /**
     * Minimum cosine of near-duplicates. Near-duplicates must also share {@link #MIN_SHARED_WORDS} of their words,
     * because the cosine alone would fold "likes tea" and "dislikes tea".
     */
    private static final float MIN_DUPLICATE_COSINE = 0.95f;

    /** Minimum share of common words of near-duplicates, and of the words of an item that its sources contain. */
    private static final double MIN_SHARED_WORDS = 0.8;

    private static final Pattern WORD_SEPARATORS = Pattern.compile("[^\\p{L}\\p{N}]+");
    /** Maximum number of best hits that a further item is compared with. */
    private static final int MAX_COMPARED = 64;
    /** Maximum number of items that exceed the remaining token budget; then no further item is tried. */
    private static final int MAX_OVER_BUDGET = 50;

    private final StoreView view;
    private final RecallQuery query;
    private final IndexSnapshot items;
    private final Optional<ArchivedItems> archived;
    /** Words by text; a cache, because each text is compared with many others. */
    private final Map<String, Set<String>> wordsOf = new HashMap<>();

    HitReader(RecallQuery query, SearchScope scope) {
        this.view = scope.view();
        this.query = query;
        this.items = scope.items();
        this.archived = scope.archived();
    }

    /**
     * Reasons for which an item is a hit.
     *
     * @param score score of the item
     * @param words query terms that the item or the two messages before it contain
     * @param signals value of each ranking feature, by name; empty without explanations
     */
    record Reasons(double score, List<String> words, Map<String, Double> signals) {}

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
        var ordinals = new IntList();
        int remainingTokens = query.maxTokens().orElse(Integer.MAX_VALUE);
        int overBudget = 0;
        for (int fromIndex = 0;
                fromIndex < ranked.length && hits.size() < query.limit() && overBudget < MAX_OVER_BUDGET; ) {
            int toIndex = Math.min(ranked.length, fromIndex + query.limit() - hits.size());
            Texts texts = texts(ranked, fromIndex, toIndex);
            for (; fromIndex < toIndex; fromIndex++) {
                int ordinal = ranked[fromIndex].slot();
                Optional<Hit> hit = texts.hit(items.number(ordinal), ranking.reasons(ranked[fromIndex]));
                int shown = hit.isPresent() && query.fold()
                        ? shown(hits, ordinals, hit.get(), ordinal)
                        : IndexSnapshot.NONE;
                if (shown != IndexSnapshot.NONE) {
                    hits.set(shown, hits.get(shown).with(hit.get()));
                } else if (hit.isPresent()) {
                    int tokens = query.maxTokens().isPresent() ? tokens(hit.get()) : 0;
                    if (tokens > remainingTokens) {
                        overBudget++; // a shorter item may still fit
                    } else {
                        remainingTokens -= tokens;
                        hits.add(hit.get());
                        ordinals.add(ordinal);
                    }
                }
            }
        }
        return new Found(
                hits,
                query.maxTokens().isPresent()
                        ? OptionalInt.of(query.maxTokens().getAsInt() - remainingTokens)
                        : OptionalInt.empty());
    }

    /** Returns the index of the hit that an item is folded into, or {@code NONE}. */
    private int shown(List<Hit> hits, IntList ordinals, Hit hit, int ordinal) {
        int source = source(hits, hit);
        return source == IndexSnapshot.NONE ? same(hits, ordinals, hit, ordinal) : source;
    }

    /**
     * Returns the index of the best message that an item was taken from, or {@code NONE}. All source messages must be
     * hits already, and the item must add nothing to them.
     */
    private int source(List<Hit> hits, Hit hit) {
        if (hit.sources().isEmpty()) {
            return IndexSnapshot.NONE;
        }
        int[] indexes = IntStream.range(0, hits.size())
                .filter(i -> hit.sources().contains(hits.get(i).id()))
                .toArray();
        if (indexes.length < hit.sources().size()) {
            return IndexSnapshot.NONE;
        }
        Set<String> sourceWords = new HashSet<>();
        for (int source : indexes) {
            sourceWords.addAll(words(hits.get(source).content()));
            hits.get(source).speaker().map(this::words).ifPresent(sourceWords::addAll);
        }
        return held(words(hit.content()), sourceWords) >= MIN_SHARED_WORDS ? indexes[0] : IndexSnapshot.NONE;
    }

    /** Returns the index of a hit that is a near-duplicate of an item, or {@code NONE}. */
    private int same(List<Hit> hits, IntList ordinals, Hit hit, int ordinal) {
        Optional<float[]> vector = items.vector(ordinal);
        if (vector.isEmpty()) {
            return IndexSnapshot.NONE;
        }
        float[] cosines = items.cosines(vector.get(), ordinals.first(MAX_COMPARED));
        for (int i = 0; i < cosines.length; i++) {
            if (hits.get(i).kind() == hit.kind()
                    && cosines[i] >= MIN_DUPLICATE_COSINE
                    && shared(hits.get(i).content(), hit.content()) >= MIN_SHARED_WORDS) {
                return i;
            }
        }
        return IndexSnapshot.NONE;
    }

    /**
     * Returns the Jaccard similarity of the word sets of two texts: the number of common words divided by the number of
     * all words.
     */
    private double shared(String a, String b) {
        Set<String> aWords = words(a);
        Set<String> bWords = words(b);
        if (aWords.isEmpty() && bWords.isEmpty()) {
            return 1;
        }
        long common = aWords.stream().filter(bWords::contains).count();
        return (double) common / (aWords.size() + bWords.size() - common);
    }

    /** Returns the share of words that are contained in another set. */
    private static double held(Set<String> words, Set<String> others) {
        return words.isEmpty()
                ? 1
                : (double) words.stream().filter(others::contains).count() / words.size();
    }

    /** Returns the lower-case words of a text. */
    private Set<String> words(String text) {
        return wordsOf.computeIfAbsent(text, _ -> {
            Set<String> words = new HashSet<>(Arrays.asList(WORD_SEPARATORS.split(text.toLowerCase(Locale.ROOT), -1)));
            words.remove(""); // before leading or after trailing punctuation
            return words;
        });
    }

    /** Returns the number of tokens of a hit in a prompt, with its time and its speaker, category or entity. */
    private static int tokens(Hit hit) {
        return TokenCounter.standard()
                .count(hit.at() + " "
                        + hit.speaker().or(hit::category).or(hit::entity).orElse("") + ": " + hit.content() + "\n");
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
