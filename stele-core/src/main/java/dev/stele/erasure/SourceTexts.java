package dev.stele.erasure;

import dev.stele.model.Entity;
import dev.stele.model.Interaction;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.model.Observation;
import dev.stele.store.StoreView;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Texts of the sources of derived items, and the comparison of their words. It remembers the texts of erased items,
 * which the store no longer has. Valid within one edit; not thread-safe.
 */
final class SourceTexts {

    /** Maximum number of remaining sources that are read at once. */
    private static final int BATCH = 200;

    private final StoreView view;
    private final Function<String, List<String>> analyzer;
    private final Map<Long, String> erased = new HashMap<>();
    /** Terms of erased items, computed when something derived from them is compared. */
    private final Map<Long, Set<String>> erasedTerms = new HashMap<>();

    /** @param analyzer returns the index terms of a text without those of function words, which any two texts share */
    SourceTexts(StoreView view, Function<String, List<String>> analyzer) {
        this.view = view;
        this.analyzer = analyzer;
    }

    static String of(Message message, List<MessageRevision> revisions) {
        var text = new StringBuilder(message.content());
        revisions.forEach(revision -> text.append('\n').append(revision.content()));
        if (!message.metadata().isEmpty()) {
            text.append('\n').append(Json.write(message.metadata()));
        }
        return text.toString();
    }

    static String of(Note note) {
        return note.content() + "\n" + String.join("\n", note.body().evidence());
    }

    static String of(Entity entity) {
        return entity.name() + "\n" + String.join("\n", entity.aliases()) + "\n" + Json.write(entity.attributes());
    }

    /**
     * Remembers an item that is erased, or a part of it. The texts of its parts are put together.
     *
     * @param text its text; empty if it is unknown
     */
    void erase(long number, String text) {
        erased.merge(number, text, (part, other) -> part + "\n" + other);
    }

    /**
     * Returns the terms of a text that only its erased sources had. If the text of an erased source is unknown, all
     * terms that no remaining source has count as its terms.
     *
     * @param text text of a derived item
     * @param lost numbers of its erased sources
     * @param remaining numbers of its remaining sources
     */
    Set<String> exclusive(String text, Collection<Long> lost, Collection<Long> remaining) {
        Set<String> terms = terms(text);
        boolean allKnown = lost.stream()
                .noneMatch(source -> erased.getOrDefault(source, "").isBlank());
        if (allKnown) {
            terms.removeIf(term ->
                    lost.stream().noneMatch(source -> erasedTerms(source).contains(term)));
        }
        List<Long> others = List.copyOf(remaining);
        for (int from = 0; from < others.size() && !terms.isEmpty(); from += BATCH) {
            texts(others.subList(from, Math.min(others.size(), from + BATCH)))
                    .forEach(other -> terms.removeAll(terms(other)));
        }
        return terms;
    }

    /** Returns whether a text contains one of the terms. */
    boolean hasOneOf(String text, Set<String> terms) {
        return !terms.isEmpty() && terms(text).stream().anyMatch(terms::contains);
    }

    /** Returns the texts of live and archived items; items without text are left out. */
    Stream<String> texts(Collection<Long> numbers) {
        return Stream.of(
                        view.everyMessage(numbers).values().stream()
                                .map(message -> of(
                                        message,
                                        message.editedAt().isPresent() ? view.revisions(message.number()) : List.of())),
                        view.notesByNumber(numbers).values().stream().map(SourceTexts::of),
                        view.graph().entities(numbers).stream().map(SourceTexts::of),
                        view.graph().anyObservations(numbers).stream().map(Observation::content),
                        view.documents().passagesByNumber(numbers).values().stream()
                                .map(passage -> passage.about() + "\n" + passage.content()),
                        view.reflection().interactions(numbers).stream().map(SourceTexts::data))
                .flatMap(Function.identity());
    }

    private static String data(Interaction interaction) {
        return Json.write(interaction.draft().data());
    }

    private Set<String> erasedTerms(long source) {
        return erasedTerms.computeIfAbsent(source, number -> terms(erased.getOrDefault(number, "")));
    }

    Set<String> terms(String text) {
        return new HashSet<>(analyzer.apply(text));
    }
}
