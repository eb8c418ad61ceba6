package dev.stele.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.stele.concurrent.BackoffPause;
import dev.stele.concurrent.Deadline;
import dev.stele.io.Secrets;
import dev.stele.model.AgentBusyException;
import dev.stele.model.ClosedException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.ReadOnlyException;
import dev.stele.store.DatabaseConfig;
import dev.stele.store.sql.Dialect;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.UncheckedSqlException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The connections of this node: a bounded pool, each connection looked at before it is used when it was idle, kept alive while it is,
 * and given up before a server or a proxy would. Nothing is set on a connection that outlives a transaction, so a pooler that hands
 * out connections by transactions may stand before the server. Thread-safe.
 */
final class ConnectionPool implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ConnectionPool.class.getName());

    private static final String READING = "set transaction isolation level repeatable read, read only";
    private static final String WRITING = "set transaction isolation level read committed";

    /** How long the pool waits for a connection at a time; who has more patience asks again. */
    private static final Duration WAIT = Duration.ofSeconds(2);

    private static final Duration KEEP_ALIVE = Duration.ofSeconds(60);
    private static final Duration OVERFLOW_IDLE = Duration.ofMinutes(2);
    private static final Duration LEAK = Duration.ofMinutes(2);
    private static final int CONNECT_SECONDS = 5;

    private final DatabaseConfig database;
    private final String place;
    private final Duration patience;
    private final boolean readOnly;
    private final PGSimpleDataSource source;
    private final HikariDataSource pool;

    ConnectionPool(DatabaseConfig database, Duration patience, boolean readOnly) {
        this.database = database;
        this.place = database.toString();
        this.patience = patience;
        this.readOnly = readOnly;
        this.source = source(database);
        var config = new HikariConfig();
        config.setPoolName("stele");
        config.setDataSource(source);
        config.setMinimumIdle(database.connections());
        config.setMaximumPoolSize(database.connections() + database.overflow());
        config.setIdleTimeout(OVERFLOW_IDLE.toMillis());
        config.setConnectionTimeout(WAIT.toMillis());
        config.setValidationTimeout(WAIT.toMillis() / 2);
        config.setKeepaliveTime(
                Math.min(KEEP_ALIVE.toMillis(), database.lifetime().toMillis() / 2));
        config.setMaxLifetime(database.lifetime().toMillis());
        config.setLeakDetectionThreshold(LEAK.toMillis());
        config.setAutoCommit(false);
        // Who cannot connect hears it from the first use, with the time to wait that is set for it.
        config.setInitializationFailTimeout(-1);
        this.pool = new HikariDataSource(config);
    }

    private static PGSimpleDataSource source(DatabaseConfig database) {
        var source = new CredentialsSource(database.passwordFile());
        try {
            source.setUrl(database.url());
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(
                    "store.url is no address of a database; write it like jdbc:postgresql://host:5432/database.");
        }
        database.user().ifPresent(source::setUser);
        database.password().ifPresent(source::setPassword);
        if (!database.url().contains("ApplicationName=")) {
            source.setApplicationName("stele");
        }
        source.setTcpKeepAlive(true);
        source.setConnectTimeout(CONNECT_SECONDS);
        source.setLoginTimeout(CONNECT_SECONDS);
        // A statement that the server would have ended by now, had the connection not gone.
        source.setSocketTimeout((int) database.statement().toSeconds() + CONNECT_SECONDS);
        // Details and batches in errors hold what was being written.
        source.setLogServerErrorDetail(false);
        source.setStringType("unspecified");
        return source;
    }

    /** Reads the password again for each connection, so that it can be replaced without a restart. */
    private static final class CredentialsSource extends PGSimpleDataSource {
        private final Optional<Path> passwordFile;

        private static String registered(String password) {
            Secrets.register(password);
            return password;
        }

        CredentialsSource(Optional<Path> passwordFile) {
            this.passwordFile = passwordFile;
        }

        @Override
        public Connection getConnection() throws SQLException {
            if (passwordFile.isEmpty()) {
                return super.getConnection();
            }
            try {
                return getConnection(
                        getUser(),
                        registered(Files.readString(passwordFile.get()).strip()));
            } catch (IOException e) {
                throw new SQLException("store.password-file cannot be read: " + e, "28000", e);
            }
        }
    }

    /** A connection of its own, outside the pool, for who keeps it. */
    Connection apart() throws SQLException {
        Connection connection = source.getConnection();
        connection.setAutoCommit(true);
        return connection;
    }

    /** A connection of the pool, waited for until a deadline. To be closed. */
    Connection take(Deadline deadline) {
        while (true) {
            try {
                return pool.getConnection();
            } catch (SQLException e) {
                if (pool.isClosed()) {
                    throw new ClosedException("The memory in " + place + " is closed; open it again.");
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new AgentBusyException("The thread was interrupted while it waited for " + place + ".");
                }
                if (deadline.left() < WAIT.toNanos() || !SqlStateTranslator.passes(e)) {
                    throw SqlStateTranslator.error("Connecting", place, e);
                }
            }
        }
    }

    /** Sees the rows of a query that begins a transaction. */
    interface First {
        void see(ResultSet rows) throws SQLException;
    }

    /** Runs a read in one transaction that sees one moment, again if the connection is lost. */
    <T extends @Nullable Object> T read(String what, Dialect dialect, long agent, Function<SqlSession, T> query) {
        return transaction(what, new Begin(READING, Optional.empty()), dialect, agent, query);
    }

    /** The same with a first query, which takes no journey of its own. */
    <T extends @Nullable Object> T read(
            String what, Dialect dialect, long agent, String first, First seen, Function<SqlSession, T> query) {
        return transaction(what, new Begin(READING + "; " + first, Optional.of(seen)), dialect, agent, query);
    }

    /** Runs an edit in a transaction, again if it failed before its end by nobody's fault. What it does must bear being done twice. */
    <T extends @Nullable Object> T write(String what, Dialect dialect, long agent, Function<SqlSession, T> edit) {
        if (readOnly) {
            throw new ReadOnlyException("The memory is open for reading only; cannot write " + what + ".");
        }
        return transaction(what, new Begin(WRITING, Optional.empty()), dialect, agent, edit);
    }

    /** How a transaction begins: with settings, and perhaps a query. */
    private record Begin(String sql, Optional<First> seen) {}

    private <T extends @Nullable Object> T transaction(
            String what, Begin begin, Dialect dialect, long agent, Function<SqlSession, T> action) {
        var deadline = Deadline.in(patience);
        var pause = new BackoffPause();
        while (true) {
            try {
                return once(begin, dialect, agent, action, deadline);
            } catch (UncheckedSqlException e) {
                if (!SqlStateTranslator.passes(e.sql()) || !pause.before(deadline)) {
                    throw SqlStateTranslator.error(what, place, e.sql());
                }
            }
        }
    }

    private <T extends @Nullable Object> T once(
            Begin begin, Dialect dialect, long agent, Function<SqlSession, T> action, Deadline deadline) {
        Connection connection = take(deadline);
        boolean done = false;
        try {
            try (Statement statement = connection.createStatement()) {
                boolean rows = statement.execute("set local statement_timeout = %d; %s"
                        .formatted(database.statement().toMillis(), begin.sql()));
                if (begin.seen().isPresent()) {
                    begin.seen().get().see(nextRows(statement, rows));
                }
            }
            var db = new SqlSession(connection, dialect, agent);
            T result = action.apply(db);
            db.send();
            db.closeStatements();
            connection.commit();
            done = true;
            return result;
        } catch (SQLException e) {
            throw new UncheckedSqlException(e);
        } finally {
            giveBack(connection, done);
        }
    }

    /**
     * The next rows among the results of several statements.
     *
     * @param rows whether the result at hand is rows
     */
    static ResultSet nextRows(Statement statement, boolean rows) throws SQLException {
        boolean found = rows;
        while (!found) {
            if (statement.getUpdateCount() == -1) {
                throw new SQLException("the statements had no more rows");
            }
            found = statement.getMoreResults();
        }
        return statement.getResultSet();
    }

    /** Gives a connection back to the pool; what was begun on it and not committed leaves no trace. */
    void giveBack(Connection connection, boolean committed) {
        try (connection) {
            if (!committed) {
                connection.rollback();
            }
        } catch (SQLException e) {
            // It was lost, and with it whatever was begun. What ended it has ended others too: all are replaced now,
            // not when
            // somebody wants them.
            LOG.log(System.Logger.Level.DEBUG, () -> "a connection was lost: " + e.getSQLState());
            pool.getHikariPoolMXBean().softEvictConnections();
        }
    }

    /** Whether a connection is to be had, and answers. */
    boolean reachable() {
        try (Connection connection = pool.getConnection()) {
            return connection.isValid((int) WAIT.toSeconds());
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "the server cannot be reached: " + e.getSQLState());
            return false;
        }
    }

    Duration patience() {
        return patience;
    }

    DatabaseConfig database() {
        return database;
    }

    /** Where the database is, for people. */
    String place() {
        return place;
    }

    boolean readOnly() {
        return readOnly;
    }

    @Override
    public void close() {
        pool.close();
    }
}
