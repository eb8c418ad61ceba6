package dev.stele.postgres;

import dev.stele.concurrent.GuardedLoop;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Sends and receives notifications about changed agents between nodes, with {@code LISTEN} and {@code NOTIFY}.
 * Thread-safe.
 *
 * <p>Notifications are only hints. A node that receives none, for example behind a connection pooler in transaction
 * mode, polls for changes every {@link #POLL_INTERVAL}.
 *
 * <p>Notifications are sent after the commits, in batches for many agents. A transaction with {@code NOTIFY} holds a
 * lock of the whole server during its commit (postgresql.org/docs/current/sql-notify.html), so a notification within
 * each commit would serialize the commits of unrelated agents.
 */
final class ChangeNotifier implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ChangeNotifier.class.getName());
    private static final String CHANNEL = "stele_change";
    /** A change in a payload: number of the agent and sequence number of its latest change. */
    private static final Pattern CHANGE = Pattern.compile("(\\d{1,18}):(\\d{1,18})");
    /** Interval at which a node polls for changes without a notification. */
    static final Duration POLL_INTERVAL = Duration.ofMillis(250);
    /** Maximum number of agents in one notification, whose payload is limited to 8,000 bytes. */
    private static final int MAX_AGENTS_PER_NOTIFICATION = 150;

    private static final Duration RETRY_DELAY = Duration.ofSeconds(1);
    private static final int WAIT_MILLIS = 1_000;

    private final ConnectionPool connections;
    /** Sequence numbers of the latest changes that have not been published, by agent number. */
    private final Map<Long, Long> unpublished = new ConcurrentHashMap<>();
    /** Has a permit if there may be unpublished changes. */
    private final Semaphore unpublishedSignal = new Semaphore(0);

    private final Map<Long, Set<Consumer<Long>>> listeners = new ConcurrentHashMap<>();
    private final List<GuardedLoop> loops;

    ChangeNotifier(ConnectionPool connections) {
        this.connections = connections;
        GuardedLoop receiver = loop("stele-change-receiver", this::receiveAll);
        try {
            this.loops = connections.readOnly()
                    ? List.of(receiver)
                    : List.of(receiver, loop("stele-change-publisher", this::publishAll));
        } catch (Throwable e) { // the system has no thread left
            receiver.stop();
            receiver.interrupt();
            throw e;
        }
    }

    /** Starts a loop that runs a task on a connection of its own, and again on a new connection when that is lost. */
    private GuardedLoop loop(String name, ConnectionTask task) {
        return GuardedLoop.start(
                name, LOG, (thread, work) -> Thread.ofVirtual().name(thread).unstarted(work), loop -> {
                    try (Connection connection = connections.openUnpooled()) {
                        task.run(connection, loop);
                    } catch (SQLException e) {
                        LOG.log(System.Logger.Level.DEBUG, () -> "no change notifications for now: " + e.getSQLState());
                    }
                    loop.await(RETRY_DELAY);
                });
    }

    /**
     * Publishes a change to the other nodes in the background. Does not block.
     *
     * @param agent number of the agent
     * @param last sequence number of its latest change
     */
    void publish(long agent, long last) {
        unpublished.merge(agent, last, Math::max);
        if (unpublishedSignal.availablePermits() == 0) {
            unpublishedSignal.release();
        }
    }

    /**
     * Registers a listener for changes of an agent by other nodes.
     *
     * @param listener receives the sequence number of the latest change; must not block
     */
    void listen(long agent, Consumer<Long> listener) {
        listeners.computeIfAbsent(agent, _ -> ConcurrentHashMap.newKeySet()).add(listener);
    }

    /** Unregisters a listener. */
    void unlisten(long agent, Consumer<Long> listener) {
        listeners.computeIfPresent(agent, (_, all) -> {
            all.remove(listener);
            return all.isEmpty() ? null : all;
        });
    }

    /** Task that runs on a connection of its own. */
    private interface ConnectionTask {
        void run(Connection connection, GuardedLoop loop) throws SQLException, InterruptedException;
    }

    private void receiveAll(Connection connection, GuardedLoop loop) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("listen " + CHANNEL);
        }
        PGConnection server = connection.unwrap(PGConnection.class);
        while (!loop.isStopped()) {
            PGNotification[] notifications = server.getNotifications(WAIT_MILLIS);
            if (notifications == null || notifications.length == 0) {
                // Either nothing has changed, or the connection is lost.
                if (!connection.isValid(WAIT_MILLIS / 1_000)) {
                    return;
                }
                continue;
            }
            for (PGNotification notification : notifications) {
                for (String change : notification.getParameter().split(",", -1)) {
                    receive(change);
                }
            }
        }
    }

    private void receive(String change) {
        Matcher matcher = CHANGE.matcher(change);
        if (matcher.matches()) { // other clients of the database may send anything on the channel
            long last = Long.parseLong(matcher.group(2));
            listeners
                    .getOrDefault(Long.parseLong(matcher.group(1)), Set.of())
                    .forEach(listener -> listener.accept(last));
        }
    }

    private void publishAll(Connection connection, GuardedLoop loop) throws SQLException, InterruptedException {
        try (PreparedStatement notify = connection.prepareStatement(
                "select pg_notify('" + CHANNEL + "', ?), set_config('synchronous_commit', 'off', true)")) {
            while (!loop.isStopped()) {
                if (!unpublishedSignal.tryAcquire(WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
                    continue;
                }
                var batch = new HashMap<Long, Long>();
                for (long agent : List.copyOf(unpublished.keySet())) {
                    if (batch.size() < MAX_AGENTS_PER_NOTIFICATION) {
                        Long last = unpublished.remove(agent);
                        if (last != null) {
                            batch.put(agent, last);
                        }
                    }
                }
                if (!unpublished.isEmpty()) {
                    unpublishedSignal.release();
                }
                if (!batch.isEmpty()) {
                    var payload = new StringBuilder();
                    batch.forEach((agent, last) ->
                            payload.append(agent).append(':').append(last).append(','));
                    notify.setString(1, payload.toString());
                    notify.execute();
                }
            }
        }
    }

    /** Ends both threads and their connections. Other nodes find unpublished changes at their next poll. */
    @Override
    public void close() {
        loops.forEach(GuardedLoop::stop);
        unpublishedSignal.release();
        // Ends a wait on the connection, which no other thread uses.
        loops.forEach(GuardedLoop::interrupt);
        for (GuardedLoop loop : loops) {
            boolean _ = loop.join(RETRY_DELAY);
        }
    }
}
