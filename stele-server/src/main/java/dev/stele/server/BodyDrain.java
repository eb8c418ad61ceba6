package dev.stele.server;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;

/**
 * Reads what is left of a refused request's body, without a thread, up to a bound in bytes and in time. A connection that is
 * closed with data unread is reset, which can take the answer with it; so the client hears the refusal, and may go on using
 * its connection.
 */
final class BodyDrain implements Invocable.Task, Watchdog.Watched {

    private static final long MAX_BYTES = 1 << 20;
    private static final long MAX_NANOS = 2_000_000_000L;

    private final Request request;
    private final Watchdog watchdog;
    private final Consumer<Boolean> then;
    private final long startNanos = System.nanoTime();
    private final AtomicBoolean ended = new AtomicBoolean();
    /** Touched by the thread of the connection alone. */
    private long drained;

    private BodyDrain(Request request, Watchdog watchdog, Consumer<Boolean> then) {
        this.request = request;
        this.watchdog = watchdog;
        this.then = then;
    }

    /** @param then receives whether all was read */
    static void drain(Request request, Watchdog watchdog, Consumer<Boolean> then) {
        var drain = new BodyDrain(request, watchdog, then);
        watchdog.watch(drain);
        drain.run();
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public void run() {
        try {
            while (!ended.get()) {
                Content.Chunk chunk = request.read();
                if (chunk == null) {
                    request.demand(this);
                    return;
                }
                if (Content.Chunk.isFailure(chunk)) {
                    end(false);
                    return;
                }
                drained += chunk.remaining();
                boolean last = chunk.isLast();
                chunk.release();
                if (last || drained > MAX_BYTES) {
                    end(last);
                    return;
                }
            }
        } catch (Throwable e) { // another reader has the body, or the connection is gone
            System.getLogger(BodyDrain.class.getName())
                    .log(System.Logger.Level.DEBUG, "a refused request broke off", e);
            end(false);
        }
    }

    private void end(boolean whole) {
        if (ended.compareAndSet(false, true)) {
            watchdog.unwatch(this);
            then.accept(whole);
        }
    }

    @Override
    public void inspect(long now) {
        if (now - startNanos > MAX_NANOS) {
            end(false);
        }
    }
}
