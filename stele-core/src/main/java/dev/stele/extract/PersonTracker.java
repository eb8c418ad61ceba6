package dev.stele.extract;

import dev.stele.extract.Phrases.Span;
import dev.stele.extract.Subject.Kind;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Tracker of the people and pets that a message introduces, so that later clauses may refer to them. Not thread-safe.
 */
final class PersonTracker {

    private static final Lexicon LEXICON = Lexicon.english();

    /** Person or pet that the message has introduced. */
    record Introduced(String holder, String words, String name) {}

    private final String user;
    private final Set<String> knownNames;
    private final List<Introduced> introduced = new ArrayList<>();

    PersonTracker(String user, Set<String> knownNames) {
        this.user = user;
        this.knownNames = knownNames;
    }

    /** Returns the key of a related person, pet or thing: its noun, and its name if there is one. */
    static String holder(Clause clause, int begin, int end) {
        String noun = "";
        var name = new StringBuilder();
        for (int i = begin; i < end; i++) {
            Token token = clause.token(i);
            if (noun.isEmpty() && (LEXICON.has("kin", token) || LEXICON.has("pet", token)) && !token.isCapitalized()) {
                noun = token.lower();
            } else if (token.isCapitalized()
                    && i > begin
                    && token.isNoun()
                    && !LEXICON.has("month", token)
                    && !LEXICON.has("weekday", token)) {
                name.append(name.isEmpty() ? "" : " ").append(token.lower());
            } else if (i == begin && token.is(PartOfSpeech.PROPN)) {
                name.append(token.lower());
            }
        }
        if (noun.isEmpty()) {
            noun = clause.lower(Phrases.head(clause, new Span(begin, end)));
        }
        return name.isEmpty() || name.toString().equals(noun) ? noun : noun + "/" + name;
    }

    String nameKey(Clause clause, int begin, int end) {
        String name = EnglishGrammar.lower(clause.words(begin, end));
        for (Introduced person : introduced) {
            if (!person.name().isEmpty() && name.equals(EnglishGrammar.lower(person.name()))) {
                return person.holder();
            }
        }
        return "/" + name;
    }

    void remember(Clause clause, Phrases phrases, Subject subject) {
        if (subject.kind() == Kind.RELATED
                && subject.words().isEmpty()
                && isKin(clause, clause.subjectBegin(), clause.subjectEnd())) {
            introduce(clause, new Span(clause.subjectBegin(), clause.subjectEnd()));
        }
        if (subject.kind() == Kind.NAMED && introduced.isEmpty() && isKnownName(clause)) {
            String name = clause.words(clause.subjectBegin(), clause.subjectEnd());
            introduced.add(new Introduced(subject.holder(), name, name));
        }
        if (subject.kind() == Kind.USER
                && Set.of("see", "date").contains(clause.lemma())
                && (clause.lower(clause.head() + 1).equals("someone")
                        || clause.lower(clause.head() + 1).equals("somebody"))) {
            introduced.add(new Introduced("partner", user + "'s partner", ""));
        }
        phrases.object()
                .filter(span -> isKin(clause, span.begin(), span.end())
                        && subject.kind() == Kind.USER
                        && Set.of("have", "adopt", "get", "buy", "rescue", "own")
                                .contains(clause.lemma()))
                .ifPresent(span -> introduce(clause, span));
    }

    private void introduce(Clause clause, Span span) {
        String holder = holder(clause, span.begin(), span.end());
        String noun = holder.contains("/") ? holder.substring(0, holder.indexOf('/')) : holder;
        String name = "";
        for (int i = span.begin(); i < span.end(); i++) {
            if (clause.token(i).isCapitalized() && clause.token(i).isNoun() && i > span.begin()) {
                name = clause.token(i).text();
            }
        }
        String words = user + "'s " + noun + (name.isEmpty() ? "" : " " + name);
        if (introduced.stream().noneMatch(person -> person.holder().equals(holder))) {
            introduced.add(new Introduced(holder, words, name));
        }
    }

    boolean isIntroduced(Clause clause) {
        for (int i = clause.subjectBegin(); i < clause.subjectEnd(); i++) {
            String word = clause.token(i).text();
            if (knownNames.contains(word)
                    || introduced.stream().anyMatch(person -> person.name().equals(word))) {
                return true;
            }
        }
        return false;
    }

    static boolean isKin(Clause clause, int begin, int end) {
        return IntStream.range(begin, end)
                .anyMatch(i -> LEXICON.has("kin", clause.token(i)) || LEXICON.has("pet", clause.token(i)));
    }

    /** Returns whether the subject is a name that the user has mentioned before. */
    boolean isKnownName(Clause clause) {
        return clause.subjectEnd() == clause.subjectBegin() + 1
                && knownNames.contains(clause.token(clause.subjectBegin()).text());
    }

    /** Adds a person or pet that a sentence such as "my dog is called Rex" names. */
    void add(Introduced person) {
        introduced.add(person);
    }

    /** Returns the person or pet that was introduced last, if there is one. */
    Optional<Introduced> latest() {
        return introduced.isEmpty() ? Optional.empty() : Optional.of(introduced.getLast());
    }

    /** Returns the only person or pet that was introduced, to which "she" or "he" refers. */
    Optional<Introduced> only() {
        return introduced.size() == 1 ? Optional.of(introduced.getFirst()) : Optional.empty();
    }
}
