package dev.stele.extract;

import java.util.Set;

/** Polarity of clauses: whether a clause affirms or denies what its verb states. Stateless. */
final class Polarity {

    private static final Set<String> NEGATIVE_ADVERBS = Set.of("never", "hardly", "barely", "neither", "no");

    private Polarity() {}

    static boolean isNegative(Clause clause) {
        return clause.negated()
                || ClauseTraits.containsAnyWord(clause, clause.subjectEnd(), clause.head(), NEGATIVE_ADVERBS)
                || deniedObject(clause);
    }

    private static boolean deniedObject(Clause clause) {
        return Set.of("no", "zero", "neither").contains(clause.lower(clause.head() + 1))
                && !clause.lower(clause.head() + 2).equals("longer");
    }
}
