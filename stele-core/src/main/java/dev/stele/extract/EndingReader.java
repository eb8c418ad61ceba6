package dev.stele.extract;

import dev.stele.extract.Clause.Tense;
import dev.stele.extract.Phrases.Span;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import dev.stele.syntax.VerbForms;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reader of the endings that a clause states: which earlier facts hold no longer. */
final class EndingReader {

    private static final VerbForms FORMS = VerbForms.english();
    private static final Lexicon LEXICON = Lexicon.english();

    private EndingReader() {}

    static List<Ending> endings(Clause clause, Phrases phrases, Subject subject) {
        var endings = new ArrayList<Ending>();
        String holder = subject.kind() == Subject.Kind.USER ? "" : subject.holder();
        boolean forced = clause.modality().equals("have to")
                && (clause.tense() == Tense.PAST || clause.tense() == Tense.PERFECT);
        boolean happened = clause.tense() != Tense.FUTURE
                && !clause.negated()
                && (clause.modality().isEmpty() || forced);
        boolean separation = (Set.of("break", "split").contains(clause.lemma())
                        && phrases.particles().contains("up"))
                || Set.of("separate", "divorce").contains(clause.lemma());
        if (happened
                && separation
                && (subject.kind() == Subject.Kind.USER || subject.kind() == Subject.Kind.USER_AND_OTHERS)) {
            endings.add(new Ending(Optional.empty(), Set.of("married", "dates"), "", List.of()));
            endings.add(new Ending(
                    Optional.empty(),
                    Set.of(Ending.ANY),
                    "",
                    List.of("boyfriend", "girlfriend", "partner", "husband", "wife", "fiancé", "fiancée", "dating")));
        } else if (happened) {
            for (Frame.EndingRow row : Frame.endingsOf(clause.lemma())) {
                boolean particle = !row.particleRequired()
                        || phrases.particles().stream().anyMatch(row.particles()::contains)
                        || ClauseTraits.containsAnyWord(
                                clause, clause.head() + 1, Math.min(clause.end(), clause.head() + 5), row.particles());
                if (!particle
                        || (clause.tense() == Tense.PRESENT
                                && subject.kind() == Subject.Kind.USER
                                && !Set.of("quit", "be").contains(clause.lemma()))) {
                    continue;
                }
                Optional<Span> span = switch (row.role()) {
                    case "nothing" -> Optional.empty();
                    case "subject" ->
                        clause.droppedSubject()
                                ? Optional.<Span>empty()
                                : Optional.of(new Span(clause.subjectBegin(), clause.subjectEnd()));
                    case "prep" -> phrases.after(row.prepositions());
                    default ->
                        phrases.object()
                                .or(() -> phrases.prepositional().stream()
                                        .filter(p -> row.particles().contains(p.preposition()))
                                        .map(Phrases.Prepositional::object)
                                        .findFirst());
                };
                if (row.role().equals("nothing")
                        && (subject.kind() == Subject.Kind.USER
                                || subject.words().equals("They"))) {
                    endings.add(new Ending(Optional.empty(), row.families(), "", List.of()));
                    break;
                }
                boolean own = row.role().equals("subject") == (subject.kind() != Subject.Kind.USER)
                        || (subject.kind() == Subject.Kind.USER && !row.role().equals("subject"));
                if ((span.isPresent() && !span.get().isEmpty() && own && subject.kind() != Subject.Kind.RELATED)
                        || (span.isPresent()
                                && row.role().equals("subject")
                                && subject.kind() == Subject.Kind.RELATED)) {
                    endings.add(ending(clause, span.get(), row.families(), ""));
                    break;
                }
                if (span.isPresent() && subject.kind() == Subject.Kind.RELATED) {
                    endings.add(ending(clause, span.get(), row.families(), subject.holder()));
                    break;
                }
            }
            fromTo(clause, phrases, subject, endings);
        }
        if (happened && clause.lemma().equals("leave") && !endings.isEmpty() && subject.kind() == Subject.Kind.USER) {
            phrases.after(Set.of("for"))
                    .filter(span -> clause.token(span.begin()).isCapitalized())
                    .ifPresent(span -> endings.set(
                            endings.size() - 1,
                            endings.getLast().withSuccessor(clause.words(span.begin(), span.end()))));
        }
        if (ClauseTraits.isOver(clause)
                && (subject.kind() == Subject.Kind.NAMED || subject.kind() == Subject.Kind.THING)
                && ClauseTraits.mentionsUser(clause, clause.head() + 1, clause.end())) {
            endings.add(ending(clause, new Span(clause.subjectBegin(), clause.subjectEnd()), Set.of(Ending.ANY), ""));
        } else if (ClauseTraits.isOver(clause)
                && (subject.kind() == Subject.Kind.USER || !subject.holder().isEmpty())) {
            Span object = phrases.object()
                    .orElseGet(() -> phrases.prepositional().isEmpty()
                            ? new Span(clause.head(), clause.head() + 1)
                            : phrases.prepositional().getFirst().object());
            endings.add(ending(clause, object, Set.of(Ending.ANY), holder));
        }
        if (subject.kind() == Subject.Kind.USER && clause.lemma().equals("be")) {
            nonUser(clause, endings);
        }
        lastDay(clause, endings);
        return endings;
    }

