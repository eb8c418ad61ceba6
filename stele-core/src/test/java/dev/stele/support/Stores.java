package dev.stele.support;

import dev.stele.config.SteleConfig;
import dev.stele.store.DatabaseConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;

/**
 * Where tests keep a memory: in the directory they name or, where the class path has a {@link Databases}, in a database
 * of its own that goes by the directory. So one suite runs on every store. A second JVM that is given the directory
 * finds the same database.
 */
public final class Stores {

    private static final String URL = "store.url";

    private Stores() {}

    /** Makes databases for tests. */
    public interface Databases {
        /** The URL of a new and empty database. */
        String create();
    }

    /** The defaults, with a memory that belongs to this directory. */
    public static SteleConfig at(Path data) {
        SteleConfig config = SteleConfig.at(data);
        Path url = data.resolve(URL);
        try {
            if (!Files.exists(url)) {
                var databases = ServiceLoader.load(Databases.class).findFirst();
                if (databases.isEmpty()) {
                    return config;
                }
                Files.createDirectories(data);
                Files.writeString(url, databases.get().create());
            }
            return config.withDatabase(DatabaseConfig.at(Files.readString(url)).withConnections(2, 12));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
