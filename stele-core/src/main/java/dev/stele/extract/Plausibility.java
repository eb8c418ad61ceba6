package dev.stele.extract;

import dev.stele.extract.Phrases.Span;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Plausibility of a value for its slot: whether a phrase can be a place, an organization, an occupation, an age. A
 * value that is not plausible fills no slot, and so ends no other note. Stateless.
 */
final class Plausibility {

    private static final Pattern ILLNESS =
            Pattern.compile(".*(?:itis|emia|osis|phobia|algia|opathy|intolerance|allergy)");
    private static final Lexicon LEXICON = Lexicon.english();

    private Plausibility() {}

    /**
     * Value of a slot.
     *
     * @param text value as the speaker said it
     * @param certain whether the phrase is known to be of the type; otherwise another value is not replaced
     */
    record Value(String text, boolean certain) {}

    /**
     * Returns the value of a phrase if it is plausible for a type.
     *
     * @param type type of the table of frames
     * @param clause clause of the phrase
     * @param span the phrase; empty if there is none
     */
    static Optional<Value> value(String type, Clause clause, Optional<Span> span) {
        if (type.equals("nothing")) {
            return span.isEmpty() ? Optional.of(new Value(clause.lemma(), true)) : Optional.empty();
        }
        if (span.isEmpty() || span.get().isEmpty()) {
            return Optional.empty();
        }
        Span phrase = span.get();
        String text = clause.words(phrase.begin(), phrase.end());
        int headIndex = Phrases.head(clause, phrase);
        Token head = clause.token(headIndex);
        return switch (type) {
            case "any" -> Optional.of(new Value(text, true));
            case "place" -> place(clause, phrase, head, text);
            case "known-place" -> place(clause, phrase, head, text).filter(Value::certain);
            case "organization" -> organization(clause, phrase, head, text);
            case "employer" ->
                (LEXICON.has("organization", head) && clause.tense() != Clause.Tense.PAST)
                                || (clause.contains("as") && head.isCapitalized() && head.isNoun())
                        ? Optional.of(new Value(text, true))
                        : Optional.empty();
            case "role" -> role(clause, phrase, headIndex);
            case "age" -> age(clause, phrase);
            case "number" -> containsNumber(clause, phrase) ? Optional.of(new Value(text, true)) : Optional.empty();
            case "date" -> isDate(clause, phrase) ? Optional.of(new Value(text, true)) : Optional.empty();
            case "person" ->
                head.isCapitalized() && head.isNoun() ? Optional.of(new Value(text, true)) : Optional.empty();
            case "language" -> any(clause, phrase, "language").map(_ -> new Value(text, true));
            case "diet" -> any(clause, phrase, "diet").map(word -> new Value(word, true));
            case "condition" -> any(clause, phrase, "condition").map(_ -> new Value(text, true));
            case "status" ->
                any(clause, phrase, "relation-state")
                        .filter(word -> !head.isNoun() || head.is(word))
                        .map(word -> new Value(word, true));
            case "relative" -> relative(clause, phrase) ? Optional.of(new Value(text, true)) : Optional.empty();
            case "vehicle" ->
                LEXICON.has("vehicle", head) || (head.isCapitalized() && phrase.end() - phrase.begin() > 1)
                        ? Optional.of(new Value(text, true))
                        : Optional.empty();
            case "possession" ->
                LEXICON.has("vehicle", head)
                                || LEXICON.has("pet", head)
                                || LEXICON.has("instrument", head)
                                || LEXICON.has("dwelling", head)
                        ? Optional.of(new Value(text, true))
                        : Optional.empty();
            case "gerund" ->
                clause.isPos(phrase.begin(), PartOfSpeech.VERB)
                                && clause.lower(phrase.begin()).endsWith("ing")
                        ? Optional.of(new Value(text.replaceFirst(" (?:on|in|at|with|every|each|to) .*", ""), true))
                        : Optional.empty();
            case "habit-place" ->
                LEXICON.has("habit-place", head) ? Optional.of(new Value(text, true)) : Optional.empty();
            case "schedule" -> LEXICON.has("schedule", head) ? Optional.of(new Value(text, true)) : Optional.empty();
            case "commute" ->
                LEXICON.has("commute", head) && phrase.end() - phrase.begin() <= 2
                        ? Optional.of(new Value(head.lower(), true))
                        : Optional.empty();
            case "group" -> any(clause, phrase, "membership").map(_ -> new Value(text, true));
            case "complaint" -> LEXICON.has("complaint", head) ? Optional.of(new Value(text, true)) : Optional.empty();
            case "illness" ->
                any(clause, phrase, "illness").isPresent()
                                || ILLNESS.matcher(head.lower()).matches()
                        ? Optional.of(new Value(text, true))
                        : Optional.empty();
            case "dose" ->
                any(clause, phrase, "dose-word").isPresent()
                                || (clause.contains("daily") && containsNumber(clause, phrase))
                        ? Optional.of(new Value(text, true))
                        : Optional.empty();
            default -> throw new IllegalStateException("The table of frames has the unknown type " + type + ".");
        };
    }

