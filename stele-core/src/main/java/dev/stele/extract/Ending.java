package dev.stele.extract;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Claim that something which held before holds no longer, such as that the user left a company. It ends the notes that
 * it is about; a note of another subject, of another family or about another object stays in force. Immutable.
 *
 * @param note id of the note that ends, if the speaker corrected exactly that note; the other fields are then unused
 * @param families families of the slots that may end, such as {@code works_at}; contains {@code any} if every lasting
 *     fact may end
 * @param holder holder of the fact as in {@link Slot#holder()}; empty for the user
 * @param words alternatives: content words that a note must contain to end, such as the name of the company. Each
 *     element lists the words of one alternative, separated by blanks; empty if the families alone decide
 * @param successor value that takes the place of the one that ended, if the speaker named it
 */
public record Ending(
        Optional<String> note, Set<String> families, String holder, List<String> words, Optional<String> successor) {

    /** Family that stands for every lasting fact. */
    public static final String ANY = "any";

    public Ending {
        families = Set.copyOf(families);
        words = List.copyOf(words);
    }

    /** Creates an ending without a successor. */
    public Ending(Optional<String> note, Set<String> families, String holder, List<String> words) {
        this(note, families, holder, words, Optional.empty());
    }

    /** Returns a copy with the value that takes the place of the one that ended. */
    Ending withSuccessor(String value) {
        return new Ending(note, families, holder, words, Optional.of(value));
    }

    /** Returns the ending of one note. */
    public static Ending ofNote(String id) {
        return new Ending(Optional.of(id), Set.of(), "", List.of());
    }
}
