package dev.stele.extract;

import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import dev.stele.syntax.VerbForms;
import java.util.Set;

/**
 * Writer that repeats words of the speaker in the third person. It changes pronouns of the first person, by their part
 * of speech, and the verbs that agree with them; every other token stays byte for byte. The first mention of the
 * speaker is the name, a later one "they". One writer serves one note. Not thread-safe.
 */
final class ThirdPersonWriter {

    private static final Set<String> FIRST = Set.of("i", "we");
    private static final VerbForms FORMS = VerbForms.english();

    private final Clause clause;
    private final String name;
    private boolean mentioned;
    /** Whether the speaker is the subject of the note, so that "they" is understood as the speaker. */
    private boolean ofSpeaker;

    /** Number of the verb that follows a rewritten subject: none, singular (the name) or plural ("they"). */
    private enum Agreement {
        NONE,
        SINGULAR,
        PLURAL
    }

    ThirdPersonWriter(Clause clause, String name) {
        this.clause = clause;
        this.name = name;
    }

    /** Returns the name, as the subject of the note. */
    String subject() {
        mentioned = true;
        ofSpeaker = true;
        return name;
    }

    /** Returns the name for a phrase before the subject of the note, which is another person or thing. */
    String owner() {
        mentioned = true;
        return name;
    }

    /** Returns the group of verbs and the complement of a clause whose subject is the speaker. */
    String predicate(int from, int to) {
        return write(from, to, true);
    }

    /** Returns a part of the clause that contains no verb of the speaker. */
    String words(int from, int to) {
        return write(from, to, false);
    }

    private String write(int from, int to, boolean agreeing) {
        var out = new StringBuilder();
        Agreement pending = agreeing ? Agreement.SINGULAR : Agreement.NONE;
        for (int i = from; i < to; i++) {
            Token token = clause.token(i);
            boolean finite = agreeing && (i == from || (clause.conjuncts().contains(i) && presentBase(i)));
            if (finite) {
                pending = Agreement.SINGULAR;
            }
            String gap = i == from
                    ? ""
                    : clause.text()
                            .substring(clause.token(i - 1).end(), token.start())
                            .replaceAll("\\s+", " ");
            String word;
            String lower = token.lower();
            boolean verb = token.is(PartOfSpeech.AUX) || token.is(PartOfSpeech.VERB);
            if (pending != Agreement.NONE && verb) {
                word = agree(i, to, pending == Agreement.SINGULAR);
                boolean negation = (i + 1 < to && clause.token(i + 1).lower().equals("n't"))
                        || (i + 1 < to && clause.token(i + 1).lower().equals("nt"));
                if (negation) {
                    word = word.equals("can") ? "cannot" : word + " not";
                    i++;
                }
                pending = Agreement.NONE;
                gap = gap.isEmpty() && i != from && !out.isEmpty() ? " " : gap;
            } else if (token.is(PartOfSpeech.PRON) && FIRST.contains(lower)) {
                boolean coordinated = i > from
                        && i + 1 == clause.subjectEnd()
                        && clause.token(i - 1).is(Set.of("and", "nor", "or"));
                word = mentioned && !coordinated ? "they" : name;
                pending = mentioned ? Agreement.PLURAL : Agreement.SINGULAR;
                mentioned = true;
            } else if (token.is(PartOfSpeech.PRON)) {
                word = pronoun(token, lower);
            } else {
                word = token.text();
            }
            out.append(gap).append(word);
        }
        return out.toString();
    }

    private boolean presentBase(int i) {
        String lower = clause.token(i).lower();
        boolean aux = clause.token(i).is(PartOfSpeech.AUX);
        boolean nounLike = Set.of("love", "like", "hate").contains(lower)
                && Set.of("love", "like", "enjoy", "hate", "prefer").contains(clause.lemma())
                && i + 1 < clause.end()
                && clause.token(i + 1).isNoun();
        return !nounLike
                && clause.modality().isEmpty()
                && (aux || clause.tense() == Clause.Tense.PRESENT || clause.tense() == Clause.Tense.PERFECT)
                && (aux || FORMS.isKnownLemma(lower) || !lower.endsWith("s"))
                && !FORMS.isPast(lower);
    }

    private String agree(int i, int to, boolean singular) {
        Token token = clause.token(i);
        String lower = token.lower();
        boolean base = !FORMS.isPast(lower) && (!lower.endsWith("ing") || FORMS.isKnownLemma(lower)); // "sing"
        return switch (lower) {
            case "am", "'m", "are", "'re", "m", "ai" -> singular ? "is" : "are";
            case "was", "were" -> singular ? "was" : "were";
            case "have", "'ve", "ve" -> singular ? "has" : "have";
            case "do" -> singular ? "does" : "do";
            case "'ll" -> "will";
            case "wo" -> "will";
            case "ca" -> "can";
            case "'d" -> had(i, to) ? "had" : "would";
            case "'s" -> "is";
            case "will",
                    "would",
                    "can",
                    "could",
                    "shall",
                    "should",
                    "might",
                    "may",
                    "must",
                    "cannot",
                    "has",
                    "is",
                    "does" -> token.text();
            case "gonna" -> "going to";
            case "wanna" -> singular ? "wants to" : "want to";
            default -> {
                boolean finite = token.is(PartOfSpeech.VERB) && base && singular;
                yield finite ? FORMS.third(lower) : lower;
            }
        };
    }

    private boolean had(int i, int to) {
        for (int j = i + 1; j < Math.min(to, i + 4); j++) {
            Token next = clause.token(j);
            if (next.is(PartOfSpeech.VERB) || next.is(PartOfSpeech.AUX)) {
                return FORMS.isParticiple(next.lower()) && !FORMS.isKnownLemma(next.lower());
            }
        }
        return false;
    }

    private String pronoun(Token token, String lower) {
        String changed = switch (lower) {
            case "me", "us" -> mentioned && ofSpeaker ? "them" : name;
            case "my", "our" -> mentioned && ofSpeaker ? "their" : name + "'s";
            case "mine", "ours" -> mentioned && ofSpeaker ? "theirs" : name + "'s";
            case "myself", "ourselves" -> "themselves";
            default -> "";
        };
        if (changed.isEmpty()) {
            return token.text();
        }
        mentioned = true;
        return changed;
    }
}
