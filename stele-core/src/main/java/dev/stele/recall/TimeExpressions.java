package dev.stele.recall;

import dev.stele.language.EnglishTimePatterns;
import dev.stele.recall.DateParser.Date;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parser of time expressions in English questions: a date ({@link DateParser}), perhaps with a preposition that makes a
 * range of it: "on 8 May 2023", "since May", "before 2024", "between March and June", "in the last three weeks".
 * Expressions relative to an event are parsed, and resolved once the event is found: "two weeks before the trip". Days
 * are days of the time zone of the query. Stateless.
 */
final class TimeExpressions {

    /** Earliest time that an expression is resolved against. */
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    /** Latest time that an expression is resolved against. */
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    /** First day of a range without a beginning. */
    static final LocalDate FIRST_DAY = LocalDate.of(1, 1, 1);
    /** End of a range without an end. */
    static final LocalDate BEYOND_ALL = LocalDate.of(10_000, 1, 1);

    private static final Pattern RELATIVE_TO_EVENT = Pattern.compile(
            "\\b(?:" + EnglishTimePatterns.NUMBER + "|the) " + EnglishTimePatterns.UNIT
                    + "s? (before|after) (.{3,}?)[?.!]*$",
            Pattern.CASE_INSENSITIVE);

    private static final Set<String> BEFORE = Set.of("before");
    private static final Set<String> UNTIL = Set.of("until", "till", "by", "through", "thru");
    private static final Set<String> AFTER = Set.of("after");
    private static final Set<String> SINCE = Set.of("since", "starting", "from");
    private static final Set<String> WITHIN =
            Set.of("in", "on", "during", "of", "around", "at", "over", "within", "for");
    private static final Set<String> TO =
            Set.of("to", "until", "till", "through", "thru", "and", "-", "\u2013", "\u2014", "/");

    private TimeExpressions() {}

    /**
     * Range of days.
     *
     * @param first first day, inclusive
     * @param beyond end, exclusive
     * @param zone time zone of the days
     */
    record Range(LocalDate first, LocalDate beyond, ZoneId zone) {

        /** Returns a range of days of UTC. */
        Range(LocalDate first, LocalDate beyond) {
            this(first, beyond, ZoneOffset.UTC);
        }

        /**
         * Returns whether the range contains a time.
         *
         * @param millis milliseconds since the epoch
         */
        boolean holds(long millis) {
            return millis >= start(first) && millis < start(beyond);
        }

        private long start(LocalDate day) {
            return day.atStartOfDay(zone).toInstant().toEpochMilli();
        }
    }

    /**
     * Time expression relative to an event that has to be found first.
     *
     * @param event text that describes the event
     * @param amount number of units, negative for before the event
     * @param unit unit of time
     * @param zone time zone of the query
     */
    record AnchoredTime(String event, int amount, ChronoUnit unit, ZoneId zone) {
        /** Returns the range of days, given the time of the event. */
        Range from(Instant when) {
            Date date = DateParser.around(day(when, zone).plus(amount, unit), unit);
            return new Range(date.first(), date.beyond(), zone);
        }
    }

    /**
     * Returns the day of a time, limited to the years 1 to 9999, which people name, so that dates can be added and
     * subtracted safely.
     */
    private static LocalDate day(Instant time, ZoneId zone) {
        Instant limited = time.isBefore(EARLIEST) ? EARLIEST : time.isAfter(LATEST) ? LATEST : time;
        return limited.atZone(zone).toLocalDate();
    }

    /**
     * Returns the time expression of a question that is relative to an event, or empty if there is none.
     *
     * @param question text of the question
     * @param now time of asking
     * @param zone time zone of the query
     */
    static Optional<AnchoredTime> anchored(String question, Instant now, ZoneId zone) {
        Matcher found = RELATIVE_TO_EVENT.matcher(question.strip());
        if (!found.find()
                || new DateParser(found.group(4), day(now, zone)).date(0, true).isPresent()) {
            return Optional.empty();
        }
        int amount = found.group(1) == null ? 1 : EnglishTimePatterns.number(found.group(1));
        int direction = found.group(3).equalsIgnoreCase("before") ? -1 : 1;
        return Optional.of(
                new AnchoredTime(found.group(4), direction * amount, EnglishTimePatterns.unit(found.group(2)), zone));
    }

    /**
     * Returns the time ranges that a question names, without those relative to an event.
     *
     * @param question text of the question
     * @param now time of asking
     * @param zone time zone in which days begin
     */
    static List<Range> of(String question, Instant now, ZoneId zone) {
        var parser = new DateParser(question, day(now, zone));
        var ranges = new ArrayList<Range>();
        for (int at = 0; at < parser.size(); ) {
            Optional<Date> found = expression(parser, at);
            found.ifPresent(date -> ranges.add(new Range(date.first(), date.beyond(), zone)));
            at = found.map(Date::end).orElse(at + 1);
        }
        return List.copyOf(ranges);
    }

    /** Parses the time expression that begins at a token: a date with or without a preposition. */
    private static Optional<Date> expression(DateParser parser, int at) {
        String word = parser.token(at);
        if (word.equals("between") || word.equals("from")) {
            Optional<Date> range = span(parser, at + 1);
            if (range.isPresent()) {
                return range;
            }
        }
        if (parser.are(at, "prior", "to")) {
            return parser.date(at + 2, true).map(date -> new Date(FIRST_DAY, date.first(), date.end()));
        }
        if (parser.are(at, "up", "to")) {
            return parser.date(at + 2, true).map(date -> new Date(FIRST_DAY, date.beyond(), date.end()));
        }
        if (BEFORE.contains(word)) {
            return parser.date(at + 1, true).map(date -> new Date(FIRST_DAY, date.first(), date.end()));
        }
        if (UNTIL.contains(word)) {
            return parser.date(at + 1, true).map(date -> new Date(FIRST_DAY, date.beyond(), date.end()));
        }
        if (AFTER.contains(word)) {
            return parser.date(at + 1, true).map(date -> new Date(date.beyond(), BEYOND_ALL, date.end()));
        }
        if (SINCE.contains(word)) {
            int next = parser.are(at + 1, "in") || parser.are(at + 1, "from") ? at + 2 : at + 1;
            return parser.date(next, true).map(date -> new Date(date.first(), BEYOND_ALL, date.end()));
        }
        if (WITHIN.contains(word)) {
            Optional<Date> date = parser.date(at + 1, true);
            return date.flatMap(first -> upTo(parser, first)).or(() -> date);
        }
        Optional<Date> date = parser.date(at, false);
        return date.flatMap(first -> upTo(parser, first)).or(() -> date);
    }

    /** Parses two dates with a word between them: "March and June", "3 May to 8 May". */
    private static Optional<Date> span(DateParser parser, int at) {
        return parser.date(at, true)
                .filter(first -> TO.contains(parser.token(first.end())))
                .flatMap(first -> parser.date(first.end() + 1, true).map(first::upTo));
    }

    /** Parses the end of a range that began with a date and a dash or slash: "2024-05-08/2024-05-10". */
    private static Optional<Date> upTo(DateParser parser, Date first) {
        String sign = parser.token(first.end());
        return TO.contains(sign) && !sign.equals("and")
                ? parser.date(first.end() + 1, true).map(first::upTo)
                : Optional.empty();
    }
}
