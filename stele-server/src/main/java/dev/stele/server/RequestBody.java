package dev.stele.server;

import dev.stele.arena.Block;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Request;

/** Body of a request. Not thread-safe. {@link RequestHandler} closes it when the resource has returned. */
sealed interface RequestBody extends AutoCloseable {

    /** Empty body; also stands for a body that no resource reads. */
    RequestBody NONE = new None();

    /** Returns a stream of the body as received, possibly compressed. Called at most once. */
    InputStream open();

    /** Releases the memory and permits of the body. */
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

    /**
     * Body that was received completely before the request runs.
     *
     * @param block memory of the REQUEST arena that contains the body
     * @param length length of the body in bytes
     * @param permit permit for the bytes
     */
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

        /** Returns a view of the bytes, which must not be used after {@link #close}. */
        ByteBuffer buffer() {
            return block.memory().asSlice(0, length).asByteBuffer();
        }

        /** Returns the byte at an offset, from 0 to {@code length - 1}. */
        byte at(long offset) {
            return block.memory().get(ValueLayout.JAVA_BYTE, offset);
        }

        @Override
        public void close() {
            block.release();
            permit.close();
        }
    }

    /** Body of any length that is read while it arrives. Reading blocks, within the limits of a {@link StallGuard}. */
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
