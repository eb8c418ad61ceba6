package dev.stele.server;

import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.util.IO;

/**
 * Jetty listener that bounds the number of open connections. Thread-safe.
 *
 * <p>When the bound is reached, the guard still accepts new connections and closes those that have been idle longest,
 * as every HTTP server may do. Connections with a running request, a stream or a WebSocket are not closed. If only such
 * connections are left, they fill a reserve above the bound; when the reserve is full, new connections are refused. One
 * remote address may hold only a share of the bound.
 */
final class ConnectionGuard implements SelectorManager.AcceptListener, Connection.Listener {

    private static final System.Logger LOG = System.getLogger(ConnectionGuard.class.getName());

    /** Minimum idle time of a connection that is closed, because a request may be on its way. */
    private static final long MIN_IDLE_MILLIS = 200;

    private final int max;
    private final int reserve;
    private final int maxOfAddress;
    private final Map<EndPoint, Boolean> open = new ConcurrentHashMap<>();
    private final Counters openOfAddress = new Counters();
    private final AtomicInteger count = new AtomicInteger();
    private final Set<EndPoint> kept = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Supplier<Set<EndPoint>>> busyConnections = new AtomicReference<>(Set::of);

    /**
     * @param max maximum number of connections
     * @param sharePercent share of the maximum that one remote address may hold, 1 to 100; connections from this
     *     machine are not counted
     */
    ConnectionGuard(int max, int sharePercent) {
        this.max = max;
        this.reserve = Math.max(16, max / 16);
        this.maxOfAddress = Math.max(1, (int) Math.ceilDiv((long) max * sharePercent, 100));
    }

    /**
     * Sets the supplier of connections that must not be closed because a request runs on them.
     *
     * @param busyConnections called only when connections have to be closed
     */
    void setBusyConnections(Supplier<Set<EndPoint>> busyConnections) {
        this.busyConnections.set(busyConnections);
    }

    /** Protects a connection that becomes a WebSocket: it may be idle for any time. */
    void keep(EndPoint endPoint) {
        kept.add(endPoint);
    }

    /** Ends the protection of a connection. */
    void release(EndPoint endPoint) {
        kept.remove(endPoint);
    }

    @Override
    public void onAccepting(SelectableChannel channel) {
        if (count.get() >= max + reserve) {
            LOG.log(System.Logger.Level.DEBUG, "a connection is refused because all others are busy");
            IO.close(channel);
        }
    }

    @Override
    public void onOpened(Connection connection) {
        EndPoint endPoint = connection.getEndPoint();
        if (open.putIfAbsent(endPoint, true) != null) {
            return; // the connection switched to another protocol
        }
        int connections = count.incrementAndGet();
        String address = remote(endPoint);
        if (!address.isEmpty() && !openOfAddress.tryAdd(address, 1, maxOfAddress)) {
            count.decrementAndGet();
            open.remove(endPoint);
            endPoint.close();
            return;
        }
        if (connections > max) {
            closeIdle(connections - max, endPoint);
        }
    }

    @Override
    public void onClosed(Connection connection) {
        closed(connection.getEndPoint());
    }

    private void closed(EndPoint endPoint) {
        if (endPoint.isOpen()) {
            return; // the connection continues with another protocol
        }
        kept.remove(endPoint);
        if (open.remove(endPoint) != null) {
            count.decrementAndGet();
            String address = remote(endPoint);
            if (!address.isEmpty()) {
                openOfAddress.subtract(address, 1);
            }
        }
    }

    /** Returns the remote address that a connection is counted for; empty for this machine. */
    private static String remote(EndPoint endPoint) {
        return endPoint.getRemoteSocketAddress() instanceof InetSocketAddress remote
                        && remote.getAddress() != null
                        && !remote.getAddress().isLoopbackAddress()
                ? remote.getAddress().getHostAddress()
                : "";
    }

    /**
     * Closes the connections that have been idle longest. Closes one percent of the maximum more than needed, so that
     * not every new connection repeats the search.
     */
    private void closeIdle(int needed, EndPoint newest) {
        open.keySet().forEach(this::closed);
        Set<EndPoint> busy = busyConnections.get().get();
        List<AbstractEndPoint> idle = open.keySet().stream()
                .filter(endPoint -> !endPoint.equals(newest) && !kept.contains(endPoint) && !busy.contains(endPoint))
                .flatMap(endPoint -> endPoint instanceof AbstractEndPoint abstractEndPoint
                        ? java.util.stream.Stream.of(abstractEndPoint)
                        : java.util.stream.Stream.empty())
                .filter(endPoint -> endPoint.getIdleFor() >= MIN_IDLE_MILLIS)
                .sorted(Comparator.comparingLong(AbstractEndPoint::getIdleFor).reversed())
                .limit(needed + max / 100)
                .toList();
        LOG.log(System.Logger.Level.DEBUG, () -> "closing " + idle.size() + " idle connections");
        idle.forEach(EndPoint::close);
    }

    /** Returns the number of open connections. */
    int count() {
        return count.get();
    }
}
