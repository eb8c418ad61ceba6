package dev.stele.extract;

import java.util.Set;

/** Polarity of a clause: whether it affirms, denies or weakens what its verb states. */
enum Polarity {
    /** The clause states that it is so. */
    AFFIRMED,
    /** The clause states that it is not so. */
    DENIED,
    /**
     * The clause states that it is hardly, rarely, almost or not always so. It neither confirms a fact nor ends one.
     */
    WEAKENED;

    private static final Set<String> DENYING = Set.of("never", "neither", "no", "nor");
    private static final Set<String> WEAKENING =
            Set.of("hardly", "barely", "scarcely", "rarely", "seldom", "almost", "nearly", "supposedly", "allegedly");

    private static final Set<String> PARTIAL = Set.of(
            "always",
            "often",
            "usually",
            "only",
            "just",
            "necessarily",
            "entirely",
            "exactly",
            "all",
            "every",
            "many",
            "much",
            "too",
            "fully",
            "completely",
            "quite");
    private static final Set<String> FEW = Set.of("few", "hardly", "barely", "almost");
    private static final Set<String> QUANTIFIERS = Set.of("all", "every", "everyone", "everybody", "many", "much");

    /** Returns the polarity of a clause. */
    static Polarity of(Clause clause) {
        boolean weak = ClauseTraits.containsAnyWord(clause, clause.subjectEnd(), clause.head(), WEAKENING)
                || (Set.of("hardly", "barely", "almost", "nearly").contains(clause.lower(clause.head() + 1))
                        && !clause.lemma().equals("be"));
        for (int i = clause.subjectBegin(); i < clause.subjectEnd(); i++) {
            weak |= FEW.contains(clause.lower(i)) && !clause.lower(i - 1).equals("a");
            weak |= clause.lower(i).equals("not") && QUANTIFIERS.contains(clause.lower(i + 1));
        }
        weak |= clause.subjectBegin() > 0
                && clause.token(clause.subjectBegin() - 1).is("not")
                && QUANTIFIERS.contains(clause.lower(clause.subjectBegin()));
        boolean denied = clause.negated()
                || ClauseTraits.containsAnyWord(clause, clause.subjectEnd(), clause.head(), DENYING)
                || deniesObject(clause);
        if (clause.negated()) {
            weak |= PARTIAL.contains(clause.lower(clause.head() + 1))
                    || ClauseTraits.containsAnyWord(clause, clause.subjectEnd(), clause.head(), PARTIAL);
        }
        if (weak) {
            return WEAKENED;
        }
        return denied ? DENIED : AFFIRMED;
    }

    private static boolean deniesObject(Clause clause) {
        return Set.of("no", "zero", "neither").contains(clause.lower(clause.head() + 1))
                && !clause.lower(clause.head() + 2).equals("longer");
    }
}
