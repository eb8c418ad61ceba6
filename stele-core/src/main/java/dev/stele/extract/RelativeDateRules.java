package dev.stele.extract;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Rules that replace the relative dates of one language with absolute ones, read from a grammar: "gestern" becomes "am 7.
 * Mai 2023". Each line has an expression with {@code {n}} for a number or {@code {weekday}}, the distance with its unit,
 * and the text that takes its place, with {@code {day}}, {@code {month}} or {@code {year}}. The English counterpart is
 * {@link dev.stele.language.RelativeDates}. Immutable.
 */
final class RelativeDateRules {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{(n|weekday)\\}");
    private static final String NUMBER_GROUP = "n";
    private static final String WEEKDAY_GROUP = "weekday";

    /**
     * Rule of a relative date.
     *
     * @param expression regular expression of the words
     * @param pattern compiled expression between blanks
     * @param factor number of units before the day of the message for each {@code n}, or in all; negative for the past
     * @param unit unit of the distance; empty for a weekday
     * @param template text with the absolute date
     */
    private record Rule(String expression, Pattern pattern, int factor, String unit, String template) {}

    private final List<Rule> rules = new ArrayList<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<String> weekdays;
    private final Map<String, DateTimeFormatter> formats = new HashMap<>();

    /**
     * Creates the rules of a grammar.
     *
     * @param sections sections of the grammar: {@code relative-date}, {@code number-word}, {@code weekday} and {@code
     *     date-format}
     * @param locale locale of month names
     * @param literal function that returns a regular expression of a text, for instance with decomposed accents
     */
    RelativeDateRules(Map<String, List<String>> sections, Locale locale, UnaryOperator<String> literal) {
        for (String word : words(sections, "number-word")) {
            int equals = word.indexOf('=');
            numbers.put(word.substring(0, equals), Integer.valueOf(word.substring(equals + 1)));
        }
        weekdays = words(sections, "weekday");
        for (String line : sections.getOrDefault("date-format", List.of())) {
            int blank = line.indexOf(' ');
            formats.put(line.substring(0, blank), DateTimeFormatter.ofPattern(line.substring(blank + 1), locale));
        }
        for (String line : sections.getOrDefault("relative-date", List.of())) {
            List<String> columns =
                    List.of(line.split("\\|", -1)).stream().map(String::strip).toList();
            String[] distance = columns.get(1).split(" ", -1);
            String expression = expression(columns.get(0), literal);
            rules.add(new Rule(
                    withoutGroups(expression),
                    Pattern.compile("(?<= |^)" + expression + "(?= |$)"),
                    Integer.parseInt(distance[0]),
                    distance[1],
                    columns.get(2)));
        }
    }

    private static List<String> words(Map<String, List<String>> sections, String name) {
        return sections.getOrDefault(name, List.of()).stream()
                .flatMap(line -> List.of(line.split("\\s+", -1)).stream())
                .map(word -> word.replace('_', ' '))
                .toList();
    }

    private String expression(String column, UnaryOperator<String> literal) {
        var regex = new StringBuilder("(?iu:");
        Matcher placeholder = PLACEHOLDER.matcher(column);
        int from = 0;
        while (placeholder.find()) {
            regex.append(literal.apply(column.substring(from, placeholder.start())));
            boolean number = placeholder.group(1).equals(NUMBER_GROUP);
            String alternatives = (number ? numbers.keySet().stream() : weekdays.stream())
                    .map(literal)
                    .collect(Collectors.joining("|"));
            regex.append(number ? "(?<n>\\d{1,3}|" : "(?<weekday>")
                    .append(alternatives)
                    .append(')');
            from = placeholder.end();
        }
        return regex.append(literal.apply(column.substring(from))).append(')').toString();
    }

    private static String withoutGroups(String expression) {
        return expression.replace("(?<n>", "(?:").replace("(?<weekday>", "(?:");
    }

    /** Returns regular expressions of all relative dates, without named groups. */
    List<String> expressions() {
        return rules.stream().map(Rule::expression).toList();
    }

    /**
     * Replaces the relative dates of a text.
     *
     * @param text text to rewrite
     * @param today day on which the text was said
     */
    String absolute(String text, LocalDate today) {
        String result = text;
        for (Rule rule : rules) {
            result = rule.pattern()
                    .matcher(result)
                    .replaceAll(found -> Matcher.quoteReplacement(replacement(rule, found, today)));
        }
        return result;
    }

    private String replacement(Rule rule, MatchResult found, LocalDate today) {
        int amount = rule.factor() * (found.namedGroups().containsKey(NUMBER_GROUP) ? number(found) : 1);
        LocalDate day = switch (rule.unit()) {
            case "day" -> today.plusDays(amount);
            case "week" -> today.plusWeeks(amount);
            case "calendar-week" -> today.plusWeeks(amount).with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
            case "month" -> today.plus(amount, ChronoUnit.MONTHS);
            case "year" -> today.plusYears(amount);
            case "weekday" -> today.with(TemporalAdjusters.previous(weekday(found)));
            default -> throw new IllegalStateException("The grammar has the unknown unit " + rule.unit() + ".");
        };
        String text = rule.template();
        for (Map.Entry<String, DateTimeFormatter> format : formats.entrySet()) {
            text = text.replace("{" + format.getKey() + "}", format.getValue().format(day));
        }
        return text;
    }

    private int number(MatchResult found) {
        String word = PlainFactGrammar.lower(found.group(NUMBER_GROUP));
        Integer known = numbers.get(word);
        return known == null ? Integer.parseInt(word) : known;
    }

    private DayOfWeek weekday(MatchResult found) {
        return DayOfWeek.of(weekdays.indexOf(PlainFactGrammar.lower(found.group(WEEKDAY_GROUP))) + 1);
    }
}
