package dev.stele.store.sqlite;

import dev.stele.concurrent.WorkBudget;
import dev.stele.io.DurableFiles;
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

/** How connections are opened and what SQLite's errors mean to a caller. Stateless. */
final class Sqlite {

    /** Below this version two connections that checkpoint at once can corrupt the log (sqlite.org/wal.html#walresetbug). */
    static final int SAFE_VERSION = 3_051_003;

    private static final int BUSY_MILLIS = 10_000;

    /** Instructions of SQLite's virtual machine between two checkpoints, which take some milliseconds. */
    private static final int INSTRUCTIONS_PER_CHECKPOINT = 100_000;

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

    /** A connection that may write. With {@code create}, the file may be absent. */
    static SqlSession writer(Path file, boolean create, long maxBytes) {
        var config = new SQLiteConfig();
        config.resetOpenMode(SQLiteOpenMode.READWRITE);
        config.setOpenMode(SQLiteOpenMode.READWRITE);
        if (create) {
            // SQLite gives its log and shared memory the permissions of the database.
            try {
                DurableFiles.ensureFile(file);
            } catch (IOException e) {
                throw new StelePersistenceException("The database " + file + " cannot be created: " + e, e);
            }
            config.setOpenMode(SQLiteOpenMode.CREATE);
        } else {
            config.resetOpenMode(SQLiteOpenMode.CREATE);
        }
        return prepared(open(file.toString(), config), db -> {
            db.first("pragma journal_mode = wal", row -> row.text(1));
            db.execute("pragma synchronous = full");
            db.execute("pragma secure_delete = on");
            db.execute("pragma journal_size_limit = 67108864");
            db.execute("pragma cache_size = -8000");
            // A page that many commits change is copied back once for all of them.
            db.execute("pragma wal_autocheckpoint = 4000");
            if (maxBytes > 0) {
                long pageSize = db.number("pragma page_size");
                db.execute("pragma max_page_count = " + Math.max(1, maxBytes / pageSize));
            }
        });
    }

    /**
     * A connection that cannot write to the file. A database that is not being written to and whose directory cannot
     * be written either (a mounted image) has no log to share and is read as immutable.
     */
    static SqlSession reader(Path file) {
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

    /** A connection after the first things are done with it; closed if they fail. */
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
     * @param bounded whether a statement ends when the {@link WorkBudget} of its thread does. Not for writers: SQLite rolls the
     *     whole transaction back when it interrupts a change, and with it the edits of other callers
     */
    private static SqlSession open(String name, SQLiteConfig config, boolean bounded) {
        // One thread at a time uses a connection, which is what the lock that this leaves out would see to.
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

    /** Refuses a native library with known defects; called once when a data directory is opened. */
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

    /** Whether a failure concerns the edit that met it, and the transaction may go on without that edit. */
    static boolean harmsOneEditOnly(SQLException e) {
        return e instanceof SQLiteException sqlite
                && (sqlite.getResultCode().code & 0xff) == SQLiteErrorCode.SQLITE_CONSTRAINT.code;
    }

    /** The error for a caller. {@code what} names what was being done and to what. */
    static SteleException error(String what, Path file, SQLException e) {
        SQLiteErrorCode code =
                e instanceof SQLiteException sqlite ? sqlite.getResultCode() : SQLiteErrorCode.UNKNOWN_ERROR;
        return switch (SQLiteErrorCode.getErrorCode(code.code & 0xff)) {
            case SQLITE_FULL ->
                new StelePersistenceException.Full(
                        what + ": no room in " + file
                                + ". Nothing was written and earlier data is whole; free space or raise limits.database-bytes, then try again.",
                        e);
            case SQLITE_CORRUPT, SQLITE_NOTADB ->
                new StelePersistenceException.Corrupt(
                        what + ": " + file + " is damaged (" + e.getMessage()
                                + "). Run verify for details, then restore the agent from a backup.",
                        e);
            case SQLITE_BUSY, SQLITE_LOCKED ->
                new AgentBusyException(what + ": another program keeps " + file + " locked (" + e.getMessage()
                        + "; most locks are waited for " + BUSY_MILLIS / 1000
                        + " s). Nothing was written; try again.");
            case SQLITE_INTERRUPT -> {
                WorkBudget.checkpoint(); // says which limit it was
                yield new LimitExceededException(what + ": the statement was interrupted. Ask for less.");
            }
            case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH ->
                new ReadOnlyException(what + ": " + file + " cannot be written (" + e.getMessage() + ").");
            default -> new StelePersistenceException(what + ": " + file + ": " + e.getMessage(), e);
        };
    }
}
