package dev.stele.extract;

import dev.stele.extract.Clause.Tense;
import dev.stele.extract.Phrases.Span;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import dev.stele.syntax.VerbForms;
import java.util.Set;
import java.util.stream.IntStream;

/** Traits of a clause that are read from its tokens alone: what it mentions, and how specific and how certain it is. */
final class ClauseTraits {

    private static final VerbForms FORMS = VerbForms.english();
    private static final Lexicon LEXICON = Lexicon.english();
    private static final Set<String> FIRST_ANY =
            Set.of("i", "we", "me", "us", "my", "our", "mine", "ours", "myself", "ourselves");

    private ClauseTraits() {}

    static boolean isPerson(Clause clause, int from, int to) {
        return IntStream.range(from, to)
                .anyMatch(i -> LEXICON.has("kin", clause.token(i))
                        || LEXICON.has("pet", clause.token(i))
                        || (clause.isPos(i, PartOfSpeech.PROPN)
                                && clause.token(i).isCapitalized()));
    }

    static boolean containsAny(Clause clause, int from, int to, Set<String> words) {
        return IntStream.range(from, to)
                .anyMatch(i -> clause.token(i).is(words) && !clause.token(i).is(PartOfSpeech.PROPN));
    }

    static boolean mentionsUser(Clause clause, int from, int to) {
        return IntStream.range(from, to)
                .anyMatch(i -> clause.token(i).is(FIRST_ANY) && clause.token(i).is(PartOfSpeech.PRON));
    }

    static boolean containsAnyWord(Clause clause, int from, int to, Set<String> words) {
        return IntStream.range(from, to).anyMatch(i -> words.contains(clause.lower(i)));
    }

    static boolean isOver(Clause clause) {
        return clause.contains("anymore")
                || containsPair(clause, "any", "more")
                || containsPair(clause, "any", "longer")
                || containsPair(clause, "no", "longer")
                || containsPair(clause, "no", "more")
                || clause.modality().contains("use to");
    }

    /** Returns whether a clause is in the passive voice, so that the subject is what something happened to. */
    static boolean isPassive(Clause clause) {
        return clause.verb() < clause.head()
                && FORMS.lemma(clause.lower(clause.head() - 1)).matches("be|get")
                && FORMS.isParticiple(clause.lower(clause.head()))
                && !clause.lower(clause.head()).endsWith("ing");
    }

    static boolean containsPair(Clause clause, String first, String second) {
        return IntStream.range(clause.begin(), clause.end() - 1)
                .anyMatch(i -> clause.token(i).is(first) && clause.token(i + 1).is(second));
    }

    static boolean mostlyVague(Clause clause, Span span) {
        boolean content = clause.isPos(span.begin(), PartOfSpeech.VERB) && span.end() - span.begin() > 2;
        for (int i = span.begin(); i < span.end(); i++) {
            Token token = clause.token(i);
            boolean carries = (token.isNoun()
                            || token.is(PartOfSpeech.ADJ)
                            || token.is(PartOfSpeech.VERB)
                            || token.is(PartOfSpeech.NUM)
                            || token.is(PartOfSpeech.X))
                    && !LEXICON.has("vague", token)
                    && !LEXICON.has("feeling", token);
            content |=
                    carries && !(token.is(PartOfSpeech.VERB) && LEXICON.has("weak-verb", FORMS.lemma(token.lower())));
        }
        return !content;
    }

    /** Returns whether a doctor says something, which the user reports as a fact. */
    static boolean isMedical(Clause clause) {
        return !clause.droppedSubject()
                && LEXICON.has("medical", clause.token(clause.subjectEnd() - 1))
                && Set.of("say", "think", "tell").contains(clause.lemma());
    }

    static boolean isReported(Clause clause) {
        return isMedical(clause)
                || (LEXICON.has("quote-verb", clause.lemma())
                        && mentionsUser(clause, clause.head() + 1, clause.end())
                        && clause.isPos(clause.head() + 1, PartOfSpeech.PRON));
    }

    static boolean mentionsBody(Clause clause) {
        return IntStream.range(clause.head() + 1, clause.end()).anyMatch(i -> LEXICON.has("body", clause.token(i)));
    }

    static boolean isSpecific(Clause clause, int from) {
        return IntStream.range(from, clause.end())
                .anyMatch(i ->
                        (clause.isPos(i, PartOfSpeech.PROPN) && clause.token(i).isCapitalized())
                                || clause.isPos(i, PartOfSpeech.NUM));
    }

    static int contentNouns(Clause clause, int from) {
        return (int) IntStream.range(from, clause.end())
                .filter(i -> {
                    Token token = clause.token(i);
                    return (token.isNoun() || token.is(PartOfSpeech.X))
                            && !LEXICON.has("vague", token)
                            && !LEXICON.has("feeling", token)
                            && !LEXICON.has("time-noun", token)
                            && !LEXICON.has("transient", token);
                })
                .count();
    }

    static int contentWords(Clause clause, int from) {
        return (int) IntStream.range(from, clause.end())
                .filter(i -> {
                    Token token = clause.token(i);
                    boolean noun = token.isNoun()
                            || token.is(PartOfSpeech.NUM)
                            || token.is(PartOfSpeech.ADJ)
                            || token.is(PartOfSpeech.VERB)
                            || token.is(PartOfSpeech.X);
                    return noun
                            && !LEXICON.has("vague", token)
                            && !LEXICON.has("feeling", token)
                            && !LEXICON.has("time-noun", token)
                            && !(token.is(PartOfSpeech.VERB) && LEXICON.has("weak-verb", FORMS.lemma(token.lower())));
                })
                .count();
    }

    static boolean hasDate(Clause clause, int from, int to) {
        for (int i = from; i < to; i++) {
            Token token = clause.token(i);
            boolean month = LEXICON.has("month", token)
                    && token.isCapitalized()
                    && !(token.is(Set.of("may", "march", "april", "june", "august"))
                            && i > from
                            && clause.token(i - 1).isNoun()
                            && !clause.isPos(i - 1, PartOfSpeech.NUM));
            boolean day = LEXICON.has("weekday", token) && token.isCapitalized();
            boolean relative = token.is(Set.of("tomorrow", "tonight", "yesterday"));
            boolean coming = token.is(Set.of("next", "last", "this"))
                    && i + 1 < to
                    && LEXICON.has("time-noun", clause.token(i + 1));
            boolean iso = token.text().matches("\\d{4}-\\d{2}-\\d{2}|\\d{1,2}[./]\\d{1,2}[./]\\d{2,4}")
                    || (token.text().matches("\\d{1,2}[./]\\d{1,2}")
                            && i > from
                            && clause.token(i - 1).is("on"));
            if (month || day || relative || coming || iso) {
                return true;
            }
        }
        return false;
    }

    static boolean isPlanned(Clause clause) {
        boolean future = IntStream.range(clause.begin(), clause.end())
                .anyMatch(i -> clause.token(i).is(Set.of("tomorrow", "tonight", "next", "upcoming", "soon")));
        return clause.tense() == Tense.FUTURE
                || (clause.tense() == Tense.PROGRESSIVE && (future || hasDate(clause, clause.begin(), clause.end())))
                || (clause.tense() == Tense.PRESENT
                        && LEXICON.has("plan-verb", clause.lemma())
                        && clause.contains("to"));
    }
}
