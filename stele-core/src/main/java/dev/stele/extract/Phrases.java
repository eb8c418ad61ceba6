package dev.stele.extract;

import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Phrases of the complement of a clause: particle, direct object, prepositional phrases. Immutable.
 *
 * @param particles lower-case words between the verb and the first phrase
 * @param object direct object or predicate, if there is one
 * @param prepositional prepositional phrases in their order
 */
record Phrases(List<String> particles, Optional<Span> object, List<Prepositional> prepositional) {

    private static final Set<String> PARTICLES = Set.of(
            "up",
            "out",
            "off",
            "away",
            "back",
            "down",
            "over",
            "on",
            "in",
            "originally",
            "together",
            "aside",
            "rid",
            "around",
            "nights",
            "through",
            "by",
            "along");
    private static final Set<String> NO_OBJECT = Set.of("not", "n't", "to");

    /** Range of tokens, the end exclusive. */
    record Span(int begin, int end) {
        boolean isEmpty() {
            return begin >= end;
        }
    }

    /** Preposition and its object. */
    record Prepositional(String preposition, Span object) {}

    static Phrases of(Clause clause) {
        int end = clause.end();
        int i = clause.head() + 1;
        var particles = new ArrayList<String>();
        while (i < end
                && (clause.isPos(i, PartOfSpeech.ADV)
                        || (NO_OBJECT.contains(clause.lower(i))
                                && !clause.lower(i).equals("to"))
                        || isParticle(clause, i))) {
            particles.add(clause.lower(i));
            i++;
        }
        Optional<Span> object = Optional.empty();
        boolean adposition = clause.isPos(i, PartOfSpeech.ADP) || clause.isPos(i, PartOfSpeech.SCONJ);
        if (i < end && !adposition) {
            int objectEnd = objectEnd(clause, i, end);
            if (objectEnd > i) {
                object = Optional.of(new Span(i, objectEnd));
                i = objectEnd;
            }
        }
        var prepositional = new ArrayList<Prepositional>();
        while (i < end) {
            boolean preposition = clause.isPos(i, PartOfSpeech.ADP)
                    || (clause.isPos(i, PartOfSpeech.SCONJ)
                            && Set.of("for", "in", "with", "as", "from", "of", "at", "to", "on")
                                    .contains(clause.lower(i)))
                    || Set.of("to", "as", "since").contains(clause.lower(i));
            if (preposition && i + 1 < end) {
                int objectEnd = objectEnd(clause, i + 1, end);
                if (objectEnd > i + 1) {
                    prepositional.add(new Prepositional(clause.lower(i), new Span(i + 1, objectEnd)));
                    i = objectEnd;
                    continue;
                }
                if (object.isEmpty()) {
                    particles.add(clause.lower(i));
                }
            }
            i++;
        }
        return new Phrases(List.copyOf(particles), object, List.copyOf(prepositional));
    }

    private static boolean isParticle(Clause clause, int i) {
        if (!PARTICLES.contains(clause.lower(i))) {
            return false;
        }
        boolean last = i + 1 >= clause.end();
        return last
                || clause.isPos(i + 1, PartOfSpeech.ADP)
                || clause.isPos(i + 1, PartOfSpeech.PART)
                || clause.isPos(i + 1, PartOfSpeech.ADV)
                || clause.isPos(i + 1, PartOfSpeech.SCONJ)
                || Set.of("up", "out", "off", "away", "back", "down", "originally", "rid")
                        .contains(clause.lower(i));
    }

