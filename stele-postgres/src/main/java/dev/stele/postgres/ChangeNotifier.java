package dev.stele.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Tells other nodes which agents have changed, and hears it from them. A hint and no more: a node that hears nothing, as behind a
 * pooler that hands out connections by transactions, looks by itself now and then.
 *
 * <p>Told after the commits and not in them, many agents at once: a transaction that notifies holds a lock of the whole server while it
 * commits (postgresql.org/docs/current/sql-notify.html), and agents that have nothing to do with each other would wait for it.
 */
final class ChangeNotifier implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ChangeNotifier.class.getName());
    private static final String CHANNEL = "stele_change";
    private static final Pattern CHANGE = Pattern.compile("(\\d{1,18}):(\\d{1,18})");
    /** How often to look for changes that nobody told of. */
    static final Duration LOOK = Duration.ofMillis(250);
    /** A payload has less than 8,000 bytes. */
    private static final int MAX_IN_ONE = 150;

    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final int HEAR_MILLIS = 1_000;

    private final ConnectionPool connections;
    /** Numbers of the latest changes that were not told yet, by agents. */
    private final Map<Long, Long> untold = new ConcurrentHashMap<>();
    /** Has a permit when there may be something to tell. */
    private final Semaphore news = new Semaphore(0);

    private final Map<Long, Set<Consumer<Long>>> listeners = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<Thread> threads;

    ChangeNotifier(ConnectionPool connections) {
        this.connections = connections;
        Thread hearing = worker("stele-hear", this::hear);
        this.threads =
                connections.readOnly() ? List.of(hearing) : List.of(hearing, worker("stele-tell", this::tellAll));
        threads.forEach(Thread::start);
    }

    private Thread worker(String name, Work work) {
        return Thread.ofVirtual().name(name).unstarted(() -> keep(work));
    }

    void tell(long agent, long last) {
        untold.merge(agent, last, Math::max);
        if (news.availablePermits() == 0) {
            news.release();
        }
    }

    void listen(long agent, Consumer<Long> listener) {
        listeners.computeIfAbsent(agent, _ -> ConcurrentHashMap.newKeySet()).add(listener);
    }

    void unlisten(long agent, Consumer<Long> listener) {
        listeners.computeIfPresent(agent, (_, all) -> {
            all.remove(listener);
            return all.isEmpty() ? null : all;
        });
    }

    private interface Work {
        void on(Connection connection) throws SQLException, InterruptedException;
    }

    /** Works on a connection of its own, and on another when that is lost. */
    private void keep(Work work) {
        try {
            while (closed.getCount() > 0) {
                try (Connection connection = connections.apart()) {
                    work.on(connection);
                } catch (SQLException e) {
                    LOG.log(System.Logger.Level.DEBUG, () -> "no notices for a while: " + e.getSQLState());
                }
                boolean _ = closed.await(AGAIN.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void hear(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("listen " + CHANNEL);
        }
        PGConnection server = connection.unwrap(PGConnection.class);
        while (closed.getCount() > 0) {
            PGNotification[] heard = server.getNotifications(HEAR_MILLIS);
            if (heard == null || heard.length == 0) {
                // Nothing has been said for a while, or nobody is there any more to say it.
                if (!connection.isValid(HEAR_MILLIS / 1_000)) {
                    return;
                }
                continue;
            }
            for (PGNotification notice : heard) {
                for (String change : notice.getParameter().split(",", -1)) {
                    hear(change);
                }
            }
        }
    }

    private void hear(String change) {
        Matcher told = CHANGE.matcher(change);
        if (told.matches()) { // anybody may say anything on a channel
            long last = Long.parseLong(told.group(2));
            listeners.getOrDefault(Long.parseLong(told.group(1)), Set.of()).forEach(listener -> listener.accept(last));
        }
    }

    private void tellAll(Connection connection) throws SQLException, InterruptedException {
        try (PreparedStatement tell = connection.prepareStatement(
                "select pg_notify('" + CHANNEL + "', ?), set_config('synchronous_commit', 'off', true)")) {
            while (closed.getCount() > 0) {
                if (!news.tryAcquire(HEAR_MILLIS, TimeUnit.MILLISECONDS)) {
                    continue;
                }
                var now = new HashMap<Long, Long>();
                for (long agent : List.copyOf(untold.keySet())) {
                    if (now.size() < MAX_IN_ONE) {
                        Long last = untold.remove(agent);
                        if (last != null) {
                            now.put(agent, last);
                        }
                    }
                }
                if (!untold.isEmpty()) {
                    news.release();
                }
                if (!now.isEmpty()) {
                    var text = new StringBuilder();
                    now.forEach((agent, last) ->
                            text.append(agent).append(':').append(last).append(','));
                    tell.setString(1, text.toString());
                    tell.execute();
                }
            }
        }
    }

    /** Ends both threads and their connections; what was not told by then others see when they look. */
    @Override
    public void close() {
        closed.countDown();
        news.release();
        boolean interrupted = false;
        for (Thread thread : threads) {
            // Ends what it waits for on its connection, which nobody else uses.
            thread.interrupt();
            try {
                boolean _ = thread.join(AGAIN);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
