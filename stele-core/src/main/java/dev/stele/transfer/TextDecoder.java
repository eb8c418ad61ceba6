package dev.stele.transfer;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * Reader that decodes a file of UTF-8 or UTF-16 and replaces what is no character by U+FFFD, so that one bad byte costs
 * one character. The encoding follows from the byte order mark, or from the zero bytes of the first characters; the
 * default is UTF-8. The byte order mark is not part of the text. Not thread-safe.
 */
final class TextDecoder extends Reader {

    /** Replacement of bytes that are no character. */
    static final char REPLACEMENT = '\ufffd';

    private static final int BUFFER_BYTES = 1 << 15;

    /** Number of bytes from which the encoding is detected. */
    private static final int SAMPLE_BYTES = 512;

    /** Receiver of the places of bad bytes. */
    interface BadBytes {
        /**
         * Receives the place of bytes that are no character.
         *
         * @param line number of the line, from 1
         * @param bytes the bytes in hexadecimal digits
         */
        void found(long line, String bytes);
    }

    private final InputStream in;
    private final BadBytes bad;
    private final Charset charset;
    private final CharsetDecoder decoder;
    private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER_BYTES).flip();
    private long line = 1;
    private boolean ended;
    private boolean flushed;

    /**
     * Creates a reader and detects the encoding from the first bytes.
     *
     * @param source the bytes; not closed by this reader
     * @param bad receiver of the places of bad bytes
     */
    TextDecoder(InputStream source, BadBytes bad) throws IOException {
        this.in = source.markSupported() ? source : new BufferedInputStream(source, BUFFER_BYTES);
        this.bad = bad;
        in.mark(SAMPLE_BYTES);
        byte[] sample = in.readNBytes(SAMPLE_BYTES);
        in.reset();
        this.charset = charset(sample);
        in.skipNBytes(markLength(sample));
        this.decoder = charset.newDecoder();
    }

    /** Returns the encoding of the file. */
    Charset charset() {
        return charset;
    }

    private static Charset charset(byte[] sample) {
        if (startsWith(sample, 0xff, 0xfe)) {
            return StandardCharsets.UTF_16LE;
        }
        if (startsWith(sample, 0xfe, 0xff)) {
            return StandardCharsets.UTF_16BE;
        }
        int zerosAtEven = 0;
        int zerosAtOdd = 0;
        for (int i = 0; i < sample.length; i++) {
            if (sample[i] == 0) {
                zerosAtEven += i % 2 == 0 ? 1 : 0;
                zerosAtOdd += i % 2 == 0 ? 0 : 1;
            }
        }
        int pairs = sample.length / 2;
        if (pairs >= 2 && zerosAtOdd * 4 > pairs && zerosAtEven == 0) {
            return StandardCharsets.UTF_16LE; // the syntax of JSON and CSV consists of characters below 256
        }
        return pairs >= 2 && zerosAtEven * 4 > pairs && zerosAtOdd == 0
                ? StandardCharsets.UTF_16BE
                : StandardCharsets.UTF_8;
    }

    private static int markLength(byte[] sample) {
        if (startsWith(sample, 0xef, 0xbb, 0xbf)) {
            return 3;
        }
        return startsWith(sample, 0xff, 0xfe) || startsWith(sample, 0xfe, 0xff) ? 2 : 0;
    }

    private static boolean startsWith(byte[] sample, int... values) {
        if (sample.length < values.length) {
            return false;
        }
        for (int i = 0; i < values.length; i++) {
            if ((sample[i] & 0xff) != values[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int read(char[] to, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        CharBuffer out = CharBuffer.wrap(to, offset, length);
        int counted = offset;
        while (out.position() == offset && !flushed) {
            CoderResult result = decoder.decode(bytes, out, ended);
            if (result.isError()) {
                counted = count(to, counted, out.position());
                var hex = new StringBuilder();
                for (int i = 0; i < result.length(); i++) {
                    hex.append(String.format("%02x", bytes.get()));
                }
                bad.found(line, hex.toString());
                out.put(REPLACEMENT);
            } else if (result.isUnderflow()) {
                if (ended) {
                    decoder.flush(out);
                    flushed = true;
                } else {
                    fill();
                }
            } else {
                if (out.position() == offset) {
                    out.put(REPLACEMENT); // an array of one char has no room for a surrogate pair
                    decoder.decode(bytes, CharBuffer.allocate(2), ended);
                }
                break;
            }
        }
        count(to, counted, out.position());
        return out.position() == offset ? -1 : out.position() - offset;
    }

    private int count(char[] to, int start, int end) {
        for (int i = start; i < end; i++) {
            if (to[i] == '\n') {
                line++;
            }
        }
        return end;
    }

    private void fill() throws IOException {
        bytes.compact();
        int count = in.read(bytes.array(), bytes.position(), bytes.remaining());
        ended = count < 0;
        bytes.position(bytes.position() + Math.max(0, count));
        bytes.flip();
    }

    /** Leaves the source open, because its owner closes it. */
    @Override
    public void close() {}
}
