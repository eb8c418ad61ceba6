package dev.stele.extract;

import dev.stele.extract.Phrases.Span;
import dev.stele.extract.Subject.Kind;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import dev.stele.syntax.VerbForms;
import java.util.Set;

/** Resolver of the subject of a clause: whom or what the clause is about. Not thread-safe. */
final class SubjectResolver {

    private static final VerbForms FORMS = VerbForms.english();
    private static final Lexicon LEXICON = Lexicon.english();
    private static final Set<String> FIRST = Set.of("i", "we");
    private static final Set<String> SECOND = Set.of("you", "your", "yours", "u", "ya", "yourself", "y'all", "ur");
    private static final Set<String> THIRD = Set.of("he", "she");

    private final String user;
    private final PersonTracker people;

    SubjectResolver(String user, PersonTracker people) {
        this.user = user;
        this.people = people;
    }

    Subject resolve(Clause clause) {
        if (clause.droppedSubject()) {
            String lower = clause.lower(clause.verb());
            boolean object = ClauseTraits.containsAny(
                    clause, clause.verb() + 1, Math.min(clause.end(), clause.verb() + 3), Set.of("me", "us"));
            String next = clause.lower(clause.verb() + 1);
            boolean moved = FORMS.isPast(lower)
                    && Set.of("to", "from", "into", "in", "back", "out").contains(next);
            boolean lasting = clause.contains("since") || clause.contains("for") || clause.contains("life");
            boolean ofTime = (LEXICON.has("time-noun", clause.lower(clause.verb() + 2))
                            && !clause.isPos(clause.verb() + 3, PartOfSpeech.NOUN))
                    || clause.lower(clause.verb() + 2).matches("few|couple|while|minute|long");
            boolean stay = (clause.isPos(clause.verb() + 1, PartOfSpeech.DET) && lasting && !ofTime)
                    || Set.of("in", "at", "with").contains(next);
            boolean state = (LEXICON.has("feeling", lower) && !moved)
                    || object
                    || (lower.equals("been")
                            && !stay
                            && !clause.lower(clause.verb() + 1).endsWith("ing")
                            && !clause.lower(clause.verb() + 1).equals("to"));
            boolean passive = next.equals("by") && FORMS.isParticiple(lower);
            if (state || passive || clause.verb() > clause.begin() + 2) {
                return none();
            }
            boolean past = FORMS.isPast(lower) && !clause.lower(clause.verb()).equals("let") && !isBaseToo(lower);
            boolean cannot = lower.equals("ca");
            return past || cannot || lower.equals("been") ? new Subject(Kind.USER, "", user) : none();
        }
        int begin = clause.subjectBegin();
        int end = clause.subjectEnd();
        Token first = clause.token(begin);
        Token last = clause.token(end - 1);
        if (end - begin == 1 && first.is(PartOfSpeech.PRON)) {
            String lower = first.lower();
            if (FIRST.contains(lower)) {
                boolean everyone = lower.equals("we")
                        && (clause.lower(end).equals("all")
                                || clause.lower(clause.verb() + 1).equals("all"));
                return everyone ? none() : new Subject(Kind.USER, "", user);
            }
            if (lower.equals("they")
                    && clause.lower(clause.head() + 1).matches("me|us")
                    && Frame.endingsOf(clause.lemma()).stream()
                            .anyMatch(row -> row.role().equals("dismissed"))) {
                return new Subject(Kind.THING, "", "They");
            }
            boolean officials = lower.equals("they")
                    && people.latest().isEmpty()
                    && clause.lower(clause.head() + 1).matches("my|our")
                    && clause.tense() == Clause.Tense.PAST;
            if (officials) {
                return new Subject(Kind.THING, "", "They");
            }
            if (lower.equals("you")
                    && clause.lemma().equals("find")
                    && clause.lower(clause.head() + 1).equals("me")) {
                return new Subject(Kind.THING, "", "You");
            }
            if (THIRD.contains(lower) && people.only().isPresent()) {
                PersonTracker.Introduced person = people.only().get();
                return new Subject(Kind.RELATED, person.holder(), person.words());
            }
            return lower.equals("there") ? new Subject(Kind.EXISTENCE, "", "There") : none();
        }
        if (first.is("there") && end - begin == 1) {
            return new Subject(Kind.EXISTENCE, "", "There");
        }
        if (last.is(FIRST) && last.is(PartOfSpeech.PRON)) {
            return new Subject(Kind.USER_AND_OTHERS, "", "");
        }
        if (first.is(Set.of(
                        "this", "that", "these", "those", "here", "it", "what", "such", "which", "his", "her", "their",
                        "its", "your", "you"))
                || ClauseTraits.containsAny(clause, begin, end, SECOND)) {
            return none();
        }
        boolean possessed = ClauseTraits.containsAny(clause, begin, end, Set.of("my", "our"));
        int head = Phrases.head(clause, new Span(begin, end));
        boolean kin = PersonTracker.isKin(clause, begin, end);
        boolean household = first.is("the")
                && ((clause.lower(head).matches("kids|children|twins|boys|girls") && end - begin == 2)
                        || LEXICON.has("pet", clause.token(head))
                        || (LEXICON.has("kin", clause.token(head)) && isFamily(clause.lower(head))));
        boolean addressed = (first.isCapitalized()
                        && begin == clause.begin()
                        && isFamily(first.lower())
                        && LEXICON.has("kin", first)
                        && !first.lower().endsWith("s"))
                || (first.is("the")
                        && end - begin <= 3
                        && LEXICON.has("medical", last)
                        && LEXICON.has("quote-verb", clause.lemma()));
        if (possessed || household || addressed) {
            return new Subject(Kind.RELATED, PersonTracker.holder(clause, begin, end), "");
        }
        boolean generic =
                LEXICON.has("generic-subject", first) || (end - begin == 1 && LEXICON.has("generic-subject", last));
        if (first.is(PartOfSpeech.PROPN) && first.isCapitalized() && !kin) {
            return new Subject(Kind.NAMED, people.nameKey(clause, begin, end), "");
        }
        return generic && !ClauseTraits.mentionsUser(clause, clause.head() + 1, clause.end())
                ? none()
                : new Subject(Kind.THING, PersonTracker.holder(clause, begin, end), "");
    }

    private static boolean isFamily(String word) {
        return !Set.of(
                        "doctor",
                        "dentist",
                        "boss",
                        "manager",
                        "teacher",
                        "coach",
                        "family",
                        "landlord",
                        "landlady",
                        "neighbors",
                        "neighbours",
                        "therapist",
                        "kids",
                        "children",
                        "friends",
                        "supervisor")
                .contains(word);
    }

    private static boolean isBaseToo(String lower) {
        return Set.of("read", "put", "set", "cut", "let", "hit", "cost", "spread", "quit", "bet", "come", "run")
                        .contains(lower)
                && !Set.of("quit").contains(lower);
    }

    private static Subject none() {
        return new Subject(Kind.NONE, "", "");
    }
}
