package dev.stele.profile;

import dev.stele.model.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decision whether and how fast an agent responds to a message in a conversation that it listens to. Immutable.
 *
 * @param answers whether the agent responds
 * @param probability probability of a response that the decision was based on, 0 to 1
 * @param delayFactor factor by which the response takes longer than usual
 */
public record ResponseDecision(boolean answers, double probability, double delayFactor) {

    /** Increase of the probability if the agent is mentioned. */
    private static final double MENTION_BONUS = 0.3;
    /** Maximum probability that the increase for a mention leads to. */
    private static final double MAX_MENTIONED_PROBABILITY = 0.9;

    /**
     * Decides whether an agent responds.
     *
     * @param state current state of the agent
     * @param mentioned whether the message mentions the agent by name
     * @param chance random number from 0 to 1; the agent responds if it is below the probability
     */
    public static ResponseDecision decide(AgentState state, boolean mentioned, double chance) {
        double likely = mentioned
                ? Math.max(
                        state.availability(), Math.min(MAX_MENTIONED_PROBABILITY, state.availability() + MENTION_BONUS))
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

    /** Returns the decision as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("answers", answers)
                .put("probability", Json.rounded(probability))
                .put("delay_factor", delayFactor)
                .map();
    }
}
