package dev.stele.extract;

import dev.stele.extract.Clause.Tense;
import dev.stele.extract.Frame.Cardinality;
import dev.stele.extract.Subject.Kind;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import java.util.Locale;
import java.util.Set;

/** Writer of the note of a clause in the third person. Immutable. */
final class NoteWriter {

    private static final Lexicon LEXICON = Lexicon.english();

    private final String user;

    NoteWriter(String user) {
        this.user = user;
    }

    /** Returns the note of a clause in the third person. */
    String content(Clause clause, Phrases phrases, Subject subject, FrameMatcher.Match match) {
        if (subject.kind() == Kind.USER
                && match.frame().family().equals("lives_in")
                && match.frame().cardinality() == Cardinality.CHANGE
                && clause.tense() != Tense.FUTURE
                && match.value().certain()
                && clause.lemma().matches("move|relocate|emigrate|immigrate")
                && match.span().end() == clause.end()
                && clause.begin() == clause.verb() - (clause.droppedSubject() ? 0 : 1)
                && phrases.after(Set.of("from")).isEmpty()) {
            return user + " lives in " + match.value().text();
        }
        return content(clause, subject);
    }

    String content(Clause clause, Subject subject) {
        var writer = new ThirdPersonWriter(clause, user);
        var out = new StringBuilder();
        switch (subject.kind()) {
            case USER -> out.append(writer.subject()).append(' ').append(predicate(clause, writer));
            case EXISTENCE ->
                out.append("There ")
                        .append(existence(clause))
                        .append(' ')
                        .append(writer.words(clause.verb() + 1, clause.end()));
            default -> {
                String words = subject.words();
                if (words.isEmpty()) {
                    boolean household = clause.token(clause.subjectBegin()).is("the") && subject.kind() == Kind.RELATED;
                    Token first = clause.token(clause.subjectBegin());
                    boolean bare = subject.kind() == Kind.RELATED && first.isCapitalized() && LEXICON.has("kin", first);
                    words = bare
                            ? writer.owner() + "'s " + first.lower()
                                    + clause.words(clause.subjectBegin(), clause.subjectEnd())
                                            .substring(first.text().length())
                            : household
                                    ? writer.owner() + "'s "
                                            + writer.words(clause.subjectBegin() + 1, clause.subjectEnd())
                                    : capital(writer.words(clause.subjectBegin(), clause.subjectEnd()));
                }
                String predicate = writer.words(clause.verb(), clause.end());
                if (predicate.startsWith("'ll") || predicate.startsWith("’ll")) {
                    predicate = "will" + predicate.substring(3);
                }
                boolean contracted = clause.token(clause.verb()).text().matches("['’]s");
                if (contracted) {
                    predicate = (ofHave(clause) ? "has" : "is") + predicate.substring(2);
                }
                out.append(words).append(' ').append(adverbs(clause)).append(predicate);
            }
        }
        String lead = lead(clause, writer);
        return lead.isEmpty() ? out.toString() : out + " " + lead;
    }

    /** Returns the predicate of the user with the adverbs before the verb, but without those that only fill. */
    private static String predicate(Clause clause, ThirdPersonWriter writer) {
        boolean been = clause.droppedSubject() && clause.lower(clause.verb()).equals("been");
        return (been ? "has " : "") + adverbs(clause) + writer.predicate(clause.verb(), clause.end());
    }

    /** Returns the adverbs between the subject and the verb, without those that only fill. */
    private static String adverbs(Clause clause) {
        boolean conjunct = clause.begin() > clause.subjectBegin();
        int from = clause.droppedSubject() || conjunct ? clause.verb() : clause.subjectEnd();
        var adverbs = new StringBuilder();
        for (int i = from; i < clause.verb(); i++) {
            if (!LEXICON.has("filler", clause.token(i)) && !clause.isPos(i, PartOfSpeech.PUNCT)) {
                adverbs.append(clause.token(i).text()).append(' ');
            }
        }
        return adverbs.toString();
    }

    private static String existence(Clause clause) {
        String lower = clause.lower(clause.verb());
        return lower.equals("'s") ? "is" : lower.equals("'re") ? "are" : lower;
    }

    private static boolean ofHave(Clause clause) {
        return clause.tense() == Tense.PERFECT || Set.of("got", "been").contains(clause.lower(clause.verb() + 1));
    }

    private String capital(String words) {
        return words.startsWith(user) ? words : words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    /** Returns the adverbial before the subject, which follows the predicate in the note. */
    private static String lead(Clause clause, ThirdPersonWriter writer) {
        int from = clause.begin();
        int to = clause.subjectBegin();
        while (from < to
                && (clause.isPos(from, PartOfSpeech.PUNCT)
                        || LEXICON.has("lead", clause.token(from))
                        || clause.isPos(from, PartOfSpeech.CCONJ)
                        || clause.isPos(from, PartOfSpeech.INTJ))) {
            from++;
        }
        while (to > from && clause.isPos(to - 1, PartOfSpeech.PUNCT)) {
            to--;
        }
        boolean adverbial = from < to
                && (clause.isPos(from, PartOfSpeech.ADP)
                        || clause.isPos(from, PartOfSpeech.SCONJ)
                        || Phrases.isTimeStart(clause, from, to)
                        || LEXICON.has("time-adverb", clause.token(from))
                        || LEXICON.has("time-noun", clause.token(to - 1))
                        || clause.lower(to - 1).equals("ago"));
        boolean filler = to - from == 1
                && Set.of(
                                "just", "also", "finally", "now", "still", "even", "already", "again", "soon", "then",
                                "so", "never", "always", "before", "later", "early", "once")
                        .contains(clause.lower(from));
        if (!adverbial || filler || to - from > 12) {
            return "";
        }
        String words = writer.words(from, to);
        Token first = clause.token(from);
        return first.is(PartOfSpeech.PROPN)
                ? words
                : words.substring(0, 1).toLowerCase(Locale.ROOT) + words.substring(1);
    }
}
