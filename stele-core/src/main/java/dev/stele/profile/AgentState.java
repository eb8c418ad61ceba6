package dev.stele.profile;

import dev.stele.model.Json;
import java.time.LocalTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an agent is doing and how it feels at a moment. Immutable.
 *
 * @param mood in a word
 * @param energy 0 to 1
 * @param activity in a word: {@code sleeping}, {@code busy}, {@code travelling}, {@code free} or any other
 * @param availability how likely it answers by itself, 0 to 1
 */
public record AgentState(String mood, double energy, String activity, double availability) {

    /** An agent without a schedule. */
    public static AgentState free(LocalTime time) {
        return new AgentState("calm", energyAt(time), "free", 1);
    }

    /** Mornings are brisk and nights are not. */
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

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("mood", mood)
                .put("energy", energy)
                .put("activity", activity)
                .put("availability", availability)
                .map();
    }
}
