package dev.stele.postgres;

import dev.stele.model.Limits;
import dev.stele.store.AgentStores;
import dev.stele.store.DatabaseConfig;
import dev.stele.store.StoreProvider;

/**
 * Service provider for stores on PostgreSQL and compatible databases, with URLs that start with {@code
 * jdbc:postgresql:}.
 */
public final class PostgresProvider implements StoreProvider {

    @Override
    public boolean supports(String url) {
        return url.startsWith("jdbc:postgresql:");
    }

    @Override
    public AgentStores open(DatabaseConfig database, Limits limits, boolean readOnly) {
        return PostgresStores.open(database, limits, readOnly);
    }
}
