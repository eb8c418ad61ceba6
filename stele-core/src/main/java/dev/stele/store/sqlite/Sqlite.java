package dev.stele.store.sqlite;

import dev.stele.concurrent.WorkBudget;
import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.model.AgentBusyException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.UncheckedSqlException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Consumer;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteOpenMode;

/** Factory of SQLite connections and translation of SQLite errors. Stateless. */
final class Sqlite {

    /**
     * Minimum safe SQLite version. In earlier versions, two connections that checkpoint at the same time can corrupt
     * the write-ahead log (sqlite.org/wal.html#walresetbug).
     */
    static final int SAFE_VERSION = 3_051_003;

    /** Time that SQLite waits for a lock, in milliseconds. */
    private static final int BUSY_MILLIS = 10_000;

    /**
     * Number of instructions of SQLite's virtual machine between two checks of the work budget; they take some
     * milliseconds.
     */
    private static final int INSTRUCTIONS_PER_CHECKPOINT = 100_000;

    /** What to do about a damaged agent. */
    static final String RECOVERY = "restore the agent from a backup with \"stele restore --replace FILE\".";

    private static final System.Logger LOG = System.getLogger(Sqlite.class.getName());

    private Sqlite() {}

    private static final class Checkpoint extends ProgressHandler {
        /** Returns nonzero to have the statement fail with {@code SQLITE_INTERRUPT}. */
        @Override
        protected int progress() {
            try {
                WorkBudget.checkpoint();
                return 0;
            } catch (LimitExceededException e) {
                return 1;
            }
        }
    }

    /**
     * Opens a connection that may write.
     *
     * @param create whether the file is created if it does not exist
     * @param maxBytes maximum size of the database in bytes; 0 for no limit
     */
    static SqlSession writer(Path file, boolean create, long maxBytes) {
        var config = new SQLiteConfig();
        config.resetOpenMode(SQLiteOpenMode.READWRITE);
        config.setOpenMode(SQLiteOpenMode.READWRITE);
        if (create) {
            // SQLite gives its log and shared memory the permissions of the database.
            try {
                DurableFiles.ensureFile(file);
            } catch (IOException e) {
                throw FileErrors.of("The database " + file + " cannot be created", e);
            }
            config.setOpenMode(SQLiteOpenMode.CREATE);
        } else {
            config.resetOpenMode(SQLiteOpenMode.CREATE);
            requireContent(file);
        }
        return prepared(open(file.toString(), config), db -> {
            db.first("pragma journal_mode = wal", row -> row.text(1));
            db.execute("pragma synchronous = full");
            db.execute("pragma secure_delete = on");
            db.execute("pragma journal_size_limit = 67108864");
            db.execute("pragma cache_size = -8000");
            // LogCheckpointer copies the log much earlier, on its own thread. This is for the case that it cannot.
            db.execute("pragma wal_autocheckpoint = 16000");
            if (maxBytes > 0) {
                long pageSize = db.number("pragma page_size");
                db.execute("pragma max_page_count = " + Math.max(1, maxBytes / pageSize));
            }
        });
    }

    /**
     * Opens a connection that cannot write to the file. If no process writes to the database and its directory is not
     * writable (a mounted image), there is no log to share, and the file is opened as immutable.
     */
    static SqlSession reader(Path file) {
        requireContent(file);
        var config = new SQLiteConfig();
        config.resetOpenMode(SQLiteOpenMode.READWRITE);
        config.resetOpenMode(SQLiteOpenMode.CREATE);
        config.setOpenMode(SQLiteOpenMode.READONLY);
        Path directory = file.toAbsolutePath().getParent();
        boolean sealed = directory != null
                && !Files.isWritable(directory)
                && !Files.exists(directory.resolve(file.getFileName() + "-wal"));
        String name = sealed ? "file:" + file.toUri().getRawPath() + "?immutable=1" : file.toString();
        if (sealed) {
            config.setOpenMode(SQLiteOpenMode.OPEN_URI);
        }
        return prepared(open(name, config, true), db -> db.execute("pragma cache_size = -4000"));
    }

    /**
     * Refuses an empty file, which SQLite takes for a new database, and whose write-ahead log SQLite would delete.
     *
     * @throws StelePersistenceException.Corrupt if the file is empty
     */
    private static void requireContent(Path file) {
        try {
            if (Files.size(file) == 0) {
                throw new StelePersistenceException.Corrupt(
                        "The database " + file + " is empty (0 bytes). Nothing was changed; " + RECOVERY, null);
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> file + " cannot be looked at, as opening it will tell: " + e);
        }
    }

    /** Runs initial steps on a connection and returns it. Closes the connection if a step fails. */
    static SqlSession prepared(SqlSession db, Consumer<SqlSession> steps) {
        try {
            steps.accept(db);
            return db;
        } catch (RuntimeException e) {
            db.close();
            throw e;
        }
    }