    private static boolean isTimeWord(Token token) {
        return LEXICON.has("month", token) || LEXICON.has("weekday", token) || LEXICON.has("time-noun", token);
    }

    private static Optional<Value> place(Clause clause, Span phrase, Token head, String text) {
        int begin = phrase.begin();
        while (begin < phrase.end() && !clause.token(begin).isCapitalized()) {
            begin++;
        }
        boolean capitalized = begin < phrase.end() && !isTimeWord(clause.token(begin));
        if (capitalized) {
            int end = begin;
            while (end < phrase.end()
                    && (clause.token(end).isCapitalized()
                            || clause.token(end)
                                    .is(Set.of(
                                            "of", "and", "de", "la", "le", "du", "am", "an", "der", "-", ",", "'s",
                                            "upon", "los", "el")))) {
                end++;
            }
            while (end > begin && !clause.token(end - 1).isCapitalized()) {
                end--;
            }
            String name = clause.words(begin, end);
            Token last = clause.token(end - 1);
            if (LEXICON.has("product", name.toLowerCase(Locale.ROOT)) || LEXICON.has("product", last)) {
                return Optional.empty();
            }
            boolean settlement = LEXICON.has("settlement", head);
            boolean dwelling = LEXICON.has("dwelling", head)
                    || LEXICON.has("organization", head)
                    || LEXICON.has("home-word", head);
            boolean onlyName = begin == phrase.begin()
                    || (begin == phrase.begin() + 1 && clause.isPos(phrase.begin(), PartOfSpeech.DET));
            if (dwelling || !((onlyName && end == phrase.end()) || settlement || onlyName)) {
                return Optional.empty();
            }
            boolean known = Lexicon.isKnownPlace(name)
                    || Lexicon.isKnownPlace(clause.token(begin).text())
                    || settlement
                    || Lexicon.isKnownPlace(last.text());
            // "live in" says that it is a place; "move to" may name a product, a team or a method.
            boolean certain = known || !Set.of("move", "land", "end").contains(clause.lemma());
            String value = clause.isPos(begin - 1, PartOfSpeech.DET) && begin - 1 >= phrase.begin() && !settlement
                    ? clause.words(begin - 1, end)
                    : settlement ? text : name;
            return Optional.of(new Value(value, certain));
        }
        if (LEXICON.has("settlement", head)) {
            return Optional.of(new Value(text, true));
        }
        String capital = capitalize(text);
        return Lexicon.isKnownPlace(capital) && !clause.isPos(phrase.begin(), PartOfSpeech.DET)
                ? Optional.of(new Value(capital, true))
                : Optional.empty();
    }

