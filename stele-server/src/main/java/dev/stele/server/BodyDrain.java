package dev.stele.server;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;

/**
 * Non-blocking reader that discards the rest of the body of a refused request, up to {@value #MAX_BYTES} bytes and two
 * seconds.
 *
 * <p>The operating system resets a connection that is closed with unread data, and the reset can destroy the response
 * on its way. Reading the rest first lets the client receive the refusal and keep its connection.
 */
final class BodyDrain implements Invocable.Task, Watchdog.Watched {

    private static final long MAX_BYTES = 1 << 20;
    private static final long MAX_NANOS = 2_000_000_000L;

    private final Request request;
    private final Watchdog watchdog;
    private final Consumer<Boolean> completion;
    private final long startNanos = System.nanoTime();
    private final AtomicBoolean ended = new AtomicBoolean();
    /** Bytes read so far. Accessed only by the thread of the connection. */
    private long drainedBytes;

    private BodyDrain(Request request, Watchdog watchdog, Consumer<Boolean> completion) {
        this.request = request;
        this.watchdog = watchdog;
        this.completion = completion;
    }

    /**
     * Starts to discard the body.
     *
     * @param completion called once at the end, with true if the whole body was read
     */
    static void drain(Request request, Watchdog watchdog, Consumer<Boolean> completion) {
        var drain = new BodyDrain(request, watchdog, completion);
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
                drainedBytes += chunk.remaining();
                boolean last = chunk.isLast();
                chunk.release();
                if (last || drainedBytes > MAX_BYTES) {
                    end(last);
                    return;
                }
            }
        } catch (Throwable e) { // another reader holds the body, or the connection is closed
            System.getLogger(BodyDrain.class.getName())
                    .log(System.Logger.Level.DEBUG, "the body of a refused request ended early", e);
            end(false);
        }
    }

    private void end(boolean complete) {
        if (ended.compareAndSet(false, true)) {
            watchdog.unwatch(this);
            completion.accept(complete);
        }
    }

    @Override
    public void inspect(long now) {
        if (now - startNanos > MAX_NANOS) {
            end(false);
        }
    }
}
