package dev.stele.extract;

import dev.stele.extract.Clause.Tense;
import dev.stele.extract.Phrases.Span;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.VerbForms;
import java.util.Set;
import java.util.stream.IntStream;

/** Decision about clauses that fit no frame: which of them are worth a note, and which only evaluate something. */
final class Noteworthiness {

    private static final VerbForms FORMS = VerbForms.english();
    private static final Lexicon LEXICON = Lexicon.english();

    private Noteworthiness() {}

    static boolean isEvaluation(Clause clause, Phrases phrases) {
        if (!clause.lemma().equals("be")) {
            boolean thing = !clause.droppedSubject()
                    && !ClauseTraits.isPerson(clause, clause.subjectBegin(), clause.subjectEnd())
                    && !ClauseTraits.containsAny(
                            clause, clause.subjectBegin(), clause.subjectEnd(), Set.of("my", "our"))
                    && Set.of(
                                    "give",
                                    "keep",
                                    "matter",
                                    "allow",
                                    "let",
                                    "remind",
                                    "motivate",
                                    "fill",
                                    "lift",
                                    "take",
                                    "show",
                                    "enable",
                                    "save",
                                    "push")
                            .contains(clause.lemma())
                    && !ClauseTraits.mentionsBody(clause);
            return thing
                    || (Set.of("mean", "make", "seem", "look", "sound", "feel", "help", "rock", "inspire", "bring")
                                    .contains(clause.lemma())
                            && !clause.isPos(clause.head() + 1, PartOfSpeech.PROPN)
                            && !ClauseTraits.mentionsBody(clause));
        }
        int from = clause.head() + 1;
        boolean nominal = phrases.object()
                .map(span -> clause.isPos(span.begin(), PartOfSpeech.DET)
                        || clause.token(Phrases.head(clause, span)).isNoun())
                .orElse(false);
        boolean feeling = IntStream.range(from, clause.end()).anyMatch(i -> LEXICON.has("feeling", clause.token(i)));
        boolean such = clause.contains("such") || clause.contains("everything") || clause.contains("so");
        boolean alone = !nominal && phrases.prepositional().isEmpty();
        return (feeling && !nominal)
                || such
                || alone
                || from >= clause.end()
                || ClauseTraits.mostlyVague(clause, new Span(from, clause.end()));
    }

    /** Returns whether what the speaker says of the speaker is worth a note although it fits no frame. */
    static boolean worthNoting(Clause clause, Phrases phrases) {
        int from = clause.head() + 1;
        String lemma = clause.lemma();
        if ((LEXICON.has("phatic", lemma) && !(lemma.equals("see") && clause.tense() == Tense.PROGRESSIVE))
                || clause.modality().contains("must")) {
            return false;
        }
        if (LEXICON.has("plan-verb", lemma) && (clause.tense() == Tense.PAST || clause.tense() == Tense.PERFECT)) {
            return false;
        }
        if (lemma.equals("want")
                || LEXICON.has("plan-verb", lemma)
                || clause.modality().contains("would")) {
            return phrases.object()
                    .map(span -> !ClauseTraits.mostlyVague(clause, new Span(span.begin(), clause.end()))
                            && ClauseTraits.contentWords(clause, span.begin()) >= 2)
                    .orElse(ClauseTraits.contentWords(clause, from) >= 2);
        }
        if (lemma.equals("be")) {
            boolean place =
                    phrases.object().isEmpty() && !phrases.prepositional().isEmpty();
            boolean feeling = IntStream.range(from, Math.min(from + 4, clause.end()))
                    .anyMatch(i -> LEXICON.has("feeling", clause.token(i)));
            boolean nominal = phrases.object()
                    .map(span -> clause.token(Phrases.head(clause, span)).isNoun())
                    .orElse(false);
            boolean number = IntStream.range(from, clause.end()).anyMatch(i -> clause.isPos(i, PartOfSpeech.NUM));
            return clause.tense() != Tense.PAST
                    && (!feeling || nominal || number)
                    && ClauseTraits.contentWords(clause, from) >= 1
                    && (nominal || number || place || !feeling);
        }
        boolean inability = clause.modality().contains("can") && clause.negated() && !LEXICON.has("weak-verb", lemma);
        if (clause.end() <= from) {
            return inability && FORMS.isKnownLemma(lemma);
        }
        boolean weak = LEXICON.has("weak-verb", lemma);
        boolean can = clause.modality().contains("can") && !clause.negated();
        if (can || (clause.lemma().equals("wait") && clause.negated())) {
            return false;
        }
        boolean dated = ClauseTraits.hasDate(clause, clause.begin(), clause.end());
        if (weak && clause.tense() == Tense.FUTURE && !dated) {
            return false;
        }
        boolean specific = dated || ClauseTraits.isSpecific(clause, from);
        int nouns = ClauseTraits.contentNouns(clause, from);
        boolean happened = clause.tense() == Tense.PAST || clause.tense() == Tense.PERFECT;
        if (happened) {
            boolean own = ClauseTraits.containsAny(clause, from, clause.end(), Set.of("my", "our", "a", "an"));
            return nouns >= 2 || (nouns >= 1 && (specific || (own && !weak)));
        }
        return weak
                ? ClauseTraits.contentWords(clause, from) >= 2 && nouns >= 1
                : ClauseTraits.contentWords(clause, from) >= 1;
    }
}
