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
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Fetches the texts of ranked items; for a question about the past, the texts of then. */
final class HitReader {

    /**
     * Two items whose cosine is at least this, and which share so much of their words, say nearly the same. Cosines alone would
     * fold "likes tea" and "dislikes tea".
     */
    private static final float SAME = 0.95f;

    private static final double SAME_WORDS = 0.8;
    private static final Pattern WORD_ENDS = Pattern.compile("[^\\p{L}\\p{N}]+");
    /** With so many of the best hits each further one is compared. */
    private static final int MAX_COMPARED = 64;
    /** After so many that do not fit into what is left of the tokens no further one is tried. */
    private static final int MAX_TOO_LONG = 50;

    private final StoreView view;
    private final RecallQuery query;
    private final IndexSnapshot items;
    private final Optional<ArchivedItems> archived;
    /** By texts, each of which is compared with many. */
    private final Map<String, Set<String>> wordsOf = new HashMap<>();

    HitReader(StoreView view, RecallQuery query, IndexSnapshot items, Optional<ArchivedItems> archived) {
        this.view = view;
        this.query = query;
        this.items = items;
        this.archived = archived;
    }

    /** Why an item is a hit. */
    record Reasons(double score, List<String> words, Map<String, Double> signals) {}

    /** What was found, and how many tokens it takes in a prompt if that was asked for. */
    record Found(List<Hit> hits, OptionalInt tokens) {}

    /** The first hits of a ranking, as many as the query asks for and has tokens for. */
    Found read(Ranker.Ranked[] ranked, Function<Ranker.Ranked, Reasons> why) {
        var hits = new ArrayList<Hit>();
        var slots = new IntList();
        int left = query.maxTokens().orElse(Integer.MAX_VALUE);
        int tooLong = 0;
        for (int from = 0; from < ranked.length && hits.size() < query.limit() && tooLong < MAX_TOO_LONG; ) {
            int to = Math.min(ranked.length, from + query.limit() - hits.size());
            Texts texts = texts(ranked, from, to);
            for (; from < to; from++) {
                int slot = ranked[from].slot();
                Optional<Hit> hit = texts.hit(items.number(slot), why.apply(ranked[from]));
                int shown = hit.isPresent() && query.fold() ? shown(hits, slots, hit.get(), slot) : IndexSnapshot.NONE;
                if (shown != IndexSnapshot.NONE) {
                    hits.set(shown, hits.get(shown).with(hit.get()));
                } else if (hit.isPresent()) {
                    int tokens = query.maxTokens().isPresent() ? tokens(hit.get()) : 0;
                    if (tokens > left) {
                        tooLong++; // a shorter one may still fit
                    } else {
                        left -= tokens;
                        hits.add(hit.get());
                        slots.add(slot);
                    }
                }
            }
        }
        return new Found(
                hits,
                query.maxTokens().isPresent()
                        ? OptionalInt.of(query.maxTokens().getAsInt() - left)
                        : OptionalInt.empty());
    }

    /** The index of a hit so far that tells what this one would. */
    private int shown(List<Hit> hits, IntList slots, Hit hit, int slot) {
        int source = source(hits, hit);
        return source == IndexSnapshot.NONE ? same(hits, slots, hit, slot) : source;
    }

    /** The index of the best message that a statement was taken from, if all of those are hits so far and it tells nothing beyond them. */
    private int source(List<Hit> hits, Hit hit) {
        if (hit.sources().isEmpty()) {
            return IndexSnapshot.NONE;
        }
        int[] sources = IntStream.range(0, hits.size())
                .filter(i -> hit.sources().contains(hits.get(i).id()))
                .toArray();
        if (sources.length < hit.sources().size()) {
            return IndexSnapshot.NONE;
        }
        Set<String> told = new HashSet<>();
        for (int source : sources) {
            told.addAll(words(hits.get(source).content()));
            hits.get(source).speaker().map(this::words).ifPresent(told::addAll);
        }
        return held(words(hit.content()), told) >= SAME_WORDS ? sources[0] : IndexSnapshot.NONE;
    }

    /** The index of a hit so far that says nearly the same. */
    private int same(List<Hit> hits, IntList slots, Hit hit, int slot) {
        Optional<float[]> vector = items.vector(slot);
        if (vector.isEmpty()) {
            return IndexSnapshot.NONE;
        }
        float[] cosines = items.cosines(vector.get(), slots.first(MAX_COMPARED));
        for (int i = 0; i < cosines.length; i++) {
            if (hits.get(i).kind() == hit.kind()
                    && cosines[i] >= SAME
                    && shared(hits.get(i).content(), hit.content()) >= SAME_WORDS) {
                return i;
            }
        }
        return IndexSnapshot.NONE;
    }

