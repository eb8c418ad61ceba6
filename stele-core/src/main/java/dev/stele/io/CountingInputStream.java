package dev.stele.io;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Stream that counts the bytes that are read from another one. Not thread-safe. */
public class CountingInputStream extends FilterInputStream {

    private long count;

    /**
     * Creates a stream.
     *
     * @param in source of the bytes, which {@link #close} closes
     */
    public CountingInputStream(InputStream in) {
        super(in);
    }

    /** Returns the number of bytes that were read; skipped bytes do not count. */
    public long count() {
        return count;
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        count += value < 0 ? 0 : 1;
        return value;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        int bytesRead = super.read(to, offset, length);
        count += Math.max(0, bytesRead);
        return bytesRead;
    }
}
