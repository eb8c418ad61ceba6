package dev.stele.postgres;

import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.AgentName;
import dev.stele.model.ChangeKind;
import dev.stele.model.ClosedException;
import dev.stele.model.Limits;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.WriterStats;
import dev.stele.store.AgentReplacedException;
import dev.stele.store.sql.ArchiveSegments;
import dev.stele.store.sql.DirectoryArchiveSegments;
import dev.stele.store.sql.GroupCommitWriter;
import dev.stele.store.sql.SqlEdit;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.SqlStore;
import dev.stele.store.sql.SqlView;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Store of one agent on PostgreSQL. Thread-safe. All agents of the node share the connections; writes go through a
 * group commit writer of the agent.
 */
final class PostgresStore extends SqlStore {

    private final long number;
    private final String label;
    private final ConnectionPool connections;
    private final ChangeNotifier notifier;
    private final GroupCommitWriter writer;
    private final Consumer<Long> changeListener = this::committed;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Leases that are not released. */
    private final Set<PostgresLease> leases = ConcurrentHashMap.newKeySet();

    /**
     * @param number number of the agent in the database
     */
    PostgresStore(AgentName agent, long number, ConnectionPool connections, ChangeNotifier notifier, Limits limits) {
        super(
                agent,
                archive(connections, number, new TableArchiveSegments.OwnTransactions(connections, number)),
                ChangeNotifier.POLL_INTERVAL);
        this.number = number;
        this.label = "agent " + agent;
        this.connections = connections;
        this.notifier = notifier;
        this.writer = new GroupCommitWriter(
                label,
                new PostgresTransactions(this, connections),
                // A platform thread, because the writer runs edits of callers, which may occupy a processor.
                PlatformThreads::unstarted,
                limits.writeQueue(),
                limits.waitTimeout(),
                last -> {
                    committed(last);
                    notifier.publish(number, last);
                });
        notifier.listen(number, changeListener);
    }

    /** Returns the number of the agent in the database. */
    long number() {
        return number;
    }

    /**
     * Returns the archive: the configured directory, or a table.
     *
     * @param rows access to the table
     */
    static ArchiveSegments archive(ConnectionPool connections, long number, TableArchiveSegments.RowAccess rows) {
        return connections
                .database()
                .archive()
                .<ArchiveSegments>map(
                        directory -> new DirectoryArchiveSegments(directory.resolve(String.valueOf(number))))
                .orElseGet(() -> new TableArchiveSegments(rows, connections.place()));
    }

    /** Returns the archive for use within a transaction. A table is accessed on the connection of the transaction. */
    private ArchiveSegments archive(SqlSession db) {
        return archive(connections, number, new TableArchiveSegments.CurrentTransaction(db));
    }

    /** Returns a write transaction that continues after a change. */
    SqlEdit edit(SqlSession db, LatestChange last) {
        return new SqlEdit(db, archive(db), last.number(), last.millis());
    }

    /**
     * Latest change of an agent.
     *
     * @param number sequence number of the change
     * @param millis time of the change, in milliseconds
     */
    record LatestChange(long number, long millis) {}

    /** Returns a query for the latest change of an agent. */
    static String latestChange(long agent) {
        return "select number, kind, at from stele.change where agent = %d order by number desc limit 1"
                .formatted(agent);
    }

    /**
     * Returns the change in the result of {@link #latestChange}.
     *
     * @throws AgentReplacedException if the agent was deleted or replaced
     */
    LatestChange lastOf(ResultSet latest) throws SQLException {
        if (!latest.next() || latest.getInt(2) == ChangeKind.AGENT_REPLACED.code()) {
            throw new AgentReplacedException(label);
        }
        return new LatestChange(latest.getLong(1), latest.getLong(3));
    }

    @Override
    protected <T extends @Nullable Object> T onFiles(Supplier<T> operation) {
        try {
            return operation.get();
        } catch (StelePersistenceException e) {
            requireInPlace(e);
            throw e;
        }
    }