    /** The share of the words of either text that both have. */
    private double shared(String a, String b) {
        Set<String> some = words(a);
        Set<String> others = words(b);
        if (some.isEmpty() && others.isEmpty()) {
            return 1;
        }
        long both = some.stream().filter(others::contains).count();
        return (double) both / (some.size() + others.size() - both);
    }

    /** The share of some words that are among others. */
    private static double held(Set<String> some, Set<String> others) {
        return some.isEmpty()
                ? 1
                : (double) some.stream().filter(others::contains).count() / some.size();
    }

    private Set<String> words(String text) {
        return wordsOf.computeIfAbsent(text, _ -> {
            Set<String> words = new HashSet<>(Arrays.asList(WORD_ENDS.split(text.toLowerCase(Locale.ROOT), -1)));
            words.remove(""); // before a first mark or after a last
            return words;
        });
    }

    /** What a hit takes when it stands in a prompt with who said it and when. */
    private static int tokens(Hit hit) {
        return TokenCounter.standard()
                .count(hit.at() + " "
                        + hit.speaker().or(hit::category).or(hit::entity).orElse("") + ": " + hit.content() + "\n");
    }

    private Texts texts(Ranker.Ranked[] ranked, int from, int to) {
        Map<ItemKind, List<Long>> numbers = new EnumMap<>(ItemKind.class);
        for (int i = from; i < to; i++) {
            int slot = ranked[i].slot();
            numbers.computeIfAbsent(items.facts(slot).item(), _ -> new ArrayList<>())
                    .add(items.number(slot));
        }
        return new Texts(
                view.messagesByNumber(numbers.getOrDefault(ItemKind.MESSAGE, List.of())),
                view.notesByNumber(numbers.getOrDefault(ItemKind.NOTE, List.of())),
                view.graph().observationsByNumber(numbers.getOrDefault(ItemKind.OBSERVATION, List.of())),
                view.documents().passagesByNumber(numbers.getOrDefault(ItemKind.PASSAGE, List.of())));
    }

    /** Items by their numbers. */
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

        Optional<Hit> hit(long number, Reasons why) {
            return Optional.ofNullable(messages.get(number))
                    .or(() -> archived.flatMap(old -> old.message(number)))
                    .map(message -> HitReader.this.hit(message, why))
                    .or(() -> Optional.ofNullable(notes.get(number))
                            .flatMap(HitReader.this::inForce)
                            .map(note -> HitReader.hit(note, why)))
                    .or(() -> Optional.ofNullable(observations.get(number))
                            .filter(observation ->
                                    query.asOf().map(observation::knownAt).orElse(true))
                            .map(observation -> HitReader.hit(observation, why)))
                    .or(() -> Optional.ofNullable(passages.get(number)).map(passage -> HitReader.hit(passage, why)));
        }
    }

    private Hit hit(Message message, Reasons why) {
        return new Hit(
                ItemKind.MESSAGE,
                message.id(),
                textInForce(message),
                why.score(),
                message.at(),
                Optional.of(message.session()),
                message.user(),
                Optional.of(message.role().word()),
                Optional.of(message.speaker()),
                Optional.empty(),
                Optional.empty(),
                message.archived(),
                why.words(),
                why.signals(),
                List.of(),
                List.of());
    }

    private static Hit hit(Note note, Reasons why) {
        return new Hit(
                ItemKind.NOTE,
                note.id(),
                note.content(),
                why.score(),
                note.createdAt(),
                note.body().session(),
                note.body().user(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(note.category()),
                Optional.empty(),
                false,
                why.words(),
                why.signals(),
                note.body().provenance(),
                List.of());
    }

    private static Hit hit(Observation observation, Reasons why) {
        return new Hit(
                ItemKind.OBSERVATION,
                observation.id(),
                observation.content(),
                why.score(),
                observation.at().orElse(observation.recordedAt()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(observation.entity().name()),
                false,
                why.words(),
                why.signals(),
                observation.sources(),
                List.of());
    }

    private static Hit hit(Passage passage, Reasons why) {
        return new Hit(
                ItemKind.PASSAGE,
                passage.id(),
                passage.content(),
                why.score(),
                passage.at(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(passage.collection()),
                Optional.of(passage.about()),
                false,
                why.words(),
                why.signals(),
                List.of(),
                List.of());
    }

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

    /** The version of a note at the time asked about, unless it was superseded by then. */
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
