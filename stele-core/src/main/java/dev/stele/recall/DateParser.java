package dev.stele.recall;

import dev.stele.language.EnglishTimePatterns;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.Month;
import java.time.MonthDay;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Recursive-descent parser of English dates: the days that a sequence of words denotes, resolved against the day of
 * asking. A date without a year is the latest one that is not after that day. For one thread.
 */
final class DateParser {

    private static final Pattern TOKEN = Pattern.compile(
            "\\d{4}-\\d{2}-\\d{2}(?:T[\\d:.]+(?:Z|[+-]\\d{2}:?\\d{2})?)?|\\d{4}-\\d{2}(?![\\d-])|\\d{1,2}\\.\\d{1,2}\\.\\d{4}"
                    + "|['\u2019]?\\d{2,4}s\\b|[Qq][1-4]\\b|\\d+(?:st|nd|rd|th)?\\b|\\p{L}+(?:['\u2019]\\p{L}+)?|[-\u2013\u2014/,]|\\S");
    private static final Pattern ISO_DAY = Pattern.compile("(\\d{4})-(\\d{2})-(\\d{2})(?:t.*)?");
    private static final Pattern ISO_MONTH = Pattern.compile("(\\d{4})-(\\d{2})");
    private static final Pattern DOTTED_DAY = Pattern.compile("(\\d{1,2})\\.(\\d{1,2})\\.(\\d{4})");
    private static final Pattern DAY_OF_MONTH = Pattern.compile("(\\d{1,2})(?:st|nd|rd|th)?");
    private static final Pattern YEAR = Pattern.compile("(?:19|20)\\d{2}");
    private static final Pattern ANY_YEAR = Pattern.compile("\\d{4}");
    private static final Pattern DECADE = Pattern.compile("['\u2019]?(\\d{2}|(?:19|20)\\d)0?s");
    private static final Pattern MONTH = Pattern.compile(EnglishTimePatterns.MONTHS);
    private static final Pattern WEEKDAY = Pattern.compile(EnglishTimePatterns.WEEKDAYS);
    private static final Pattern UNIT = Pattern.compile("(day|week|month|year)s?");
    private static final Pattern QUARTER = Pattern.compile("q([1-4])");
    private static final Pattern DIGITS = Pattern.compile("\\d{1,3}");

    private static final Period WEEK = Period.ofWeeks(1);
    private static final Period YEAR_LONG = Period.ofYears(1);

    private static final Set<String> PREVIOUS = Set.of("last", "past", "previous");

    private static final Map<String, Integer> ORDINALS =
            Map.of("first", 1, "1st", 1, "second", 2, "2nd", 2, "third", 3, "3rd", 3, "fourth", 4, "4th", 4);

    /** Parts of a longer time, as the third of it that they denote. */
    private static final Map<String, Integer> PARTS =
            Map.of("early", 0, "beginning", 0, "start", 0, "mid", 1, "middle", 1, "late", 2, "end", 2);

    /** First month of each season of the northern hemisphere. */
    private static final Map<String, Month> SEASONS = Map.of(
            "spring",
            Month.MARCH,
            "summer",
            Month.JUNE,
            "autumn",
            Month.SEPTEMBER,
            "fall",
            Month.SEPTEMBER,
            "winter",
            Month.DECEMBER);

    /** Days with a name and the same date in every year: first and last day. */
    private static final Map<String, List<MonthDay>> HOLIDAYS = Map.of(
            "christmas", List.of(MonthDay.of(12, 24), MonthDay.of(12, 26)),
            "halloween", List.of(MonthDay.of(10, 31), MonthDay.of(10, 31)),
            "valentine's", List.of(MonthDay.of(2, 14), MonthDay.of(2, 14)),
            "new year's", List.of(MonthDay.of(12, 31), MonthDay.of(1, 1)));

    /** Words with which a date can begin; others need no closer look. */
    private static final Set<String> BEGINNINGS = beginnings();

    /** Maximum number of dates within one another ("the day before the end of May"). */
    private static final int MAX_DEPTH = 4;

    private final LocalDate today;
    private final List<String> tokens = new ArrayList<>();
    private int depth;

