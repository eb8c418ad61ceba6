package dev.stele.models;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;

/** Circuit breakers of model services: a service that keeps failing is not asked for a while. Stateless. */
final class ServiceBreaker {

    /** Number of latest requests from which a circuit breaker computes the failure rate. */
    private static final int WINDOW = 10;
    /** Minimum number of requests before a circuit breaker can open. */
    private static final int MIN_CALLS = 3;
    /** Time that a circuit breaker stays open. */
    static final Duration OPEN_TIME = Duration.ofSeconds(20);

    private ServiceBreaker() {}

    /** Creates a circuit breaker that counts all failures. */
    static CircuitBreaker of(String name) {
        return CircuitBreaker.of(name, config().build());
    }

    /** Returns the configuration of a circuit breaker of a service for texts, to be completed. */
    static CircuitBreakerConfig.Builder config() {
        return config(WINDOW, MIN_CALLS);
    }

    /**
     * Returns a configuration, to be completed.
     *
     * @param window number of latest requests from which the failure rate is computed
     * @param minCalls minimum number of requests before the circuit breaker can open
     */
    static CircuitBreakerConfig.Builder config(int window, int minCalls) {
        return CircuitBreakerConfig.custom()
                .slidingWindowSize(window)
                .minimumNumberOfCalls(minCalls)
                .waitDurationInOpenState(OPEN_TIME)
                .permittedNumberOfCallsInHalfOpenState(1);
    }
}
