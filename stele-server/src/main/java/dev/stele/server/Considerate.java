package dev.stele.server;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A body of any length that lets others have their turn at each piece. Virtual threads are not preempted: one that always
 * finds more to read would keep its processor for as long as the upload lasts.
 */
@SuppressWarnings("ThreadPriorityCheck") // not for order, but so that a processor is shared
final class Considerate extends FilterInputStream {

    Considerate(InputStream in) {
        super(in);
    }

    @Override
    public int read() throws IOException {
        Thread.yield();
        return super.read();
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        Thread.yield();
        return super.read(to, offset, length);
    }
}