    private static Set<String> beginnings() {
        var words = new HashSet<String>(List.of(
                "this",
                "a",
                "an",
                "day",
                "days",
                "week",
                "weeks",
                "month",
                "months",
                "year",
                "years",
                "other",
                "new",
                "today",
                "tonight",
                "yesterday",
                "q1",
                "q2",
                "q3",
                "q4"));
        Stream.of(
                        PREVIOUS,
                        ORDINALS.keySet(),
                        EnglishTimePatterns.NUMBER_WORDS.keySet(),
                        PARTS.keySet(),
                        SEASONS.keySet(),
                        HOLIDAYS.keySet())
                .forEach(words::addAll);
        for (Month month : Month.values()) {
            String name = month.name().toLowerCase(Locale.ROOT);
            words.addAll(List.of(name, name.substring(0, 3)));
        }
        words.add("sept");
        for (DayOfWeek day : DayOfWeek.values()) {
            words.add(day.name().toLowerCase(Locale.ROOT));
        }
        return Set.copyOf(words);
    }

    /**
     * Creates a parser.
     *
     * @param text text with dates
     * @param today day of asking
     */
    DateParser(String text, LocalDate today) {
        this.today = today;
        Matcher found = TOKEN.matcher(text);
        while (found.find()) {
            tokens.add(found.group().toLowerCase(Locale.ROOT).replace('\u2019', '\''));
        }
    }

    /**
     * Days that some tokens denote.
     *
     * @param first first day
     * @param beyond day after the last one
     * @param end index of the token after the date
     * @param recurrence time after which the same words denote the next such days, as those of a weekday; zero if they
     *     denote no others
     */
    record Date(LocalDate first, LocalDate beyond, int end, Period recurrence) {

        /** Returns days that are named completely. */
        Date(LocalDate first, LocalDate beyond, int end) {
            this(first, beyond, end, Period.ZERO);
        }

        Date endingAt(int index) {
            return new Date(first, beyond, index, recurrence);
        }

        Date every(Period time) {
            return new Date(first, beyond, end, time);
        }

        /** Returns whether a week later the same words denote other days. */
        boolean isWeekly() {
            return recurrence.equals(WEEK);
        }

        /** Returns the days from these up to the last of others, as a question means them that looks back. */
        Date upTo(Date last) {
            if (recurrence.isZero()) {
                return new Date(
                        first.isBefore(last.first) ? first : last.first,
                        beyond.isAfter(last.beyond) ? beyond : last.beyond,
                        last.end);
            }
            LocalDate from = first;
            // "between November and February": each was resolved as the latest one.
            while (!from.isBefore(last.beyond) || (isWeekly() && last.isWeekly() && !from.isBefore(last.first))) {
                from = from.minus(recurrence);
            }
            return new Date(from, last.beyond, last.end);
        }
    }

    /** Returns the number of tokens. */
    int size() {
        return tokens.size();
    }

    /** Returns a token in lower case; empty text beyond the last one. */
    String token(int index) {
        return index >= 0 && index < tokens.size() ? tokens.get(index) : "";
    }

    /** Returns whether the tokens from an index on are these words. */
    boolean are(int index, String... words) {
        for (int i = 0; i < words.length; i++) {
            if (!token(index + i).equals(words[i])) {
                return false;
            }
        }
        return true;
    }

    /**
     * Parses the date that begins at a token.
     *
     * @param from index of the token
     * @param expected whether a date is expected there, after a preposition; then names that have other meanings
     *     ("may", "2024", "summer") are dates
     */
    Optional<Date> date(int from, boolean expected) {
        int index = are(from, "the") || are(from, "a") ? from + 1 : from;
        if (!canBegin(token(index)) || depth == MAX_DEPTH) {
            return Optional.empty();
        }
        depth++;
        try {
            return parse(index, index > from, expected);
        } finally {
            depth--;
        }
    }

    private static boolean canBegin(String token) {
        return BEGINNINGS.contains(token)
                || (!token.isEmpty() && (Character.isDigit(token.charAt(0)) || token.charAt(0) == '\''));
    }

    private Optional<Date> parse(int index, boolean withArticle, boolean expected) {
        return first(
                index,
                at -> relativeToDate(at),
                at -> part(at, expected),
                at -> exactDay(at),
                at -> dayOfMonth(at),
                at -> monthDay(at),
                at -> monthOfYear(at),
                at -> quarter(at),
                at -> period(at),
                at -> ago(at),
                at -> nearDay(at),
                at -> holiday(at),
                at -> decade(at, withArticle),
                at -> expected ? name(at) : Optional.empty());
    }

