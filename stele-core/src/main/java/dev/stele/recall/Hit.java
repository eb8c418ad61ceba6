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
 * Recalled item with the reasons for which it was found. Immutable.
 *
 * @param kind message, note, observation or passage
 * @param id identifier of the item
 * @param content verbatim text of the item
 * @param score relevance, 0 to 1; comparable within one result only
 * @param confidence estimate of how likely the item answers the query, 0 to 1, comparable between queries and memories
 * @param at time at which a message was said, a note was made, or an observation was true or was recorded
 * @param session session of the item
 * @param user user whom the agent talked with, or whom a note is about
 * @param role role of a message
 * @param speaker speaker of a message
 * @param category category of a note, or collection of a passage
 * @param entity name of the entity that an observation is about, or of the document of a passage
 * @param archived whether the item comes from the archive
 * @param words analyzed terms of the query that the item or the two messages before it contain
 * @param signals value of each ranking feature, 0 to 1, by name; empty unless the query asks for explanations
 * @param sources identifiers of the messages that a note was distilled from, and of those that were shown together with
 *     it
 * @param duplicates items that say the same as this one or were taken from it, and were folded into it; the best 100 of
 *     them
 */
public record Hit(
        ItemKind kind,
        String id,
        String content,
        double score,
        double confidence,
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
        List<FoldedItem> duplicates) {

    /** Maximum number of items that a hit lists as folded: a message may be repeated thousands of times. */
    static final int MAX_DUPLICATES = 100;

    /**
     * Returns this hit with another one folded into it. Beyond {@value #MAX_DUPLICATES} folded items it stays as it is.
     *
     * @param duplicate item that says the same as this hit, or was taken from it
     */
    Hit with(Hit duplicate) {
        if (duplicates.size() >= MAX_DUPLICATES) {
            return this;
        }
        Stream<FoldedItem> folded = Stream.of(new FoldedItem(duplicate.kind, duplicate.id, duplicate.at));
        return copy(
                score,
                others(sources, duplicate.sources),
                Stream.concat(duplicates.stream(), folded).toList());
    }

    /**
     * Returns this hit with another score.
     *
     * @param newScore score, 0 to 1
     */
    Hit withScore(double newScore) {
        return copy(newScore, sources, duplicates);
    }

    private Hit copy(double newScore, List<String> newSources, List<FoldedItem> newDuplicates) {
        return new Hit(
                kind,
                id,
                content,
                newScore,
                confidence,
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
                newSources,
                newDuplicates);
    }

    /** Returns the distinct identifiers of two lists, without that of this hit. */
    private List<String> others(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream())
                .filter(candidate -> !candidate.equals(id))
                .distinct()
                .toList();
    }

    /** Returns the fields of this hit in the JSON format of the REST API. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("kind", kind.label())
                .put("id", id)
                .put("content", content)
                .put("score", score)
                .put("confidence", Json.rounded(confidence))
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
                .put(
                        "duplicates",
                        duplicates.isEmpty()
                                ? null
                                : duplicates.stream().map(FoldedItem::toJson).toList())
                .map();
    }
}
