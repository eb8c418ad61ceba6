package dev.stele.server;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Decodes compressed request bodies within bounds: how many bytes come out, and how many of them for each that went in.
 *
 * <p>The decoder of the HTTP server is not used. The one of Jetty 12.1.12 ({@code GzipDecoderSource.transform}) never ends
 * when a body stops in the middle of its compressed data, and so occupies a processor for ever. Stateless.
 */
final class RequestEncoding {

    /** Bytes that may come out whatever the ratio: short bodies of blanks compress well. */
    private static final long RATIO_FREE_BYTES = 1 << 20;

    private static final int BUFFER_BYTES = 8_192;

    private RequestEncoding() {}

    /**
     * Checks the encoding of a body.
     *
     * @param encoding value of {@code Content-Encoding}
     * @return whether the body is compressed
     * @throws HttpProblem 415 if the encoding is not known here
     */
    static boolean isGzip(Optional<String> encoding) {
        String word = encoding.map(String::strip).orElse("").toLowerCase(Locale.ROOT);
        return switch (word) {
            case "", "identity" -> false;
            case "gzip", "x-gzip" -> true;
            default ->
                throw new HttpProblem(
                        415,
                        "unsupported-encoding",
                        "The body has the Content-Encoding \"" + word + "\"; send gzip, or the body as it is.",
                        Map.of("Accept-Encoding", "gzip"));
        };
    }

    /**
     * Decodes gzip as it is read.
     *
     * @param maxBytes maximum number of bytes that come out
     * @param maxRatio maximum number of them for each byte that went in, past the first mebibyte
     * @throws HttpProblem if the data is not gzip, ends early, or exceeds a bound; also while it is read
     */
    static InputStream gunzip(InputStream compressed, long maxBytes, int maxRatio) {
        var in = new Counting(compressed);
        try {
            return new Bounded(new GZIPInputStream(in, BUFFER_BYTES), in, maxBytes, maxRatio);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private static HttpProblem broken(IOException e) {
        return new HttpProblem(
                400,
                "incomplete-body",
                e instanceof EOFException
                        ? "The compressed body ended early."
                        : "The compressed body is damaged: " + e.getMessage() + ".");
    }

    private static final class Counting extends FilterInputStream {
        private long count;

        Counting(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int one = super.read();
            count += one < 0 ? 0 : 1;
            return one;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int n = super.read(to, offset, length);
            count += Math.max(0, n);
            return n;
        }
    }

    private static final class Bounded extends FilterInputStream {
        private final Counting compressed;
        private final long maxBytes;
        private final int maxRatio;
        private long count;

        Bounded(InputStream in, Counting compressed, long maxBytes, int maxRatio) {
            super(in);
            this.compressed = compressed;
            this.maxBytes = maxBytes;
            this.maxRatio = maxRatio;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int n;
            try {
                n = in.read(to, offset, length);
            } catch (EOFException | ZipException e) {
                throw broken(e);
            }
            if (n < 0) {
                return n;
            }
            count += n;
            if (count > maxBytes) {
                throw BodyCollector.tooLarge(maxBytes);
            }
            if (count > RATIO_FREE_BYTES && count / maxRatio > compressed.count) {
                throw new HttpProblem(
                        413,
                        "compression-ratio",
                        "The body unpacks to more than %d times its size (server.max-compression-ratio); send it uncompressed."
                                .formatted(maxRatio));
            }
            return n;
        }
    }
}