    /** Reads "switched from A to B" and "moved from A to B": whatever had the value A ends. */
    private static void fromTo(Clause clause, Phrases phrases, Subject subject, List<Ending> endings) {
        boolean change = Set.of(
                        "move",
                        "switch",
                        "change",
                        "go",
                        "transfer",
                        "relocate",
                        "migrate",
                        "upgrade",
                        "downgrade",
                        "swap",
                        "convert",
                        "graduate",
                        "shift")
                .contains(clause.lemma());
        Optional<Span> from = phrases.after(Set.of("from"));
        if (change && from.isPresent() && phrases.after(Set.of("to", "into")).isPresent()) {
            boolean travel = clause.lemma().equals("go");
            if (!travel) {
                String holder = subject.kind() == Subject.Kind.USER ? "" : subject.holder();
                Span to = phrases.after(Set.of("to", "into")).orElseThrow();
                endings.add(ending(clause, from.get(), Set.of(Ending.ANY), holder)
                        .withSuccessor(SlotKeys.clean(to, clause.words(to.begin(), to.end()))));
            }
        }
    }

    /** Reads "my last day at …": the work, study or membership there ends. */
    private static void lastDay(Clause clause, List<Ending> endings) {
        for (int i = clause.begin(); i + 3 < clause.end(); i++) {
            boolean day = clause.token(i).is(Set.of("last", "final"))
                    && clause.token(i + 1).is(Set.of("day", "shift", "week", "lesson", "class", "payment"))
                    && clause.token(i + 2).is(Set.of("at", "of", "with", "as", "in", "for"));
            if (day && clause.tense() == Tense.PAST) {
                Span where = new Span(i + 3, Phrases.objectEnd(clause, i + 3, clause.end()));
                if (!where.isEmpty()) {
                    endings.add(ending(
                            clause,
                            where,
                            Set.of("works_at", "occupation", "studies", "studies_at", "teaches", "member", "does"),
                            ""));
                }
            }
        }
    }

    /** Reads "I'm a non-smoker": smoking ends. */
    private static void nonUser(Clause clause, List<Ending> endings) {
        for (int i = clause.head() + 1; i < clause.end(); i++) {
            String lower = clause.lower(i);
            String of = lower.startsWith("non-")
                    ? lower.substring(4)
                    : lower.equals("non") && i + 2 < clause.end() ? clause.lower(i + 2) : "";
            if (!of.isEmpty()) {
                String stem = of.endsWith("er") ? of.substring(0, of.length() - 2) : of;
                endings.add(new Ending(Optional.empty(), Set.of(Ending.ANY), "", List.of(of, stem, stem + "e")));
            } else if (lower.equals("sober")) {
                endings.add(new Ending(
                        Optional.empty(), Set.of("consumes"), "", List.of("drink", "alcohol", "wine", "beer")));
            }
        }
    }

    /** Returns the head noun with the nouns and gerunds that modify it, such as "rowing club". */
    private static String compound(Clause clause, Span span, int head) {
        int begin = head;
        while (begin > span.begin()
                && (clause.token(begin - 1).isNoun()
                        || (clause.isPos(begin - 1, PartOfSpeech.VERB)
                                && clause.lower(begin - 1).endsWith("ing")))) {
            begin--;
        }
        return EnglishGrammar.lower(clause.words(begin, head + 1));
    }

    private static Ending ending(Clause clause, Span span, Set<String> families, String holder) {
        var names = new ArrayList<String>();
        for (int i = span.begin(); i < span.end(); i++) {
            Token token = clause.token(i);
            if (token.isCapitalized()
                    && token.isNoun()
                    && !LEXICON.has("month", token)
                    && !LEXICON.has("weekday", token)) {
                names.add(token.lower());
            }
        }
        var words = new ArrayList<String>();
        if (!names.isEmpty()) {
            words.add(String.join(" ", names));
        } else {
            int head = Phrases.head(clause, span);
            String noun = clause.lower(head);
            boolean vague = LEXICON.has("vague", noun) || noun.equals("job");
            if (noun.equals("job") || noun.equals("position")) {
                return new Ending(Optional.empty(), Set.of("works_at", "occupation"), holder, List.of());
            }
            boolean verbal = clause.isPos(span.begin(), PartOfSpeech.VERB);
            String verb = verbal ? FORMS.lemma(clause.lower(span.begin())) : "";
            var all = new ArrayList<String>();
            for (int i = span.begin(); i < span.end(); i++) {
                Token token = clause.token(i);
                if ((token.isNoun() || token.is(PartOfSpeech.X))
                        && !LEXICON.has("vague", token)
                        && !LEXICON.has("time-noun", token)) {
                    all.add(token.lower());
                }
            }
            if (verbal && all.isEmpty()) {
                words.add(verb);
            } else if (verbal) {
                words.add(all.getLast());
            } else if (!vague) {
                String compound = compound(clause, span, head);
                words.add(compound);
                if (compound.endsWith(" " + noun)
                        && Set.of("school", "degree", "course", "program", "programme", "studies", "major")
                                .contains(noun)) {
                    words.add(compound.substring(0, compound.length() - noun.length() - 1));
                }
            }
            if (words.isEmpty()) {
                words.add(noun);
            }
        }
        return new Ending(Optional.empty(), families, holder, words);
    }
}
