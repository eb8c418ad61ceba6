package dev.stele.extract;

import dev.stele.extract.Clause.Tense;
import dev.stele.extract.Phrases.Span;
import dev.stele.extract.Subject.Kind;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Reader of clauses that say where the home of the speaker is, other than by a verb of living. Immutable. */
final class HomeReader {

    private static final Lexicon LEXICON = Lexicon.english();

    private final String user;
    private final NoteWriter writer;

    HomeReader(String user) {
        this.user = user;
        this.writer = new NoteWriter(user);
    }

    /** Reads "home is …", "my new home is …", "… is home" and "writing from our new home in …". */
    Optional<Statement> read(Clause clause, Phrases phrases, Subject subject) {
        int begin = clause.subjectBegin();
        int end = clause.subjectEnd();
        Optional<Span> place = Optional.empty();
        boolean isHome = begin < end
                && IntStream.range(begin, end).anyMatch(i -> clause.token(i).is("home"))
                && clause.lower(Phrases.head(clause, new Span(begin, end))).equals("home");
        if (clause.lemma().equals("be") && isHome && !clause.negated()) {
            place = phrases.object().or(() -> phrases.after(Set.of("in", "near", "outside")));
        } else if (clause.lemma().equals("be")
                && !clause.negated()
                && subject.kind() == Kind.NAMED
                && homePredicate(clause)) {
            place = Optional.of(new Span(begin, end));
        } else if (clause.lemma().equals("call")
                && clause.contains("home")
                && subject.kind() == Kind.USER
                && !clause.negated()
                && clause.tense() != Tense.PAST) {
            place = Optional.of(
                    new Span(clause.head() + 1, Phrases.objectEnd(clause, clause.head() + 1, clause.end())));
        } else {
            Optional<Span> own = newHome(clause);
            Optional<Plausibility.Value> value = Plausibility.value("place", clause, own);
            if (value.isPresent() && subject.kind() == Kind.USER) {
                return Optional.of(new Statement(
                        user + "'s home is in " + value.get().text(),
                        "fact",
                        0.85,
                        0.8,
                        Optional.of(new Slot("lives_in", value.get().text())),
                        Slot.Conflict.REPLACE,
                        List.of(),
                        Optional.of(new Statement.Named(value.get().text(), "place", "lives_in", true)),
                        false,
                        clause.text()));
            }
            return Optional.empty();
        }
        Optional<Span> found = place;
        return Plausibility.value("place", clause, place).map(value -> {
            boolean change = clause.contains("new") || clause.contains("now") || clause.contains("move");
            return new Statement(
                    writer.content(clause, subject),
                    "fact",
                    0.85,
                    0.8,
                    clause.tense() == Tense.PAST && !change
                            ? Optional.empty()
                            : Optional.of(new Slot("lives_in", value.text())),
                    value.certain() || change || found.isPresent() ? Slot.Conflict.REPLACE : Slot.Conflict.REVIEW,
                    List.of(),
                    Optional.of(new Statement.Named(value.text(), "place", "lives_in", true)),
                    false,
                    clause.text());
        });
    }

    /** Returns the place in "my home in …", "our new house in …". */
    static Optional<Span> newHome(Clause clause) {
        for (int i = clause.head() + 1; i + 3 < clause.end(); i++) {
            boolean own = clause.token(i).is(Set.of("my", "our"))
                    && (clause.token(i + 1).is("home")
                            || newDwelling(clause, i + 1)
                            || (clause.token(i + 1).is("new")
                                    && clause.token(i + 2).is("home")));
            int in = clause.token(i + 1).is("home") ? i + 2 : i + 3;
            if (own && in + 1 < clause.end() && clause.lower(in).equals("in")) {
                return Optional.of(new Span(in + 1, Phrases.objectEnd(clause, in + 1, clause.end())));
            }
        }
        return Optional.empty();
    }

    private static boolean newDwelling(Clause clause, int i) {
        return clause.token(i).is("new")
                && (LEXICON.has("dwelling", clause.token(i + 1))
                        || clause.token(i + 1).is("place"));
    }

    private static boolean homePredicate(Clause clause) {
        int i = clause.head() + 1;
        return i < clause.end()
                && (clause.lower(i).equals("home")
                        || (clause.token(i).is(Set.of("my", "our"))
                                && IntStream.range(i, Math.min(clause.end(), i + 4))
                                        .anyMatch(j -> clause.token(j).is("home"))));
    }
}
