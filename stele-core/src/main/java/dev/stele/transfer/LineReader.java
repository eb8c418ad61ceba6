package dev.stele.transfer;

import java.io.IOException;
import java.io.Reader;

/**
 * Reader of lines of bounded length. A line that is too long is skipped and reported but never held in memory, so that
 * memory use is bounded for files of any size. Lines end with {@code \n} or {@code \r\n}. Not thread-safe.
 */
final class LineReader {

    private static final int BUFFER_CHARS = 1 << 16;

    private final Reader in;
    private final int maxChars;
    private final char[] buffer = new char[BUFFER_CHARS];
    private int position;
    private int end;
    private long lineNumber;
    private long charsRead;

    /** Result of reading one line. */
    sealed interface Line {
        record Text(String text) implements Line {}

        record TooLong() implements Line {}

        record End() implements Line {}
    }

    /**
     * Creates a reader.
     *
     * @param in source
     * @param maxChars maximum length of a line in UTF-16 chars
     */
    LineReader(Reader in, int maxChars) {
        this.in = in;
        this.maxChars = maxChars;
    }

    /** Returns the number of the line that {@link #next} returned last, from 1. */
    long lineNumber() {
        return lineNumber;
    }

    /** Returns the number of characters read so far. */
    long charsRead() {
        return charsRead;
    }

    /** Reads the next line. */
    Line next() throws IOException {
        var line = new StringBuilder();
        boolean any = false;
        boolean tooLong = false;
        while (fill()) {
            any = true;
            int start = position;
            while (position < end && buffer[position] != '\n') {
                position++;
            }
            if (!tooLong) {
                tooLong = line.length() + position - start > maxChars;
                if (tooLong) {
                    line = new StringBuilder();
                } else {
                    line.append(buffer, start, position - start);
                }
            }
            charsRead += position - start;
            if (position < end) {
                position++;
                charsRead++;
                break;
            }
        }
        if (!any) {
            return new Line.End();
        }
        lineNumber++;
        if (tooLong) {
            return new Line.TooLong();
        }
        if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
            line.setLength(line.length() - 1);
        }
        return new Line.Text(line.toString());
    }

    private boolean fill() throws IOException {
        while (position == end) {
            int count = in.read(buffer, 0, buffer.length);
            if (count < 0) {
                return false;
            }
            position = 0;
            end = count;
        }
        return true;
    }
}
