package dev.stele.recall;

import dev.stele.index.LiveItems;
import dev.stele.model.Message;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.store.StoreView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Fetches the texts of ranked items; for a question about the past, the texts of then. */
final class HitReader {

    private final StoreView view;
    private final RecallQuery query;
    private final LiveItems items;
    private final Optional<ArchivedItems> archived;

    HitReader(StoreView view, RecallQuery query, LiveItems items, Optional<ArchivedItems> archived) {
        this.view = view;
        this.query = query;
        this.items = items;
        this.archived = archived;
    }

    /** Why an item is a hit. */
    record Reasons(double score, List<String> words, Map<String, Double> signals) {}

    /** The first hits of a ranking, as many as the query asks for. */
    List<Hit> read(Answer.Ranked[] ranked, Function<Answer.Ranked, Reasons> why) {
        var hits = new ArrayList<Hit>();
        for (int from = 0; from < ranked.length && hits.size() < query.limit(); ) {
            int to = Math.min(ranked.length, from + query.limit() - hits.size());
            List<Long> messageNumbers = new ArrayList<>();
            List<Long> noteNumbers = new ArrayList<>();
            for (int i = from; i < to; i++) {
                int slot = ranked[i].slot();
                (items.message(slot) ? messageNumbers : noteNumbers).add(items.number(slot));
            }
            Map<Long, Message> messages = view.messagesByNumber(messageNumbers);
            Map<Long, Note> notes = view.notesByNumber(noteNumbers);
            for (; from < to; from++) {
                long number = items.number(ranked[from].slot());
                Reasons reasons = why.apply(ranked[from]);
                Optional<Hit> hit = items.message(ranked[from].slot())
                        ? Optional.ofNullable(messages.get(number))
                                .or(() -> archived.flatMap(old -> old.message(number)))
                                .map(message -> hit(message, reasons))
                        : Optional.ofNullable(notes.get(number))
                                .flatMap(this::inForce)
                                .map(note -> hit(note, reasons));
                hit.ifPresent(hits::add);
            }
        }
        return hits;
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
                message.archived(),
                why.words(),
                why.signals(),
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
                false,
                why.words(),
                why.signals(),
                note.body().provenance());
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
