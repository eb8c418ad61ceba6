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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Connections of this node to the database, with retries of transactions. Thread-safe. The owner must close it.
 *
 * <p>The pool is bounded. It validates connections before use, keeps idle connections alive, and replaces connections
 * before a server or proxy would close them. No session state outlives a transaction, so that a connection pooler in
 * transaction mode can be used between this pool and the server.
 */
final class ConnectionPool implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ConnectionPool.class.getName());

    private static final String BEGIN_READ = "set transaction isolation level repeatable read, read only";
    private static final String BEGIN_WRITE = "set transaction isolation level read committed";

    /** Maximum time of one attempt to get a connection; callers with a later deadline try again. */
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(2);

    private static final Duration KEEP_ALIVE_INTERVAL = Duration.ofSeconds(60);
    /** Time after which idle connections above the minimum number are closed. */
    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(2);
    /** Time in use after which a connection is reported as leaked. */
    private static final Duration LEAK_THRESHOLD = Duration.ofMinutes(2);

    private static final int CONNECT_TIMEOUT_SECONDS = 5;

    private final DatabaseConfig database;
    private final String place;
    private final Duration patience;
    private final boolean readOnly;
    private final PGSimpleDataSource source;
    private final HikariDataSource pool;

    /**
     * Creates a pool. It connects at the first use.
     *
     * @param patience maximum time that a transaction waits for the server, including retries
     * @param readOnly whether write transactions are refused
     */
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
        config.setIdleTimeout(IDLE_TIMEOUT.toMillis());
        config.setConnectionTimeout(ATTEMPT_TIMEOUT.toMillis());
        config.setValidationTimeout(ATTEMPT_TIMEOUT.toMillis() / 2);
        config.setKeepaliveTime(
                Math.min(KEEP_ALIVE_INTERVAL.toMillis(), database.lifetime().toMillis() / 2));
        config.setMaxLifetime(database.lifetime().toMillis());
        config.setLeakDetectionThreshold(LEAK_THRESHOLD.toMillis());
        config.setAutoCommit(false);
        // Does not fail here: the first use reports connection errors, after its own maximum wait.
        config.setInitializationFailTimeout(-1);
        this.pool = new HikariDataSource(config);
    }

    private static PGSimpleDataSource source(DatabaseConfig database) {
        var source = new CredentialsSource(database.passwordFile());
        try {
            source.setUrl(database.url());
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(
                    "store.url is no valid URL of a database; use the form jdbc:postgresql://host:5432/database.");
        }
        database.user().ifPresent(source::setUser);
        database.password().ifPresent(source::setPassword);
        if (!database.url().contains("ApplicationName=")) {
            source.setApplicationName("stele");
        }
        source.setTcpKeepAlive(true);
        source.setConnectTimeout(CONNECT_TIMEOUT_SECONDS);
        source.setLoginTimeout(CONNECT_TIMEOUT_SECONDS);
        // The server ends statements earlier, so a longer silence means that the connection is lost.
        source.setSocketTimeout((int) database.statement().toSeconds() + CONNECT_TIMEOUT_SECONDS);
        // The details of errors would contain the data that was being written.
        source.setLogServerErrorDetail(false);
        source.setStringType("unspecified");
        return source;
    }

    /**
     * Data source that reads the password file for each connection, so that the password can be changed without a
     * restart.
     */
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

    /** Opens a connection outside the pool, in autocommit mode, for long use. The caller must close it. */
    Connection openUnpooled() throws SQLException {
        Connection connection = source.getConnection();
        connection.setAutoCommit(true);
        return connection;
    }

    /**
     * Returns a connection of the pool, and waits for one until a deadline. The caller must return it with {@link
     * #giveBack}.
     *
     * @throws AgentBusyException if no connection is available in time or the thread is interrupted
     * @throws ClosedException if the pool is closed
     */
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
                if (deadline.left() < ATTEMPT_TIMEOUT.toNanos() || !SqlStateTranslator.isTransient(e)) {
                    throw SqlStateTranslator.error("Connecting", place, e);
                }
            }
        }
    }

    /** Consumer of the rows of the query that is sent together with the start of a transaction. */
    interface FirstRows {
        void accept(ResultSet rows) throws SQLException;
    }

    /**
     * Runs a query in a read-only transaction that sees a consistent snapshot, and retries it if the connection is
     * lost.
     *
     * @param label description of the action, for messages
     * @param agent number of the agent; 0 for none
     */
    <T extends @Nullable Object> T read(String label, Dialect dialect, long agent, Function<SqlSession, T> query) {
        return transaction(label, Begin.reading(BEGIN_READ, Optional.empty()), dialect, agent, () -> false, query);
    }

    /**
     * Runs a query like {@link #read(String, Dialect, long, Function)}, after a first query that is sent together with
     * the start of the transaction and needs no round trip of its own.
     *
     * @param first SQL of the first query
     * @param seen receives its rows
     */
    <T extends @Nullable Object> T read(
            String label, Dialect dialect, long agent, String first, FirstRows seen, Function<SqlSession, T> query) {
        return transaction(
                label, Begin.reading(BEGIN_READ + "; " + first, Optional.of(seen)), dialect, agent, () -> false, query);
    }

    /**
     * Runs a query like {@link #read(String, Dialect, long, String, FirstRows, Function)}, but at most once: the query
     * may write what it reads to an output. Attempts that fail before the query begins are repeated.
     *
     * @throws AgentBusyException if the connection was lost after the query had begun
     */
    <T extends @Nullable Object> T stream(
            String label, Dialect dialect, long agent, String first, FirstRows seen, Function<SqlSession, T> query) {
        var begun = new AtomicBoolean();
        return transaction(
                label, Begin.reading(BEGIN_READ + "; " + first, Optional.of(seen)), dialect, agent, begun::get, db -> {
                    begun.set(true);
                    return query.apply(db);
                });
    }

    /**
     * Runs an edit in a transaction, and retries it after transient failures. The edit may be run more than once, but is
     * committed once: when the connection is lost during the commit, the {@link CommitStatus} tells whether the
     * transaction is executed again.
     *
     * @param label description of the action, for messages
     * @param agent number of the agent; 0 for none
     * @throws ReadOnlyException if the pool is read-only
     */
    <T extends @Nullable Object> T write(String label, Dialect dialect, long agent, Function<SqlSession, T> edit) {
        if (readOnly) {
            throw new ReadOnlyException("The memory is open for reading only; open it for writing (" + label + ").");
        }
        var transactionId = new AtomicReference<>("");
        FirstRows id = rows -> {
            rows.next();
            transactionId.set(rows.getString(1));
        };
        var begin = new Begin(
                BEGIN_WRITE + "; " + CommitStatus.TRANSACTION_ID,
                Optional.of(id),
                (lost, deadline) -> new CommitStatus(this, label, transactionId.get()).wasCommitted(lost, deadline));
        return transaction(label, begin, dialect, agent, () -> false, edit);
    }

    /** Decision about a commit that was not confirmed, because the connection was lost. */
    private interface UnconfirmedCommit {
        /** Returns whether the transaction was committed; if not, it is executed again. */
        boolean wasCommitted(SQLException lost, Deadline deadline);
    }

    /**
     * Start and end of a transaction.
     *
     * @param sql its settings, and optionally a query
     * @param firstRows consumer of the rows of the query
     * @param unconfirmed decides about a commit that was not confirmed
     */
    private record Begin(String sql, Optional<FirstRows> firstRows, UnconfirmedCommit unconfirmed) {

        /** Start of a transaction that has no effect, and can be executed again in any case. */
        static Begin reading(String sql, Optional<FirstRows> firstRows) {
            return new Begin(sql, firstRows, (_, _) -> false);
        }
    }

    /** @param isFinal returns whether a failed attempt must not be repeated */
    private <T extends @Nullable Object> T transaction(
            String label,
            Begin begin,
            Dialect dialect,
            long agent,
            BooleanSupplier isFinal,
            Function<SqlSession, T> action) {
        var deadline = Deadline.in(patience);
        var pause = new BackoffPause();
        while (true) {
            try {
                return attempt(begin, dialect, agent, action, deadline);
            } catch (UncheckedSqlException e) {
                if (isFinal.getAsBoolean() && SqlStateTranslator.isTransient(e.sql())) {
                    throw new AgentBusyException(
                            label + " on " + place
                                    + ": the connection was lost while the data was read, and what was read is not complete. Try again.");
                }
                if (!SqlStateTranslator.isTransient(e.sql()) || !pause.before(deadline)) {
                    throw SqlStateTranslator.error(label, place, e.sql());
                }
            }
        }
    }

    private <T extends @Nullable Object> T attempt(
            Begin begin, Dialect dialect, long agent, Function<SqlSession, T> action, Deadline deadline) {
        Connection connection = take(deadline);
        boolean committed = false;
        T result;
        Optional<SQLException> lost;
        try {
            try (Statement statement = connection.createStatement()) {
                boolean rows = statement.execute("set local statement_timeout = %d; %s"
                        .formatted(database.statement().toMillis(), begin.sql()));
                if (begin.firstRows().isPresent()) {
                    begin.firstRows().get().accept(nextRows(statement, rows));
                }
            }
            var db = new SqlSession(connection, dialect, agent);
            result = action.apply(db);
            db.send();
            db.closeStatements();
            lost = commit(connection);
            committed = lost.isEmpty();
        } catch (SQLException e) {
            throw new UncheckedSqlException(e);
        } finally {
            giveBack(connection, committed);
        }
        // The lost connection is returned before, because the question needs a connection, too.
        if (lost.isPresent() && !begin.unconfirmed().wasCommitted(lost.get(), deadline)) {
            throw new UncheckedSqlException(lost.get());
        }
        return result;
    }

    /** Commits a transaction. Returns the failure if the connection was lost and the outcome is not known. */
    private static Optional<SQLException> commit(Connection connection) throws SQLException {
        try {
            connection.commit();
            return Optional.empty();
        } catch (SQLException e) {
            if (SqlStateTranslator.connectionLost(e)) {
                return Optional.of(e);
            }
            throw e;
        }
    }

    /**
     * Returns the next rows among the results of several statements that were sent together.
     *
     * @param rows whether the current result consists of rows
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

    /** Returns a connection to the pool, and rolls back its transaction unless it was committed. */
    void giveBack(Connection connection, boolean committed) {
        try (connection) {
            if (!committed) {
                connection.rollback();
            }
        } catch (SQLException e) {
            // The connection was lost, and its transaction with it. The same cause has probably ended other
            // connections,
            // so all are replaced now and not at their next use.
            LOG.log(System.Logger.Level.DEBUG, () -> "a connection was lost: " + e.getSQLState());
            pool.getHikariPoolMXBean().softEvictConnections();
        }
    }

    /** Returns whether a connection is available and the server responds. */
    boolean reachable() {
        try (Connection connection = pool.getConnection()) {
            return connection.isValid((int) ATTEMPT_TIMEOUT.toSeconds());
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "the server cannot be reached: " + e.getSQLState());
            return false;
        }
    }

    /** Returns the maximum time that a transaction waits for the server. */
    Duration patience() {
        return patience;
    }

    DatabaseConfig database() {
        return database;
    }

    /** Returns the location of the database, for messages. */
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
