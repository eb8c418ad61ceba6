package dev.stele.extract;

import dev.stele.extract.Subject.Kind;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import java.util.Set;
import java.util.stream.IntStream;

/** Filter of clauses that state no fact, or none that is understandable without the messages before. Stateless. */
final class ClauseFilter {

    private static final Lexicon LEXICON = Lexicon.english();
    private static final Set<String> SECOND = Set.of("you", "your", "yours", "u", "ya", "yourself", "y'all", "ur");
    private static final Set<String> PERSONAL =
            Set.of("he", "she", "him", "her", "his", "hers", "they", "them", "their", "theirs", "himself", "herself");

    private ClauseFilter() {}

    static boolean isHypothetical(Clause clause) {
        if (clause.connector().contains("if")
                || clause.connector().contains("unless")
                || clause.connector().contains("whether")) {
            return true;
        }
        String modality = clause.modality();
        if (modality.contains("would")
                || modality.contains("could")
                || modality.contains("should")
                || modality.contains("might")
                || modality.contains("may")
                || modality.contains("must")
                || modality.contains("suppose")) {
            boolean often = modality.equals("could")
                    && !clause.negated()
                    && Set.of("eat", "drink", "listen", "watch", "read", "live").contains(clause.lemma())
                    && (ClauseTraits.containsPair(clause, "every", "day")
                            || ClauseTraits.containsPair(clause, "all", "day")
                            || ClauseTraits.containsPair(clause, "for", "hours")
                            || clause.contains("forever"));
            if (often) {
                return false;
            }
            boolean negatedAbility = modality.contains("could") && clause.negated();
            boolean preference = modality.contains("would")
                    && (clause.contains("rather")
                            || Set.of("love", "like", "prefer").contains(clause.lemma())
                            || (clause.contains("over")
                                    && Set.of("take", "choose", "pick").contains(clause.lemma())));
            return !(preference || negatedAbility);
        }
        return false;
    }

    static boolean isContextDependent(Clause clause, Subject subject) {
        int from = clause.head() + 1;
        if (ClauseTraits.containsAny(clause, clause.verb(), clause.end(), SECOND)
                && HomeReader.newHome(clause).isEmpty()) {
            return true;
        }
        boolean person = (subject.kind() == Kind.RELATED && !subject.words().isEmpty())
                || (clause.subjectBegin() < clause.subjectEnd()
                        && ClauseTraits.isPerson(clause, clause.subjectBegin(), clause.subjectEnd()));
        if (!clause.droppedSubject() && hasUnreadVerb(clause)) {
            return true;
        }
        for (int i = from; i < clause.end(); i++) {
            Token token = clause.token(i);
            String lower = token.lower();
            boolean nounBefore = nounBetween(clause, from, i);
            boolean nounNext = i + 1 < clause.end()
                    && (clause.token(i + 1).isNoun()
                            || clause.isPos(i + 1, PartOfSpeech.ADJ)
                            || clause.isPos(i + 1, PartOfSpeech.NUM));
            if (PERSONAL.contains(lower) && !person && !ClauseTraits.isPerson(clause, from, i) && !token.isNoun()) {
                return true;
            }
            switch (lower) {
                case "it", "its" -> {
                    if (!nounBefore && !ClauseTraits.isMedical(clause)) {
                        return true;
                    }
                }
                case "this", "these", "those" -> {
                    boolean moment = clause.lower(i + 1).matches("times?|moments?");
                    boolean time = !moment
                            && ((i + 1 < clause.end() && LEXICON.has("time-noun", clause.token(i + 1)))
                                    || (i + 2 < clause.end()
                                            && LEXICON.has("time-noun", clause.token(i + 2))
                                            && clause.isPos(i + 1, PartOfSpeech.ADJ)));
                    if (!time) {
                        return true;
                    }
                }
                case "that" -> {
                    if (token.is(PartOfSpeech.DET)
                            || (token.is(PartOfSpeech.PRON)
                                    && !clause.token(i - 1).isNoun()
                                    && !token.is(PartOfSpeech.SCONJ))) {
                        return true;
                    }
                }
                case "following" -> {
                    if (nounNext && i > from && clause.isPos(i - 1, PartOfSpeech.DET)) {
                        return true;
                    }
                }
                case "below", "above" -> {
                    if (i + 1 == clause.end()) {
                        return true;
                    }
                }
                case "here", "such", "same" -> {
                    return true;
                }
                case "there" -> {
                    if (!nounBefore && !clause.lower(i - 1).equals("out")) {
                        return true;
                    }
                }
                case "one", "ones" -> {
                    if (clause.lower(i - 1).equals("the") && clause.lower(i + 1).matches("with|who")) {
                        continue; // "my son is the one with asthma"
                    }
                    boolean pro = i > from
                            && (clause.isPos(i - 1, PartOfSpeech.ADJ) || clause.isPos(i - 1, PartOfSpeech.DET))
                            && !nounNext;
                    if (pro
                            || lower.equals("ones")
                            || (!nounNext && !clause.lower(i + 1).equals("of") && token.is(PartOfSpeech.PRON))) {
                        return true;
                    }
                }
                case "something", "anything", "everything", "nothing", "stuff", "someone", "somebody", "anyone" -> {
                    boolean partner = Set.of("see", "date", "marry").contains(clause.lemma());
                    if (!partner && (i == from || clause.isPos(i - 1, PartOfSpeech.VERB))) {
                        return true;
                    }
                }
                default -> {
                    // Any other word is understandable by itself.
                }
            }
        }
        return false;
    }

    /** Returns whether a verb stands before the subject, so that the subject belongs to a larger phrase. */
    private static boolean hasUnreadVerb(Clause clause) {
        boolean subordinate =
                clause.isPos(clause.begin(), PartOfSpeech.SCONJ) || clause.isPos(clause.begin(), PartOfSpeech.ADP);
        if (isTruncated(clause)) {
            return true;
        }
        for (int i = clause.begin(); i < clause.subjectBegin(); i++) {
            boolean verb = clause.isPos(i, PartOfSpeech.VERB) || clause.isPos(i, PartOfSpeech.AUX);
            if ((verb && !subordinate)
                    || (Set.of("that", "what", "how", "why", "if", "whether").contains(clause.lower(i))
                            && !(i > clause.begin() && clause.lower(i - 1).matches("after|before|since|besides")))) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether the subject is only the end of a larger phrase, or the verb stands before it. */
    private static boolean isTruncated(Clause clause) {
        int before = clause.subjectBegin() - 1;
        if (before < clause.begin()) {
            return false;
        }
        if (clause.isPos(before, PartOfSpeech.AUX)) {
            return true;
        }
        Token last = clause.token(before);
        boolean relative = last.is(PartOfSpeech.NOUN)
                && ClauseParser.isPossessive(clause.token(clause.subjectBegin()))
                && !LEXICON.has("time-noun", last);
        boolean occasion = last.is(Set.of("moment", "time", "minute", "instant", "second", "way", "reason", "thing"))
                && clause.lower(before - 1).matches("the|every|each|next|any|first|only");
        if (relative || occasion) {
            return true;
        }
        if (clause.isPos(before, PartOfSpeech.ADV) && before > clause.begin()) {
            before--;
        }
        return clause.isPos(before, PartOfSpeech.ADP) || clause.isPos(before, PartOfSpeech.DET);
    }

    private static boolean nounBetween(Clause clause, int from, int to) {
        return IntStream.range(from, to).anyMatch(i -> clause.token(i).isNoun());
    }
}
