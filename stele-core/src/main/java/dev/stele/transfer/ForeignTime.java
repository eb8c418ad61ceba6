package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Parser of times in files of other systems: ISO 8601 with any form of offset, with a blank instead of the {@code T} or
 * with {@code UTC} at the end, RFC 1123, {@code M/D/YYYY H:MM:SS +HH:MM}, and Unix times in seconds, milliseconds or
 * microseconds as numbers or text. Times without offset are UTC. Stateless.
 */
final class ForeignTime {

    /** Unix times from this value on are in milliseconds; as seconds they would lie beyond the year 5000. */
    private static final double MIN_MILLIS = 1e11;

    /** Unix times from this value on are in microseconds. */
    private static final double MIN_MICROS = 1e14;

    private static final double MAX_UNIX = 1e17;

    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,18}(\\.\\d{1,9})?");

    /** Offset without a colon, such as {@code +0200} or {@code +02}, at the end of a time. */
    private static final Pattern BARE_OFFSET = Pattern.compile("(?<=[\\d.])\\s*([+-]\\d{2})(\\d{2})?$");

    private static final Pattern UTC = Pattern.compile("\\s*(UTC|GMT)$");

    private static final List<DateTimeFormatter> OTHERS = List.of(
            DateTimeFormatter.RFC_1123_DATE_TIME,
            formatter("M/d/uuuu H:mm:ss XXX"),
            formatter("M/d/uuuu h:mm:ss a XXX"),
            formatter("MMM d, uuuu, h:mm:ss a XXX"));

    private ForeignTime() {}

    private static DateTimeFormatter formatter(String pattern) {
        return new DateTimeFormatterBuilder()
                .parseCaseInsensitive()
                .appendPattern(pattern)
                .toFormatter(Locale.ENGLISH);
    }

    /**
     * Parses a time and truncates it to milliseconds.
     *
     * @param value text or number; null for none
     * @return time; empty for null, blank text and the number 0, by which exports say that there is no time
     * @throws InvalidInputException if the value is no time of the years 1 to 9999
     */
    static Optional<Instant> parse(@Nullable Object value) {
        return switch (value) {
            case null -> Optional.empty();
            case Number number -> number.doubleValue() == 0 ? Optional.empty() : Optional.of(unix(number));
            case String text -> text.isBlank() ? Optional.empty() : Optional.of(text(text.strip()));
            default ->
                throw new InvalidInputException("The time is " + JsonObject.kind(value) + ", not text or a number.");
        };
    }

    private static Instant unix(Number number) {
        double value = number.doubleValue();
        double size = Math.abs(value);
        if (!(size < MAX_UNIX)) {
            throw new InvalidInputException("The time " + number + " is no Unix time.");
        }
        double millis = size < MIN_MILLIS ? value * 1000 : size < MIN_MICROS ? value : value / 1000;
        Instant time = Instant.ofEpochMilli(Math.round(millis));
        if (time.isBefore(Instant.parse("0001-01-01T00:00:00Z"))
                || time.isAfter(Instant.parse("9999-12-31T23:59:59Z"))) {
            throw new InvalidInputException("The time " + number + " does not lie in the years 1 to 9999.");
        }
        return time;
    }

    private static Instant text(String text) {
        if (NUMBER.matcher(text).matches()) {
            return unix(new BigDecimal(text));
        }
        String zoned = UTC.matcher(text).replaceFirst("Z");
        String iso = BARE_OFFSET
                .matcher(zoned)
                .replaceFirst(match -> match.group(1) + ":" + (match.group(2) == null ? "00" : match.group(2)));
        try {
            // A date alone also ends in what looks like an offset: its day.
            return JsonObject.parseInstant(text.length() == 10 ? text : iso).truncatedTo(ChronoUnit.MILLIS);
        } catch (DateTimeParseException e) {
            return other(text, zoned.endsWith("Z") ? zoned.substring(0, zoned.length() - 1) + " +00:00" : zoned);
        }
    }

    private static Instant other(String text, String zoned) {
        return OTHERS.stream()
                .flatMap(formatter -> Stream.of(text, zoned, zoned + " +00:00")
                        .flatMap(form -> parsed(form.replace('\u202f', ' '), formatter).stream()))
                .findFirst()
                .orElseThrow(() -> {
                    String shown = text.length() > 64 ? text.substring(0, 64) + "…" : text;
                    return new InvalidInputException(
                            "The time " + Json.write(shown) + " is none such as 2026-05-08T13:56:00Z.");
                });
    }

    private static Optional<Instant> parsed(String text, DateTimeFormatter formatter) {
        try {
            return Optional.of(OffsetDateTime.parse(text, formatter).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
