package dev.stele.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/** TCP proxy that simulates a network which can be stalled and cut, also right after a commit of the server. */
final class TcpProxy implements AutoCloseable {

    private final ServerSocket in;
    private final String host;
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition flows = lock.newCondition();
    private boolean stalled;
    /** Statement after whose commit the connection is cut; empty for none. */
    private volatile String fatalStatement = "";

    private final AtomicInteger lostCommits = new AtomicInteger();

    /** Connection of a client to the server. */
    private static final class Link {
        /** Whether the connection is cut before the client learns of its next commit. */
        volatile boolean fatal;
    }

    TcpProxy(String host, int port) throws IOException {
        this.host = host;
        this.port = port;
        this.in = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return in.getLocalPort();
    }

    private void accept() {
        while (!in.isClosed()) {
            try {
                Socket near = in.accept();
                Socket far = new Socket(host, port);
                sockets.add(near);
                sockets.add(far);
                var link = new Link();
                Thread.ofVirtual()
                        .start(() -> pump(near, far, sent -> {
                            if (!fatalStatement.isEmpty() && sent.contains(fatalStatement)) {
                                link.fatal = true;
                            }
                            return true;
                        }));
                Thread.ofVirtual()
                        .start(() -> pump(far, near, received -> {
                            if (link.fatal && received.contains("COMMIT\0")) {
                                fatalStatement = "";
                                lostCommits.incrementAndGet();
                                return false;
                            }
                            return true;
                        }));
            } catch (IOException e) {
                // Accepts the next connection, or ends if the proxy was closed.
            }
        }
    }

    /** @param passes returns whether data may pass; if not, the connection is cut */
    private void pump(Socket from, Socket to, Predicate<String> passes) {
        var buffer = new byte[8_192];
        try (from;
                to) {
            InputStream bytes = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = bytes.read(buffer); n >= 0; n = bytes.read(buffer)) {
                awaitFlow();
                if (!passes.test(new String(buffer, 0, n, StandardCharsets.ISO_8859_1))) {
                    return;
                }
                out.write(buffer, 0, n);
            }
        } catch (IOException | InterruptedException e) {
            // The connection was cut; the other direction is closed together with this one.
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private void awaitFlow() throws InterruptedException {
        lock.lock();
        try {
            while (stalled) {
                flows.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Stops the transfer of data; connections stay open. */
    void stall() {
        set(true);
    }

    void flow() {
        set(false);
    }

    private void set(boolean stall) {
        lock.lock();
        try {
            stalled = stall;
            flows.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Cuts the next connection that sends a statement, after the server has committed it and before the client learns of
     * the commit.
     */
    void loseCommitOf(String statement) {
        fatalStatement = statement;
    }

    /** Returns how many commits were lost by {@link #loseCommitOf}. */
    int lostCommits() {
        return lostCommits.get();
    }

    /** Closes all current connections; new ones are accepted. */
    void cut() {
        sockets.forEach(socket -> {
            try (socket) {
                socket.setSoLinger(true, 0);
            } catch (IOException e) {
                // The connection was closed in the meantime.
            }
        });
    }

    @Override
    public void close() throws IOException {
        in.close();
        flow();
        cut();
    }
}
