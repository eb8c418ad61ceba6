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
 * Databases of a real server: that of {@code STELE_TEST_POSTGRES}, a JDBC URL whose user may make databases, else one that is started
 * for the tests of this JVM. It does not force its writes to the disk, which makes a difference to who loses power, and to how long
 * the tests take; the servers that tests stop and start, {@link OwnServer}, do.
 */
public final class TestDatabases implements Stores.Databases {

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final String PREFIX = "stele_test_" + ProcessHandle.current().pid() + "_";

    private static final Optional<String> GIVEN = Optional.ofNullable(System.getenv("STELE_TEST_POSTGRES"));

    /** A database with all tables, of which others are copies. Made once, by the first who asks. */
    private static final class Template {
        static final String NAME = PREFIX + "template";

        static {
            administer("create database " + NAME);
            PostgresStores.open(DatabaseConfig.at(Server.url(NAME)), Limits.DEFAULT, false)
                    .close();
        }
    }

    /** Made once, by the first who asks. */
    private static final class Server {
        static final String URL = GIVEN.orElseGet(Server::start);

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

    /** Runs a statement on the server, in no database of a test. */
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
        // Nobody may be in what is copied, and a pooler before a server of others may keep connections to it.
        return GIVEN.isPresent() ? empty() : named(" template " + Template.NAME);
    }

    /** The URL of a database without tables. */
    static String empty() {
        return named("");
    }

    private static String named(String how) {
        String name = PREFIX + COUNT.incrementAndGet();
        administer("create database " + name + how);
        return Server.url(name);
    }
}
