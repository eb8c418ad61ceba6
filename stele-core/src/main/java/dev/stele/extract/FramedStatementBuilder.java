package dev.stele.extract;

import dev.stele.extract.Clause.Tense;
import dev.stele.extract.Frame.Cardinality;
import dev.stele.extract.Phrases.Span;
import dev.stele.extract.Subject.Kind;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Builder of the statements of clauses that fit a frame: their note, slot, conflict and endings. Immutable. */
final class FramedStatementBuilder {

    private static final Lexicon LEXICON = Lexicon.english();

    private final String user;
    private final NoteWriter writer;

    FramedStatementBuilder(String user) {
        this.user = user;
        this.writer = new NoteWriter(user);
    }

    Optional<Statement> statement(
            Clause clause, Phrases phrases, Subject subject, FrameMatcher.Match match, List<Ending> endings) {
        Frame frame = match.frame();
        boolean thing = subject.kind() == Kind.RELATED
                && !ClauseTraits.isPerson(clause, clause.subjectBegin(), clause.subjectEnd())
                && subject.words().isEmpty();
        if (thing && OF_PERSONS.contains(frame.family())) {
            return Optional.empty();
        }
        boolean possible = clause.modality().contains("can")
                && Polarity.of(clause) == Polarity.AFFIRMED
                && !(Set.of("speaks", "plays", "does").contains(frame.family())
                        && LEXICON.has("skill", clause.lemma()));
        boolean exclaimed = clause.lower(clause.head() + 1).equals("quite")
                && !clause.lower(clause.head() + 3).matches("bit|few|lot");
        if (possible || exclaimed) {
            return Optional.empty();
        }
        boolean over = ClauseTraits.isOver(clause);
        Polarity polarity = Polarity.of(clause);
        boolean negative = polarity == Polarity.DENIED || over;
        boolean partial = polarity == Polarity.WEAKENED
                || (polarity == Polarity.DENIED && !over && isRestricted(clause, phrases, match.span()));
        String family = frame.family();
        boolean commute = family.equals("commutes");
        String value = commute
                ? SlotKeys.key(clause.words(clause.head(), match.span().begin() - 1))
                : SlotKeys.clean(match.span(), match.value().text())
                        + (family.equals("has") ? name(clause, match.span()) : "");
        boolean dislike = family.equals("dislikes") || (family.equals("tolerates") && negative);
        if (family.equals("tolerates") && !negative) {
            return Optional.empty();
        }
        if (family.equals("likes") || dislike) {
            boolean weak = polarity == Polarity.WEAKENED;
            return weak ? Optional.empty() : likes(clause, phrases, subject, match, endings, dislike || negative);
        }
        if (family.equals("has")
                && (clause.isPos(match.span().begin(), PartOfSpeech.VERB)
                        || (clause.lemma().equals("have")
                                && clause.tense() == Tense.PAST
                                && !match.frame().type().equals("relative"))
                        || ClauseTraits.mostlyVague(clause, match.span())
                        || LEXICON.has("transient", clause.token(Phrases.head(clause, match.span()))))) {
            return Optional.empty();
        }
        boolean future = clause.tense() == Tense.FUTURE || ClauseTraits.isPlanned(clause);
        String holder = subject.holder().isEmpty() ? "" : "@" + subject.holder();
        Cardinality cardinality = frame.cardinality();
        boolean past = clause.tense() == Tense.PAST
                && !Set.of(
                                "lives_in",
                                "works_at",
                                "occupation",
                                "married",
                                "has",
                                "born",
                                "born_in",
                                "grew_up_in",
                                "member",
                                "diet",
                                "condition")
                        .contains(family);
        boolean former = clause.tense() == Tense.PAST
                && Set.of("live", "work", "be", "study", "have", "own", "reside")
                        .contains(clause.lemma());
        boolean lasting = !future && !past && !former && clause.modality().isEmpty();
        Optional<Slot> slot = Optional.empty();
        Slot.Conflict conflict = Slot.Conflict.REPLACE;
        var allEndings = new ArrayList<>(endings);
        if (!family.equals("-") && cardinality != Cardinality.NONE && !partial) {
            boolean many = cardinality == Cardinality.MANY;
            if (negative && !many) {
                allEndings.add(
                        new Ending(Optional.empty(), Set.of(family), subject.holder(), List.of(SlotKeys.key(value))));
            } else if (lasting || (negative && many)) {
                slot = Optional.of(new Slot(
                        many
                                ? family + ":" + SlotKeys.key(many(clause, family, value)) + holder
                                : (commute
                                                ? family + ":"
                                                        + SlotKeys.key(
                                                                match.value().text())
                                                : family)
                                        + holder,
                        many ? negative ? "no" : "yes" : value));
                conflict = conflict(clause, cardinality, match.value().certain());
                if (negative) {
                    allEndings.add(new Ending(
                            Optional.empty(), Set.of(family), subject.holder(), List.of(SlotKeys.key(value))));
                }
            }
        }
        boolean event = family.equals("has")
                && LEXICON.has("event-of-user", clause.token(Phrases.head(clause, match.span())))
                && ClauseTraits.hasDate(clause, clause.begin(), clause.end());
        if (event && clause.tense() == Tense.PRESENT) {
            future = true; // "I have an interview on Monday"
            slot = Optional.empty();
        }
        String content = writer.content(clause, phrases, subject, match);
        boolean named = subject.kind() == Kind.USER
                && lasting
                && !negative
                && frame.relation().isPresent();
        Optional<Statement.Named> entity = named
                ? frame.relation()
                        .filter(_ -> Character.isUpperCase(value.codePointAt(0)))
                        .map(relation -> new Statement.Named(
                                value, frame.entityType(), relation, cardinality != Cardinality.MANY))
                : Optional.empty();
        String category = future ? "plan" : former && frame.category().equals("fact") ? "event" : frame.category();
        return Optional.of(new Statement(
                content,
                category,
                frame.confidence(),
                frame.importance(),
                slot,
                conflict,
                allEndings,
                entity,
                false,
                clause.text()));
    }

