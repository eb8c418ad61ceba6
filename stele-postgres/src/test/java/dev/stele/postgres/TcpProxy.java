package dev.stele.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** TCP proxy that simulates a network which can be stalled and cut. */
final class TcpProxy implements AutoCloseable {

    private final ServerSocket in;
    private final String host;
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition flows = lock.newCondition();
    private boolean stalled;

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
                Thread.ofVirtual().start(() -> pump(near, far));
                Thread.ofVirtual().start(() -> pump(far, near));
            } catch (IOException e) {
                // Accepts the next connection, or ends if the proxy was closed.
            }
        }
    }

    private void pump(Socket from, Socket to) {
        var buffer = new byte[8_192];
        try (from;
                to) {
            InputStream bytes = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = bytes.read(buffer); n >= 0; n = bytes.read(buffer)) {
                awaitFlow();
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
