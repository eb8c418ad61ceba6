package dev.stele.language;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Resolver of relative English dates. It replaces them with absolute dates, so that a statement remains understandable
 * later: "yesterday" becomes "on 7 May 2023". Days are UTC days. Stateless.
 */
public final class RelativeDates {

    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("d MMMM yyyy", Locale.ENGLISH);
    private static final DateTimeFormatter MONTH = DateTimeFormatter.ofPattern("MMMM yyyy", Locale.ENGLISH);

    private record Rule(Pattern pattern, BiFunction<MatchResult, LocalDate, String> date) {}

    /**
     * Rules in order of application, longer expressions first: the text that one rule replaces is not visible to the
     * next.
     */
    private static final List<Rule> RULES = List.of(
            rule("the day before yesterday", (_, today) -> on(today.minusDays(2))),
            rule("the day after tomorrow", (_, today) -> on(today.plusDays(2))),
            rule("(?:earlier |later )?(?:today|tonight|this (?:morning|afternoon|evening))", (_, today) -> on(today)),
            rule(
                    "(?:last night|yesterday(?: (?:morning|afternoon|evening|night))?)",
                    (_, today) -> on(today.minusDays(1))),
            rule("tomorrow(?: (?:morning|afternoon|evening|night))?", (_, today) -> on(today.plusDays(1))),
            rule("the other day", (_, today) -> "shortly before " + DAY.format(today)),
            rule(
                    EnglishTimePatterns.NUMBER + " " + EnglishTimePatterns.UNIT + "s? (ago|back)",
                    (m, today) ->
                            near(today, -EnglishTimePatterns.number(m.group(1)), EnglishTimePatterns.unit(m.group(2)))),
            rule(
                    "in " + EnglishTimePatterns.NUMBER + " " + EnglishTimePatterns.UNIT + "s?(?: time)?(?! of| a)",
                    (m, today) ->
                            near(today, EnglishTimePatterns.number(m.group(1)), EnglishTimePatterns.unit(m.group(2)))),
            rule(
                    "(?:last|this past|this last) " + EnglishTimePatterns.WEEKDAYS,
                    (m, today) -> on(today.with(TemporalAdjusters.previous(EnglishTimePatterns.weekday(m.group(1)))))),
            rule(
                    "last (mon|tues?|wed|thurs?|fri|sat|sun)",
                    (m, today) -> on(today.with(TemporalAdjusters.previous(EnglishTimePatterns.weekday(m.group(1)))))),
            rule(
                    "(?:next|this coming) " + EnglishTimePatterns.WEEKDAYS,
                    (m, today) -> on(today.with(TemporalAdjusters.next(EnglishTimePatterns.weekday(m.group(1)))))),
            rule(
                    "(last|this|next|this past|this coming) weekend",
                    (m, today) -> "on the weekend of " + DAY.format(saturday(today, m.group(1)))),
            rule(
                    "(last|this|next|this past|this coming) week",
                    (m, today) -> "in the week of " + DAY.format(monday(today).plusWeeks(shift(m.group(1))))),
            rule(
                    "(last|this|next|this past|this coming) month",
                    (m, today) -> "in " + MONTH.format(today.plusMonths(shift(m.group(1))))),
            rule(
                    "(last|this|next|this past|this coming) year",
                    (m, today) -> "in " + (today.getYear() + shift(m.group(1)))),
            rule("(last|this past|next|this) (spring|summer|autumn|fall|winter)", RelativeDates::season),
            rule("(last|next) " + EnglishTimePatterns.MONTHS, RelativeDates::month),
            rule(
                    "(?:in )?the last few (days|weeks|months|years)",
                    (m, today) -> "in the " + m.group(1) + " before " + DAY.format(today)));

    private RelativeDates() {}

    private static Rule rule(String regex, BiFunction<MatchResult, LocalDate, String> date) {
        return new Rule(
                Pattern.compile("(?:\\b(?:on|in|for|about|around) )?\\b" + regex + "\\b", Pattern.CASE_INSENSITIVE),
                date);
    }

    /**
     * Replaces the relative dates of a text.
     *
     * @param text text to rewrite
     * @param said time at which the text was said
     * @return text with absolute dates
     */
    public static String absolute(String text, Instant said) {
        LocalDate today = said.atZone(ZoneOffset.UTC).toLocalDate();
        String result = text;
        for (Rule rule : RULES) {
            result = rule.pattern()
                    .matcher(result)
                    .replaceAll(found -> Matcher.quoteReplacement(rule.date().apply(found, today)));
        }
        return result;
    }

    private static String on(LocalDate day) {
        return "on " + DAY.format(day);
    }

    private static String near(LocalDate today, int amount, ChronoUnit unit) {
        LocalDate target = today.plus(amount, unit);
        return switch (unit) {
            case DAYS -> on(target);
            case WEEKS -> "around " + DAY.format(target);
            case MONTHS -> "around " + MONTH.format(target);
            default -> "around " + target.getYear();
        };
    }

    private static LocalDate monday(LocalDate day) {
        return day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
    }

    /** Returns the Saturday of a weekend. On a Monday, "this weekend" is the coming one. */
    private static LocalDate saturday(LocalDate today, String which) {
        LocalDate ofThisWeek = monday(today).plusDays(5);
        return ofThisWeek.plusWeeks(shift(which));
    }

    private static int shift(String which) {
        return switch (which.toLowerCase(Locale.ROOT)) {
            case "last", "this past" -> -1;
            case "next", "this coming" -> 1;
            default -> 0;
        };
    }

    private static String season(MatchResult found, LocalDate today) {
        String season = found.group(2).toLowerCase(Locale.ROOT);
        int begins = switch (season) {
            case "spring" -> 3;
            case "summer" -> 6;
            case "autumn", "fall" -> 9;
            default -> 12;
        };
        boolean back =
                !found.group(1).equalsIgnoreCase("next") && !found.group(1).equalsIgnoreCase("this");
        int year = today.getYear();
        if (back && today.getMonthValue() <= begins + 2) {
            year--;
        } else if (found.group(1).equalsIgnoreCase("next") && today.getMonthValue() >= begins) {
            year++;
        }
        return "in the " + season + " of " + year;
    }

    private static String month(MatchResult found, LocalDate today) {
        int month = EnglishTimePatterns.month(found.group(2));
        LocalDate same = LocalDate.of(today.getYear(), month, 1);
        boolean last = found.group(1).equalsIgnoreCase("last");
        if (last && !same.isBefore(today.withDayOfMonth(1))) {
            same = same.minusYears(1);
        } else if (!last && !same.isAfter(today)) {
            same = same.plusYears(1);
        }
        return "in " + same.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH) + " " + same.getYear();
    }
}
