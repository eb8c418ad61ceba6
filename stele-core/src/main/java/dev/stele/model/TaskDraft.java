package dev.stele.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Draft of a background task. Immutable.
 *
 * @param kind kind of the task, such as {@code backup}
 * @param agent agent that the task concerns, if its kind requires one
 * @param arguments arguments of the kind as JSON values; empty for none
 * @param priority priority among the tasks that are due
 * @param delay minimum delay before the first attempt, at most 366 days
 * @param attempts maximum number of attempts, 1 to 100
 * @param timeout maximum duration of an attempt, 1 millisecond to 366 days
 */
public record TaskDraft(
        String kind,
        Optional<AgentName> agent,
        Map<String, @Nullable Object> arguments,
        TaskPriority priority,
        Duration delay,
        int attempts,
        Duration timeout) {

    /** Maximum number of attempts of a draft that names none. */
    public static final int DEFAULT_ATTEMPTS = 5;
    /** Maximum duration of an attempt of a draft that names none. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofHours(1);

    /** Upper bound for the maximum number of attempts. */
    private static final int MAX_ATTEMPTS = 100;
    /** Upper bound for delay and timeout. */
    private static final Duration MAX_DURATION = Duration.ofDays(366);

    public TaskDraft {
        kind = Ids.check("kind", kind);
        arguments = Json.copyMap(arguments);
        if (attempts < 1 || attempts > MAX_ATTEMPTS) {
            throw new InvalidInputException(
                    "The number of attempts is %d; it must be 1 to %d.".formatted(attempts, MAX_ATTEMPTS));
        }
        if (delay.isNegative() || delay.compareTo(MAX_DURATION) > 0) {
            throw new InvalidInputException(
                    "The delay is %d s; it must be 0 to %d s.".formatted(delay.toSeconds(), MAX_DURATION.toSeconds()));
        }
        if (timeout.toMillis() < 1 || timeout.compareTo(MAX_DURATION) > 0) {
            throw new InvalidInputException("The timeout is %d ms; it must be 1 to %d ms."
                    .formatted(timeout.toMillis(), MAX_DURATION.toMillis()));
        }
    }

    /**
     * Creates a draft that runs at once and has no agent and no arguments.
     *
     * @param kind kind of the task
     */
    public static TaskDraft of(String kind) {
        return new TaskDraft(
                kind,
                Optional.empty(),
                Map.of(),
                TaskPriority.NORMAL,
                Duration.ZERO,
                DEFAULT_ATTEMPTS,
                DEFAULT_TIMEOUT);
    }

    /** Returns a copy for an agent. */
    public TaskDraft withAgent(AgentName name) {
        return new TaskDraft(kind, Optional.of(name), arguments, priority, delay, attempts, timeout);
    }

    /** Returns a copy with other arguments. */
    public TaskDraft withArguments(Map<String, @Nullable Object> values) {
        return new TaskDraft(kind, agent, values, priority, delay, attempts, timeout);
    }

    /** Returns a copy with another priority. */
    public TaskDraft withPriority(TaskPriority newPriority) {
        return new TaskDraft(kind, agent, arguments, newPriority, delay, attempts, timeout);
    }

    /** Returns a copy with another minimum delay. */
    public TaskDraft withDelay(Duration wait) {
        return new TaskDraft(kind, agent, arguments, priority, wait, attempts, timeout);
    }

    /**
     * Returns a copy with other bounds of its attempts.
     *
     * @param maxAttempts maximum number of attempts, 1 to 100
     * @param each maximum duration of an attempt
     */
    public TaskDraft withAttempts(int maxAttempts, Duration each) {
        return new TaskDraft(kind, agent, arguments, priority, delay, maxAttempts, each);
    }

    /** Names of the JSON fields. */
    public static final List<String> FIELDS =
            List.of("kind", "agent", "arguments", "priority", "delay_seconds", "attempts", "timeout_seconds");

    /**
     * Parses a draft; only {@code kind} is required. Times are in seconds.
     *
     * @throws InvalidInputException if a field is missing or invalid
     */
    public static TaskDraft fromJson(JsonObject json) {
        return new TaskDraft(
                json.string("kind"),
                json.optionalString("agent").map(AgentName::new),
                json.map("arguments"),
                json.optionalString("priority").map(TaskPriority::of).orElse(TaskPriority.NORMAL),
                json.optionalDouble("delay_seconds").map(TaskDraft::seconds).orElse(Duration.ZERO),
                json.optionalInt("attempts").orElse(DEFAULT_ATTEMPTS),
                json.optionalDouble("timeout_seconds").map(TaskDraft::seconds).orElse(DEFAULT_TIMEOUT));
    }

    private static Duration seconds(double seconds) {
        if (!(Math.abs(seconds) <= MAX_DURATION.toSeconds())) {
            throw new InvalidInputException("A time of " + seconds + " seconds is beyond a year.");
        }
        return Duration.ofMillis(Math.round(seconds * 1000));
    }
}
