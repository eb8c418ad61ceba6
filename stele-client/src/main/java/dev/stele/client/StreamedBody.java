package dev.stele.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Body of an answer that is read while it arrives. A read waits for a bounded time, and {@link #close} ends it, because
 * the input stream of the JDK's client does the first never and a reader around it delays the second.
 *
 * <p>Used by one reading thread; {@link #close} may be called by any thread and waits for nothing. At most one piece is
 * held in advance, so that a slow reader slows the server down.
 */
final class StreamedBody extends InputStream implements HttpResponse.BodySubscriber<InputStream> {

    /** Ends the queue after the last piece, after a failure and after {@link #close}. */
    private static final List<ByteBuffer> END = List.of();

    private final Duration maxSilence;
    private final BlockingQueue<List<ByteBuffer>> arrived = new LinkedBlockingQueue<>();
    private volatile Flow.@Nullable Subscription subscription;
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;
    /** Rest of the piece that is read, used by the reading thread only. */
    private final Queue<ByteBuffer> piece = new ArrayDeque<>();

    /**
     * @param maxSilence maximum time that a read waits for the next piece
     */
    StreamedBody(Duration maxSilence) {
        this.maxSilence = maxSilence;
    }

    @Override
    public CompletionStage<InputStream> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription granted) {
        subscription = granted;
        if (closed) { // before there was anything to cancel
            granted.cancel();
        } else {
            granted.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        List<ByteBuffer> filled =
                buffers.stream().filter(ByteBuffer::hasRemaining).toList();
        if (!filled.isEmpty()) {
            arrived.add(filled);
            return;
        }
        Flow.Subscription granted = subscription;
        if (granted != null) {
            granted.request(1); // an empty piece would look like the end
        }
    }

    @Override
    public void onError(Throwable error) {
        failure = error;
        arrived.add(END);
    }

    @Override
    public void onComplete() {
        arrived.add(END);
    }

    @Override
    public int read() throws IOException {
        byte[] octet = new byte[1];
        return read(octet, 0, 1) < 0 ? -1 : octet[0] & 0xff;
    }

    /**
     * Reads what has arrived, and waits for it if it is nothing yet.
     *
     * @throws SocketTimeoutException if nothing arrived for the maximum time
     * @throws InterruptedIOException if the thread was interrupted
     */
    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!closed) {
            ByteBuffer buffer = piece.peek();
            if (buffer == null) {
                List<ByteBuffer> buffers = await();
                if (buffers.isEmpty()) {
                    return end();
                }
                piece.addAll(buffers);
            } else if (buffer.hasRemaining()) {
                int count = Math.min(length, buffer.remaining());
                buffer.get(target, offset, count);
                return count;
            } else {
                piece.remove();
            }
        }
        return -1;
    }

    private List<ByteBuffer> await() throws IOException {
        try {
            List<ByteBuffer> buffers = arrived.poll(maxSilence.toNanos(), TimeUnit.NANOSECONDS);
            if (buffers == null) {
                throw new SocketTimeoutException("silent for " + maxSilence.toMillis() + " ms");
            }
            Flow.Subscription granted = subscription;
            if (!buffers.isEmpty() && granted != null) {
                granted.request(1);
            }
            return buffers;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    private int end() throws IOException {
        arrived.add(END); // for the next read
        Throwable cause = failure;
        if (cause != null && !closed) {
            throw new IOException(cause.getMessage(), cause);
        }
        return -1;
    }

    /** Closes the connection unless the body is complete, and ends a read that waits, as at the end. Idempotent. */
    @Override
    public void close() {
        closed = true;
        arrived.add(END);
        Flow.Subscription granted = subscription;
        if (granted != null) {
            granted.cancel();
        }
    }
}
