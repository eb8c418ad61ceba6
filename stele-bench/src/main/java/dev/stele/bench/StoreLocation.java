package dev.stele.bench;

import dev.stele.config.SteleConfig;
import dev.stele.store.DatabaseConfig;
import java.nio.file.Path;

/** Where a memory is kept: a data directory, or a database server by its URL. */
final class StoreLocation {

    private StoreLocation() {}

    static SteleConfig config(String place) {
        return place.startsWith("jdbc:")
                ? SteleConfig.at(
                        Path.of(System.getProperty("java.io.tmpdir"), "stele-bench-node"), DatabaseConfig.at(place))
                : SteleConfig.at(Path.of(place));
    }
}
