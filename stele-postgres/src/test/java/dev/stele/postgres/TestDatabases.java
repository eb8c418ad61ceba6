package dev.stele.postgres;

import dev.stele.model.Limits;
import dev.stele.store.DatabaseConfig;
import dev.stele.support.Stores;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Databases for tests on a real server: that of the environment variable {@code STELE_TEST_POSTGRES}, a JDBC URL whose
 * user may create databases, or else a server that is started for the tests of this JVM.
 *
 * <p>The started server does not force writes to disk, which makes the tests faster and matters only for power
 * failures. The servers that tests stop and start again, {@link PostgresServer}, force them.
 */
public final class TestDatabases implements Stores.Databases {

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final String PREFIX = "stele_test_" + ProcessHandle.current().pid() + "_";

    private static final Optional<String> EXTERNAL_URL = Optional.ofNullable(System.getenv("STELE_TEST_POSTGRES"));

    /** Template database with all tables, from which the others are copied. Created once, on demand. */
    private static final class Template {
        static final String NAME = PREFIX + "template";

        static {
            administer("create database " + NAME);
            PostgresStores.open(DatabaseConfig.at(Server.url(NAME)), Limits.DEFAULT, false)
                    .close();
        }
    }

    /** The server; started once, on demand. */
    private static final class Server {
        static final String URL = EXTERNAL_URL.orElseGet(Server::start);

        private static String start() {
            try {
                EmbeddedPostgres server = EmbeddedPostgres.builder()
                        .setServerConfig("max_connections", "400")
                        .start();
                return server.getJdbcUrl("postgres", "postgres");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        static String url(String database) {
            return URL.replaceFirst("(//[^/]*/)[^?]*", "$1" + database);
        }
    }

    /** Runs a statement on the server, outside the databases of tests. */
    static void administer(String sql) {
        try (Connection connection = DriverManager.getConnection(Server.URL);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    @Override
    public String create() {
        // A template must have no connections while it is copied, but a connection pooler may keep some.
        return EXTERNAL_URL.isPresent() ? empty() : named(" template " + Template.NAME);
    }

    /** Returns the URL of a database without tables. */
    static String empty() {
        return named("");
    }

    private static String named(String how) {
        String name = PREFIX + COUNT.incrementAndGet();
        administer("create database " + name + how);
        return Server.url(name);
    }
}
