package dev.stele.spring.boot;

import dev.stele.Stele;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Health of a memory: up if its directory or its database can be reached. Thread-safe. */
public final class SteleHealthIndicator extends AbstractHealthIndicator {

    private final Stele stele;

    /**
     * Creates an indicator.
     *
     * @param stele the memory
     */
    public SteleHealthIndicator(Stele stele) {
        super("the memory cannot be reached");
        this.stele = stele;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        Health.Builder status = stele.reachable() ? builder.up() : builder.down();
        status.withDetail("embedder", stele.model()).withDetail("openAgents", stele.openAgents());
    }
}