    /** Throws an {@link AgentReplacedException} if the agent was deleted or replaced, which caused a failure. */
    private void requireInPlace(StelePersistenceException failure) {
        try {
            readRows(SqlView::lastChange);
        } catch (AgentReplacedException e) {
            e.addSuppressed(failure);
            throw e;
        } catch (StelePersistenceException e) {
            failure.addSuppressed(e);
        }
    }

    @Override
    protected <T extends @Nullable Object> T streamRows(Function<? super SqlView, T> query) {
        requireOpen();
        return stream("Reading " + label, db -> query.apply(new SqlView(db, archive(db))));
    }

    private <T extends @Nullable Object> T stream(String action, Function<SqlSession, T> query) {
        return connections.stream(action, PostgresDialect.SHARED, number, latestChange(number), this::lastOf, query);
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new ClosedException("The memory of " + label + " is closed; open it again to read.");
        }
    }

    @Override
    protected <T extends @Nullable Object> T readRows(Function<? super SqlView, T> query) {
        requireOpen();
        return connections.read(
                "Reading " + label,
                PostgresDialect.SHARED,
                number,
                latestChange(number),
                this::lastOf,
                db -> query.apply(new SqlView(db, archive(db))));
    }

    @Override
    protected <T extends @Nullable Object> T writeRows(Function<? super SqlEdit, T> edit) {
        return writer().write(edit);
    }

    @Override
    protected <T extends @Nullable Object> CompletableFuture<T> submitRows(Function<? super SqlEdit, T> edit) {
        return writer().submit(edit);
    }

    @Override
    public WriterStats writerStats() {
        return writer.stats(agent());
    }

    private GroupCommitWriter writer() {
        if (connections.readOnly()) {
            throw new ReadOnlyException("The memory of " + label + " is open for reading only; open it for writing.");
        }
        return writer;
    }

    /** Returns empty: a version counter would need a query to the server. */
    @Override
    public OptionalLong stamp() {
        return OptionalLong.empty();
    }

    /** Returns empty: another node that deletes data could not delete a cache file on this machine. */
    @Override
    public Optional<Path> derived(String name) {
        return Optional.empty();
    }

    @Override
    public Optional<Lease> lease(String name) {
        requireOpen();
        Optional<PostgresLease> lease = PostgresLease.take(connections, label, number, name, leases::remove);
        lease.ifPresent(leases::add);
        if (closed.get()) {
            leases.forEach(PostgresLease::abandon);
        }
        return lease.map(held -> held);
    }

    @Override
    protected void verifyFiles(Consumer<String> problem, Consumer<String> remark) {}

    @Override
    protected void verifyDatabase(SqlView view, Consumer<String> problem) {
        if (!view.db().any("select 1 from {meta} where key = 'agent'")) {
            problem.accept("the name of the agent is missing in " + place());
        }
    }

    @Override
    protected String place() {
        return connections.place();
    }

    @Override
    protected void scrubDerived() {}

    /** Only waits for readers: autovacuum of the server reuses the space of deleted rows. */
    @Override
    protected boolean scrubDatabase() {
        return awaitOlderReaders();
    }

    /**
     * {@inheritDoc}
     *
     * <p>Rows need no wait, because the server keeps them for the readers. It does not keep the files of an archive
     * directory.
     */
    @Override
    protected boolean awaitOlderReaders() {
        return connections.database().archive().isEmpty() || OlderSnapshots.awaitEnd(connections);
    }

    @Override
    public void backup(Path target) {
        new TableBackup(connections).write(agent(), target, this::archive, copy -> {
            stream("Backing up " + label, db -> {
                copy.accept(db);
                return target;
            });
        });
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            notifier.unlisten(number, changeListener);
            leases.forEach(PostgresLease::abandon);
            writer.close();
        }
    }
}
