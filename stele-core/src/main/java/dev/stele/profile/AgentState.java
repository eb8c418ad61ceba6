package dev.stele.profile;

import dev.stele.model.Json;
import java.time.LocalTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Activity and mood of an agent at a point in time. Immutable.
 *
 * @param mood mood in one word
 * @param energy energy, 0 to 1
 * @param activity activity in one word: {@code sleeping}, {@code busy}, {@code travelling}, {@code free} or any other
 * @param availability probability that the agent answers without being mentioned, 0 to 1
 */
public record AgentState(String mood, double energy, String activity, double availability) {

    /**
     * Returns the state of an agent that has no scheduled activity.
     *
     * @param time local time of the agent
     */
    public static AgentState free(LocalTime time) {
        return new AgentState("calm", energyAt(time), "free", 1);
    }

    /** Returns the energy at a time of day: highest in the morning, lowest at night. */
    static double energyAt(LocalTime time) {
        int hour = time.getHour();
        if (hour >= 6 && hour < 11) {
            return 0.9;
        }
        if (hour >= 11 && hour < 17) {
            return 0.7;
        }
        return hour >= 17 && hour < 22 ? 0.8 : 0.5;
    }

    String sentence() {
        return "Right now you are %s, your mood is %s and your energy is %s."
                .formatted(
                        activity.equals("free") ? "free" : "occupied with: " + activity,
                        mood,
                        energy >= 0.75 ? "high" : energy >= 0.55 ? "even" : "low");
    }

    /** Returns the state as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("mood", mood)
                .put("energy", energy)
                .put("activity", activity)
                .put("availability", availability)
                .map();
    }
}
