package dev.stele.extract;

import dev.stele.extract.Clause.Tense;
import dev.stele.extract.Subject.Kind;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Filter of clauses that say too little to be worth a note, or that cannot be understood without the sentences around
 * them. It also cuts what is addressed to the listener from the end of a clause.
 * Stateless.
 */
final class EmptyClauseFilter {

    private static final Lexicon LEXICON = Lexicon.english();
    private static final Set<String> NOMINATIVE = Set.of("i", "we", "they", "he", "she");

    private EmptyClauseFilter() {}

    /**
     * Returns the clause without an address at its end: an invitation ("…, take a look", "… so let's go") or a name
     * ("…, Jon").
     */
    static Clause withoutAddress(Clause clause) {
        for (int i = clause.head() + 2; i < clause.end(); i++) {
            if (!clause.lower(i - 1).matches(",|-|–|—|so")) {
                continue;
            }
            boolean invitation = LEXICON.has("invitation", clause.token(i)) && !clause.isPos(i, PartOfSpeech.NOUN);
            boolean name = i == clause.end() - 1
                    && clause.lower(i - 1).equals(",")
                    && clause.isPos(i, PartOfSpeech.PROPN)
                    && !clause.isPos(i - 2, PartOfSpeech.PROPN)
                    && !isNamed(clause.token(i - 2));
            if (invitation || name) {
                boolean comma =
                        clause.lower(i - 2).equals(",") && !clause.lower(i - 1).equals(",");
                return clause.until(comma ? i - 2 : i - 1);
            }
        }
        return clause;
    }

    /** Returns whether a name after the noun belongs to it: "my brother, Max". */
    private static boolean isNamed(Token noun) {
        return Set.of("kin", "pet", "role", "occupation").stream().anyMatch(list -> LEXICON.has(list, noun));
    }

    /**
     * Returns whether a clause says too little, or needs its context.
     *
     * @param subject what its subject refers to
     */
    static boolean isEmpty(Clause clause, Subject subject) {
        boolean ofSpeaker = subject.kind() == Kind.USER || subject.kind() == Kind.USER_AND_OTHERS;
        return isTruncated(clause)
                || needsAntecedent(clause)
                || (ofSpeaker && (isCondition(clause) || isResolution(clause) || isOfEverybody(clause)))
                || hasEmptyNounsOnly(clause)
                || isMotto(clause);
    }

    /** Returns whether the clause ends where another one should begin, or contains the subject of another one. */
    private static boolean isTruncated(Clause clause) {
        String last = clause.lower(clause.end() - 1);
        boolean open = Set.of("because", "'cause", "cause", "cos", "and", "but", "so", "or", "than", "since", "while")
                        .contains(last)
                && !clause.isPos(clause.end() - 2, PartOfSpeech.DET);
        boolean two = NOMINATIVE.contains(clause.lower(clause.head() + 1))
                && (clause.isPos(clause.head() + 2, PartOfSpeech.AUX)
                        || clause.isPos(clause.head() + 2, PartOfSpeech.VERB))
                && !LEXICON.has("mental", clause.lemma())
                && !LEXICON.has("quote-verb", clause.lemma());
        return open || two;
    }

