package dev.stele.extract;

import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import java.util.List;

/**
 * Clause of a sentence: a subject, a group of verbs and a complement, as ranges of the tokens of the sentence. All ends
 * are exclusive. Immutable.
 *
 * @param text text of the sentence
 * @param tokens tokens of the sentence
 * @param connector lower-case conjunction before the clause; empty if there is none
 * @param begin first token of the clause, which may be an adverbial before the subject
 * @param subjectBegin first token of the subject; equal to {@code subjectEnd} if the subject was dropped
 * @param subjectEnd end of the subject
 * @param verb first token of the group of verbs
 * @param head main verb
 * @param end end of the clause
 * @param lemma lemma of the main verb
 * @param modality lemma of the modal or semi-modal verb, such as "can" or "have to"; empty if there is none
 * @param negated whether the group of verbs is negated
 * @param tense time of the clause
 * @param conjuncts first tokens of further groups of verbs that share the subject
 */
record Clause(
        String text,
        List<Token> tokens,
        String connector,
        int begin,
        int subjectBegin,
        int subjectEnd,
        int verb,
        int head,
        int end,
        String lemma,
        String modality,
        boolean negated,
        Tense tense,
        List<Integer> conjuncts) {

    /** Time of a clause. */
    enum Tense {
        PRESENT,
        PROGRESSIVE,
        PERFECT,
        PAST,
        FUTURE
    }

    boolean droppedSubject() {
        return subjectBegin == subjectEnd;
    }

    Token token(int i) {
        return tokens.get(i);
    }

    /** Returns the lower-case token, or an empty text outside of the clause. */
    String lower(int i) {
        return i < 0 || i >= end ? "" : tokens.get(i).lower();
    }

    boolean isPos(int i, PartOfSpeech pos) {
        return i >= 0 && i < end && tokens.get(i).is(pos);
    }

    /** Returns the words of the speaker from one token to another, byte for byte. */
    String words(int from, int to) {
        return from >= to
                ? ""
                : text.substring(tokens.get(from).start(), tokens.get(to - 1).end());
    }

    /** Returns a copy of the clause that ends earlier and has no further groups of verbs. */
    Clause until(int newEnd) {
        return with(newEnd, List.of());
    }

    /** Returns a copy of the clause that ends later, with a clause of time. */
    Clause extendedTo(int newEnd) {
        return with(newEnd, conjuncts);
    }

    private Clause with(int newEnd, List<Integer> newConjuncts) {
        return new Clause(
                text,
                tokens,
                connector,
                begin,
                subjectBegin,
                subjectEnd,
                verb,
                head,
                newEnd,
                lemma,
                modality,
                negated,
                tense,
                newConjuncts);
    }

    /** Returns whether a token of the clause is the word. */
    boolean contains(String word) {
        for (int i = begin; i < end; i++) {
            if (tokens.get(i).is(word)) {
                return true;
            }
        }
        return false;
    }
}
