package dev.stele.recall;

import dev.stele.language.EnglishTimePatterns;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Month;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parser of time expressions in English questions. Absolute and relative expressions are resolved against the time of
 * asking: "on 8 May 2023", "last May", "in 2022", "two weeks ago", "last Monday", "yesterday". Expressions relative to
 * an event are parsed, and resolved once the event is found: "two weeks before the trip". Days are days of UTC, as in
 * the keyword index. Stateless.
 */
final class TimeExpressions {

    /** Earliest time that an expression is resolved against. */
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    /** Latest time that an expression is resolved against. */
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    private static final Pattern ISO_DAY = pattern("(\\d{4})-(\\d{2})-(\\d{2})");
    private static final Pattern DAY_MONTH =
            pattern("(\\d{1,2})(?:st|nd|rd|th)?(?: of)? " + EnglishTimePatterns.MONTHS + "\\b\\.?,?(?: (\\d{4}))?");
    private static final Pattern MONTH_DAY =
            pattern(EnglishTimePatterns.MONTHS + "\\.? (\\d{1,2})(?:st|nd|rd|th)?\\b(?:,? (\\d{4}))?");
    private static final Pattern MONTH_YEAR = pattern(EnglishTimePatterns.MONTHS + "\\.?,?(?: of)? (\\d{4})");
    private static final Pattern MONTH =
            pattern("(in|last|this|during|since|early|late|mid) " + EnglishTimePatterns.MONTHS);
    private static final Pattern YEAR = pattern("(?:in|during|of|since) ((?:19|20)\\d{2})");
    private static final Pattern AGO = pattern(EnglishTimePatterns.NUMBER + " " + EnglishTimePatterns.UNIT + "s? ago");
    private static final Pattern NEAR = pattern("(last|this|past) (week|weekend|month|year)");
    private static final Pattern WEEKDAY = pattern("(?:last|on|this) (mon|tues|wednes|thurs|fri|satur|sun)day");
    private static final Pattern DAY = pattern("(today|yesterday)");
    private static final Pattern RELATIVE_TO_EVENT = Pattern.compile(
            "\\b(?:" + EnglishTimePatterns.NUMBER + "|the) " + EnglishTimePatterns.UNIT
                    + "s? (before|after) (.{3,}?)[?.!]*$",
            Pattern.CASE_INSENSITIVE);

    private TimeExpressions() {}

    /**
     * Range of days in UTC.
     *
     * @param first first day, inclusive
     * @param beyond end, exclusive
     */
    record Range(LocalDate first, LocalDate beyond) {
        static Range day(LocalDate day) {
            return new Range(day, day.plusDays(1));
        }

        static Range around(LocalDate day, int days) {
            return new Range(day.minusDays(days), day.plusDays(days + 1L));
        }

        static Range month(LocalDate any) {
            return new Range(any.withDayOfMonth(1), any.withDayOfMonth(1).plusMonths(1));
        }

        /**
         * Returns whether the range contains a time.
         *
         * @param millis milliseconds since the epoch
         */
        boolean holds(long millis) {
            return millis >= start(first) && millis < start(beyond);
        }

        private static long start(LocalDate day) {
            return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
        }
    }

    /**
     * Time expression relative to an event that has to be found first.
     *
     * @param event text that describes the event
     * @param amount number of units, negative for before the event
     * @param unit unit of time
     */
    record AnchoredTime(String event, int amount, ChronoUnit unit) {
        /** Returns the range of days, given the time of the event. */
        Range from(Instant when) {
            return about(day(when), amount, unit);
        }
    }

    /**
     * Returns the day of a time, limited to the years 1 to 9999, which people name, so that dates can be added and
     * subtracted safely.
     */
    private static LocalDate day(Instant time) {
        Instant limited = time.isBefore(EARLIEST) ? EARLIEST : time.isAfter(LATEST) ? LATEST : time;
        return limited.atZone(ZoneOffset.UTC).toLocalDate();
    }

    private static Pattern pattern(String regex) {
        return Pattern.compile("\\b" + regex + "\\b", Pattern.CASE_INSENSITIVE);
    }

    /**
     * Returns the days around a number of units from a day. The range is wider for larger units, because people count
     * them less exactly.
     */
    private static Range about(LocalDate day, int amount, ChronoUnit unit) {
        LocalDate center = day.plus(amount, unit);
        return switch (unit) {
            case DAYS -> Range.day(center);
            case WEEKS -> Range.around(center, 3);
            case MONTHS -> Range.around(center, 15);
            default -> Range.around(center, 183);
        };
    }

    /**
     * Returns the time expression of a question that is relative to an event, or empty if there is none.
     *
     * @param question text of the question
     */
    static Optional<AnchoredTime> anchored(String question) {
        Matcher found = RELATIVE_TO_EVENT.matcher(question.strip());
        if (!found.find()) {
            return Optional.empty();
        }
        int amount = found.group(1) == null ? 1 : EnglishTimePatterns.number(found.group(1));
        int direction = found.group(3).equalsIgnoreCase("before") ? -1 : 1;
        return Optional.of(
                new AnchoredTime(found.group(4), direction * amount, EnglishTimePatterns.unit(found.group(2))));
    }