    /**
     * Returns whether a denial holds only at some time or place, or only in part: "I don't drink coffee after four".
     * Such a denial ends no fact.
     */
    private static boolean isRestricted(Clause clause, Phrases phrases, Span object) {
        boolean adjunct = phrases.prepositional().stream()
                .anyMatch(phrase -> !phrase.object().equals(object)
                        && phrase.object().begin() >= object.end()
                        && RESTRICTING.contains(phrase.preposition())
                        && !LEXICON.has("reason", clause.token(Phrases.head(clause, phrase.object()))));
        boolean conjunction =
                IntStream.range(object.end(), clause.end()).anyMatch(i -> CONDITIONS.contains(clause.lower(i)));
        boolean part = object.begin() < clause.end()
                && Set.of("much", "many", "all", "every", "too", "lots", "enough")
                        .contains(clause.lower(object.begin()));
        return adjunct || conjunction || part;
    }

    /** Families of facts that only people and animals have. */
    private static final Set<String> OF_PERSONS = Set.of(
            "age",
            "diet",
            "condition",
            "married",
            "occupation",
            "works_at",
            "lives_in",
            "speaks",
            "studies",
            "household");

    private static final Set<String> CONDITIONS =
            Set.of("when", "if", "unless", "while", "before", "after", "until", "tonight", "today");

    private static final Set<String> RESTRICTING = Set.of(
            "after", "before", "on", "at", "in", "during", "with", "without", "while", "until", "near", "outside",
            "between", "past", "around", "under", "over");

    /** Returns the name after an object, as in "a cat named Rex", with a blank before it. */
    private static String name(Clause clause, Span object) {
        int i = object.end();
        boolean named = i + 1 < clause.end()
                && clause.token(i).is(Set.of("named", "called"))
                && clause.token(i + 1).isCapitalized();
        return named ? " " + clause.token(i + 1).text() : "";
    }

    private static String many(Clause clause, String family, String value) {
        return family.equals("consumes") ? clause.lemma() + " " + value : value;
    }

