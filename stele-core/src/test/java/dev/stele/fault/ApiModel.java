package dev.stele.fault;

import dev.stele.model.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What one actor has written and not erased, in plain collections. Only this actor changes it, so a memory that other
 * actors use too must equal it. For one thread.
 */
final class ApiModel {

    /** A message. */
    record Said(String session, Optional<String> user, Role role, String content) {}

    /** A note. */
    record Noted(String content, Optional<String> user, Optional<String> source, Optional<String> supersededBy) {}

    /** An entity: its other names, the texts of its observations, and its relations as {@code from type to}. */
    record Known(Set<String> aliases, Set<String> observations) {}

    /** A relation between names. */
    record Related(String from, String type, String to) {}

    /** Messages by id, in their order. */
    final Map<String, Said> messages = new LinkedHashMap<>();

    /** Titles by session. */
    final Map<String, String> titles = new TreeMap<>();

    final Map<String, Noted> notes = new TreeMap<>();

    /** Entities by name. */
    final Map<String, Known> entities = new TreeMap<>();

    final List<Related> relations = new ArrayList<>();

    /** Preferences by user. */
    final Map<String, Map<String, String>> users = new TreeMap<>();

    /** Interactions by user. */
    final Map<String, Long> conversations = new TreeMap<>();

    /** Titles by document. */
    final Map<String, String> documents = new TreeMap<>();

    List<String> idsIn(String session) {
        return messages.entrySet().stream()
                .filter(entry -> entry.getValue().session().equals(session))
                .map(Map.Entry::getKey)
                .toList();
    }

    Set<String> sessions() {
        var sessions = new TreeSet<String>();
        messages.values().forEach(said -> sessions.add(said.session()));
        return sessions;
    }

    /** Erases a message with the notes that were derived from it. */
    void eraseMessage(String id) {
        messages.remove(id);
        eraseNotes(note -> note.source().equals(Optional.of(id)));
    }

    void eraseSession(String session) {
        idsIn(session).forEach(this::eraseMessage);
        titles.remove(session);
    }

    /**
     * Erases a user whose sessions have no other writers.
     *
     * @param ownSession session that only this user begins; it belongs to the user even if its messages were erased one
     *     by one before
     */
    void eraseUser(String user, String ownSession) {
        eraseSession(ownSession);
        sessions().stream()
                .filter(session -> idsIn(session).stream()
                        .anyMatch(id -> messages.get(id).user().equals(Optional.of(user))))
                .forEach(this::eraseSession);
        eraseNotes(note -> note.user().equals(Optional.of(user)));
        users.remove(user);
        conversations.remove(user);
    }

    private void eraseNotes(java.util.function.Predicate<Noted> condition) {
        List<String> erased = notes.entrySet().stream()
                .filter(entry -> condition.test(entry.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        erased.forEach(this::eraseNote);
    }

    /** Erases a note; the one that it superseded is superseded still. */
    void eraseNote(String id) {
        notes.remove(id);
    }

    void eraseEntity(String name) {
        entities.remove(name);
        relations.removeIf(
                related -> related.from().equals(name) || related.to().equals(name));
    }

    void rename(String before, String after) {
        Known known = entities.remove(before);
        entities.put(after, known);
        redirect(before, after);
    }

    /** Merges an entity into another to which it has no relation. */
    void merge(String kept, String gone) {
        Known removed = entities.remove(gone);
        Known known = entities.get(kept);
        known.observations().addAll(removed.observations());
        known.aliases().add(gone);
        known.aliases().addAll(removed.aliases());
        redirect(gone, kept);
        List<Related> once = relations.stream().distinct().toList();
        relations.clear();
        relations.addAll(once);
    }

    private void redirect(String before, String after) {
        relations.replaceAll(related -> new Related(
                related.from().equals(before) ? after : related.from(),
                related.type(),
                related.to().equals(before) ? after : related.to()));
    }
}
