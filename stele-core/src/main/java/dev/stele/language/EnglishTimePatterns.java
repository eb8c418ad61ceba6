package dev.stele.language;

import java.time.DayOfWeek;
import java.time.Month;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Regular expressions for English time expressions, and the values of the matched words. Stateless. */
public final class EnglishTimePatterns {

    /** Month names, full or abbreviated; see {@link #month}. */
    public static final String MONTHS =
            "(january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)";
    /** Small numbers in digits or words; see {@link #number}. */
    public static final String NUMBER =
            "(\\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|a few|a couple of)";
    /** Calendar units in the singular; see {@link #unit}. */
    public static final String UNIT = "(day|week|month|year)";
    /** Weekday names; the group holds the name without {@code day}. */
    public static final String WEEKDAYS = "(mon|tues|wednes|thurs|fri|satur|sun)day";

    /** Values of small numbers in words, without an article. */
    public static final Map<String, Integer> NUMBER_WORDS = Map.ofEntries(
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
            Map.entry("eleven", 11),
            Map.entry("twelve", 12),
            Map.entry("few", 3),
            Map.entry("couple", 2),
            Map.entry("several", 5));

    private static final Pattern ARTICLE = Pattern.compile("^an?(?: |$)");
    private static final Pattern OF = Pattern.compile(" of$");

    private EnglishTimePatterns() {}

    /**
     * Returns the month number of an English month name.
     *
     * @param name name of a month or an abbreviation of at least three letters
     * @return 1 to 12
     * @throws IllegalArgumentException if no month begins with the first three letters
     */
    public static int month(String name) {
        String start = name.substring(0, 3).toUpperCase(Locale.ROOT);
        for (Month month : Month.values()) {
            if (month.name().startsWith(start)) {
                return month.getValue();
            }
        }
        throw new IllegalArgumentException(name + " is no month");
    }

    /**
     * Returns the weekday whose English name begins with a text.
     *
     * @throws IllegalArgumentException if there is no such weekday
     */
    public static DayOfWeek weekday(String start) {
        for (DayOfWeek day : DayOfWeek.values()) {
            if (day.name().startsWith(start.toUpperCase(Locale.ROOT))) {
                return day;
            }
        }
        throw new IllegalArgumentException(start + " begins no day");
    }

    /** Returns the number that a match of {@link #NUMBER} denotes; 3 for "a few". */
    public static int number(String word) {
        String withoutArticle = ARTICLE.matcher(word.toLowerCase(Locale.ROOT)).replaceFirst("");
        String number = OF.matcher(withoutArticle).replaceFirst("");
        if (number.isEmpty()) {
            return 1; // the article alone
        }
        Integer known = NUMBER_WORDS.get(number);
        return known == null ? Integer.parseInt(number) : known;
    }

    /** Returns the unit that a match of {@link #UNIT} denotes. */
    public static ChronoUnit unit(String word) {
        return ChronoUnit.valueOf(word.toUpperCase(Locale.ROOT) + "S");
    }
}