    private static String capitalize(String text) {
        var out = new StringBuilder();
        boolean start = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            out.append(start ? Character.toUpperCase(c) : c);
            start = c == ' ' || c == '-';
        }
        return out.toString();
    }

    private static Optional<Value> organization(Clause clause, Span phrase, Token head, String text) {
        Token first = clause.token(phrase.begin());
        boolean listed = any(clause, phrase, "organization").isPresent();
        boolean named = head.isCapitalized()
                && head.isNoun()
                && !isTimeWord(head)
                && !Lexicon.isKnownPlace(text)
                && !LEXICON.has("language", head);
        boolean unsuited = LEXICON.has("home-word", head) || isTimeWord(first) || (LEXICON.has("kin", head) && !listed);
        if (unsuited || !(listed || named)) {
            return Optional.empty();
        }
        boolean withPeople = !clause.tokens()
                        .subList(Math.max(0, phrase.begin() - 1), phrase.begin())
                        .isEmpty()
                && clause.lower(phrase.begin() - 1).equals("with");
        return withPeople && !listed && !head.isCapitalized() ? Optional.empty() : Optional.of(new Value(text, true));
    }

    private static Optional<Value> role(Clause clause, Span phrase, int headIndex) {
        Token head = clause.token(headIndex);
        String word = head.lower();
        String singular = word.endsWith("s") && word.length() > 4 ? word.substring(0, word.length() - 1) : word;
        boolean listed = LEXICON.has("occupation", word) || LEXICON.has("occupation", singular);
        boolean bare = phrase.begin() == headIndex && clause.lemma().equals("be");
        if (!listed
                || (head.isCapitalized()
                        && !clause.isPos(phrase.begin(), PartOfSpeech.DET)
                        && clause.lemma().equals("be"))
                || bare) {
            return Optional.empty();
        }
        int begin = headIndex;
        while (begin > phrase.begin()) {
            Token before = clause.token(begin - 1);
            if (LEXICON.has("evaluative", before)
                    && clause.lemma().equals("be")
                    && before.is(PartOfSpeech.ADJ)
                    && begin == headIndex
                    && !listed) {
                return Optional.empty();
            }
            boolean modifier = before.isNoun()
                    || before.is("-")
                    || (before.is(PartOfSpeech.ADJ) && !LEXICON.has("evaluative", before));
            if (!modifier) {
                break;
            }
            begin--;
        }
        return Optional.of(new Value(clause.words(begin, headIndex + 1), true));
    }

    private static Optional<Value> age(Clause clause, Span phrase) {
        int i = phrase.begin();
        Token number = clause.token(i);
        boolean unit = i + 1 < phrase.end() && clause.token(i + 1).is(Set.of("years", "yrs", "year"));
        boolean alone = i + 1 == phrase.end()
                && (i + 1 == clause.end() || clause.lemma().equals("turn"));
        if (number.is(PartOfSpeech.NUM)
                && (unit || alone)
                && !number.text().contains(".")
                && number.text().length() <= 13) {
            return number.text().matches("\\d{4,}") ? Optional.empty() : Optional.of(new Value(number.text(), true));
        }
        return Optional.empty();
    }

    static boolean containsNumber(Clause clause, Span phrase) {
        for (int i = phrase.begin(); i < phrase.end(); i++) {
            if (clause.isPos(i, PartOfSpeech.NUM)
                    || Character.isDigit(clause.token(i).text().charAt(0))) {
                return true;
            }
        }
        return false;
    }

    static boolean isDate(Clause clause, Span phrase) {
        for (int i = phrase.begin(); i < phrase.end(); i++) {
            Token token = clause.token(i);
            boolean month = LEXICON.has("month", token) && (token.isCapitalized() || !token.is(Set.of("may", "march")));
            if (month
                    || token.text()
                            .matches(
                                    "\\d{4}-\\d{2}-\\d{2}|\\d{1,2}[./]\\d{1,2}(?:[./]\\d{2,4})?|\\d{1,2}(?:st|nd|rd|th)")) {
                return true;
            }
        }
        return false;
    }

    /** Returns the first word of a phrase that a list contains. */
    static Optional<String> any(Clause clause, Span phrase, String list) {
        for (int i = phrase.begin(); i < phrase.end(); i++) {
            String lower = clause.lower(i);
            boolean two = i + 1 < phrase.end() && LEXICON.has(list, lower + " " + clause.lower(i + 1));
            if (two) {
                return Optional.of(lower + " " + clause.lower(i + 1));
            }
            boolean hyphen = i + 2 < phrase.end()
                    && clause.lower(i + 1).equals("-")
                    && LEXICON.has(list, lower + "-" + clause.lower(i + 2));
            if (hyphen) {
                return Optional.of(lower + "-" + clause.lower(i + 2));
            }
            if (LEXICON.has(list, lower)) {
                return Optional.of(lower);
            }
        }
        return Optional.empty();
    }

    private static boolean relative(Clause clause, Span phrase) {
        return any(clause, phrase, "kin").isPresent()
                || any(clause, phrase, "pet").isPresent();
    }
}
