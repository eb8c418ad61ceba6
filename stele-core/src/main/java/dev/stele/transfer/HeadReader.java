package dev.stele.transfer;

import java.io.IOException;
import java.io.Reader;

/** Reader whose first characters can be inspected before they are read. Not thread-safe. */
final class HeadReader extends Reader {

    /** Maximum number of characters that can be inspected. */
    static final int MAX_HEAD_CHARS = 1 << 18;

    private final Reader in;
    private final char[] head;
    private final int headLength;
    private int position;
    private long charsRead;

    /**
     * Creates a reader and reads the first characters of the source.
     *
     * @param in source, which is left open
     */
    HeadReader(Reader in) throws IOException {
        this.in = in;
        var buffer = new char[MAX_HEAD_CHARS];
        int length = 0;
        while (length < buffer.length) {
            int count = in.read(buffer, length, buffer.length - length);
            if (count < 0) {
                break;
            }
            length += count;
        }
        this.head = buffer;
        this.headLength = length;
        this.position = start();
    }

    /** Returns the first characters of the source without a byte order mark. */
    String head() {
        return new String(head, start(), headLength - start());
    }

    /** Returns the index of the first character after a byte order mark, which the decoder of a caller may leave. */
    private int start() {
        return headLength > 0 && head[0] == '\ufeff' ? 1 : 0;
    }

    /** Returns whether the head is the whole source. */
    boolean isWhole() {
        return headLength < MAX_HEAD_CHARS;
    }

    /** Returns the number of characters read so far. */
    long charsRead() {
        return charsRead;
    }

    @Override
    public int read(char[] to, int offset, int length) throws IOException {
        int count;
        if (position < headLength) {
            count = Math.min(length, headLength - position);
            System.arraycopy(head, position, to, offset, count);
            position += count;
        } else {
            count = isWhole() ? -1 : in.read(to, offset, length);
        }
        charsRead += Math.max(0, count);
        return count;
    }

    /** Leaves the source open, because its owner closes it. */
    @Override
    public void close() {}
}
