package dev.stele.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A background job to be done. Immutable.
 *
 * @param kind what is to be done, such as {@code backup}
 * @param agent with whose memory, if the kind concerns one
 * @param arguments what the kind needs to know, as JSON values; empty text for none of it
 * @param priority which goes first of those that are due
 * @param delay how long it waits at least
 * @param attempts how often it is tried at most, 1 to 100
 * @param timeout how long an attempt may take
 */
public record TaskDraft(
        String kind,
        Optional<AgentName> agent,
        Map<String, @Nullable Object> arguments,
        TaskPriority priority,
        Duration delay,
        int attempts,
        Duration timeout) {

    public static final int DEFAULT_ATTEMPTS = 5;
    public static final Duration DEFAULT_TIMEOUT = Duration.ofHours(1);

    private static final int MAX_ATTEMPTS = 100;
    private static final Duration LONGEST = Duration.ofDays(366);

    public TaskDraft {
        Ids.check("kind", kind);
        arguments = Json.copyMap(arguments);
        if (attempts < 1 || attempts > MAX_ATTEMPTS) {
            throw new InvalidInputException(
                    "The number of attempts is %d; it must be 1 to %d.".formatted(attempts, MAX_ATTEMPTS));
        }
        if (delay.isNegative() || delay.compareTo(LONGEST) > 0) {
            throw new InvalidInputException("The delay is %s; it must be nothing to a year.".formatted(delay));
        }
        if (timeout.toMillis() < 1 || timeout.compareTo(LONGEST) > 0) {
            throw new InvalidInputException(
                    "The timeout is %s; it must be a millisecond to a year.".formatted(timeout));
        }
    }

    /** A job of this kind, at once, without arguments. */
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

    public TaskDraft withAgent(AgentName name) {
        return new TaskDraft(kind, Optional.of(name), arguments, priority, delay, attempts, timeout);
    }

    public TaskDraft withArguments(Map<String, @Nullable Object> values) {
        return new TaskDraft(kind, agent, values, priority, delay, attempts, timeout);
    }

    public TaskDraft withPriority(TaskPriority wanted) {
        return new TaskDraft(kind, agent, arguments, wanted, delay, attempts, timeout);
    }

    public TaskDraft withDelay(Duration wait) {
        return new TaskDraft(kind, agent, arguments, priority, wait, attempts, timeout);
    }

    public TaskDraft withAttempts(int most, Duration each) {
        return new TaskDraft(kind, agent, arguments, priority, delay, most, each);
    }

    /** The fields a job takes in JSON. */
    public static final List<String> FIELDS =
            List.of("kind", "agent", "arguments", "priority", "delaySeconds", "attempts", "timeoutSeconds");

    /** Reads {@link #FIELDS}; all but the kind may be missing. */
    public static TaskDraft fromJson(JsonObject json) {
        return new TaskDraft(
                json.string("kind"),
                json.optionalString("agent").map(AgentName::new),
                json.map("arguments"),
                json.optionalString("priority").map(TaskPriority::of).orElse(TaskPriority.NORMAL),
                json.optionalDouble("delaySeconds").map(TaskDraft::seconds).orElse(Duration.ZERO),
                json.optionalInt("attempts").orElse(DEFAULT_ATTEMPTS),
                json.optionalDouble("timeoutSeconds").map(TaskDraft::seconds).orElse(DEFAULT_TIMEOUT));
    }

    private static Duration seconds(double seconds) {
        if (!(Math.abs(seconds) <= LONGEST.toSeconds())) {
            throw new InvalidInputException("A time of " + seconds + " seconds is beyond a year.");
        }
        return Duration.ofMillis(Math.round(seconds * 1000));
    }
}