    @SafeVarargs
    private static Optional<Date> first(int index, Function<Integer, Optional<Date>>... readings) {
        for (Function<Integer, Optional<Date>> reading : readings) {
            Optional<Date> date = reading.apply(index);
            if (date.isPresent()) {
                return date;
            }
        }
        return Optional.empty();
    }

    /** "the day before 8 May", "two weeks after 2024-05-08": a date relative to another one. */
    private Optional<Date> relativeToDate(int at) {
        Optional<Amount> amount = amount(at).or(() -> unit(at).map(unit -> new Amount(1, unit, at + 1)));
        if (amount.isEmpty()) {
            return Optional.empty();
        }
        int direction = direction(amount.get().end());
        int count = direction * amount.get().count();
        return direction == 0
                ? Optional.empty()
                : date(amount.get().end() + 1, true)
                        .map(date -> around(
                                        (direction < 0
                                                        ? date.first()
                                                        : date.beyond().minusDays(1))
                                                .plus(count, amount.get().unit()),
                                        amount.get().unit())
                                .endingAt(date.end()));
    }

    private int direction(int at) {
        return are(at, "before") ? -1 : are(at, "after") ? 1 : 0;
    }

    /** "early May", "mid-2024", "the end of last year": a third of a longer time. */
    private Optional<Date> part(int at, boolean expected) {
        Integer third = PARTS.get(token(at));
        boolean of = are(at + 1, "of");
        boolean needsOf = Set.of("beginning", "start", "middle", "end").contains(token(at));
        if (third == null || of != needsOf) {
            return Optional.empty();
        }
        int next = of || are(at + 1, "-") ? at + 2 : at + 1;
        return date(next, true).filter(date -> expected || date.end() > next).flatMap(date -> {
            long days = ChronoUnit.DAYS.between(date.first(), date.beyond());
            if (days < 7) {
                return Optional.empty();
            }
            boolean months = date.first().getDayOfMonth() == 1
                    && date.beyond().getDayOfMonth() == 1
                    && ChronoUnit.MONTHS.between(date.first(), date.beyond()) % 3 == 0;
            long length = months ? ChronoUnit.MONTHS.between(date.first(), date.beyond()) / 3 : days / 3;
            ChronoUnit unit = months ? ChronoUnit.MONTHS : ChronoUnit.DAYS;
            LocalDate first = date.first().plus(third * length, unit);
            LocalDate beyond = third == 2 ? date.beyond() : first.plus(length, unit);
            return Optional.of(new Date(first, beyond, date.end(), date.recurrence()));
        });
    }

    /** "2024-05-08", "2024-05", "8.5.2024". */
    private Optional<Date> exactDay(int at) {
        Matcher iso = ISO_DAY.matcher(token(at));
        if (iso.matches()) {
            return day(number(iso, 1), number(iso, 2), number(iso, 3), at + 1);
        }
        Matcher dotted = DOTTED_DAY.matcher(token(at));
        if (dotted.matches()) {
            return day(number(dotted, 3), number(dotted, 2), number(dotted, 1), at + 1);
        }
        Matcher month = ISO_MONTH.matcher(token(at));
        return month.matches() && number(month, 2) >= 1 && number(month, 2) <= 12
                ? Optional.of(month(LocalDate.of(number(month, 1), number(month, 2), 1), at + 1))
                : Optional.empty();
    }

    private static int number(Matcher found, int group) {
        return Integer.parseInt(found.group(group));
    }

    /** "8 May", "the 8th of May, 2023". */
    private Optional<Date> dayOfMonth(int at) {
        Matcher day = DAY_OF_MONTH.matcher(token(at));
        int month = are(at + 1, "of") ? at + 2 : at + 1;
        return day.matches() && MONTH.matcher(token(month)).matches()
                ? dayWithYear(EnglishTimePatterns.month(token(month)), number(day, 1), month + 1)
                : Optional.empty();
    }

