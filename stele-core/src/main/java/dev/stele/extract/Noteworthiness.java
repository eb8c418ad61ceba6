package dev.stele.extract;

import dev.stele.extract.Clause.Tense;
import dev.stele.extract.Phrases.Span;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import dev.stele.syntax.VerbForms;
import java.util.Set;
import java.util.stream.IntStream;

/** Decision about clauses that fit no frame: which of them are worth a note, and which only evaluate something. */
final class Noteworthiness {

    private static final VerbForms FORMS = VerbForms.english();
    private static final Lexicon LEXICON = Lexicon.english();

    private Noteworthiness() {}

    static boolean isEvaluation(Clause clause, Phrases phrases) {
        boolean ofBody = !clause.droppedSubject()
                && LEXICON.has("body", clause.token(clause.subjectEnd() - 1))
                && clause.lemma().equals("be")
                && ClauseTraits.contentWords(clause, clause.head() + 1) >= 1;
        if (isTaste(clause) || ofBody) {
            return false;
        }
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
            boolean product = makesThing(clause, phrases);
            return thing
                    || (!product
                            && Set.of(
                                            "mean", "make", "seem", "look", "sound", "feel", "help", "rock", "inspire",
                                            "bring")
                                    .contains(clause.lemma())
                            && !clause.isPos(clause.head() + 1, PartOfSpeech.PROPN)
                            && !ClauseTraits.mentionsBody(clause));
        }
        int from = clause.head() + 1;
        boolean nominal = phrases.object()
                .map(span -> clause.isPos(span.begin(), PartOfSpeech.DET)
                        || clause.isPos(span.begin(), PartOfSpeech.NUM)
                        || ClauseParser.isPossessive(clause.token(span.begin()))
                        || clause.token(Phrases.head(clause, span)).isNoun()
                        || isIdentifier(clause))
                .orElse(false);
        int adjunct = IntStream.range(from, clause.end())
                .filter(i -> clause.isPos(i, PartOfSpeech.ADP))
                .findFirst()
                .orElse(clause.end());
        boolean feeling = IntStream.range(from, adjunct).anyMatch(i -> LEXICON.has("feeling", clause.token(i)));
        boolean such = clause.contains("such") || clause.contains("everything") || clause.contains("so");
        boolean alone = !nominal && phrases.prepositional().isEmpty();
        return (feeling && !nominal)
                || such
                || alone
                || from >= clause.end()
                || ClauseTraits.mostlyVague(clause, new Span(from, clause.end()));
    }

    /** Returns whether a clause says that something is for the speaker, or not: "crowds aren't for me". */
    private static boolean isTaste(Clause clause) {
        int n = clause.end();
        boolean forMe = clause.lower(n - 2).equals("for") && clause.lower(n - 1).matches("me|us");
        boolean mine = (clause.lower(n - 2).equals("my") && clause.lower(n - 1).matches("thing|style|jam"))
                || ClauseTraits.containsPair(clause, "my", "cup");
        boolean favorite = clause.contains("favorite") || clause.contains("favourite");
        if (clause.lemma().equals("be")
                && favorite
                && ClauseTraits.containsAny(clause, clause.head() + 1, clause.end(), Set.of("my", "our"))) {
            return true;
        }
        boolean nothing = clause.lemma().equals("do")
                && clause.lower(clause.head() + 1).equals("nothing")
                && clause.lower(n - 1).matches("me|us");
        if (nothing) {
            return true;
        }
        return clause.lemma().equals("be")
                && (mine || (forMe && n - clause.head() <= 5))
                && !clause.droppedSubject()
                && clause.token(clause.subjectEnd() - 1).isNoun()
                && !clause.token(clause.subjectBegin()).is(Set.of("the", "a", "an"));
    }

    /** Returns whether a person or an organization of the speaker makes or brings a thing. */
    private static boolean makesThing(Clause clause, Phrases phrases) {
        boolean owner = ClauseTraits.isPerson(clause, clause.subjectBegin(), clause.subjectEnd())
                || LEXICON.has("organization", clause.token(Math.max(0, clause.subjectEnd() - 1)));
        return owner
                && Set.of("make", "bring").contains(clause.lemma())
                && phrases.object()
                        .map(span -> {
                            Token head = clause.token(Phrases.head(clause, span));
                            return head.isNoun()
                                    && !LEXICON.has("vague", head)
                                    && !LEXICON.has("feeling", head)
                                    && !LEXICON.has("transient", head);
                        })
                        .orElse(false);
    }

    /** Returns whether the subject names a kind of name or number, so that any complement is its value. */
    private static boolean isIdentifier(Clause clause) {
        return !clause.droppedSubject() && LEXICON.has("identifier", clause.token(clause.subjectEnd() - 1));
    }

    /** Returns whether what the speaker says of the speaker is worth a note although it fits no frame. */
    static boolean worthNoting(Clause clause, Phrases phrases) {
        int from = clause.head() + 1;
        String lemma = clause.lemma();
        boolean knowing = lemma.equals("know")
                && !clause.negated()
                && clause.tense() == Tense.PRESENT
                && (ClauseTraits.containsPair(clause, "how", "to")
                        || ClauseTraits.containsPair(clause, "way", "around")
                        || ClauseTraits.containsPair(clause, "by", "heart"));
        boolean longing =
                lemma.equals("miss") && clause.tense() == Tense.PRESENT && ClauseTraits.isSpecific(clause, from);
        boolean sharing = lemma.equals("share")
                && phrases.object().isPresent()
                && clause.contains("with")
                && clause.tense() == Tense.PRESENT
                && ClauseTraits.contentNouns(clause, from) >= 2;
        if (knowing || longing || sharing) {
            return true;
        }
        boolean well = (lemma.equals("do")
                        && clause.end() - from <= 3
                        && Set.of("ok", "okay", "well", "good", "great", "fine", "best", "better", "alright", "it")
                                .contains(clause.lower(clause.end() - 1)))
                || (lemma.equals("be") && clause.lower(from).equals("like"));
        boolean exclaimed =
                clause.lower(from).equals("quite") && !clause.lower(from + 2).matches("bit|few|lot");
        boolean troubled = Set.of("have", "get", "face", "encounter", "see", "run", "experience")
                        .contains(lemma)
                && ClauseTraits.containsAnyWord(
                        clause,
                        from,
                        Math.min(clause.end(), from + 4),
                        Set.of("issue", "issues", "problem", "problems", "error", "errors", "trouble", "difficulties"));
        boolean unsure = lemma.equals("be")
                && ClauseTraits.containsAnyWord(
                        clause, from, Math.min(clause.end(), from + 3), Set.of("sure", "unsure", "certain"));
        boolean eager = lemma.equals("be")
                && LEXICON.has("momentary", clause.token(Math.min(from, clause.end() - 1)))
                && clause.lower(from + 1).equals("to")
                && !ClauseTraits.hasDate(clause, clause.begin(), clause.end());
        boolean eagerVerb = LEXICON.has("momentary", clause.lower(clause.head()))
                && clause.lower(from).equals("to");
        boolean unspecific =
                clause.lower(from).equals("so") && clause.lower(from + 1).matches("much|many");
        boolean pronominal = clause.lower(from).equals("one")
                && clause.end() <= from + 2
                && !clause.isPos(from + 1, PartOfSpeech.NUM)
                && !clause.isPos(from + 1, PartOfSpeech.NOUN);
        if (well || exclaimed || troubled || unsure || eager || eagerVerb || unspecific || pronominal) {
            return false;
        }
        boolean errand = (clause.tense() == Tense.PROGRESSIVE
                        || clause.tense() == Tense.FUTURE
                        || clause.modality().matches("need to|have to"))
                && LEXICON.has("errand", lemma)
                && !ClauseTraits.hasDate(clause, clause.begin(), clause.end());
        if (errand) {
            return false;
        }
        if ((LEXICON.has("phatic", lemma) && !(lemma.equals("see") && clause.tense() == Tense.PROGRESSIVE))
                || clause.modality().contains("must")) {
            return false;
        }
        boolean passing = Set.of("have", "get").contains(lemma)
                && phrases.object()
                        .map(span -> LEXICON.has("transient", clause.token(Phrases.head(clause, span)))
                                && !ClauseTraits.hasDate(clause, clause.begin(), clause.end()))
                        .orElse(false);
        if (passing) {
            return false;
        }
        if (LEXICON.has("plan-verb", lemma) && (clause.tense() == Tense.PAST || clause.tense() == Tense.PERFECT)) {
            return false;
        }
        boolean preparing = clause.tense() == Tense.PROGRESSIVE
                && Set.of("train", "save", "prepare", "study").contains(lemma)
                && ClauseTraits.contentWords(clause, from) >= 1;
        if (preparing) {
            return true;
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
        boolean skill = clause.modality().equals("can")
                && !clause.negated()
                && LEXICON.has("skill", lemma)
                && clause.tense() == Tense.PRESENT
                && !ClauseTraits.hasDate(clause, clause.begin(), clause.end())
                && !ClauseTraits.containsAnyWord(
                        clause,
                        clause.begin(),
                        clause.end(),
                        Set.of("today", "tonight", "later", "now", "then", "so", "finally"));
        if (skill) {
            return true;
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
        boolean habit = clause.tense() == Tense.PRESENT
                && (ClauseTraits.containsPair(clause, "these", "days")
                        || ClauseTraits.containsPair(clause, "every", "day")
                        || ClauseTraits.containsAnyWord(
                                clause,
                                clause.begin(),
                                clause.end(),
                                Set.of("nowadays", "usually", "always", "instead")));
        int nouns = ClauseTraits.contentNouns(clause, from);
        boolean happened = clause.tense() == Tense.PAST || clause.tense() == Tense.PERFECT;
        if (happened) {
            boolean own = ClauseTraits.containsAny(clause, from, clause.end(), Set.of("my", "our", "a", "an"));
            return nouns >= 2 || (nouns >= 1 && (specific || (own && !weak)));
        }
        if (weak && nouns >= 1 && (habit || (dated && clause.tense() != Tense.PRESENT))) {
            return true;
        }
        return weak
                ? ClauseTraits.contentWords(clause, from) >= 2 && nouns >= 1
                : ClauseTraits.contentWords(clause, from) >= 1;
    }
}
