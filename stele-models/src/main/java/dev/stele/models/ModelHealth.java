package dev.stele.models;

import dev.stele.language.Reply;
import dev.stele.model.Json;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Statistics of the calls of one language model. Thread-safe: all values of a report belong to the same point in time.
 */
public final class ModelHealth {

    /** Weight of the latest answer in the moving average of the latency. */
    private static final double LATEST_WEIGHT = 0.2;

    private record Statistics(long answered, long failed, double seconds, long input, long output) {}

    private final AtomicReference<Statistics> statistics = new AtomicReference<>(new Statistics(0, 0, 0, 0, 0));

    /**
     * Statistics since the start of the process.
     *
     * @param model name of the model
     * @param answered number of calls that returned an answer
     * @param failed number of calls that failed
     * @param seconds exponential moving average of the time of an answer, in seconds; 0 without answers
     * @param inputTokens number of tokens in the prompts of the answered calls
     * @param outputTokens number of tokens in all answers
     * @param leftAlone whether the circuit breaker currently prevents calls, because too many failed
     */
    public record Report(
            String model,
            long answered,
            long failed,
            double seconds,
            long inputTokens,
            long outputTokens,
            boolean leftAlone) {

        /** Returns the percentage of answered calls minus 10 for each second of the average latency. */
        public double score() {
            long all = answered + failed;
            return (all == 0 ? 1 : (double) answered / all) * 100 - seconds * 10;
        }

        /** Returns the report as a JSON object. */
        public Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .put("model", model)
                    .put("answered", answered)
                    .put("failed", failed)
                    .put("seconds", Json.rounded(seconds))
                    .put("score", Math.round(score() * 10) / 10.0)
                    .put("input_tokens", inputTokens)
                    .put("output_tokens", outputTokens)
                    .put("left_alone", leftAlone)
                    .map();
        }
    }

    /** Records an answer that took the given time in nanoseconds. */
    void answered(long nanos, Reply reply) {
        double seconds = nanos / 1e9;
        statistics.updateAndGet(previous -> new Statistics(
                previous.answered() + 1,
                previous.failed(),
                previous.answered() == 0 ? seconds : previous.seconds() * (1 - LATEST_WEIGHT) + seconds * LATEST_WEIGHT,
                previous.input() + reply.inputTokens(),
                previous.output() + reply.outputTokens()));
    }

    /** Records a failed call. */
    void failed() {
        statistics.updateAndGet(previous -> new Statistics(
                previous.answered(), previous.failed() + 1, previous.seconds(), previous.input(), previous.output()));
    }

    Report report(String model, boolean leftAlone) {
        Statistics current = statistics.get();
        return new Report(
                model,
                current.answered(),
                current.failed(),
                current.seconds(),
                current.input(),
                current.output(),
                leftAlone);
    }
}
