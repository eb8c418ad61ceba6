package dev.stele.reflect;

import dev.stele.config.ReflectionPolicy;
import dev.stele.engine.Engine;
import dev.stele.engine.NoteUsage;
import dev.stele.model.ChangeKind;
import dev.stele.model.Note;
import dev.stele.store.AgentStore;
import dev.stele.store.ReflectionView.Use;
import dev.stele.store.StoreView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Expiry of unused notes. A note is kept for a time that depends on its importance and grows with its number of uses,
 * counted from the last use. An expired note is retired: it is kept, and excluded from recall unless requested. Pinned
 * and very important notes do not expire.
 */
public record NoteDecay(Engine engine) {

    private static final String ENTRY = "forgetting";
    /** Interval between runs for one agent. */
    private static final Duration INTERVAL = Duration.ofHours(1);
    /** Importance below which a note is kept for the shorter time of unimportant notes. */
    private static final double UNIMPORTANT = 0.3;
    /** Minimum importance of notes that never expire. */
    private static final double CRITICAL = 0.9;

    private static final int MAX_RETIRED_PER_WRITE = 200;

    /** Stores use counts; retires expired notes at most once an hour. */
    public void run(AgentStore store) {
        flushUses(store);
        Instant now = Engine.now();
        boolean due =
                store.read(view -> view.noteCount() > 0 && !dueAt(view, now).isAfter(now));
        if (!due) {
            return;
        }
        while (true) {
            List<Note> faded = store.read(view -> faded(view, now, MAX_RETIRED_PER_WRITE));
            if (faded.isEmpty()) {
                break;
            }
            store.write(edit -> {
                for (Note seen : faded) {
                    edit.note(seen.id())
                            .filter(note -> note.version() == seen.version())
                            .ifPresent(note -> edit.updateNote(
                                    note,
                                    Consolidations.retired(note, "nobody used it for its time", now),
                                    ChangeKind.NOTE_UPDATED));
                }
                return faded.size();
            });
        }
        store.write(edit -> edit.reflection().put(ENTRY, Map.of(), now));
    }

    /** Returns the earliest time from {@code now} on at which a run retires notes. */
    public Instant dueAt(StoreView view, Instant now) {
        return view.reflection()
                .entry(ENTRY)
                .map(last -> last.at().plus(INTERVAL))
                .filter(now::isBefore)
                .orElse(now);
    }

    private List<Note> faded(StoreView view, Instant now, int limit) {
        var faded = new ArrayList<Note>();
        forEachFaded(view, now, Map.of(), note -> {
            faded.add(note);
            return faded.size() < limit;
        });
        return faded;
    }

    /**
     * Passes the notes that a run would retire to a consumer.
     *
     * @param now time of the run
     * @param pending uses by note id that are not stored yet
     * @param to receives the notes; false ends the iteration
     */
    public void forEachFaded(StoreView view, Instant now, Map<String, NoteUsage.Count> pending, Predicate<Note> to) {
        ReflectionPolicy policy = engine.config().reflection();
        var ended = new AtomicBoolean();
        view.forEachNote(note -> {
            boolean mayFade = !ended.get()
                    && note.supersededBy().isEmpty()
                    && note.body().validTo().isEmpty()
                    && !note.body().pinned()
                    && note.body().importance() < CRITICAL
                    && note.isStatement();
            if (mayFade) {
                // Most notes are recent: uses are read only for notes older than the shortest time that they are kept.
                Duration keep = keep(policy, note);
                if (!keep.isZero() && note.createdAt().isBefore(now.minus(keep))) {
                    Optional<Use> stored = Optional.ofNullable(
                            view.reflection().uses(List.of(note.number())).get(note.number()));
                    Optional<Use> use = sum(stored, pending.get(note.id()));
                    if (strength(keep, use, note, now) < 0) {
                        ended.set(!to.test(note));
                    }
                }
            }
        });
    }

    private static Optional<Use> sum(Optional<Use> stored, NoteUsage.@Nullable Count pending) {
        if (pending == null) {
            return stored;
        }
        return Optional.of(stored.map(use -> new Use(
                        use.count() + pending.times(),
                        use.last().isAfter(pending.last()) ? use.last() : pending.last()))
                .orElseGet(() -> new Use(pending.times(), pending.last())));
    }

    private static Duration keep(ReflectionPolicy policy, Note note) {
        if (note.category().equals("ephemeral")) {
            return policy.keepEphemeral();
        }
        return note.body().importance() < UNIMPORTANT ? policy.keepUnimportant() : policy.keep();
    }

    /**
     * Returns the remaining lifetime of a note in multiples of {@code keep}; negative if expired. Each doubling of the
     * number of uses adds one {@code keep}.
     */
    private static double strength(Duration keep, Optional<Use> use, Note note, Instant now) {
        Instant last = use.map(Use::last).filter(note.updatedAt()::isBefore).orElse(note.updatedAt());
        double times = 1 + Math.log1p((double) use.map(Use::count).orElse(0L)) / Math.log(2);
        double age = (double) Duration.between(last, now).toMillis() / keep.toMillis();
        return times - age;
    }

    private void flushUses(AgentStore store) {
        Map<String, NoteUsage.Count> uses = engine.noteUsage().take(store.agent());
        if (uses.isEmpty()) {
            return;
        }
        store.write(edit -> {
            uses.forEach((id, count) -> edit.note(id)
                    .ifPresent(note -> edit.reflection().used(note.number(), count.times(), count.last())));
            return uses.size();
        });
    }
}
