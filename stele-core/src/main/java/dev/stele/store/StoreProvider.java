package dev.stele.store;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Limits;
import java.util.ServiceLoader;

/** Opens memories in databases of one kind. Found on the class path by {@link ServiceLoader}. */
public interface StoreProvider {

    /** Whether a database of this URL is one of this kind. */
    boolean opens(String url);

    /**
     * Opens a database, making its tables unless read-only.
     *
     * @throws dev.stele.model.StelePersistenceException if it cannot be used, saying what to do
     */
    AgentStores open(DatabaseConfig database, Limits limits, boolean readOnly);

    /**
     * Opens a database by the provider that can.
     *
     * @throws InvalidInputException if there is none
     */
    static AgentStores find(DatabaseConfig database, Limits limits, boolean readOnly) {
        for (StoreProvider provider : ServiceLoader.load(StoreProvider.class)) {
            if (provider.opens(database.url())) {
                return provider.open(database, limits, readOnly);
            }
        }
        throw new InvalidInputException("There is no store for " + database
                + " on the class path; use jdbc:postgresql://host:5432/database and add stele-postgres.");
    }
}
