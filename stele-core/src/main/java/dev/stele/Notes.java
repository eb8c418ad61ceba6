package dev.stele;

import dev.stele.model.AgentName;
import dev.stele.model.ChangeKind;
import dev.stele.model.ConflictException;
import dev.stele.model.Cursor;
import dev.stele.model.Ids;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.Page;
import dev.stele.store.IndexEntry;
import dev.stele.store.StoreEdit;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** The notes of an agent. Thread-safe. */
public final class Notes {

    private final AgentName agent;
    private final Memory memory;

    Notes(AgentName agent, Memory memory) {
        this.agent = agent;
        this.memory = memory;
    }

    /** Remembers a note. The same draft again under the same id is one note; another one is a conflict. */
    public Note create(NoteDraft draft) {
        return create(draft, Optional.empty());
    }

    /** {@link #create(NoteDraft)}, once for an idempotency key. */
    public Note create(NoteDraft draft, Optional<String> key) {
        Instant now = Memory.now();
        IndexEntry indexing = index(draft, now);
        String id = draft.id().orElseGet(Ids::next);
        return memory.write(
                agent,
                edit -> Memory.once(
                        edit,
                        key,
                        List.of("note", draft.toJson()),
                        () -> add(edit, id, draft, now, indexing),
                        made -> List.of(made.id()),
                        ids -> found(ids.getFirst(), edit.note(ids.getFirst()))));
    }

    private Note add(StoreEdit edit, String id, NoteDraft draft, Instant now, IndexEntry indexing) {
        Optional<Note> there = edit.note(id);
        if (there.isPresent()) {
            if (!there.get().body().equals(draft.withId(id))) {
                throw new ConflictException("There is another note with the id " + Json.write(id)
                        + "; choose another id, or update that one.");
            }
            return there.get();
        }
        if (edit.noteCount() >= memory.limits().notesPerAgent()) {
            throw new LimitExceededException(
                    "Agent \"%s\" has %d notes, which is the most it may have (limits.notes-per-agent); forget some."
                            .formatted(agent, memory.limits().notesPerAgent()));
        }
        return edit.addNote(id, draft, now, indexing);
    }

    public Optional<Note> get(String id) {
        return memory.read(agent, view -> view.note(id));
    }

    /** Notes that pass a filter, newest first. */
    public Page<Note> list(NoteFilter filter, int limit, Optional<String> after) {
        Optional<Cursor> from = Cursor.decode(after);
        return memory.read(agent, view -> view.notes(filter, memory.checkLimit(limit), from));
    }

    /** Earlier versions of a note, oldest first. */
    public List<Note> history(String id) {
        return memory.read(
                agent, view -> view.noteHistory(found(id, view.note(id)).number()));
    }

    /**
     * Changes a note by a JSON merge patch (RFC 7396); the version before is kept.
     *
     * @param expected the version the caller has seen, or empty to change whatever is there
     * @throws ConflictException if the note has another version than expected
     */
    public Note update(String id, JsonObject patch, OptionalLong expected) {
        return update(id, note -> note.patched(patch), expected);
    }

    /** Changes a note by a function of its body, which runs again should another writer come between. */
    public Note update(String id, Function<Note, NoteDraft> change) {
        return update(id, change, OptionalLong.empty());
    }

    private Note update(String id, Function<Note, NoteDraft> change, OptionalLong expected) {
        long end = System.nanoTime() + memory.limits().patience().toNanos();
        while (true) {
            Note seen = memory.read(agent, view -> found(id, view.note(id)));
            if (expected.isPresent() && expected.getAsLong() != seen.version()) {
                throw otherVersion(seen, expected.getAsLong());
            }
            NoteDraft body = change.apply(seen).withId(id);
            if (body.equals(seen.body())) {
                return seen;
            }
            IndexEntry indexing = index(body, seen.createdAt());
            Note next = seen.withBody(body, Memory.now());
            Optional<Note> done = memory.writeExisting(agent, edit -> {
                if (found(id, edit.note(id)).version() != seen.version()) {
                    return Optional.<Note>empty();
                }
                edit.updateNote(seen, next, indexing, ChangeKind.NOTE_UPDATED);
                return Optional.of(next);
            });
            if (done.isPresent()) {
                return done.get();
            }
            Users.checkPatience(end, "note " + Json.write(id));
        }
    }

    /** Puts a new note in the place of an old one, which is kept and is out of recall unless asked for. */
    public Note supersede(String id, NoteDraft replacement) {
        Instant now = Memory.now();
        IndexEntry indexing = index(replacement, now);
        String newId = replacement.id().orElseGet(Ids::next);
        return memory.writeExisting(agent, edit -> {
            Note before = found(id, edit.note(id));
            if (before.supersededBy().isPresent()) {
                throw new ConflictException("Note %s is superseded already, by %s; supersede that one."
                        .formatted(
                                Json.write(id), Json.write(before.supersededBy().get())));
            }
            if (edit.note(newId).isPresent()) {
                throw new ConflictException(
                        "There is a note with the id " + Json.write(newId) + " already; choose another id.");
            }
            Note made = add(edit, newId, replacement, now, indexing);
            edit.updateNote(before, before.withSupersededBy(newId, now), ChangeKind.NOTE_SUPERSEDED);
            return made;
        });
    }

    /** Forgets a note with all its versions, in rows, indexes and free pages. */
    public void delete(String id) {
        memory.writeExisting(agent, edit -> {
            edit.deleteNote(found(id, edit.note(id)));
            return id;
        });
        memory.scrub(agent);
    }

    private IndexEntry index(NoteDraft draft, Instant at) {
        memory.checkContent("note", draft.content(), draft.metadata());
        return memory.indexer().index(memory.indexer().draft(agent, draft, at));
    }

    private static ConflictException otherVersion(Note note, long expected) {
        return ConflictException.version("Note %s has version %d and not %d; read it again and repeat the change."
                .formatted(Json.write(note.id()), note.version(), expected));
    }

    private static Note found(String id, Optional<Note> note) {
        return note.orElseThrow(() -> new NotFoundException("There is no note " + Json.write(id) + "."));
    }
}
