package dev.stele.server;

import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.IO;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request's body as it comes, waiting for the client. Closing it gives back the memory of what arrived and was not
 * read, and leaves the rest of the body to others: a refusal still has to reach the client. For one thread.
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
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
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
        Content.Chunk held = chunk;
        int count = Math.min(length, held.remaining());
        held.getByteBuffer().get(to, offset, count);
        if (!held.hasRemaining()) {
            release(held);
        }
        return count;
    }

    private void release(Content.Chunk held) {
        chunk = null;
        held.release();
    }

    /** Idempotent; does not wait. */
    @Override
    public void close() {
        Content.Chunk held = chunk;
        ended = true;
        if (held != null) {
            release(held);
        }
    }
}
