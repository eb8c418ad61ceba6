package dev.stele.extract;

import dev.stele.extract.Clause.Tense;
import dev.stele.extract.Phrases.Span;
import dev.stele.extract.Subject.Kind;
import dev.stele.syntax.PartOfSpeech;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reader of clauses about names, birthdays, favorites and languages of the speaker and the people around the speaker.
 * Not thread-safe.
 */
final class IdentityReader {

    private static final Lexicon LEXICON = Lexicon.english();

    private final String user;
    private final PersonTracker people;
    private final NoteWriter writer;

    IdentityReader(String user, PersonTracker people) {
        this.user = user;
        this.people = people;
        this.writer = new NoteWriter(user);
    }

    Optional<Statement> read(Clause clause, Subject subject) {
        boolean be = clause.lemma().equals("be");
        boolean called = Set.of("call", "name").contains(clause.lemma())
                && clause.lower(clause.verb()).matches("is|are|'s|was|am|'m|'re");
        int begin = clause.subjectBegin();
        int end = clause.subjectEnd();
        boolean possessed = subject.kind() == Kind.RELATED && subject.words().isEmpty();
        String after = clause.words(clause.head() + 1, clause.end());
        boolean name = clause.head() + 1 < clause.end() && Character.isUpperCase(after.codePointAt(0));
        boolean theirName = begin < end
                && clause.token(begin).is(Set.of("his", "her", "its", "their"))
                && clause.lower(end - 1).equals("name")
                && be
                && name;
        Optional<PersonTracker.Introduced> latest =
                people.latest().filter(person -> person.name().isEmpty());
        if (theirName && latest.isPresent()) {
            String noun = latest.get().words().substring(user.length() + 3);
            return Optional.of(named(noun, nameAt(clause, clause.head() + 1), clause));
        }
        boolean theirs = called
                && name
                && begin + 1 == end
                && clause.token(begin).is(Set.of("he", "she", "it", "they"))
                && latest.isPresent();
        if (theirs) {
            String noun = latest.get().words().substring(user.length() + 3);
            return Optional.of(named(noun, nameAt(clause, clause.head() + 1), clause));
        }
        if (possessed && be && name && clause.lower(end - 1).equals("name")) {
            String value = nameAt(clause, clause.head() + 1);
            if (end - begin == 2 && clause.token(begin).is("my")) {
                return Optional.of(fact(
                        user + " is called " + value,
                        "fact",
                        0.95,
                        0.9,
                        Optional.of(new Slot("name", value)),
                        Optional.empty(),
                        clause));
            }
            String noun = clause.words(begin + 1, end - 1).replaceFirst("['’]s$", "");
            return Optional.of(named(noun, value, clause));
        }
        if (called && name && possessed) {
            String noun = clause.words(begin + 1, end);
            return clause.token(begin).is(Set.of("my", "our", "the"))
                    ? Optional.of(named(noun, nameAt(clause, clause.head() + 1), clause))
                    : Optional.empty();
        }
        if (called && name && subject.kind() == Kind.USER && clause.tense() != Tense.PAST) {
            String value = nameAt(clause, clause.head() + 1);
            return Optional.of(fact(
                    user + " is called " + value,
                    "fact",
                    0.9,
                    0.9,
                    Optional.of(new Slot("name", value)),
                    Optional.empty(),
                    clause));
        }
        if (be && possessed && !clause.negated()) {
            Optional<Statement> possession = possession(clause, subject);
            if (possession.isPresent()) {
                return possession;
            }
        }
        return Optional.empty();
    }

    private String nameAt(Clause clause, int from) {
        int end = from;
        while (end < clause.end()
                && (clause.token(end).isCapitalized()
                        || clause.token(end).is("-")
                        || clause.token(end).is("'s"))) {
            end++;
        }
        return clause.words(from, end);
    }

