package dev.stele.server;

import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.IO;
import org.jspecify.annotations.Nullable;

/**
 * Blocking input stream of the body of a request. Not thread-safe.
 *
 * <p>Reading waits for the client. {@link #close} releases the memory of bytes that arrived but were not read. It
 * leaves the rest of the body unread, so that {@link BodyDrain} can discard that rest and a refusal can reach the
 * client.
 */
final class BodyStream extends InputStream {

    private final Request request;
    private final Blocker.Shared blocking = new Blocker.Shared();
    private Content.@Nullable Chunk chunk;
    private boolean ended;

    BodyStream(Request request) {
        this.request = request;
    }

    @Override
    public int read() throws IOException {
        var single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (chunk == null) {
            if (ended) {
                return -1;
            }
            Content.Chunk next = request.read();
            if (next == null) {
                try (Blocker.Runnable arrival = blocking.runnable()) {
                    request.demand(arrival);
                    arrival.block();
                }
            } else if (Content.Chunk.isFailure(next)) {
                ended = next.isLast();
                throw IO.rethrow(next.getFailure());
            } else {
                ended = next.isLast();
                if (next.hasRemaining()) {
                    chunk = next;
                } else {
                    next.release();
                }
            }
        }
        Content.Chunk current = chunk;
        int count = Math.min(length, current.remaining());
        current.getByteBuffer().get(to, offset, count);
        if (!current.hasRemaining()) {
            release(current);
        }
        return count;
    }

    private void release(Content.Chunk current) {
        chunk = null;
        current.release();
    }

    /** Releases the unread bytes without waiting for the client. Idempotent. */
    @Override
    public void close() {
        Content.Chunk current = chunk;
        ended = true;
        if (current != null) {
            release(current);
        }
    }
}
