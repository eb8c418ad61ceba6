package dev.stele.profile;

import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Weekly schedule of an agent. Immutable.
 *
 * @param zone time zone of the agent
 * @param hours entries; the first entry that contains a point in time applies, and without one the agent is free
 */
public record Schedule(ZoneId zone, List<Hours> hours) {

    /** Maximum number of entries. */
    private static final int MAX_ENTRIES = 500;

    /**
     * Entry of a schedule: hours on some days of the week.
     *
     * @param days days of the week
     * @param from start, inclusive
     * @param to end, exclusive; not after {@code from} for hours that extend past midnight
     * @param activity activity in one word
     * @param availability probability that the agent answers without being mentioned, 0 to 1
     * @param mood mood in one word
     */
    public record Hours(
            Set<DayOfWeek> days, LocalTime from, LocalTime to, String activity, double availability, String mood) {

        public Hours {
            days = Set.copyOf(days);
            Ids.check("activity", activity);
            Ids.check("mood", mood);
            if (!(availability >= 0 && availability <= 1)) {
                throw new InvalidInputException(
                        "The availability is %s; it must lie from 0 to 1.".formatted(availability));
            }
        }

        boolean hold(DayOfWeek day, LocalTime time) {
            if (from.isBefore(to)) {
                return days.contains(day) && !time.isBefore(from) && time.isBefore(to);
            }
            // After midnight, the entry belongs to the previous day.
            return (days.contains(day) && !time.isBefore(from)) || (days.contains(day.minus(1)) && time.isBefore(to));
        }

        private static Hours fromJson(JsonObject json) {
            json.only("days", "from", "to", "activity", "availability", "mood");
            return new Hours(
                    days(json.strings("days")),
                    time(json.string("from")),
                    time(json.string("to")),
                    json.string("activity"),
                    json.optionalDouble("availability").orElse(0.5),
                    json.optionalString("mood").orElse("calm"));
        }

        private static Set<DayOfWeek> days(List<String> words) {
            Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
            for (String word : words) {
                switch (word) {
                    case "weekdays" -> days.addAll(EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY));
                    case "weekend" -> days.addAll(EnumSet.range(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY));
                    default ->
                        days.add(Arrays.stream(DayOfWeek.values())
                                .filter(day ->
                                        day.name().toLowerCase(Locale.ROOT).equals(word))
                                .findFirst()
                                .orElseThrow(() -> new InvalidInputException("There is no day " + Json.write(word)
                                        + "; use monday to sunday, weekdays or weekend.")));
                }
            }
            return days.isEmpty() ? EnumSet.allOf(DayOfWeek.class) : days;
        }

        private static LocalTime time(String text) {
            try {
                return text.equals("24:00") ? LocalTime.MIDNIGHT : LocalTime.parse(text);
            } catch (DateTimeException e) {
                throw new InvalidInputException("The time " + Json.write(text) + " is none; write it as 22:30.");
            }
        }

        private Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .put(
                            "days",
                            days.stream()
                                    .sorted()
                                    .map(day -> day.name().toLowerCase(Locale.ROOT))
                                    .toList())
                    .put("from", from.toString())
                    .put("to", to.toString())
                    .put("activity", activity)
                    .put("availability", availability)
                    .put("mood", mood)
                    .map();
        }
    }

    public Schedule {
        hours = List.copyOf(hours);
        if (hours.size() > MAX_ENTRIES) {
            throw new InvalidInputException(
                    "The schedule has %d entries; at most %d are taken.".formatted(hours.size(), MAX_ENTRIES));
        }
    }

    /** Empty schedule in UTC: the agent is always free. */
    public static final Schedule NONE = new Schedule(ZoneId.of("UTC"), List.of());

    /**
     * Returns the state of the agent at a point in time.
     *
     * @param time point in time
     */
    public AgentState at(Instant time) {
        ZonedDateTime local = time.atZone(zone);
        return hours.stream()
                .filter(entry -> entry.hold(local.getDayOfWeek(), local.toLocalTime()))
                .findFirst()
                .map(entry -> new AgentState(
                        entry.mood(), AgentState.energyAt(local.toLocalTime()), entry.activity(), entry.availability()))
                .orElseGet(() -> AgentState.free(local.toLocalTime()));
    }

    /**
     * Parses a schedule.
     *
     * @throws InvalidInputException if a field is unknown or invalid
     */
    public static Schedule fromJson(JsonObject json) {
        json.only("zone", "hours");
        String zone = json.optionalString("zone").orElse("UTC");
        try {
            return new Schedule(
                    ZoneId.of(zone),
                    json.objects("hours").stream().map(Hours::fromJson).toList());
        } catch (DateTimeException e) {
            throw new InvalidInputException(
                    "The zone " + Json.write(zone) + " is unknown; use one such as Europe/Lisbon.");
        }
    }

    /** Returns the schedule as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("zone", zone.getId())
                .keep("hours", hours.stream().map(Hours::toJson).toList())
                .map();
    }
}