    /**
     * Returns the end of the noun phrase, gerund or infinitive that begins at a token; the token itself if none does.
     */
    static int objectEnd(Clause clause, int begin, int end) {
        int i = begin;
        boolean noun = false;
        boolean verbal = clause.isPos(i, PartOfSpeech.VERB)
                || (clause.lower(i).equals("to") && i + 1 < end && clause.isPos(i + 1, PartOfSpeech.VERB));
        if (verbal) {
            // Gerunds and infinitives keep their own objects, up to the next separator.
            while (i < end && !clause.isPos(i, PartOfSpeech.PUNCT) && !isTimeStart(clause, i, end)) {
                i++;
            }
            return i;
        }
        while (i < end) {
            Token token = clause.token(i);
            if (isTimeStart(clause, i, end) && i > begin) {
                break;
            }
            if (token.isNoun()
                    || token.is(PartOfSpeech.NUM)
                    || token.is(PartOfSpeech.X)
                    || token.is(PartOfSpeech.SYM)) {
                noun = true;
            } else if (noun && token.is("of") && i + 1 < end) {
                noun = false;
            } else if (noun && token.is(Set.of("and", "or", "&")) && i + 1 < end && continuesList(clause, i + 1)) {
                noun = false;
            } else if (noun && token.is(",") && i + 1 < end && listFollows(clause, i + 1, end)) {
                noun = false;
            } else if (noun && (token.is(PartOfSpeech.DET) || ClauseParser.isPossessive(token))) {
                break; // "spent four months | a week"
            } else if (noun
                    && token.is(PartOfSpeech.ADJ)
                    && !(i + 1 < end && clause.token(i + 1).isNoun())) {
                break;
            } else if (!(token.is(PartOfSpeech.DET)
                    || token.is(PartOfSpeech.ADJ)
                    || token.is("-")
                    || token.is("'s")
                    || token.is("’s")
                    || token.is(PartOfSpeech.PRON)
                    || (token.is(PartOfSpeech.ADV)
                            && i + 1 < end
                            && (clause.isPos(i + 1, PartOfSpeech.ADJ) || clause.isPos(i + 1, PartOfSpeech.NUM)))
                    || (token.is(PartOfSpeech.VERB)
                            && i + 1 < end
                            && !noun
                            && i > begin
                            && clause.token(i + 1).isNoun()))) {
                break;
            }
            i++;
        }
        return i;
    }

    private static boolean continuesList(Clause clause, int i) {
        return clause.token(i).isNoun()
                || clause.isPos(i, PartOfSpeech.DET)
                || clause.isPos(i, PartOfSpeech.ADJ)
                || clause.isPos(i, PartOfSpeech.NUM)
                || ClauseParser.isPossessive(clause.token(i));
    }

    /** Returns whether a list goes on after a comma: a short phrase, and then another comma or "and". */
    private static boolean listFollows(Clause clause, int i, int end) {
        int j = i;
        while (j < Math.min(end, i + 5) && continuesList(clause, j)) {
            j++;
        }
        return j > i
                && j < end
                && (clause.token(j).is(",")
                        || clause.token(j).is("and")
                        || clause.token(j).is("or"));
    }

    /** Returns whether a time adverbial begins: "this week", "every morning", "last year", "yesterday". */
    static boolean isTimeStart(Clause clause, int i, int end) {
        return isTimeStart(clause.tokens().subList(0, end), i);
    }

    static boolean isTimeStart(List<Token> tokens, int i) {
        Lexicon lexicon = Lexicon.english();
        int end = tokens.size();
        String lower = tokens.get(i).lower();
        if (Set.of(
                        "yesterday",
                        "today",
                        "tomorrow",
                        "tonight",
                        "nowadays",
                        "now",
                        "anymore",
                        "lately",
                        "recently",
                        "soon")
                .contains(lower)) {
            return true;
        }
        boolean determiner = Set.of(
                        "this", "last", "next", "every", "each", "these", "most", "some", "all", "a", "one", "two",
                        "three", "twice", "once", "any")
                .contains(lower);
        int noun = i + 1;
        if (determiner && noun < end && tokens.get(noun).is(Set.of("few", "couple", "other", "past", "single"))) {
            noun++;
        }
        return determiner
                && noun < end
                && lexicon.has("time-noun", tokens.get(noun))
                && !tokens.get(noun).lower().equals("second");
    }

    /** Returns the object of the first of the prepositions. */
    Optional<Span> after(Set<String> prepositions) {
        return prepositional.stream()
                .filter(phrase -> prepositions.contains(phrase.preposition()))
                .map(Prepositional::object)
                .findFirst();
    }

    /** Returns the index of the head noun of a phrase: the last noun before "of" or another preposition. */
    static int head(Clause clause, Span span) {
        int head = -1;
        for (int i = span.begin(); i < span.end(); i++) {
            Token token = clause.token(i);
            if (token.is(PartOfSpeech.ADP) || token.is("of") || token.is(",") || (token.is("and") && head >= 0)) {
                break;
            }
            if (token.isNoun() || token.is(PartOfSpeech.X)) {
                head = i;
            }
        }
        return head >= 0 ? head : span.end() - 1;
    }
}
