package dev.stele.extract;

import dev.stele.model.Message;
import dev.stele.model.Note;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reader of sentences that end or change the statement before them by a pronoun, such as "I left it last year" and
 * "It's Galway now". The pronoun is replaced by what it may refer to, the value of the statement before, and the
 * grammar reads the completed sentence. The reading counts only if it ends exactly that statement, or fills the same
 * slot with another plausible value; otherwise the sentence yields nothing. Stateless.
 */
final class PronounReferences {

    /**
     * Maximum confidence of a reference to what was said in another turn; below the default of {@code
     * reflect.replace-confidence}, so that both notes are kept for review. The speaker may mean something that was said
     * in between.
     */
    private static final double MAX_CONFIDENCE_OF_OTHER_TURN = 0.5;
    /** Number up to which "it's 11 now" may be a time of the day. */
    private static final int MAX_HOUR = 24;

    /** Times at which something ends for good; a time of the day is none. */
    private static final String TIME =
            "(?<time>(?: (?:anymore|any more|any longer|for good|recently|completely|altogether|(?:last|this) (?:year|month|week|spring|summer|autumn|fall|winter)"
                    + "|(?:\\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|several|many|a few|a couple of) (?:weeks?|months?|years?) ago"
                    + "|(?:in|since) (?:(?:january|february|march|april|may|june|july|august|september|october|november|december)(?: \\d{4})?|\\d{4})"
                    + "|(?:in|for) (?:weeks|months|years|ages)))?)";

