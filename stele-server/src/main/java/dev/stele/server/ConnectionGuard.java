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
 * Bounds open connections and still accepts new ones: past the bound the connections that were silent longest are closed
 * to make room, as every HTTP server may close a silent connection. Connections on which a stream runs stay. Past a reserve
 * beyond the bound, which only connections fill on which something runs, a new one is closed at once. One remote address may
 * hold a share of the bound. Thread-safe.
 */
final class ConnectionGuard implements SelectorManager.AcceptListener, Connection.Listener {

    private static final System.Logger LOG = System.getLogger(ConnectionGuard.class.getName());

    /** A connection is not closed before it was silent for this long: its request may be on the way. */
    private static final long MIN_SILENCE_MILLIS = 200;

    private final int max;
    private final int reserve;
    private final int maxOfAddress;
    private final Map<EndPoint, Boolean> open = new ConcurrentHashMap<>();
    private final Counters ofAddress = new Counters();
    private final AtomicInteger count = new AtomicInteger();
    private final Set<EndPoint> kept = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Supplier<Set<EndPoint>>> busy = new AtomicReference<>(Set::of);

    /**
     * @param max maximum number of connections
     * @param sharePercent largest share of them for one remote address that is not this machine
     */
    ConnectionGuard(int max, int sharePercent) {
        this.max = max;
        this.reserve = Math.max(16, max / 16);
        this.maxOfAddress = Math.max(1, (int) Math.ceilDiv((long) max * sharePercent, 100));
    }

    /**
     * @param busy tells the connections on which requests run now; asked only when room has to be made
     */
    void requests(Supplier<Set<EndPoint>> busy) {
        this.busy.set(busy);
    }

    /** Keeps a connection however silent it is: it has become a WebSocket. */
    void keep(EndPoint endPoint) {
        kept.add(endPoint);
    }

    void release(EndPoint endPoint) {
        kept.remove(endPoint);
    }

    @Override
    public void onAccepting(SelectableChannel channel) {
        if (count.get() >= max + reserve) {
            LOG.log(System.Logger.Level.DEBUG, "a connection is refused; something runs on all others");
            IO.close(channel);
        }
    }

    @Override
    public void onOpened(Connection connection) {
        EndPoint endPoint = connection.getEndPoint();
        if (open.putIfAbsent(endPoint, true) != null) {
            return; // the same connection in another protocol
        }
        int now = count.incrementAndGet();
        String address = remote(endPoint);
        if (!address.isEmpty() && !ofAddress.tryAdd(address, 1, maxOfAddress)) {
            count.decrementAndGet();
            open.remove(endPoint);
            endPoint.close();
            return;
        }
        if (now > max) {
            makeRoom(now - max, endPoint);
        }
    }

    @Override
    public void onClosed(Connection connection) {
        closed(connection.getEndPoint());
    }

    private void closed(EndPoint endPoint) {
        if (endPoint.isOpen()) {
            return; // it goes on in another protocol
        }
        kept.remove(endPoint);
        if (open.remove(endPoint) != null) {
            count.decrementAndGet();
            String address = remote(endPoint);
            if (!address.isEmpty()) {
                ofAddress.subtract(address, 1);
            }
        }
    }

    /** The address that connections count against; empty for this machine. */
    private static String remote(EndPoint endPoint) {
        return endPoint.getRemoteSocketAddress() instanceof InetSocketAddress remote
                        && remote.getAddress() != null
                        && !remote.getAddress().isLoopbackAddress()
                ? remote.getAddress().getHostAddress()
                : "";
    }

    /** Closes the connections that were silent longest, some more than needed so that not every new one has to look. */
    private void makeRoom(int needed, EndPoint except) {
        open.keySet().forEach(this::closed);
        Set<EndPoint> running = busy.get().get();
        List<AbstractEndPoint> silent = open.keySet().stream()
                .filter(endPoint -> !endPoint.equals(except) && !kept.contains(endPoint) && !running.contains(endPoint))
                .flatMap(endPoint -> endPoint instanceof AbstractEndPoint known
                        ? java.util.stream.Stream.of(known)
                        : java.util.stream.Stream.empty())
                .filter(endPoint -> endPoint.getIdleFor() >= MIN_SILENCE_MILLIS)
                .sorted(Comparator.comparingLong(AbstractEndPoint::getIdleFor).reversed())
                .limit(needed + max / 100)
                .toList();
        LOG.log(System.Logger.Level.DEBUG, () -> "closing " + silent.size() + " silent connections to make room");
        silent.forEach(EndPoint::close);
    }

    /** Number of open connections. */
    int count() {
        return count.get();
    }
}
