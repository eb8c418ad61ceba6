package dev.stele.profile;

import dev.stele.model.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether an agent answers what was said where it listens, and how fast. Immutable.
 *
 * @param answers whether it does
 * @param probability with which that was decided, 0 to 1
 * @param delayFactor how much longer than usual it takes
 */
public record ResponseDecision(boolean answers, double probability, double delayFactor) {

    private static final double MENTIONED = 0.3;
    private static final double MAX_MENTIONED = 0.9;

    /**
     * Decides.
     *
     * @param mentioned whether it was spoken to by its name
     * @param chance a random number of 0 to 1: it answers if that is below the probability
     */
    public static ResponseDecision decide(AgentState state, boolean mentioned, double chance) {
        double likely = mentioned
                ? Math.max(state.availability(), Math.min(MAX_MENTIONED, state.availability() + MENTIONED))
                : state.availability();
        double factor;
        double delay;
        switch (state.activity()) {
            case "sleeping", "asleep" -> {
                factor = 0.2;
                delay = 3;
            }
            case "busy", "working" -> {
                factor = 0.2;
                delay = 2;
            }
            case "travelling", "transit", "commuting" -> {
                factor = 0.6;
                delay = 2;
            }
            case "free" -> {
                factor = 1.2;
                delay = 0.8;
            }
            default -> {
                factor = 1;
                delay = 1;
            }
        }
        double probability = Math.clamp(likely * factor, 0.0, 1.0);
        return new ResponseDecision(chance < probability, probability, delay);
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("answers", answers)
                .put("probability", Math.round(probability * 1000) / 1000.0)
                .put("delayFactor", delayFactor)
                .map();
    }
}