    private static final Pattern AS_OBJECT = Pattern.compile(
            "^(?<before>(?:i|we)(?:['’]ve)?(?: [\\p{L}'’]+){1,5}?) (?<pronoun>it|them|that|there)(?<after>(?: (?:up|away|off|back|down|in|out))?)"
                    + TIME + "[.!]*$",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern AS_SUBJECT = Pattern.compile(
            "^(?:it|they|that)(?<after>(?:['’]s)?(?: [\\p{L}'’]+){1,4}?)" + TIME + "(?: now)?[.!]*$",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern NEW_VALUE = Pattern.compile(
            "^(?:it(?:['’]s| is) (?:now )?(?<value>[^,;.!?]{1,60}?)(?: now| these days| at the moment)|it(?:['’]s| is) now (?<later>[^,;.!?]{1,60}?)"
                    + "|(?:now|these days|nowadays),? it(?:['’]s| is) (?<last>[^,;.!?]{1,60}?))[.!]*$",
            Pattern.CASE_INSENSITIVE);

    /** Matches verbs that also say where a thing lies or falls; they end something only at a time. */
    private static final Pattern OF_PLACE =
            Pattern.compile("\\b(?:left|leave|drop|dropped)\\b", Pattern.CASE_INSENSITIVE);
    /** Matches what places a sentence in time, so that another value would get the time of the first one. */
    private static final Pattern DATED = Pattern.compile("\\d|\\b(?:since|for|until|ago)\\b", Pattern.CASE_INSENSITIVE);

    private static final Pattern DETERMINER = Pattern.compile(
            "\\b(?<determiner>my|our|the|a|an|some|one|two|three|four|five|six|several)(?<modifiers>(?: [\\p{Ll}'’-]+){0,2}) $",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern PREPOSITION =
            Pattern.compile("\\b(?<preposition>in|at|for|with|near) $", Pattern.CASE_INSENSITIVE);
    private static final Pattern OVER =
            Pattern.compile("\\b(?:no longer|any ?more|any longer)\\b", Pattern.CASE_INSENSITIVE);

    /** Families that only a verb of their own ends: "I stopped it" says nothing about the place of residence. */
    private static final Set<String> NEEDS_OWN_VERB =
            Set.of("lives_in", "works_at", "studies_at", "married", "dates", "household", "from", "name");
    /** Families whose names begin with the verb of the statement. */
    private static final Set<String> BEGINS_WITH_VERB = Set.of("consumes", "does");

    private PronounReferences() {}

    /**
     * Statement that a pronoun may refer to. Immutable.
     *
     * @param sentence sentence that made the statement
     * @param slot slot that it fills
     * @param sameTurn whether no other participant has spoken since
     */
    record Antecedent(String sentence, Slot slot, boolean sameTurn) {

        /** Returns the antecedent in the statements of the sentence directly before; empty unless there is exactly one. */
        static Optional<Antecedent> ofSentence(List<Statement> previous) {
            return previous.size() != 1
                    ? Optional.empty()
                    : previous.getFirst()
                            .slot()
                            .flatMap(slot -> of(previous.getFirst().sentence(), slot, true));
        }

        /** Returns the antecedent in the latest note; empty if its interaction made several. */
        static Optional<Antecedent> ofLatest(List<Note> known) {
            boolean ambiguous = known.size() > 1 && interaction(known.get(0)).equals(interaction(known.get(1)));
            if (known.isEmpty() || ambiguous) {
                return Optional.empty();
            }
            Note latest = known.getFirst();
            return latest.body().metadata().get("slot") instanceof String name
                            && latest.body().metadata().get("value") instanceof String value
                            && !latest.body().evidence().isEmpty()
                    ? of(latest.body().evidence().getLast(), new Slot(name, value), false)
                    : Optional.empty();
        }

        private static Optional<Antecedent> of(String sentence, Slot slot, boolean sameTurn) {
            boolean named = !slot.family().equals("occupation"); // nobody says "it" of "a nurse"
            return slot.isNegative() || !slot.holder().isEmpty() || !named
                    ? Optional.empty()
                    : Optional.of(new Antecedent(sentence.strip(), slot, sameTurn));
        }

        /** Returns the antecedent for sentences after a message of another participant. */
        Antecedent ofEarlierTurn() {
            return new Antecedent(sentence, slot, false);
        }

        private static Optional<String> interaction(Note note) {
            return note.body().metadata().get("interaction") instanceof String id ? Optional.of(id) : Optional.empty();
        }

        /** Returns the words of the value, without the verb that belongs to the name of some slots. */
        String words() {
            if (!slot.value().equals("yes")) {
                return slot.value();
            }
            String object = slot.name().substring(slot.name().indexOf(':') + 1);
            return BEGINS_WITH_VERB.contains(slot.family()) ? object.substring(object.indexOf(' ') + 1) : object;
        }

        /** Returns where the sentence has the words of the value, which a name may follow: "a dog named Rex". */
        Optional<Value> value() {
            String regex = Arrays.stream(words().split(" ", -1))
                    .map(Pattern::quote)
                    .collect(Collectors.joining(
                            "\\s+(?:(?:named|called)\\s+)?", "(?<![\\p{L}\\p{N}])", "(?![\\p{L}\\p{N}])"));
            Matcher found = Pattern.compile(regex, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)
                    .matcher(sentence);
            return found.find() ? Optional.of(new Value(found.start(), found.end())) : Optional.empty();
        }

        /** Returns the words that stand for the value in another sentence: "my old car" for "an old car". */
        String phrase(Value value) {
            String text = sentence.substring(value.start(), value.end());
            Matcher before = DETERMINER.matcher(sentence.substring(0, value.start()));
            if (!before.find()) {
                return text;
            }
            String determiner = before.group("determiner").toLowerCase(Locale.ROOT);
            boolean definite = Set.of("my", "our", "the").contains(determiner);
            return (definite ? determiner : "my") + before.group("modifiers") + " " + text;
        }

        /** Returns the preposition before the value; empty if there is none. */
        Optional<String> preposition(Value value) {
            String before =
                    DETERMINER.matcher(sentence.substring(0, value.start())).replaceFirst("");
            Matcher preposition = PREPOSITION.matcher(before);
            return preposition.find()
                    ? Optional.of(preposition.group("preposition").toLowerCase(Locale.ROOT))
                    : Optional.empty();
        }
    }

    /** Place of words in a sentence, as offsets of UTF-16 chars. */
    record Value(int start, int end) {}

    /**
     * Returns the statement of a sentence that refers to another one by a pronoun; empty if the reference is not sure
     * enough.
     *
     * @param sentence sentence of the user from which nothing else was read
     * @param antecedent statement that a pronoun may refer to
     * @param message message of the sentence; its time resolves relative dates
     * @param subject name of the user in statements
     */
    static Optional<Statement> read(String sentence, Antecedent antecedent, Message message, String subject) {
        return antecedent
                .value()
                .flatMap(value -> ended(sentence, antecedent, value, message, subject)
                        .or(() -> changed(sentence, antecedent, value, message, subject))
                        .map(statement -> new Statement(
                                statement.content(),
                                statement.category(),
                                antecedent.sameTurn()
                                        ? statement.confidence()
                                        : Math.min(statement.confidence(), MAX_CONFIDENCE_OF_OTHER_TURN),
                                statement.importance(),
                                statement.slot(),
                                statement.conflict(),
                                statement.endings(),
                                antecedent.sameTurn() ? statement.entity() : Optional.empty(),
                                statement.reported(),
                                sentence)));
    }

    private static Optional<Statement> ended(
            String sentence, Antecedent antecedent, Value value, Message message, String subject) {
        return completed(sentence, antecedent, value)
                .flatMap(text -> statement(text, message, subject))
                .filter(statement ->
                        statement.endings().stream().anyMatch(ending -> ends(ending, antecedent, sentence)));
    }

    /** Returns the sentence with the words that the pronoun stands for. */
    private static Optional<String> completed(String sentence, Antecedent antecedent, Value value) {
        Matcher object = AS_OBJECT.matcher(sentence);
        if (object.matches()) {
            boolean ofPlace = OF_PLACE.matcher(object.group("before")).find();
            boolean place = object.group("pronoun").equalsIgnoreCase("there");
            Optional<String> preposition = antecedent.preposition(value);
            if ((ofPlace && object.group("time").isEmpty()) || (place && preposition.isEmpty())) {
                return Optional.empty();
            }
            String lead = place && !object.group("before").matches("(?i).* (?:from|of|out)") && !ofPlace
                    ? " " + preposition.orElse("") + " "
                    : " ";
            return Optional.of(object.group("before")
                    + lead
                    + antecedent.phrase(value)
                    + object.group("after")
                    + object.group("time")
                    + ".");
        }
        Matcher subject = AS_SUBJECT.matcher(sentence);
        if (!subject.matches() || NEEDS_OWN_VERB.contains(antecedent.slot().family())) {
            return Optional.empty();
        }
        String phrase = antecedent.phrase(value);
        String verbs = subject.group("after")
                .replaceFirst("^['’]s been\\b", " has been")
                .replaceFirst("^['’]s\\b", " is");
        return Optional.of(phrase.substring(0, 1).toUpperCase(Locale.ROOT)
                + phrase.substring(1)
                + verbs
                + subject.group("time")
                + ".");
    }

    /** Returns whether an ending is about the antecedent and nothing else. */
    private static boolean ends(Ending ending, Antecedent antecedent, String sentence) {
        String family = antecedent.slot().family();
        boolean ofFamily = ending.families().contains(family)
                || (ending.families().contains(Ending.ANY)
                        && (!NEEDS_OWN_VERB.contains(family)
                                || OVER.matcher(sentence).find()));
        List<String> words = List.of(antecedent.words().toLowerCase(Locale.ROOT).split(" ", -1));
        return ending.note().isEmpty()
                && ending.holder().isEmpty()
                && ofFamily
                && ending.words().stream()
                        .anyMatch(alternative ->
                                Arrays.stream(alternative.split(" ", -1)).anyMatch(words::contains));
    }

    private static Optional<Statement> changed(
            String sentence, Antecedent antecedent, Value value, Message message, String subject) {
        Matcher matcher = NEW_VALUE.matcher(sentence);
        String before = antecedent.sentence().substring(0, value.start());
        boolean last = antecedent.sentence().substring(value.end()).matches("[.!\\s]*");
        if (!matcher.matches()
                || !last
                || antecedent.slot().value().equals("yes")
                || DATED.matcher(before).find()) {
            return Optional.empty();
        }
        String other = matcher.group("value") != null
                ? matcher.group("value")
                : matcher.group("later") != null ? matcher.group("later") : matcher.group("last");
        String former = antecedent.slot().value();
        if (other.equalsIgnoreCase(former) || !sameForm(former, other)) {
            return Optional.empty();
        }
        return statement(before + other + " now.", message, subject)
                .filter(statement -> statement
                        .slot()
                        .filter(slot -> slot.name().equals(antecedent.slot().name())
                                && slot.value().equalsIgnoreCase(other))
                        .isPresent());
    }

    /** Returns whether both values are names, or both are numbers of the same length that are no time of the day. */
    private static boolean sameForm(String former, String other) {
        boolean numbers =
                other.matches("[\\d.,/-]+") && other.replaceAll("\\d", "#").equals(former.replaceAll("\\d", "#"));
        if (numbers) {
            return !other.matches("\\d{1,2}") || Integer.parseInt(other) > MAX_HOUR;
        }
        return isName(former) && isName(other);
    }

    private static boolean isName(String value) {
        return Character.isUpperCase(value.codePointAt(0))
                && Arrays.stream(value.split(" ", -1))
                        .allMatch(word -> !word.isEmpty()
                                && (Character.isUpperCase(word.codePointAt(0))
                                        || Set.of("de", "la", "of", "the", "and")
                                                .contains(word)))
                && Arrays.stream(value.toLowerCase(Locale.ROOT).split(" ", -1))
                        .noneMatch(word -> Lexicon.english().has("month", word)
                                || Lexicon.english().has("weekday", word)
                                || Lexicon.english().has("time-noun", word));
    }

    private static Optional<Statement> statement(String text, Message message, String subject) {
        List<Statement> statements = StatementParser.of(message.withContent(text, message.at()), subject, Set.of());
        return statements.size() == 1 ? Optional.of(statements.getFirst()) : Optional.empty();
    }
}
