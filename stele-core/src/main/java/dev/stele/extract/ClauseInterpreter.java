package dev.stele.extract;

import dev.stele.extract.Subject.Kind;
import dev.stele.syntax.PartOfSpeech;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Interpreter of a clause: whether it states something lasting or dated about the speaker or the speaker's people, what
 * the note says, which slot it fills, and which earlier facts it ends. Not thread-safe; one instance serves one
 * message.
 */
final class ClauseInterpreter {

    private final SubjectResolver subjects;
    private final PersonTracker people;
    private final IdentityReader identity;
    private final HomeReader home;
    private final FramedStatementBuilder framed;
    private final PlainStatementBuilder plain;

    ClauseInterpreter(String user, Set<String> knownNames) {
        this.people = new PersonTracker(user, knownNames);
        this.subjects = new SubjectResolver(user, people);
        this.identity = new IdentityReader(user, people);
        this.home = new HomeReader(user);
        this.framed = new FramedStatementBuilder(user);
        this.plain = new PlainStatementBuilder(user, people);
    }

    /** Returns the statements of a clause; a further group of verbs is a statement of its own if it has a slot. */
    List<Statement> interpret(Clause clause, boolean corrects) {
        var statements = new ArrayList<Statement>();
        List<Integer> splits = splits(clause);
        int end = splits.isEmpty() ? clause.end() : beforeConjunction(clause, splits.getFirst());
        Clause first = splits.isEmpty() ? clause : clause.until(end);
        one(first, corrects).ifPresent(statements::add);
        for (int i = 0; i < splits.size(); i++) {
            int last = i + 1 < splits.size() ? beforeConjunction(clause, splits.get(i + 1)) : clause.end();
            one(ClauseParser.conjunct(clause, splits.get(i), last), corrects).ifPresent(statements::add);
        }
        return statements;
    }

    private static int beforeConjunction(Clause clause, int verb) {
        int end = verb;
        while (end > clause.head() + 1
                && (clause.isPos(end - 1, PartOfSpeech.ADV)
                        || clause.isPos(end - 1, PartOfSpeech.PUNCT)
                        || Set.of("and", "but", "or", "then").contains(clause.lower(end - 1)))) {
            end--;
        }
        return end;
    }

    /** Returns the further groups of verbs that state a fact of another family than the one before. */
    private List<Integer> splits(Clause clause) {
        if (clause.conjuncts().isEmpty()
                || !clause.modality().isEmpty()
                || subjects.resolve(clause).kind() != Kind.USER) {
            return List.of();
        }
        var splits = new ArrayList<Integer>();
        String family =
                family(clause.until(beforeConjunction(clause, clause.conjuncts().getFirst())));
        for (int i = 0; i < clause.conjuncts().size(); i++) {
            int verb = clause.conjuncts().get(i);
            int last = i + 1 < clause.conjuncts().size()
                    ? beforeConjunction(clause, clause.conjuncts().get(i + 1))
                    : clause.end();
            String other = family(ClauseParser.conjunct(clause, verb, last));
            boolean strong = Set.of(
                                    "lives_in",
                                    "works_at",
                                    "occupation",
                                    "likes",
                                    "dislikes",
                                    "speaks",
                                    "diet",
                                    "condition",
                                    "allergic",
                                    "married",
                                    "age",
                                    "studies")
                            .contains(other)
                    || (other.equals("has") && PersonTracker.isKin(clause, verb, last));
            if (strong && !other.equals(family) && !family.isEmpty()) {
                splits.add(verb);
                family = other;
            }
        }
        return splits;
    }

    private static String family(Clause clause) {
        Phrases phrases = Phrases.of(clause);
        return FrameMatcher.match(clause, phrases)
                .map(match -> match.frame().family())
                .filter(name -> !name.equals("-"))
                .orElse("");
    }

    /** Returns the statement of a clause, or of its part before a comma if the rest of it cannot be understood. */
    private Optional<Statement> one(Clause clause, boolean corrects) {
        Optional<Statement> whole = whole(clause, corrects);
        if (whole.isPresent()) {
            return whole;
        }
        for (int i = clause.head() + 1; i + 1 < clause.end(); i++) {
            if (clause.token(i).is(",")) {
                return whole(clause.until(i), corrects);
            }
        }
        int end = clause.conjuncts().isEmpty()
                ? clause.end()
                : beforeConjunction(clause, clause.conjuncts().getFirst());
        return end < clause.end() ? whole(clause.until(end), corrects) : whole;
    }

    private Optional<Statement> whole(Clause addressed, boolean corrects) {
        Clause clause = EmptyClauseFilter.withoutAddress(addressed);
        Subject subject = subjects.resolve(clause);
        if (subject.kind() == Kind.NONE
                && !clause.droppedSubject()
                && clause.lower(clause.subjectEnd() - 1).equals("name")) {
            return identity.read(clause, subject);
        }
        if (subject.kind() == Kind.NONE
                || ClauseFilter.isHypothetical(clause)
                || ClauseFilter.isContextDependent(clause, subject)
                || EmptyClauseFilter.isIdiom(clause)) {
            return Optional.empty();
        }
        Phrases phrases = Phrases.of(clause);
        people.remember(clause, phrases, subject);
        Optional<Statement> special = identity.read(clause, subject).or(() -> home.read(clause, phrases, subject));
        if (special.isPresent()) {
            return special;
        }
        boolean person = subject.kind() == Kind.USER
                || subject.kind() == Kind.USER_AND_OTHERS
                || subject.kind() == Kind.RELATED
                || subject.kind() == Kind.NAMED;
        List<Ending> endings = EndingReader.endings(clause, phrases, subject);
        for (int i = 0; i < clause.conjuncts().size(); i++) {
            int last = i + 1 < clause.conjuncts().size()
                    ? beforeConjunction(clause, clause.conjuncts().get(i + 1))
                    : clause.end();
            Clause conjunct = ClauseParser.conjunct(clause, clause.conjuncts().get(i), last);
            endings.addAll(EndingReader.endings(conjunct, Phrases.of(conjunct), subject));
        }
        if (endings.isEmpty() && !corrects && EmptyClauseFilter.isEmpty(clause, subject)) {
            return Optional.empty();
        }
        Optional<FrameMatcher.Match> match = person ? FrameMatcher.match(clause, phrases) : Optional.empty();
        if (match.isPresent()) {
            Optional<Statement> statement = framed.statement(clause, phrases, subject, match.get(), endings);
            if (statement.isPresent()) {
                return statement;
            }
        }
        return plain.statement(clause, phrases, subject, endings, corrects);
    }
}
