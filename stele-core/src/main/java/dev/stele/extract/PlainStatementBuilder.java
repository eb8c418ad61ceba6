package dev.stele.extract;

import dev.stele.extract.Phrases.Span;
import dev.stele.extract.Subject.Kind;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Builder of the statements of clauses that fit no frame, but are worth a note. Not thread-safe. */
final class PlainStatementBuilder {

    /** Confidence of a statement that fits no frame. */
    private static final double PLAIN_CONFIDENCE = 0.6;
    /** Confidence of a statement that fits no frame and contains a name, a number or a date. */
    private static final double SPECIFIC_CONFIDENCE = 0.7;

    private static final Lexicon LEXICON = Lexicon.english();

    private final PersonTracker people;
    private final NoteWriter writer;

    PlainStatementBuilder(String user, PersonTracker people) {
        this.people = people;
        this.writer = new NoteWriter(user);
    }

    Optional<Statement> statement(
            Clause clause, Phrases phrases, Subject subject, List<Ending> endings, boolean corrects) {
        int from = clause.head() + 1;
        boolean dated = ClauseTraits.hasDate(clause, clause.begin(), clause.end());
        boolean specific = dated || ClauseTraits.isSpecific(clause, from);
        boolean planned = ClauseTraits.isPlanned(clause);
        String lemma = clause.lemma();
        switch (subject.kind()) {
            case USER, USER_AND_OTHERS -> {
                if (!endings.isEmpty()) {
                    break;
                }
                boolean wish = clause.modality().contains("would");
                boolean preference = wish && (clause.contains("rather") || clause.contains("over"));
                if (!preference && !Noteworthiness.worthNoting(clause, phrases)) {
                    return Optional.empty();
                }
            }
            case RELATED -> {
                boolean complete = clause.end() > from || !lemma.equals("be");
                int head = Phrases.head(
                        clause,
                        new Span(clause.subjectBegin(), Math.max(clause.subjectBegin() + 1, clause.subjectEnd())));
                boolean abstractNoun = subject.words().isEmpty() && LEXICON.has("abstract", clause.token(head));
                boolean can = clause.modality().contains("can") && !clause.negated();
                boolean empty = Set.of("have", "do", "get", "make", "be").contains(lemma)
                        && ClauseTraits.contentWords(clause, from) == 0
                        && !specific
                        && endings.isEmpty();
                boolean vagueTime = empty || (lemma.equals("come") && !dated);
                boolean aim =
                        lemma.equals("be") && clause.lower(from).equals("to") && LEXICON.has("aim", clause.token(head));
                if (aim) {
                    break;
                }
                boolean unspecific = clause.lower(from).equals("so")
                        && clause.lower(from + 1).matches("much|many");
                if (unspecific
                        || abstractNoun
                        || can
                        || vagueTime
                        || !complete
                        || Noteworthiness.isEvaluation(clause, phrases)
                        || (LEXICON.has("mental", lemma)
                                && !(lemma.equals("want")
                                        && ClauseTraits.contentWords(clause, from) >= 1
                                        && ClauseTraits.containsAnyWord(clause, from, clause.end(), Set.of("to")))
                                && !ClauseTraits.isReported(clause))
                        || (LEXICON.has("quote-verb", lemma) && !ClauseTraits.isReported(clause))) {
                    return Optional.empty();
                }
            }
            case NAMED -> {
                boolean known = ClauseTraits.mentionsUser(clause, from, clause.end())
                        || people.isIntroduced(clause)
                        || dated
                        || corrects
                        || (!endings.isEmpty() && people.isKnownName(clause));
                if (!known || Noteworthiness.isEvaluation(clause, phrases) || LEXICON.has("quote-verb", lemma)) {
                    return Optional.empty();
                }
            }
            case THING, EXISTENCE -> {
                boolean vague = subject.kind() == Kind.THING
                        && clause.subjectEnd() > clause.subjectBegin()
                        && LEXICON.has("vague", clause.token(clause.subjectEnd() - 1));
                if (vague && endings.isEmpty()) {
                    return Optional.empty();
                }
                boolean definite = subject.kind() == Kind.THING
                        && clause.token(clause.subjectBegin()).is("the");
                boolean event = IntStream.range(
                                subject.kind() == Kind.EXISTENCE ? from : clause.subjectBegin(),
                                subject.kind() == Kind.EXISTENCE ? clause.end() : clause.subjectEnd())
                        .anyMatch(i -> LEXICON.has("event-of-user", clause.token(i)));
                boolean indefinite = subject.kind() == Kind.THING
                        && !clause.droppedSubject()
                        && clause.token(clause.subjectBegin())
                                .is(Set.of(
                                        "a", "an", "each", "every", "some", "any", "all", "so", "no", "another", "life",
                                        "love", "things", "lots"))
                        && !(clause.token(clause.subjectBegin()).is("another") && clause.contains("mine"));
                boolean alone = ClauseTraits.containsAny(
                        clause, clause.begin(), clause.end(), Set.of("me", "my", "mine", "myself"));
                boolean can = clause.modality().contains("can") && !clause.negated();
                boolean about =
                        alone && !definite && !indefinite && !can && !Noteworthiness.isEvaluation(clause, phrases);
                if (!(about || (dated && (definite || event)) || (corrects && definite) || !endings.isEmpty())) {
                    return Optional.empty();
                }
            }
            case NONE -> {
                return Optional.empty();
            }
        }
        Optional<Slot> slot = Optional.empty();
        String category = category(clause, planned);
        if (category.equals("behavior")
                && subject.kind() == Kind.USER
                && clause.modality().isEmpty()) {
            slot = Optional.of(new Slot(
                            "does:"
                                    + SlotKeys.key(EnglishGrammar.lower(lemma + " "
                                            + phrases.object()
                                                    .map(span -> clause.words(span.begin(), span.end()))
                                                    .orElse(""))),
                            (Polarity.of(clause) == Polarity.DENIED) ? "no" : "yes"))
                    .filter(_ -> phrases.object().isPresent() && !LEXICON.has("weak-verb", lemma));
        }
        return Optional.of(new Statement(
                writer.content(clause, subject),
                category,
                specific || !endings.isEmpty() ? SPECIFIC_CONFIDENCE : PLAIN_CONFIDENCE,
                subject.kind() == Kind.USER ? 0.5 : 0.6,
                slot,
                Slot.Conflict.KEEP,
                endings,
                Optional.empty(),
                ClauseTraits.isReported(clause),
                clause.text()));
    }

    private static String category(Clause clause, boolean planned) {
        if (planned || clause.lemma().equals("schedule") || clause.lemma().equals("book")) {
            return "plan";
        }
        return switch (clause.tense()) {
            case PAST, PERFECT -> "event";
            case FUTURE -> "plan";
            case PRESENT, PROGRESSIVE -> clause.lemma().equals("be") ? "fact" : "behavior";
        };
    }
}
