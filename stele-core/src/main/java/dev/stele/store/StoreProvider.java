package dev.stele.store;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Limits;
import java.util.ServiceLoader;

/** Service provider that opens stores in one kind of database. Found on the class path by {@link ServiceLoader}. */
public interface StoreProvider {

    /**
     * Returns whether this provider opens databases with such a URL.
     *
     * @param url JDBC URL
     */
    boolean supports(String url);

    /**
     * Opens a database. Creates its tables unless {@code readOnly}.
     *
     * @throws dev.stele.model.StelePersistenceException if the database cannot be used; the message contains the remedy
     */
    AgentStores open(DatabaseConfig database, Limits limits, boolean readOnly);

    /**
     * Opens a database with the first provider that supports its URL.
     *
     * @throws InvalidInputException if no provider supports the URL
     */
    static AgentStores find(DatabaseConfig database, Limits limits, boolean readOnly) {
        for (StoreProvider provider : ServiceLoader.load(StoreProvider.class)) {
            if (provider.supports(database.url())) {
                return provider.open(database, limits, readOnly);
            }
        }
        throw new InvalidInputException("There is no store for " + database
                + " on the class path; use jdbc:postgresql://host:5432/database and add stele-postgres.");
    }
}
