package dev.stele.language;

import java.time.DayOfWeek;
import java.time.Month;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;

/** English words for times, as regular expressions and as what they mean. Stateless. */
public final class EnglishTimePatterns {

    public static final String MONTHS =
            "(january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)";
    public static final String NUMBER =
            "(\\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|a few|a couple of)";
    public static final String UNIT = "(day|week|month|year)";
    public static final String WEEKDAYS = "(mon|tues|wednes|thurs|fri|satur|sun)day";

    private static final Map<String, Integer> NUMBERS = Map.ofEntries(
            Map.entry("a", 1),
            Map.entry("an", 1),
            Map.entry("one", 1),
            Map.entry("two", 2),
            Map.entry("three", 3),
            Map.entry("four", 4),
            Map.entry("five", 5),
            Map.entry("six", 6),
            Map.entry("seven", 7),
            Map.entry("eight", 8),
            Map.entry("nine", 9),
            Map.entry("ten", 10),
            Map.entry("a few", 3),
            Map.entry("a couple of", 2));

    private EnglishTimePatterns() {}

    /** The month of a name, which may be cut to three letters. */
    public static int month(String name) {
        String start = name.substring(0, 3).toUpperCase(Locale.ROOT);
        for (Month month : Month.values()) {
            if (month.name().startsWith(start)) {
                return month.getValue();
            }
        }
        throw new IllegalArgumentException(name + " is no month");
    }

    /** The day of the week that begins so. */
    public static DayOfWeek weekday(String start) {
        for (DayOfWeek day : DayOfWeek.values()) {
            if (day.name().startsWith(start.toUpperCase(Locale.ROOT))) {
                return day;
            }
        }
        throw new IllegalArgumentException(start + " begins no day");
    }

    /** What matches {@link #NUMBER}. */
    public static int number(String word) {
        Integer known = NUMBERS.get(word.toLowerCase(Locale.ROOT));
        return known == null ? Integer.parseInt(word) : known;
    }

    /** What matches {@link #UNIT}. */
    public static ChronoUnit unit(String word) {
        return ChronoUnit.valueOf(word.toUpperCase(Locale.ROOT) + "S");
    }
}