    private Statement named(String noun, String name, Clause clause) {
        String relation = EnglishGrammar.lower(noun);
        String last = relation.substring(relation.lastIndexOf(' ') + 1);
        boolean kin = LEXICON.has("kin", last);
        boolean pet = LEXICON.has("pet", last);
        people.add(new PersonTracker.Introduced(
                last + "/" + EnglishGrammar.lower(name), user + "'s " + noun + " " + name, name));
        return fact(
                user + "'s " + noun + " is called " + name,
                "fact",
                0.9,
                0.8,
                Optional.of(new Slot("name_of:" + relation + " " + EnglishGrammar.lower(name), "yes")),
                kin || pet
                        ? Optional.of(new Statement.Named(
                                name,
                                pet ? "animal" : "person",
                                "has_" + relation.replaceAll("[^\\p{L}\\p{N}]+", "_"),
                                false))
                        : Optional.empty(),
                clause);
    }

    private static Statement fact(
            String content,
            String category,
            double confidence,
            double importance,
            Optional<Slot> slot,
            Optional<Statement.Named> entity,
            Clause clause) {
        return new Statement(
                content,
                category,
                confidence,
                importance,
                slot,
                Slot.Conflict.REPLACE,
                List.of(),
                entity,
                false,
                clause.text());
    }

    /** Reads "my birthday is …", "my favorite … is …", "my job is …". */
    private Optional<Statement> possession(Clause clause, Subject subject) {
        int begin = clause.subjectBegin();
        int end = clause.subjectEnd();
        if (!clause.token(begin).is(Set.of("my", "our"))) {
            return Optional.empty();
        }
        String noun = EnglishGrammar.lower(clause.words(begin + 1, end))
                .replace("favourite", "favorite")
                .replaceFirst("^(?:all-time|absolute|very|all time|new|current) (?=favorite)", "")
                .replaceFirst(" (?:these days|now|nowadays|right now|at the moment|currently)$", "");
        int last = clause.end();
        while (last > clause.head() + 2 && LEXICON.has("time-adverb", clause.token(last - 1))) {
            last--;
        }
        Span complement = new Span(clause.head() + 1, last);
        if (complement.isEmpty()) {
            return Optional.empty();
        }
        if (noun.endsWith("birthday") || noun.endsWith("anniversary")) {
            if (!Plausibility.isDate(clause, complement)) {
                return Optional.empty();
            }
            String value =
                    clause.words(complement.begin(), complement.end()).replaceFirst("(?i)^(?:on|in) (?:the )?", "");
            return Optional.of(fact(
                    user + "'s " + clause.words(begin + 1, end) + " is on " + value,
                    "fact",
                    0.9,
                    0.8,
                    Optional.of(new Slot(SlotKeys.key(noun).replace(' ', '_'), value)),
                    Optional.empty(),
                    clause));
        }
        if (LEXICON.has("language", noun)) {
            boolean no =
                    clause.words(complement.begin(), complement.end()).matches("(?i).*\\b(?:non-?existent|zero)\\b.*");
            return Optional.of(fact(
                    writer.content(clause, subject),
                    "fact",
                    0.8,
                    0.6,
                    Optional.of(new Slot("speaks:" + noun, no ? "no" : "yes")),
                    Optional.empty(),
                    clause));
        }
        boolean favorite = noun.startsWith("favorite ") || noun.startsWith("dream ");
        boolean phrase = (complement.begin() + 1 == complement.end()
                        && !LEXICON.has("feeling", clause.token(complement.begin())))
                || clause.isPos(complement.begin(), PartOfSpeech.DET)
                || clause.isPos(complement.begin(), PartOfSpeech.NUM)
                || clause.token(complement.begin()).isNoun()
                || (clause.isPos(complement.begin(), PartOfSpeech.ADJ)
                        && Phrases.objectEnd(clause, complement.begin(), clause.end()) > complement.begin() + 1)
                || clause.token(complement.begin()).isCapitalized()
                || (clause.isPos(complement.begin(), PartOfSpeech.VERB)
                        && clause.lower(complement.begin()).endsWith("ing"));
        if (favorite && phrase && clause.head() == clause.verb()) {
            String value = clause.words(
                    complement.begin(),
                    Math.max(complement.begin() + 1, Phrases.objectEnd(clause, complement.begin(), clause.end())));
            return Optional.of(fact(
                    writer.content(clause, subject),
                    "preference",
                    0.9,
                    0.7,
                    Optional.of(new Slot(SlotKeys.key(noun).replace(' ', '_'), value)),
                    Optional.empty(),
                    clause));
        }
        return Optional.empty();
    }
}