    private static Slot.Conflict conflict(Clause clause, Cardinality cardinality, boolean certain) {
        boolean also =
                IntStream.range(clause.begin(), clause.end()).anyMatch(i -> LEXICON.has("also", clause.token(i)));
        boolean now = IntStream.range(clause.begin(), clause.end()).anyMatch(i -> LEXICON.has("now", clause.token(i)));
        if (also && !now) {
            return Slot.Conflict.KEEP;
        }
        if (!certain) {
            return Slot.Conflict.REVIEW;
        }
        return cardinality == Cardinality.DOUBT && !now ? Slot.Conflict.REVIEW : Slot.Conflict.REPLACE;
    }

    private Optional<Statement> likes(
            Clause clause,
            Phrases phrases,
            Subject subject,
            FrameMatcher.Match match,
            List<Ending> endings,
            boolean no) {
        Span span = match.span();
        Token first = clause.token(span.begin());
        boolean clausal = first.is(Set.of("how", "when", "that", "what", "where", "why", "if", "all", "whatever"))
                || first.is(PartOfSpeech.SCONJ);
        boolean pointed = clausal
                || (first.is("the")
                        && span.end() - span.begin() <= 3
                        && !LEXICON.has("common-article", clause.token(Phrases.head(clause, span))));
        boolean vague = ClauseTraits.mostlyVague(clause, span)
                || (clause.lower(span.begin()).equals("to") && clause.isPos(span.begin() + 1, PartOfSpeech.AUX));
        boolean wish = clause.modality().contains("would");
        boolean past = clause.tense() == Tense.PAST && !no;
        if (vague || (pointed && subject.kind() == Kind.USER) || (past && !ClauseTraits.isOver(clause))) {
            return Optional.empty();
        }
        if (wish) {
            return Optional.empty();
        }
        String object = new ThirdPersonWriterOf(clause, user, subject.kind() == Kind.USER).words(span);
        String concept = object.replaceFirst("(?i)^(?:to |the |a |an |doing |going |my |their )", "");
        String holder = subject.holder().isEmpty() ? "" : "@" + subject.holder();
        var slot = new Slot("likes:" + SlotKeys.key(concept) + holder, no ? "no" : "yes");
        var all = new ArrayList<>(endings);
        if (no) {
            all.add(new Ending(Optional.empty(), Set.of("likes"), subject.holder(), List.of(SlotKeys.key(concept))));
        }
        String content = match.frame().family().equals("dislikes")
                        && subject.kind() == Kind.USER
                        && clause.tense() == Tense.PRESENT
                        && clause.modality().isEmpty()
                        && clause.verb() == clause.head()
                ? user + " dislikes " + object + rest(clause, span)
                : writer.content(clause, phrases, subject, match);
        boolean entity = subject.kind() == Kind.USER
                && concept.chars().filter(c -> c == ' ').count() <= 2;
        return Optional.of(new Statement(
                content,
                "preference",
                match.frame().confidence(),
                match.frame().importance(),
                Optional.of(slot),
                Slot.Conflict.REPLACE,
                all,
                entity
                        ? Optional.of(new Statement.Named(
                                EnglishGrammar.lower(concept), "concept", no ? "dislikes" : "likes", false))
                        : Optional.empty(),
                false,
                clause.text()));
    }

    private String rest(Clause clause, Span span) {
        return span.end() >= clause.end()
                ? ""
                : gap(clause, span.end())
                        + new ThirdPersonWriterOf(clause, user, true).words(new Span(span.end(), clause.end()));
    }

    private static String gap(Clause clause, int i) {
        return clause.token(i - 1).end() < clause.token(i).start() ? " " : "";
    }

    /** Writer of a phrase within a note whose subject is already named. */
    private record ThirdPersonWriterOf(Clause clause, String user, boolean mentioned) {
        String words(Span span) {
            var writer = new ThirdPersonWriter(clause, user);
            if (mentioned) {
                writer.subject();
            }
            return writer.words(span.begin(), span.end());
        }
    }
}
