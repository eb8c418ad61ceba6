package dev.stele.bench;

import dev.stele.config.SteleConfig;
import dev.stele.store.DatabaseConfig;
import java.nio.file.Path;

/** Configurations of a memory by its location: a data directory or the URL of a database server. Stateless. */
final class StoreLocation {

    private StoreLocation() {}

    /** Returns the configuration for a data directory, or for a URL that begins with {@code jdbc:}. */
    static SteleConfig config(String location) {
        return location.startsWith("jdbc:")
                ? SteleConfig.at(
                        Path.of(System.getProperty("java.io.tmpdir"), "stele-bench-node"), DatabaseConfig.at(location))
                : SteleConfig.at(Path.of(location));
    }
}
