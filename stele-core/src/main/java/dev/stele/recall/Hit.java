package dev.stele.recall;

import dev.stele.model.ItemKind;
import dev.stele.model.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One recalled item. Immutable.
 *
 * @param kind message, note, observation or passage
 * @param id the item's identifier
 * @param content its text, verbatim
 * @param score how well it answers, comparable within one answer only
 * @param at when a message was said, a note made, or an observation was so or was recorded
 * @param session its conversation
 * @param user whom the agent talked with, or whom a note is about
 * @param role of a message
 * @param speaker who said a message
 * @param category of a note; of a passage its collection
 * @param entity the name of what an observation is about; of a passage its document
 * @param archived whether it comes from the archive
 * @param words the analysed words of the query that it or the two turns before it contain
 * @param signals what each signal gave, 0 to 1, by name; empty unless asked for
 * @param sources ids of the messages a note was distilled from, and of those that it was shown with
 * @param duplicates ids of items that say nearly the same, or were taken from this one, and were folded into it
 */
public record Hit(
        ItemKind kind,
        String id,
        String content,
        double score,
        Instant at,
        Optional<String> session,
        Optional<String> user,
        Optional<String> role,
        Optional<String> speaker,
        Optional<String> category,
        Optional<String> entity,
        boolean archived,
        List<String> words,
        Map<String, Double> signals,
        List<String> sources,
        List<String> duplicates) {

    /** The same, shown for another too that says nearly the same or was taken from it. */
    Hit with(Hit duplicate) {
        return new Hit(
                kind,
                id,
                content,
                score,
                at,
                session,
                user,
                role,
                speaker,
                category,
                entity,
                archived,
                words,
                signals,
                others(sources, duplicate.sources),
                others(duplicates, List.of(duplicate.id)));
    }

    private List<String> others(List<String> some, List<String> more) {
        return Stream.concat(some.stream(), more.stream())
                .filter(other -> !other.equals(id))
                .distinct()
                .toList();
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("kind", kind.word())
                .put("id", id)
                .put("content", content)
                .put("score", score)
                .put("at", at)
                .put("session", session)
                .put("user", user)
                .put("role", role)
                .put("speaker", speaker)
                .put("category", category)
                .put("entity", entity)
                .put("archived", archived ? true : null)
                .put("words", words)
                .put("signals", signals)
                .put("sources", sources)
                .put("duplicates", duplicates.isEmpty() ? null : duplicates)
                .map();
    }
}
