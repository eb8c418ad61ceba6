package dev.stele.models;

import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.model.ModelException;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RequestNotPermitted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Language model that calls a list of models until one answers (fallback chain). Thread-safe.
 *
 * <p>The models are called in order, or the first few concurrently (hedged requests). A failed call is retried with
 * exponential backoff. A circuit breaker skips a model that keeps failing for {@link ServiceBreaker#OPEN_TIME}. When a
 * model has started to answer, no other model is called, because parts of two answers cannot be combined.
 */
public final class ModelChain implements LanguageModel {

    private static final System.Logger LOG = System.getLogger(ModelChain.class.getName());

    /** Number of latest calls from which the circuit breaker computes the failure rate. */
    private static final int BREAKER_WINDOW = 20;
    /** Minimum number of calls before the circuit breaker can open. */
    private static final int BREAKER_MIN_CALLS = 5;
    /** Delay before the first retry; doubles with each further retry. */
    private static final Duration FIRST_RETRY_DELAY = Duration.ofMillis(200);
    /** Maximum time that a call waits for the rate limit. */
    private static final Duration MAX_RATE_LIMIT_WAIT = Duration.ofSeconds(10);

    private final List<Link> links;
    private final LanguageModel fallback;
    private final int race;

    /** A model with its circuit breaker, rate limiter and statistics. */
    private static final class Link {
        final ChatService model;
        final CircuitBreaker breaker;
        final RateLimiter limiter;
        final IntervalFunction retryDelays = IntervalFunction.ofExponentialRandomBackoff(FIRST_RETRY_DELAY, 2.0);
        final ModelHealth health = new ModelHealth();

        Link(ChatService model) {
            this.model = model;
            this.breaker = CircuitBreaker.of(
                    model.name(),
                    ServiceBreaker.config(BREAKER_WINDOW, BREAKER_MIN_CALLS).build());
            int perMinute = model.settings().perMinute();
            this.limiter = RateLimiter.of(
                    model.name(),
                    RateLimiterConfig.custom()
                            .limitRefreshPeriod(Duration.ofMinutes(1))
                            .limitForPeriod(perMinute == 0 ? Integer.MAX_VALUE : perMinute)
                            .timeoutDuration(MAX_RATE_LIMIT_WAIT)
                            .build());
        }
    }

    /**
     * Creates a chain.
     *
     * @param models models in the order in which they are called; may be empty
     * @param fallback model that answers if all others fail
     * @param race number of models at the start of the list that are called concurrently; the first that starts to
     *     answer is used. 1 to call one after the other
     */
    public ModelChain(List<ChatService> models, LanguageModel fallback, int race) {
        this.links = models.stream().map(Link::new).toList();
        this.fallback = fallback;
        this.race = Math.clamp(race, 1, Math.max(1, models.size()));
    }

    @Override
    public String name() {
        return links.isEmpty() ? fallback.name() : links.getFirst().model.name();
    }

    @Override
    public boolean offline() {
        return links.isEmpty() && fallback.offline();
    }

    /** Returns the statistics of the models, in the order of the chain. */
    public List<ModelHealth.Report> health() {
        return links.stream()
                .map(link ->
                        link.health.report(link.model.name(), link.breaker.getState() == CircuitBreaker.State.OPEN))
                .toList();
    }

    @Override
    public Reply ask(Prompt prompt, Consumer<String> delta) {
        var failures = new ArrayList<ModelException>();
        int next = 0;
        if (race > 1) {
            Reply reply = race(links.subList(0, race), prompt, delta, failures);
            if (reply != null) {
                return reply;
            }
            next = race;
        }
        for (Link link : links.subList(next, links.size())) {
            try {
                return ask(link, prompt, delta);
            } catch (ModelException e) {
                if (!e.partial().isEmpty() || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                failures.add(e);
                // The failures that opened the circuit breaker were already logged.
                LOG.log(
                        e.getCause() instanceof CallNotPermittedException
                                ? System.Logger.Level.DEBUG
                                : System.Logger.Level.WARNING,
                        "the next language model is called: {0}",
                        e.getMessage());
            }
        }
        try {
            return fallback.ask(prompt, delta);
        } catch (ModelException e) {
            failures.forEach(e::addSuppressed);
            throw e;
        }
    }

    /** Calls one model, with retries as long as it has not started to answer. */
    private static Reply ask(Link link, Prompt prompt, Consumer<String> delta) {
        int attempt = 1;
        while (true) {
            try {
                return askOnce(link, prompt, delta);
            } catch (ModelException e) {
                boolean retry = e.partial().isEmpty()
                        && attempt < link.model.settings().attempts()
                        && !(e.getCause() instanceof CallNotPermittedException)
                        && !Thread.currentThread().isInterrupted();
                if (!retry) {
                    throw e;
                }
                pause(link.retryDelays.apply(attempt), e);
                attempt++;
            }
        }
    }

    private static void pause(long millis, ModelException failure) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }

    private static Reply askOnce(Link link, Prompt prompt, Consumer<String> delta) {
        try {
            link.breaker.acquirePermission();
        } catch (CallNotPermittedException e) {
            throw new ModelException(
                    "The language model %s failed repeatedly and is not called for up to %d s."
                            .formatted(link.model.name(), ServiceBreaker.OPEN_TIME.toSeconds()),
                    "",
                    e);
        }
        long startNanos = System.nanoTime();
        try {
            RateLimiter.waitForPermission(link.limiter);
            Reply reply = link.model.ask(prompt, delta);
            link.breaker.onSuccess(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
            link.health.answered(System.nanoTime() - startNanos, reply);
            return reply;
        } catch (RequestNotPermitted e) {
            link.breaker.releasePermission();
            throw new ModelException(
                    "The rate limit of the language model %s is reached (models.%s.rate)."
                            .formatted(link.model.name(), link.model.name()),
                    "",
                    e);
        } catch (RuntimeException | Error e) { // of whatever kind: the permission must be returned
            if (e instanceof Beaten || Thread.currentThread().isInterrupted()) {
                link.breaker.releasePermission(); // the call was cancelled and says nothing about the model
            } else {
                link.breaker.onError(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS, e);
                link.health.failed();
            }
            throw e;
        }
    }

    /** Event from a concurrent call to the calling thread. */
    private sealed interface Event {
        record Chunk(String text) implements Event {}

        record Completed(Reply reply) implements Event {}

        record Failed(int racer, ModelException failure) implements Event {}
    }

    /** Ends a concurrent call after another model has started to answer. */
    private static final class Beaten extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Beaten() {
            super("another model was faster", null, false, false);
        }
    }

    /** Calls models concurrently. Returns the answer of the first that starts to answer, or null if all fail. */
    private @Nullable Reply race(
            List<Link> racers, Prompt prompt, Consumer<String> delta, List<ModelException> failures) {
        BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        var first = new AtomicInteger(-1);
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < racers.size(); i++) {
            int racer = i;
            threads.add(Thread.ofVirtual().name("stele-race " + i).start(() -> {
                try {
                    Reply reply = ask(racers.get(racer), prompt, chunk -> {
                        if (first.compareAndSet(-1, racer) || first.get() == racer) {
                            events.add(new Event.Chunk(chunk));
                        } else {
                            throw new Beaten();
                        }
                    });
                    if (first.compareAndSet(-1, racer) || first.get() == racer) {
                        events.add(new Event.Completed(reply));
                    }
                } catch (ModelException e) {
                    events.add(new Event.Failed(racer, e));
                } catch (Beaten e) {
                    LOG.log(System.Logger.Level.DEBUG, "a slower model is not used", e);
                } catch (Throwable e) { // of whatever kind: the caller waits for an event of each racer
                    String name = racers.get(racer).model.name();
                    LOG.log(System.Logger.Level.ERROR, "the call of the language model " + name + " failed", e);
                    events.add(new Event.Failed(
                            racer,
                            new ModelException(
                                    "The call of the language model %s failed unexpectedly; see the log."
                                            .formatted(name),
                                    "",
                                    e)));
                }
            }));
        }
        try {
            int running = racers.size();
            while (running > 0) {
                switch (events.take()) {
                    case Event.Chunk(String text) -> delta.accept(text);
                    case Event.Completed(Reply reply) -> {
                        return reply;
                    }
                    case Event.Failed(int racer, ModelException failure) -> {
                        if (racer == first.get()) {
                            throw failure; // it had started to answer
                        }
                        failures.add(failure);
                        running--;
                    }
                }
            }
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelException("The call of the language model was cancelled.", "", e);
        } finally {
            threads.forEach(Thread::interrupt);
        }
    }
}