    /** "May 8", "May 8th, 2023". */
    private Optional<Date> monthDay(int at) {
        int next = are(at + 1, ".") ? at + 2 : at + 1;
        int dayAt = are(next, "the") ? next + 1 : next;
        Matcher day = DAY_OF_MONTH.matcher(token(dayAt));
        return MONTH.matcher(token(at)).matches() && day.matches()
                ? dayWithYear(EnglishTimePatterns.month(token(at)), number(day, 1), dayAt + 1)
                : Optional.empty();
    }

    private Optional<Date> dayWithYear(int month, int day, int at) {
        int yearAt = are(at, ",") || are(at, ".") || are(at, "of") || are(at, "in") ? at + 1 : at;
        if (ANY_YEAR.matcher(token(yearAt)).matches()) {
            return day(Integer.parseInt(token(yearAt)), month, day, yearAt + 1);
        }
        return day(today.getYear(), month, day, at)
                .filter(date -> !date.first().isAfter(today))
                .or(() -> day(today.getYear() - 1, month, day, at))
                // 29 February
                .or(() -> day(today.getYear() - today.getYear() % 4, month, day, at)
                        .filter(date -> !date.first().isAfter(today)))
                .map(date -> date.every(YEAR_LONG));
    }

    private static Optional<Date> day(int year, int month, int day, int end) {
        try {
            LocalDate date = LocalDate.of(year, month, day);
            return Optional.of(new Date(date, date.plusDays(1), end));
        } catch (DateTimeException e) {
            return Optional.empty(); // there is no such day
        }
    }

    /** "May 2023", "May of last year". */
    private Optional<Date> monthOfYear(int at) {
        if (!MONTH.matcher(token(at)).matches()) {
            return Optional.empty();
        }
        int month = EnglishTimePatterns.month(token(at));
        int yearAt = are(at + 1, "of") || are(at + 1, ",") || are(at + 1, ".") ? at + 2 : at + 1;
        if (ANY_YEAR.matcher(token(yearAt)).matches() && Integer.parseInt(token(yearAt)) > 0) {
            return Optional.of(month(LocalDate.of(Integer.parseInt(token(yearAt)), month, 1), yearAt + 1));
        }
        if (are(yearAt, "last", "year") || are(yearAt, "this", "year")) {
            int year = today.getYear() - (are(yearAt, "last") ? 1 : 0);
            return Optional.of(month(LocalDate.of(year, month, 1), yearAt + 2));
        }
        return Optional.empty();
    }

    /** "Q1 2024", "the first quarter of 2024". */
    private Optional<Date> quarter(int at) {
        Matcher abbreviation = QUARTER.matcher(token(at));
        boolean words = ORDINALS.containsKey(token(at)) && are(at + 1, "quarter");
        if (!abbreviation.matches() && !words) {
            return Optional.empty();
        }
        int number = words ? ORDINALS.getOrDefault(token(at), 1) : number(abbreviation, 1);
        int next = words ? at + 2 : at + 1;
        int yearAt = are(next, "of") ? next + 1 : next;
        boolean named = YEAR.matcher(token(yearAt)).matches();
        int year = named ? Integer.parseInt(token(yearAt)) : today.getYear();
        LocalDate first = LocalDate.of(year, 3 * number - 2, 1);
        LocalDate start = !named && first.isAfter(today) ? first.minusYears(1) : first;
        return Optional.of(
                new Date(start, start.plusMonths(3), named ? yearAt + 1 : next, named ? Period.ZERO : YEAR_LONG));
    }

