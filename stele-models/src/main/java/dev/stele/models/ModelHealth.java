package dev.stele.models;

import dev.stele.language.Reply;
import dev.stele.model.Json;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** How one model does. Thread-safe: all figures change together. */
public final class ModelHealth {

    /** A later answer counts for this share of the average latency. */
    private static final double LATEST = 0.2;

    private record Figures(long answered, long failed, double seconds, long input, long output) {}

    private final AtomicReference<Figures> figures = new AtomicReference<>(new Figures(0, 0, 0, 0, 0));

    /**
     * @param model its name
     * @param answered questions it answered
     * @param failed questions it did not
     * @param seconds an average of how long it took, of the latest answers mostly
     * @param inputTokens of all prompts it answered
     * @param outputTokens of all its answers
     * @param leftAlone whether it failed so often of late that it is not asked
     */
    public record Report(
            String model,
            long answered,
            long failed,
            double seconds,
            long inputTokens,
            long outputTokens,
            boolean leftAlone) {

        /** Share of questions answered in percent, less ten points for each second an answer takes. */
        public double score() {
            long all = answered + failed;
            return (all == 0 ? 1 : (double) answered / all) * 100 - seconds * 10;
        }

        public Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .put("model", model)
                    .put("answered", answered)
                    .put("failed", failed)
                    .put("seconds", Math.round(seconds * 1000) / 1000.0)
                    .put("score", Math.round(score() * 10) / 10.0)
                    .put("inputTokens", inputTokens)
                    .put("outputTokens", outputTokens)
                    .put("leftAlone", leftAlone)
                    .map();
        }
    }

    void answered(long nanos, Reply reply) {
        double took = nanos / 1e9;
        figures.updateAndGet(now -> new Figures(
                now.answered() + 1,
                now.failed(),
                now.answered() == 0 ? took : now.seconds() * (1 - LATEST) + took * LATEST,
                now.input() + reply.inputTokens(),
                now.output() + reply.outputTokens()));
    }

    void failed() {
        figures.updateAndGet(
                now -> new Figures(now.answered(), now.failed() + 1, now.seconds(), now.input(), now.output()));
    }

    Report report(String model, boolean leftAlone) {
        Figures now = figures.get();
        return new Report(model, now.answered(), now.failed(), now.seconds(), now.input(), now.output(), leftAlone);
    }
}
