package dev.stele.reflect;

import dev.stele.extract.ExtractionInput;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.Note;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Words that only the known notes had when an extractor was asked. A text of the extractor that has such words took
 * them from the known notes, whatever the extractor: a correction by the rules repeats the note that it corrects, and a
 * language model may quote any note. The text is therefore derived from these notes, too: an erasure of them has to
 * reach it, and only those may see it who may see them. Immutable.
 */
final class KnownWords {

    private final Function<String, List<String>> terms;
    /** Terms of each known note that the interaction does not have. */
    private final Map<Note, Set<String>> termsOf = new LinkedHashMap<>();

    /**
     * @param input what the extractor was given
     * @param terms function from a text to its terms without those of function words
     */
    KnownWords(ExtractionInput input, Function<String, List<String>> terms) {
        this.terms = terms;
        var said = new HashSet<>(terms.apply(input.subject()));
        for (Message message : input.messages()) {
            said.addAll(terms.apply(message.content()));
        }
        said.addAll(terms.apply(Json.write(input.interaction().draft().data())));
        for (Note note : input.known()) {
            var own = new HashSet<>(terms.apply(
                    note.content() + "\n" + String.join("\n", note.body().evidence())));
            own.removeAll(said);
            own.removeIf(Novelty::isMeaningless);
            termsOf.put(note, own);
        }
    }

    /** Returns the known notes whose words a text takes over. */
    List<Note> takenOver(String text) {
        if (termsOf.isEmpty()) {
            return List.of();
        }
        List<String> used = terms.apply(text);
        var notes = new ArrayList<Note>();
        termsOf.forEach((note, own) -> {
            if (used.stream().anyMatch(own::contains)) {
                notes.add(note);
            }
        });
        return notes;
    }
}
