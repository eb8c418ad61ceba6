package dev.stele.extract;

import dev.stele.extract.PlainFactGrammar.Rule;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parser of the plain facts that a message in another language than English states. A clause that no rule matches from
 * its first to its last word yields nothing, and so does a sentence with a question mark, a quotation or a condition.
 * Values are copied byte for byte. The time grows linearly with the number of sentences. Stateless.
 */
final class PlainFactParser {

    /** Maximum number of sentences of a message that are analyzed. */
    private static final int MAX_SENTENCES = 200;
    /** Maximum length of a sentence in UTF-16 chars; a longer one is skipped. */
    private static final int MAX_SENTENCE_LENGTH = 300;

    /** Separates sentences, but not after the period of an ordinal number. */
    private static final Pattern SENTENCE_END =
            Pattern.compile("(?<=[!?…])\\s+|(?<=[^\\d\\s]\\.|\\d{3}\\.)\\s+(?=[\\p{Lu}¡¿])|\\s*\\R\\s*");

    private static final Pattern QUOTATION = Pattern.compile("[\"“”„«»]|(?<![\\p{L}\\p{M}])['‘‚]");
    private static final Pattern EDGES = Pattern.compile("^[^\\p{L}\\p{N}]+|[.!…\\s]+$");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([\\p{L}-]+)\\}");

    private PlainFactParser() {}

    /** Match of a rule with its values and adverbs. */
    private record Match(Rule rule, Map<String, String> values, String adverbs, boolean typed, int lastValue) {}

    /**
     * Returns the sentences of a text with the statements of their speaker.
     *
     * @param grammar grammar of the language of the text
     * @param text text of the message
     * @param subject name of the speaker in the statements
     * @param today day on which the text was said, which resolves relative dates
     */
    static List<StatementParser.Sentence> parse(
            PlainFactGrammar grammar, String text, String subject, LocalDate today) {
        var sentences = new ArrayList<StatementParser.Sentence>();
        for (String sentence : SENTENCE_END.split(text, MAX_SENTENCES)) {
            boolean skipped = sentence.length() > MAX_SENTENCE_LENGTH
                    || sentence.contains("?")
                    || sentence.contains("¿")
                    || QUOTATION.matcher(sentence).find()
                    || grammar.containsAny("blocked", sentence);
            if (!skipped) {
                sentences.add(new StatementParser.Sentence(
                        sentence, true, false, statements(grammar, sentence, subject, today)));
            }
        }
        return sentences;
    }

    private static List<Statement> statements(
            PlainFactGrammar grammar, String sentence, String subject, LocalDate today) {
        String text = EDGES.matcher(sentence.strip()).replaceAll("");
        Optional<Match> whole = match(grammar, text);
        if (whole.isPresent()) {
            return List.of(statement(grammar, whole.get(), sentence, subject, today));
        }
        var statements = new ArrayList<Statement>();
        String prefix = ""; // clause before up to its last value
        for (String part : grammar.separators().split(text, -1)) {
            String clause = part.strip();
            Optional<Match> found = match(grammar, clause);
            if (found.isEmpty() && !statements.isEmpty() && !grammar.subject().isEmpty()) {
                clause = grammar.subject() + " " + part.strip();
                found = match(grammar, clause);
            }
            if (found.isEmpty() && !prefix.isEmpty() && grammar.isConjunct(part.strip())) {
                clause = prefix + part.strip();
                found = match(grammar, clause);
            }
            prefix = found.isPresent() ? clause.substring(0, found.get().lastValue()) : "";
            found.ifPresent(match -> statements.add(statement(grammar, match, sentence, subject, today)));
        }
        return statements;
    }

    private static Optional<Match> match(PlainFactGrammar grammar, String clause) {
        for (Rule rule : grammar.rules()) {
            Matcher matcher = rule.pattern().matcher(" " + clause);
            if (matcher.matches()) {
                Optional<Match> match = match(grammar, rule, matcher);
                if (match.isPresent()) {
                    return match;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Match> match(PlainFactGrammar grammar, Rule rule, Matcher matcher) {
        var values = new HashMap<String, String>();
        boolean typed = true;
        int last = 0;
        for (int i = 0; i < rule.values().size(); i++) {
            PlainFactGrammar.Value value = rule.values().get(i);
            String text = matcher.group("v" + i);
            if (text == null) {
                values.put(value.name(), "");
                continue;
            }
            boolean plausible = switch (value.type()) {
                case "thing" -> grammar.isThing(text);
                case "name", "organization" -> !grammar.containsAny("barred", text);
                default -> true;
            };
            if (!plausible) {
                return Optional.empty();
            }
            typed &= switch (value.type()) {
                case "place" -> grammar.isPlace(text);
                case "organization" -> !grammar.isPlace(text);
                default -> true;
            };
            values.put(value.name(), value.type().equals("verb") ? grammar.third(text) : text);
            last = matcher.start("v" + i) - 1;
        }
        var adverbs = new StringBuilder();
        for (int i = 0; i < rule.adverbs(); i++) {
            String group = matcher.group("a" + i);
            boolean first = matcher.start("a" + i) == 0 && group.length() > 1;
            adverbs.append(first ? " " + group.substring(1, 2).toLowerCase(Locale.ROOT) + group.substring(2) : group);
        }
        return Optional.of(new Match(rule, values, adverbs.toString(), typed, last));
    }

    private static Statement statement(
            PlainFactGrammar grammar, Match match, String sentence, String subject, LocalDate today) {
        List<String> columns = match.rule().columns();
        String[] weights = columns.get(4).split(" ", -1);
        Optional<Slot> slot = match.typed() ? slot(grammar, columns.get(1), match.values()) : Optional.empty();
        Optional<Statement.Named> entity = slot.isPresent() ? entity(columns, match.values()) : Optional.empty();
        String note = filled(
                columns.get(0).replace("~", "{~}"), match.values(), subject, grammar.kept(match.adverbs(), today));
        return new Statement(
                note + ".",
                weights[0],
                Double.parseDouble(weights[1]),
                Double.parseDouble(weights[2]),
                slot,
                conflict(grammar, match, columns.get(1)),
                endings(grammar, columns.get(3), match.values()),
                entity,
                false,
                sentence.strip());
    }

    /** Returns a note; its values are inserted byte for byte. */
    private static String filled(String template, Map<String, String> values, String subject, String adverbs) {
        var note = new StringBuilder();
        for (String word : template.split(" ", -1)) {
            String text = word.equals("{~}") ? adverbs : word.equals("{user}") ? subject : inserted(word, values);
            if (!text.isEmpty() && !text.equals("()")) { // a name that was left out
                note.append(note.isEmpty() ? "" : " ").append(text);
            }
        }
        return note.toString();
    }

    private static String inserted(String template, Map<String, String> values) {
        return PLACEHOLDER
                .matcher(template)
                .replaceAll(found -> Matcher.quoteReplacement(values.getOrDefault(found.group(1), found.group())));
    }

    private static Optional<Slot> slot(PlainFactGrammar grammar, String column, Map<String, String> values) {
        int equals = column.indexOf('=');
        if (equals < 0) {
            return Optional.empty();
        }
        String name = column.substring(0, equals);
        int colon = name.indexOf(':');
        String key = colon < 0
                ? SlotKeys.key(inserted(name, values)).replace(' ', '_')
                : name.substring(0, colon + 1)
                        + SlotKeys.key(grammar.withoutArticle(
                                PlainFactGrammar.lower(inserted(name.substring(colon + 1), values))));
        String value = inserted(column.substring(equals + 1, column.lastIndexOf(' ')), values);
        return Optional.of(new Slot(key, value));
    }

    private static Slot.Conflict conflict(PlainFactGrammar grammar, Match match, String column) {
        boolean now = grammar.containsAny("now", match.adverbs());
        if (grammar.containsAny("also", match.adverbs()) && !now) {
            return Slot.Conflict.KEEP;
        }
        return column.endsWith(" doubt") && !now ? Slot.Conflict.REVIEW : Slot.Conflict.REPLACE;
    }

    private static Optional<Statement.Named> entity(List<String> columns, Map<String, String> values) {
        String[] relation = columns.get(2).split(" ", -1);
        boolean single = columns.get(1).endsWith(" one") || columns.get(1).endsWith(" change");
        return relation.length < 3
                ? Optional.empty()
                : Optional.of(new Statement.Named(inserted(relation[2], values), relation[1], relation[0], single));
    }

    private static List<Ending> endings(PlainFactGrammar grammar, String column, Map<String, String> values) {
        if (column.equals("-")) {
            return List.of();
        }
        int blank = column.indexOf(' ');
        var words = new ArrayList<String>();
        for (String word : PlainFactGrammar.lower(inserted(column.substring(blank + 1), values))
                .split("\\s+", -1)) {
            if (!word.isEmpty() && !grammar.has("barred-alone", word)) {
                words.add(word);
            }
        }
        return words.isEmpty()
                ? List.of()
                : List.of(new Ending(
                        Optional.empty(),
                        Set.of(column.substring(0, blank).split(",", -1)),
                        "",
                        List.of(String.join(" ", words))));
    }
}