    /** "last week", "this year", "the past three months", "last summer", "last Monday", "last night". */
    private Optional<Date> period(int at) {
        boolean previous = PREVIOUS.contains(token(at));
        if (!previous && !are(at, "this")) {
            return Optional.empty();
        }
        if (previous) {
            Optional<Date> last = amount(at + 1)
                    .map(amount -> new Date(
                            today.minus(amount.count(), amount.unit()).plusDays(1), today.plusDays(1), amount.end()));
            if (last.isPresent()) {
                return last;
            }
        }
        int end = at + 2;
        int back = previous ? 1 : 0;
        String unit = token(at + 1);
        LocalDate monday =
                today.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)).minusWeeks(back);
        if (WEEKDAY.matcher(unit).matches()) {
            DayOfWeek day = EnglishTimePatterns.weekday(unit.substring(0, unit.length() - 3));
            return Optional.of(
                    oneDay(today.with(TemporalAdjusters.previous(day)), end).every(WEEK));
        }
        if (MONTH.matcher(unit).matches()) {
            LocalDate notAfter = previous ? today.minusMonths(1) : today;
            return Optional.of(month(latestMonth(EnglishTimePatterns.month(unit), notAfter), end)
                    .every(YEAR_LONG));
        }
        if (SEASONS.containsKey(unit)) {
            Date season = season(unit, today);
            boolean running = previous && season.beyond().isAfter(today);
            return Optional.of((running ? season(unit, season.first().minusDays(1)) : season).endingAt(end));
        }
        return switch (unit) {
            case "day" -> Optional.of(oneDay(today.minusDays(back), end));
            case "morning", "afternoon", "evening", "night" -> Optional.of(oneDay(today.minusDays(back), end));
            case "week" -> Optional.of(new Date(monday, monday.plusWeeks(1), end));
            case "weekend" -> Optional.of(new Date(monday.plusDays(5), monday.plusWeeks(1), end));
            case "month" -> Optional.of(month(today.minusMonths(back), end));
            case "quarter" -> {
                LocalDate first = LocalDate.of(today.getYear(), (today.getMonthValue() - 1) / 3 * 3 + 1, 1)
                        .minusMonths(3L * back);
                yield Optional.of(new Date(first, first.plusMonths(3), end));
            }
            case "year" -> Optional.of(years(today.getYear() - back, 1, end));
            case "decade" -> Optional.of(years(today.getYear() / 10 * 10 - 10 * back, 10, end));
            default -> Optional.empty();
        };
    }

    private static Date oneDay(LocalDate day, int end) {
        return new Date(day, day.plusDays(1), end);
    }

    private static Date month(LocalDate any, int end) {
        LocalDate first = any.withDayOfMonth(1);
        return new Date(first, first.plusMonths(1), end);
    }

    private static Date years(int first, int count, int end) {
        return new Date(LocalDate.of(first, 1, 1), LocalDate.of(first + count, 1, 1), end);
    }

    /** Returns the first day of the latest such month that does not begin after a day. */
    private static LocalDate latestMonth(int month, LocalDate notAfter) {
        LocalDate same = LocalDate.of(notAfter.getYear(), month, 1);
        return same.isAfter(notAfter) ? same.minusYears(1) : same;
    }

    /** Returns the latest such season that does not begin after a day. */
    private static Date season(String name, LocalDate notAfter) {
        Month month = SEASONS.getOrDefault(name, Month.JANUARY);
        LocalDate first = latestMonth(month.getValue(), notAfter);
        return new Date(first, first.plusMonths(3), 0, YEAR_LONG);
    }

    /**
     * Number of units of time.
     *
     * @param end index of the token after it
     */
    private record Amount(int count, ChronoUnit unit, int end) {}

    /** "three weeks", "a couple of months", "few days", "week" with a number only. */
    private Optional<Amount> amount(int from) {
        int at = are(from, "a") || are(from, "an") ? from + 1 : from;
        Integer count = EnglishTimePatterns.NUMBER_WORDS.get(token(at));
        int next = at + 1;
        if (DIGITS.matcher(token(at)).matches()) {
            count = Integer.parseInt(token(at));
        } else if (count == null && at > from) {
            count = 1;
            next = at;
        }
        if (count == null) {
            return Optional.empty();
        }
        int number = count;
        int unitAt = are(next, "of") ? next + 1 : next;
        return unit(unitAt).map(unit -> new Amount(number, unit, unitAt + 1));
    }

    private Optional<ChronoUnit> unit(int at) {
        Matcher found = UNIT.matcher(token(at));
        return found.matches() ? Optional.of(EnglishTimePatterns.unit(found.group(1))) : Optional.empty();
    }

    /** "two weeks ago". */
    private Optional<Date> ago(int at) {
        // An article that belongs to the amount may have been skipped.
        Optional<Amount> amount = amount(at).or(() -> are(at - 1, "a") ? amount(at - 1) : Optional.empty());
        return amount.filter(found -> are(found.end(), "ago"))
                .map(found -> around(today.minus(found.count(), found.unit()), found.unit())
                        .endingAt(found.end() + 1));
    }

    /**
     * Returns the days around a day. There are more of them for larger units, because people count them less exactly.
     */
    static Date around(LocalDate day, ChronoUnit unit) {
        int margin = switch (unit) {
            case DAYS -> 0;
            case WEEKS -> 3;
            case MONTHS -> 15;
            default -> 183;
        };
        return new Date(day.minusDays(margin), day.plusDays(margin + 1L), 0);
    }

    /** "today", "yesterday", "the day before yesterday", "the other day", "tonight". */
    private Optional<Date> nearDay(int at) {
        if (are(at, "day", "before", "yesterday")) {
            return Optional.of(oneDay(today.minusDays(2), at + 3));
        }
        if (are(at, "other", "day")) {
            return Optional.of(new Date(today.minusDays(7), today.plusDays(1), at + 2));
        }
        return switch (token(at)) {
            case "today", "tonight" -> Optional.of(oneDay(today, at + 1));
            case "yesterday" -> Optional.of(oneDay(today.minusDays(1), at + 1));
            default -> Optional.empty();
        };
    }

    /** "Christmas", "New Year's Eve 2023", "Halloween". */
    private Optional<Date> holiday(int at) {
        boolean newYear = are(at, "new", "year's");
        List<MonthDay> days = HOLIDAYS.get(newYear ? "new year's" : token(at));
        if (days == null) {
            return Optional.empty();
        }
        int next = newYear ? at + 2 : at + 1;
        MonthDay first = are(next, "day") && newYear ? days.getLast() : days.getFirst();
        MonthDay last = are(next, "eve") ? days.getFirst() : days.getLast();
        next = are(next, "eve") || are(next, "day") ? next + 1 : next;
        int yearAt = are(next, "of") || are(next, ",") ? next + 1 : next;
        boolean named = YEAR.matcher(token(yearAt)).matches();
        LocalDate start = first.atYear(named ? Integer.parseInt(token(yearAt)) : today.getYear());
        LocalDate begin = !named && start.isAfter(today) ? start.minusYears(1) : start;
        LocalDate end = last.atYear(begin.getYear());
        return Optional.of(new Date(
                begin,
                (end.isBefore(begin) ? end.plusYears(1) : end).plusDays(1),
                named ? yearAt + 1 : next,
                named ? Period.ZERO : YEAR_LONG));
    }

    /** "the 1990s", "the 90s". */
    private Optional<Date> decade(int at, boolean withArticle) {
        Matcher found = DECADE.matcher(token(at));
        if (!found.matches() || !(withArticle || token(at).length() == 5)) {
            return Optional.empty();
        }
        String digits = token(at).replaceAll("\\D", "");
        if (!digits.endsWith("0")) {
            return Optional.empty();
        }
        int number = Integer.parseInt(digits);
        int year = digits.length() == 4 ? number : number + (2000 + number > today.getYear() ? 1900 : 2000);
        return Optional.of(years(year, 10, at + 1));
    }

    /** "May", "2024", "Monday", "summer", "summer of 2024", which have other meanings without a preposition. */
    private Optional<Date> name(int at) {
        String token = token(at);
        if (YEAR.matcher(token).matches()) {
            return Optional.of(years(Integer.parseInt(token), 1, at + 1));
        }
        if (WEEKDAY.matcher(token).matches()) {
            DayOfWeek day = EnglishTimePatterns.weekday(token.substring(0, token.length() - 3));
            return Optional.of(
                    oneDay(today.with(TemporalAdjusters.previous(day)), at + 1).every(WEEK));
        }
        if (MONTH.matcher(token).matches()) {
            return Optional.of(month(latestMonth(EnglishTimePatterns.month(token), today), at + 1)
                    .every(YEAR_LONG));
        }
        if (SEASONS.containsKey(token)) {
            int yearAt = are(at + 1, "of") ? at + 2 : at + 1;
            if (YEAR.matcher(token(yearAt)).matches()) {
                LocalDate inYear = LocalDate.of(Integer.parseInt(token(yearAt)), 12, 31);
                return Optional.of(season(token, inYear).endingAt(yearAt + 1).every(Period.ZERO));
            }
            return Optional.of(season(token, today).endingAt(at + 1));
        }
        return Optional.empty();
    }
}