    private static SqlSession open(String name, SQLiteConfig config) {
        return open(name, config, false);
    }

    /**
     * Opens a connection.
     *
     * @param bounded whether a statement ends when the {@link WorkBudget} of its thread does. False for writers: SQLite
     *     rolls the whole transaction back when it interrupts a change, including the edits of other callers
     */
    private static SqlSession open(String name, SQLiteConfig config, boolean bounded) {
        // SQLite's own mutex is disabled, because only one thread at a time uses a connection.
        config.resetOpenMode(SQLiteOpenMode.FULLMUTEX);
        config.setOpenMode(SQLiteOpenMode.NOMUTEX);
        config.setBusyTimeout(BUSY_MILLIS);
        Connection connection;
        try {
            connection = config.createConnection("jdbc:sqlite:" + name);
            if (bounded) {
                ProgressHandler.setHandler(connection, INSTRUCTIONS_PER_CHECKPOINT, new Checkpoint());
            }
        } catch (SQLException e) {
            throw new UncheckedSqlException(e);
        }
        return prepared(
                new SqlSession(connection, SqliteDialect.INSTANCE, 0), db -> db.execute("pragma temp_store = memory"));
    }

    /** Rejects a native library with known defects. Called once when a data directory is opened. */
    static void checkVersion() {
        try (var db = open(":memory:", new SQLiteConfig())) {
            String version =
                    db.first("select sqlite_version()", row -> row.text(1)).orElseThrow();
            String[] parts = version.split("\\.", -1);
            int number = Integer.parseInt(parts[0]) * 1_000_000
                    + Integer.parseInt(parts[1]) * 1_000
                    + Integer.parseInt(parts[2]);
            if (number < SAFE_VERSION) {
                throw new StelePersistenceException(
                        "SQLite " + version
                                + " can corrupt databases that several processes write; use 3.51.3 or newer.",
                        null);
            }
        } catch (UncheckedSqlException e) {
            throw new StelePersistenceException("SQLite does not start: " + e.getMessage(), e);
        }
    }

    /**
     * Returns whether a failure affects only the edit that caused it, so that the transaction can continue without that
     * edit.
     */
    static boolean isStatementLevel(SQLException e) {
        return e instanceof SQLiteException sqlite
                && switch (SQLiteErrorCode.getErrorCode(sqlite.getResultCode().code & 0xff)) {
                    // The failures after which SQLite keeps the transaction; sqlite.org/lang_transaction.html.
                    case SQLITE_CONSTRAINT, SQLITE_ERROR, SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_RANGE -> true;
                    default -> false;
                };
    }

    /**
     * Returns whether a failure shows that the file is damaged. It does not if the disk is full, the file cannot be
     * accessed, or another program uses it.
     */
    static boolean isDamage(SQLException e) {
        return !(e instanceof SQLiteException sqlite)
                || switch (SQLiteErrorCode.getErrorCode(sqlite.getResultCode().code & 0xff)) {
                    case SQLITE_FULL,
                            SQLITE_BUSY,
                            SQLITE_LOCKED,
                            SQLITE_NOMEM,
                            SQLITE_READONLY,
                            SQLITE_PERM,
                            SQLITE_AUTH,
                            SQLITE_INTERRUPT,
                            SQLITE_CANTOPEN -> false;
                    default -> true;
                };
    }

    /**
     * Converts a failure to the exception that callers of the store receive.
     *
     * @param operation operation and its object, for the message
     */
    static SteleException error(String operation, Path file, SQLException e) {
        SQLiteErrorCode code =
                e instanceof SQLiteException sqlite ? sqlite.getResultCode() : SQLiteErrorCode.UNKNOWN_ERROR;
        return switch (SQLiteErrorCode.getErrorCode(code.code & 0xff)) {
            case SQLITE_FULL ->
                new StelePersistenceException.Full(
                        operation + ": no room in " + file
                                + ". Nothing was written and earlier data is whole; free space or raise limits.database-bytes, then try again.",
                        e);
            case SQLITE_CORRUPT, SQLITE_NOTADB ->
                new StelePersistenceException.Corrupt(
                        operation + ": " + file + " is damaged (" + e.getMessage()
                                + "). Run verify for details, then restore the agent from a backup.",
                        e);
            case SQLITE_BUSY, SQLITE_LOCKED ->
                new AgentBusyException(operation + ": another program keeps " + file + " locked (" + e.getMessage()
                        + "; most locks are waited for " + BUSY_MILLIS / 1000
                        + " s). Nothing was written; try again.");
            case SQLITE_INTERRUPT -> {
                WorkBudget.checkpoint(); // throws the exception of the exceeded limit
                yield new LimitExceededException(operation + ": the statement was interrupted. Ask for less.");
            }
            case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH ->
                new ReadOnlyException(operation + ": " + file + " cannot be written (" + e.getMessage() + ").");
            default -> new StelePersistenceException(operation + ": " + file + ": " + e.getMessage(), e);
        };
    }
}
