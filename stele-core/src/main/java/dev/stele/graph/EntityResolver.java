package dev.stele.graph;

import dev.stele.model.Entity;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.NotFoundException;
import dev.stele.store.GraphView;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Resolver of entity references given as text: the text is matched as a name, then as an alias, then as an id. Of
 * several entities with the same name, the one that got the name first is returned. Stateless.
 */
public final class EntityResolver {

    /** Maximum number of suggestions, and minimum length of a text for which similar names are searched. */
    private static final int MAX_GUESSES = 3;

    /** Maximum length of a text; no name, alias or id is longer. */
    private static final int MAX_WORD_LENGTH = Math.max(Entity.MAX_NAME, Ids.MAX_LENGTH);

    /** Maximum length, in UTF-16 chars, of a text for which similar names are searched. */
    private static final int MAX_GUESSED_LENGTH = 100;

    private EntityResolver() {}

    /**
     * Finds a current entity.
     *
     * @param graph view of the graph
     * @param word name, alias or id
     * @return entity that is not retired; empty if there is none
     * @throws InvalidInputException if the text is longer than any name can be
     */
    public static Optional<Entity> find(GraphView graph, String word) {
        check(word);
        List<Entity> named = graph.named(Entity.key(word));
        return named.isEmpty()
                ? graph.entity(word).filter(entity -> entity.retiredAt().isEmpty())
                : Optional.of(named.getFirst());
    }

    /**
     * Finds an entity as of a point in time. Retired entities can be found by their id.
     *
     * @param graph view of the graph
     * @param word name, alias or id
     * @param at point in time; empty for now
     * @return entity as of that time; empty if there is none
     * @throws InvalidInputException if the text is longer than any name can be
     */
    public static Optional<Entity> find(GraphView graph, String word, Optional<Instant> at) {
        if (at.isEmpty()) {
            return find(graph, word);
        }
        check(word);
        return graph.named(Entity.key(word), at.get()).stream()
                .findFirst()
                .or(() -> graph.entity(word).flatMap(entity -> graph.entity(entity.number(), at.get())));
    }

    /**
     * Returns a current entity.
     *
     * @param graph view of the graph
     * @param word name, alias or id
     * @throws NotFoundException if there is none; the message suggests entities whose names contain the text
     */
    public static Entity get(GraphView graph, String word) {
        return get(graph, word, Optional.empty());
    }

    /**
     * Returns an entity as of a point in time.
     *
     * @param graph view of the graph
     * @param word name, alias or id
     * @param at point in time; empty for now
     * @throws NotFoundException if there is none; without a time, the message suggests entities whose names contain the
     *     text
     */
    public static Entity get(GraphView graph, String word, Optional<Instant> at) {
        return find(graph, word, at).orElseThrow(() -> {
            String guesses = at.isPresent() ? "" : String.join(", ", near(graph, word));
            return new NotFoundException("There is no entity %s%s%s."
                    .formatted(
                            Json.write(word),
                            at.map(time -> " at " + time).orElse(""),
                            guesses.isEmpty() ? "" : "; there is " + guesses));
        });
    }

    private static void check(String word) {
        if (word.length() > MAX_WORD_LENGTH) {
            throw new InvalidInputException("An entity is named by a text of %d characters; a name has at most %d."
                    .formatted(word.length(), MAX_WORD_LENGTH));
        }
    }

    private static List<String> near(GraphView graph, String word) {
        return word.length() < MAX_GUESSES || word.length() > MAX_GUESSED_LENGTH
                ? List.of()
                : graph.searchText(word, MAX_GUESSES).stream()
                        .flatMap(number -> graph.entity(number).stream())
                        .map(entity -> Json.write(entity.name()))
                        .toList();
    }
}