    /**
     * Returns the time ranges that a question names, without those relative to an event.
     *
     * @param question text of the question
     * @param now time of asking
     */
    static List<Range> of(String question, Instant now) {
        LocalDate today = day(now);
        var ranges = new ArrayList<Range>();
        String text = question;
        // A parsed expression is removed from the text, so that the month of a date is not parsed as a month too.
        text = take(
                text,
                ISO_DAY,
                ranges,
                m -> day(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)), m.group(3)));
        text = take(
                text,
                DAY_MONTH,
                ranges,
                m -> day(m.group(3), EnglishTimePatterns.month(m.group(2)), m.group(1), today));
        text = take(
                text,
                MONTH_YEAR,
                ranges,
                m -> Optional.of(Range.month(
                        LocalDate.of(Integer.parseInt(m.group(2)), EnglishTimePatterns.month(m.group(1)), 1))));
        text = take(
                text,
                MONTH_DAY,
                ranges,
                m -> day(m.group(3), EnglishTimePatterns.month(m.group(1)), m.group(2), today));
        text = take(
                text,
                MONTH,
                ranges,
                m -> Optional.of(Range.month(latest(
                        EnglishTimePatterns.month(m.group(2)),
                        m.group(1).equalsIgnoreCase("last") ? today.minusMonths(1) : today))));
        text = take(
                text,
                YEAR,
                ranges,
                m -> Optional.of(new Range(
                        LocalDate.of(Integer.parseInt(m.group(1)), 1, 1),
                        LocalDate.of(Integer.parseInt(m.group(1)) + 1, 1, 1))));
        text = take(
                text,
                AGO,
                ranges,
                m -> Optional.of(
                        about(today, -EnglishTimePatterns.number(m.group(1)), EnglishTimePatterns.unit(m.group(2)))));
        text = take(
                text, NEAR, ranges, m -> Optional.of(near(m.group(1), m.group(2).toLowerCase(Locale.ROOT), today)));
        text = take(
                text,
                WEEKDAY,
                ranges,
                m -> Optional.of(
                        Range.day(today.with(TemporalAdjusters.previous(EnglishTimePatterns.weekday(m.group(1)))))));
        take(
                text,
                DAY,
                ranges,
                m -> Optional.of(Range.day(m.group(1).equalsIgnoreCase("today") ? today : today.minusDays(1))));
        return ranges;
    }

    private interface Reading {
        Optional<Range> of(MatchResult found);
    }

    /** Adds the range of each match to a list and removes the match from the text. */
    private static String take(String text, Pattern pattern, List<Range> to, Reading reading) {
        return pattern.matcher(text).replaceAll(found -> {
            reading.of(found).ifPresent(to::add);
            return " ";
        });
    }

    /** Returns the range of one day, or empty if there is no such date. */
    private static Optional<Range> day(int year, int month, String day) {
        int number = Integer.parseInt(day);
        boolean valid = month >= 1
                && month <= 12
                && number >= 1
                && number <= Month.of(month).maxLength()
                && (month != 2 || number < 29 || LocalDate.of(year, 1, 1).isLeapYear());
        return valid ? Optional.of(Range.day(LocalDate.of(year, month, number))) : Optional.empty();
    }

    /** Returns the range of one day; without a year, that of the latest such day that is not after today. */
    private static Optional<Range> day(String year, int month, String day, LocalDate today) {
        if (year != null) {
            return day(Integer.parseInt(year), month, day);
        }
        return day(today.getYear(), month, day)
                .filter(range -> !range.first().isAfter(today))
                .or(() -> day(today.getYear() - 1, month, day));
    }

    /** Returns the first day of the latest such month that does not begin after a day. */
    private static LocalDate latest(int month, LocalDate notAfter) {
        LocalDate same = LocalDate.of(notAfter.getYear(), month, 1);
        return same.isAfter(notAfter) ? same.minusYears(1) : same;
    }

    private static Range near(String which, String unit, LocalDate today) {
        int back = which.equalsIgnoreCase("this") ? 0 : 1;
        LocalDate monday = today.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
        return switch (unit) {
            case "week" ->
                new Range(monday.minusWeeks(back), monday.minusWeeks(back).plusWeeks(1));
            case "weekend" ->
                new Range(
                        monday.minusWeeks(back).plusDays(5),
                        monday.minusWeeks(back).plusWeeks(1));
            case "month" -> Range.month(today.minusMonths(back));
            default ->
                new Range(LocalDate.of(today.getYear() - back, 1, 1), LocalDate.of(today.getYear() - back + 1, 1, 1));
        };
    }
}