    /** Returns whether a pronoun refers to something that the clause does not name. */
    private static boolean needsAntecedent(Clause clause) {
        for (int i = clause.head() + 1; i < clause.end(); i++) {
            if (!clause.lower(i).equals("it")) {
                continue;
            }
            boolean verbNext = clause.isPos(i + 1, PartOfSpeech.VERB) || clause.isPos(i + 1, PartOfSpeech.AUX);
            boolean afterNoun = clause.token(i - 1).isNoun(); // "the freedom it brings"
            boolean causative = Set.of("make", "let", "help", "see", "watch").contains(clause.lower(i - 1));
            boolean about = i == clause.end() - 1 && clause.lower(i - 1).equals("about");
            if ((verbNext && (afterNoun || causative)) || about) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether the speaker only says how things are going: "doing fine", "a busy week". */
    private static boolean isCondition(Clause clause) {
        int from = clause.head() + 1;
        int near = Math.min(clause.end(), from + 3);
        boolean doing = clause.lemma().equals("do")
                && IntStream.range(from, near).anyMatch(i -> LEXICON.has("well-being", clause.token(i)));
        boolean going = clause.lemma().equals("be")
                && IntStream.range(from, clause.end())
                        .filter(i -> clause.token(i).isNoun())
                        .findFirst()
                        .stream()
                        .anyMatch(i -> LEXICON.has("time-noun", clause.token(i))
                                && !(i + 1 < clause.end() && clause.token(i + 1).isNoun())
                                && !clause.lower(i - 1).matches("last|next|this|every")
                                && IntStream.range(from, i)
                                        .noneMatch(before -> clause.isPos(before, PartOfSpeech.NUM)
                                                || clause.isPos(before, PartOfSpeech.VERB)
                                                || clause.isPos(before, PartOfSpeech.ADP)));
        return doing || going;
    }

    /** Returns whether the speaker only expresses a mood by an idiom, whose words mean something else. */
    static boolean isIdiom(Clause clause) {
        int from = clause.head() + 1;
        return clause.lemma().equals("be")
                && LEXICON.has(
                        "mood-idiom", clause.lower(from) + " " + clause.lower(from + 1) + " " + clause.lower(from + 2));
    }

    /** Returns whether the speaker promises without saying when: "I'll do my best", "I will never quit". */
    private static boolean isResolution(Clause clause) {
        boolean will = IntStream.range(clause.verb(), clause.head())
                .anyMatch(i -> clause.lower(i).matches("will|'ll|’ll|wo"));
        return will
                && clause.tense() == Tense.FUTURE
                && !ClauseTraits.hasDate(clause, clause.begin(), clause.end())
                && !ClauseTraits.isSpecific(clause, clause.head() + 1);
    }

    /** Returns whether the speaker says of everybody what holds always: "we need better schools", "we have each other". */
    private static boolean isOfEverybody(Clause clause) {
        if (clause.droppedSubject() || !clause.lower(clause.subjectEnd() - 1).equals("we")) {
            return false;
        }
        boolean lasting = clause.tense() == Tense.PRESENT
                && Set.of("need", "be", "have", "can", "rock", "learn", "know").contains(clause.lemma())
                && !ClauseTraits.isSpecific(clause, clause.head() + 1)
                && !ClauseTraits.containsAnyWord(clause, clause.head() + 1, clause.end(), Set.of("a", "an", "our"));
        boolean mutual = (clause.tense() == Tense.PRESENT || clause.tense() == Tense.PROGRESSIVE)
                && (ClauseTraits.containsPair(clause, "each", "other")
                        || ClauseTraits.containsPair(clause, "a", "team")
                        || clause.contains("both"));
        return lasting || (mutual && ClauseTraits.contentNouns(clause, clause.head() + 1) < 2);
    }

    /** Returns whether every noun after the verb leaves open what is meant: "a few plans", "an experience". */
    private static boolean hasEmptyNounsOnly(Clause clause) {
        if (clause.lemma().equals("be")) {
            return false; // "I'm not a morning person"
        }
        int nouns = 0;
        for (int i = clause.head() + 1; i < clause.end(); i++) {
            Token token = clause.token(i);
            if (token.is(PartOfSpeech.NUM) || (token.is(PartOfSpeech.PROPN) && token.isCapitalized())) {
                return false;
            }
            boolean time = LEXICON.has("time-noun", token) || LEXICON.has("month", token);
            if (token.isNoun() && !time) {
                if (!LEXICON.has("empty-noun", token)) {
                    return false;
                }
                nouns++;
            }
            if (token.is(PartOfSpeech.VERB) && !LEXICON.has("empty-verb", token)) {
                return false; // "tries to find things that the kids like"
            }
        }
        return nouns > 0 || clause.lemma().equals("matter");
    }

    /** Returns whether what is ours is equated with what is ours: "our kids are our future". */
    private static boolean isMotto(Clause clause) {
        return clause.lemma().equals("be")
                && clause.lower(clause.subjectBegin()).equals("our")
                && clause.lower(clause.head() + 1).equals("our");
    }
}
