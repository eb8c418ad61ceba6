package dev.stele.postgres;

import dev.stele.model.Limits;
import dev.stele.store.AgentStores;
import dev.stele.store.DatabaseConfig;
import dev.stele.store.StoreProvider;

/** Opens memories in PostgreSQL, and in what speaks as it does. */
public final class PostgresProvider implements StoreProvider {

    @Override
    public boolean opens(String url) {
        return url.startsWith("jdbc:postgresql:");
    }

    @Override
    public AgentStores open(DatabaseConfig database, Limits limits, boolean readOnly) {
        return PostgresStores.open(database, limits, readOnly);
    }
}
