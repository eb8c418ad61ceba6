package dev.stele.server;

import dev.stele.arena.Block;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Request;

/** The body of a request. Closed when the request was answered. For one thread. */
sealed interface RequestBody extends AutoCloseable {

    /** No body, or one that nobody reads. */
    RequestBody NONE = new None();

    /** The body as it came over the connection, perhaps compressed; read once. */
    InputStream open();

    @Override
    void close();

    /** See {@link #NONE}. */
    record None() implements RequestBody {
        @Override
        public InputStream open() {
            return new ByteArrayInputStream(new byte[0]);
        }

        @Override
        public void close() {}
    }

    /** A body that arrived completely before its request began to run, in memory of the REQUEST arena. */
    record Collected(Block block, long length, Permit permit) implements RequestBody {

        @Override
        public InputStream open() {
            ByteBuffer bytes = buffer();
            return new InputStream() {
                @Override
                public int read() {
                    return bytes.hasRemaining() ? bytes.get() & 0xff : -1;
                }

                @Override
                public int read(byte[] to, int offset, int count) {
                    if (!bytes.hasRemaining()) {
                        return count == 0 ? 0 : -1;
                    }
                    int taken = Math.min(count, bytes.remaining());
                    bytes.get(to, offset, taken);
                    return taken;
                }
            };
        }

        /** The bytes themselves; not to be used after {@link #close}. */
        ByteBuffer buffer() {
            return block.memory().asSlice(0, length).asByteBuffer();
        }

        /** The byte at an offset. */
        byte at(long offset) {
            return block.memory().get(ValueLayout.JAVA_BYTE, offset);
        }

        @Override
        public void close() {
            block.release();
            permit.close();
        }
    }

    /** A body of any length that is read as it comes. */
    record Streaming(BodyStream stream, StallGuard guard) implements RequestBody {

        Streaming(Request request, StallGuard guard) {
            this(new BodyStream(request), guard);
        }

        @Override
        public InputStream open() {
            return guard.reading(stream);
        }

        @Override
        public void close() {
            stream.close();
            try {
                guard.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
