package dev.stele.postgres;

import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.AgentName;
import dev.stele.model.ChangeKind;
import dev.stele.model.ClosedException;
import dev.stele.model.Limits;
import dev.stele.model.ReadOnlyException;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One agent's rows, on the connections that all agents of this node share. */
final class PostgresStore extends SqlStore {

    private final long number;
    private final String what;
    private final ConnectionPool connections;
    private final ChangeNotifier notices;
    private final GroupCommitWriter writer;
    private final Consumer<Long> hearing = this::committed;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param number of the agent in the database */
    PostgresStore(AgentName agent, long number, ConnectionPool connections, ChangeNotifier notices, Limits limits) {
        super(
                agent,
                archive(connections, number, new TableArchiveSegments.Apart(connections, number)),
                ChangeNotifier.LOOK);
        this.number = number;
        this.what = "agent " + agent;
        this.connections = connections;
        this.notices = notices;
        this.writer = new GroupCommitWriter(
                what,
                new PostgresTransactions(this, connections),
                // It waits for the server most of the time, but runs the edits of callers, which may take a processor.
                PlatformThreads::unstarted,
                limits.writeQueue(),
                limits.patience(),
                last -> {
                    committed(last);
                    notices.tell(number, last);
                });
        notices.listen(number, hearing);
    }

    long number() {
        return number;
    }

    /** @param rows where its files are reached that are in the database */
    private static ArchiveSegments archive(ConnectionPool connections, long number, TableArchiveSegments.Rows rows) {
        return connections
                .database()
                .archive()
                .<ArchiveSegments>map(
                        directory -> new DirectoryArchiveSegments(directory.resolve(String.valueOf(number))))
                .orElseGet(() -> new TableArchiveSegments(rows, connections.place()));
    }

    /** The archive as it is reached inside a transaction, whose connection it uses. */
    private ArchiveSegments archive(SqlSession db) {
        return archive(connections, number, new TableArchiveSegments.Within(db));
    }

    SqlEdit edit(SqlSession db, long last) {
        return new SqlEdit(db, archive(db), last);
    }

    /** Asks for the latest change of an agent. */
    static String latestChange(long agent) {
        return "select number, kind from stele.change where agent = %d order by number desc limit 1".formatted(agent);
    }

    /** The number of the {@link #latestChange}; where there is none the agent was forgotten. */
    long lastOf(ResultSet latest) throws SQLException {
        if (!latest.next() || latest.getInt(2) == ChangeKind.AGENT_REPLACED.code()) {
            throw new AgentReplacedException(what);
        }
        return latest.getLong(1);
    }

    @Override
    protected <T extends @Nullable Object> T readRows(Function<? super SqlView, T> query) {
        if (closed.get()) {
            throw new ClosedException("The memory of " + what + " is closed; open it again to read.");
        }
        return connections.read(
                "Reading " + what,
                PostgresDialect.SHARED,
                number,
                latestChange(number),
                this::lastOf,
                db -> query.apply(new SqlView(db, archive(db))));
    }

    @Override
    protected <T extends @Nullable Object> T writeRows(Function<? super SqlEdit, T> edit) {
        if (connections.readOnly()) {
            throw new ReadOnlyException("The memory of " + what + " is open for reading only; open it for writing.");
        }
        return writer.write(edit);
    }

    /** Only the server knows, and it would have to be asked. */
    @Override
    public OptionalLong stamp() {
        return OptionalLong.empty();
    }

    /** A file on this machine could not be deleted when another node forgets. */
    @Override
    public Optional<Path> derived(String name) {
        return Optional.empty();
    }

    @Override
    public Optional<Lease> lease(String name) {
        return PostgresLease.take(connections, what, number, name).map(lease -> lease);
    }

    @Override
    protected void verifyDatabase(SqlView view, Consumer<String> problem) {
        if (!view.db().any("select 1 from {meta} where key = 'agent'")) {
            problem.accept("the memory in " + place() + " does not say whose it is");
        }
    }

    @Override
    protected String place() {
        return connections.place();
    }

    @Override
    protected void scrubDerived() {}

    /** The server gives the room of deleted rows to others when it vacuums, which it does by itself. */
    @Override
    protected boolean scrubDatabase() {
        return true;
    }

    @Override
    public void backup(Path target) {
        new TableBackup(connections).write(agent(), number, target, this::archive);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            notices.unlisten(number, hearing);
            writer.close();
        }
    }
}
