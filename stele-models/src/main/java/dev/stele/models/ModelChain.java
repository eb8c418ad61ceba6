package dev.stele.models;

import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.model.ModelException;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
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
 * Several language models of which the first that answers does. They are asked in their order, or the first few at once; one that fails is
 * asked again a few times with growing pauses, one that goes on failing is left alone for a while. Once a model has begun to answer no
 * other is asked: half of one answer and half of another make none. Thread-safe.
 */
public final class ModelChain implements LanguageModel {

    private static final System.Logger LOG = System.getLogger(ModelChain.class.getName());

    private static final int ANSWERS_SEEN = 20;
    private static final int MIN_SEEN = 5;
    private static final Duration LEFT_ALONE = Duration.ofSeconds(20);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration MAX_WAIT_FOR_TURN = Duration.ofSeconds(10);

    private final List<Link> links;
    private final LanguageModel last;
    private final int race;

    /** A model with what is known of its health. */
    private static final class Link {
        final ChatService model;
        final CircuitBreaker breaker;
        final RateLimiter limiter;
        final IntervalFunction pauses = IntervalFunction.ofExponentialRandomBackoff(FIRST_PAUSE, 2.0);
        final ModelHealth health = new ModelHealth();

        Link(ChatService model) {
            this.model = model;
            this.breaker = CircuitBreaker.of(
                    model.name(),
                    CircuitBreakerConfig.custom()
                            .slidingWindowSize(ANSWERS_SEEN)
                            .minimumNumberOfCalls(MIN_SEEN)
                            .waitDurationInOpenState(LEFT_ALONE)
                            .permittedNumberOfCallsInHalfOpenState(1)
                            .build());
            int perMinute = model.settings().perMinute();
            this.limiter = RateLimiter.of(
                    model.name(),
                    RateLimiterConfig.custom()
                            .limitRefreshPeriod(Duration.ofMinutes(1))
                            .limitForPeriod(perMinute == 0 ? Integer.MAX_VALUE : perMinute)
                            .timeoutDuration(MAX_WAIT_FOR_TURN)
                            .build());
        }
    }

    /**
     * @param models in the order in which they are asked
     * @param last answers when none of them does; one that never fails, or none at all fails for it
     * @param race so many of the first are asked at once, and the one that begins first answers; 1 to ask one after the other
     */
    public ModelChain(List<ChatService> models, LanguageModel last, int race) {
        this.links = models.stream().map(Link::new).toList();
        this.last = last;
        this.race = Math.clamp(race, 1, Math.max(1, models.size()));
    }

    @Override
    public String name() {
        return links.isEmpty() ? last.name() : links.getFirst().model.name();
    }

    @Override
    public boolean offline() {
        return links.isEmpty() && last.offline();
    }

    /** How the models do, in their order. */
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
            Reply won = race(links.subList(0, race), prompt, delta, failures);
            if (won != null) {
                return won;
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
                // One that is left alone was told of when it failed.
                LOG.log(
                        e.getCause() instanceof CallNotPermittedException
                                ? System.Logger.Level.DEBUG
                                : System.Logger.Level.WARNING,
                        "the next one is asked: {0}",
                        e.getMessage());
            }
        }
        try {
            return last.ask(prompt, delta);
        } catch (ModelException e) {
            failures.forEach(e::addSuppressed);
            throw e;
        }
    }

    /** Asks one model, a few times if it says nothing. */
    private static Reply ask(Link link, Prompt prompt, Consumer<String> delta) {
        int attempt = 1;
        while (true) {
            try {
                return askOnce(link, prompt, delta);
            } catch (ModelException e) {
                boolean again = e.partial().isEmpty()
                        && attempt < link.model.settings().attempts()
                        && !(e.getCause() instanceof CallNotPermittedException)
                        && !Thread.currentThread().isInterrupted();
                if (!again) {
                    throw e;
                }
                pause(link.pauses.apply(attempt), e);
                attempt++;
            }
        }
    }

    private static void pause(long millis, ModelException why) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw why;
        }
    }

    private static Reply askOnce(Link link, Prompt prompt, Consumer<String> delta) {
        try {
            link.breaker.acquirePermission();
        } catch (CallNotPermittedException e) {
            throw new ModelException(
                    "The language model %s failed just before and is left alone for a while."
                            .formatted(link.model.name()),
                    "",
                    e);
        }
        long began = System.nanoTime();
        try {
            RateLimiter.waitForPermission(link.limiter);
            Reply reply = link.model.ask(prompt, delta);
            link.breaker.onSuccess(System.nanoTime() - began, TimeUnit.NANOSECONDS);
            link.health.answered(System.nanoTime() - began, reply);
            return reply;
        } catch (RequestNotPermitted e) {
            link.breaker.releasePermission();
            throw new ModelException(
                    "The language model %s has been asked as often as it may be (models.%s.rate)."
                            .formatted(link.model.name(), link.model.name()),
                    "",
                    e);
        } catch (RuntimeException e) {
            if (e instanceof Beaten || Thread.currentThread().isInterrupted()) {
                link.breaker.releasePermission(); // nobody wanted the answer any more
            } else {
                link.breaker.onError(System.nanoTime() - began, TimeUnit.NANOSECONDS, e);
                link.health.failed();
            }
            throw e;
        }
    }

    /** What comes from racers to the one that asks. */
    private sealed interface Step {
        record Piece(String text) implements Step {}

        record Won(Reply reply) implements Step {}

        record Lost(int racer, ModelException why) implements Step {}
    }

    /** The one that asks wants no more of a racer. */
    private static final class Beaten extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Beaten() {
            super("another model was faster", null, false, false);
        }
    }

    private @Nullable Reply race(
            List<Link> racers, Prompt prompt, Consumer<String> delta, List<ModelException> failures) {
        BlockingQueue<Step> steps = new LinkedBlockingQueue<>();
        var first = new AtomicInteger(-1);
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < racers.size(); i++) {
            int racer = i;
            threads.add(Thread.ofVirtual().name("stele-race " + i).start(() -> {
                try {
                    Reply reply = ask(racers.get(racer), prompt, piece -> {
                        if (first.compareAndSet(-1, racer) || first.get() == racer) {
                            steps.add(new Step.Piece(piece));
                        } else {
                            throw new Beaten();
                        }
                    });
                    if (first.compareAndSet(-1, racer) || first.get() == racer) {
                        steps.add(new Step.Won(reply));
                    }
                } catch (ModelException e) {
                    steps.add(new Step.Lost(racer, e));
                } catch (Beaten e) {
                    LOG.log(System.Logger.Level.DEBUG, "a slower model is not waited for", e);
                }
            }));
        }
        try {
            int running = racers.size();
            while (running > 0) {
                switch (steps.take()) {
                    case Step.Piece(String piece) -> delta.accept(piece);
                    case Step.Won(Reply reply) -> {
                        return reply;
                    }
                    case Step.Lost(int racer, ModelException why) -> {
                        if (racer == first.get()) {
                            throw why; // it had begun to answer
                        }
                        failures.add(why);
                        running--;
                    }
                }
            }
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelException("The question was called off.", "", e);
        } finally {
            threads.forEach(Thread::interrupt);
        }
    }
}
