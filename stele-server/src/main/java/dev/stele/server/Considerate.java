package dev.stele.server;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets others have their turn now and then while a stream of any length is read or written. Virtual threads are not
 * preempted: one that always finds more to do would keep its processor for as long as the stream lasts. Yielding does not
 * help, for a thread that yields goes back into the queue that its carrier is emptying; one that parks, however briefly,
 * leaves it. For one thread.
 */
final class Considerate {

    private static final int TURN_BYTES = 1 << 18;

    private int left = TURN_BYTES;

    private Considerate() {}

    private void took(int bytes) {
        left -= bytes;
        if (left < 0) {
            left = TURN_BYTES;
            LockSupport.parkNanos(1);
        }
    }

    static InputStream reading(InputStream in) {
        var turns = new Considerate();
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                turns.took(1);
                return super.read();
            }

            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                int n = super.read(to, offset, length);
                turns.took(n);
                return n;
            }
        };
    }

    static OutputStream writing(OutputStream out) {
        var turns = new Considerate();
        return new FilterOutputStream(out) {
            @Override
            public void write(int one) throws IOException {
                super.out.write(one);
                turns.took(1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                super.out.write(from, offset, length); // as one piece: the inherited one writes byte by byte
                turns.took(length);
            }
        };
    }
}
