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

/** Finds entities by a word: a name, else an alias, else an id. Of several of one name it is the one named so first. */
public final class EntityResolver {

    private static final int MAX_GUESSES = 3;

    /** Longer than any name, alias or id, so that nothing is called so. */
    private static final int MAX_WORD = Math.max(Entity.MAX_NAME, Ids.MAX_LENGTH);

    /** Longest word for which similar names are looked for, in UTF-16 units. */
    private static final int MAX_GUESSED = 100;

    private EntityResolver() {}

    /** @throws InvalidInputException if the word is longer than any name can be */
    public static Optional<Entity> find(GraphView graph, String word) {
        check(word);
        List<Entity> named = graph.named(Entity.key(word));
        return named.isEmpty()
                ? graph.entity(word).filter(entity -> entity.retiredAt().isEmpty())
                : Optional.of(named.getFirst());
    }

    /** As of a time; a retired entity is found by its id. */
    public static Optional<Entity> find(GraphView graph, String word, Optional<Instant> at) {
        if (at.isEmpty()) {
            return find(graph, word);
        }
        check(word);
        return graph.named(Entity.key(word), at.get()).stream()
                .findFirst()
                .or(() -> graph.entity(word).flatMap(entity -> graph.entity(entity.number(), at.get())));
    }

    /** @throws NotFoundException if there is none; it names those that hold the word */
    public static Entity get(GraphView graph, String word) {
        return get(graph, word, Optional.empty());
    }

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
        if (word.length() > MAX_WORD) {
            throw new InvalidInputException("An entity is named by a text of %d characters; a name has at most %d."
                    .formatted(word.length(), MAX_WORD));
        }
    }

    private static List<String> near(GraphView graph, String word) {
        return word.length() < MAX_GUESSES || word.length() > MAX_GUESSED
                ? List.of()
                : graph.holding(word, MAX_GUESSES).stream()
                        .flatMap(number -> graph.entity(number).stream())
                        .map(entity -> Json.write(entity.name()))
                        .toList();
    }
}
