package dev.stele.reflect;

import dev.stele.analysis.StatementForm;
import dev.stele.engine.Engine;
import dev.stele.model.AgentName;
import dev.stele.model.ChangeKind;
import dev.stele.model.DuplicateGroup;
import dev.stele.model.Entity;
import dev.stele.model.Json;
import dev.stele.model.Note;
import dev.stele.store.StoreEdit;
import dev.stele.store.StoreView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finder of duplicates: notes about the same user that say the same, and entities whose name is an alias of another
 * entity. A merge can be undone: superseded notes and merged entities remain visible as of earlier times.
 */
public final class DuplicateFinder {

    private static final int PAGE = 500;

    private final AgentName agent;
    private final Engine engine;

    public DuplicateFinder(AgentName agent, Engine engine) {
        this.agent = agent;
        this.engine = engine;
    }

    /** Finds the duplicates of the agent. */
    public List<DuplicateGroup> find() {
        return engine.read(agent, view -> {
            var findings = new ArrayList<>(notes(view));
            findings.addAll(entities(view));
            return findings;
        });
    }

    /** Finds duplicate notes. The pinned note is kept, else the most important one, else the latest. */
    private static List<DuplicateGroup> notes(StoreView view) {
        Map<String, List<Note>> same = new LinkedHashMap<>();
        view.forEachNote(note -> {
            if (note.supersededBy().isEmpty() && !note.category().equals(Note.FILE)) {
                same.computeIfAbsent(
                                note.body().user().orElse("") + "\n" + StatementForm.of(note.content()),
                                _ -> new ArrayList<>())
                        .add(note);
            }
        });
        return same.values().stream()
                .filter(notes -> notes.size() > 1)
                .map(notes -> {
                    notes.sort(Comparator.comparing((Note note) -> note.body().pinned())
                            .thenComparingDouble(note -> note.body().importance())
                            .thenComparingLong(Note::number)
                            .reversed());
                    return new DuplicateGroup(
                            "note",
                            notes.getFirst().id(),
                            notes.stream().skip(1).map(Note::id).toList(),
                            "they say the same: " + notes.getFirst().content());
                })
                .toList();
    }

    /** Finds duplicate entities. The entity with the alias is kept. */
    private static List<DuplicateGroup> entities(StoreView view) {
        var findings = new ArrayList<DuplicateGroup>();
        long last = 0;
        for (List<Entity> page = view.graph().entities(Optional.empty(), last, PAGE);
                !page.isEmpty();
                page = view.graph().entities(Optional.empty(), last, PAGE)) {
            for (Entity entity : page) {
                for (Entity other : view.graph().named(Entity.key(entity.name()))) {
                    boolean alias = other.number() != entity.number()
                            && (other.type().equals(entity.type()) || entity.stub())
                            && !Entity.key(other.name()).equals(Entity.key(entity.name()));
                    if (alias) {
                        findings.add(new DuplicateGroup(
                                "entity",
                                other.id(),
                                List.of(entity.id()),
                                "%s is also called %s".formatted(Json.write(other.name()), Json.write(entity.name()))));
                    }
                }
            }
            last = page.getLast().number();
        }
        return findings;
    }

    /**
     * Merges duplicates, each group in a write of its own; a group that changed meanwhile is skipped. Returns the
     * merged groups.
     */
    public List<DuplicateGroup> apply(List<DuplicateGroup> findings) {
        return findings.stream()
                .filter(finding -> engine.<Boolean>writeExisting(
                        agent, edit -> finding.kind().equals("note") ? supersede(edit, finding) : merge(edit, finding)))
                .toList();
    }

    private boolean supersede(StoreEdit edit, DuplicateGroup finding) {
        if (edit.note(finding.kept()).isEmpty()) {
            return false;
        }
        Instant now = edit.time();
        for (String id : finding.others()) {
            edit.note(id)
                    .filter(note -> note.supersededBy().isEmpty())
                    .ifPresent(note -> edit.updateNote(
                            note, note.withSupersededBy(finding.kept(), now), ChangeKind.NOTE_SUPERSEDED));
        }
        return true;
    }

    private boolean merge(StoreEdit edit, DuplicateGroup finding) {
        Optional<Entity> kept = edit.graph()
                .entity(finding.kept())
                .filter(entity -> entity.retiredAt().isEmpty());
        Optional<Entity> merged = edit.graph()
                .entity(finding.others().getFirst())
                .filter(entity -> entity.retiredAt().isEmpty());
        if (kept.isEmpty() || merged.isEmpty()) {
            return false;
        }
        engine.graphWriter(agent, edit).merge(kept.get(), merged.get());
        return true;
    }
}
