package dev.stele.server;

import dev.stele.io.CountingInputStream;
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
 * Decompresses request bodies with a bound on the decompressed size and on the compression ratio (decompression bombs).
 * Stateless.
 *
 * <p>The decoder of Jetty is not used: {@code GzipDecoderSource.transform} of Jetty 12.1.12 loops forever when a body
 * ends in the middle of its compressed data.
 */
final class RequestEncoding {

    /** Decompressed size up to which the ratio is not checked, because short bodies of blanks compress well. */
    private static final long RATIO_FREE_BYTES = 1 << 20;

    private static final int BUFFER_BYTES = 8_192;

    private RequestEncoding() {}

    /**
     * Returns whether a body is compressed with gzip.
     *
     * @param encoding value of {@code Content-Encoding}; empty without that header
     * @throws HttpProblem 415 if the server does not support the encoding
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
                        "The Content-Encoding \"" + word + "\" is not supported; send gzip, or an uncompressed body.",
                        Map.of("Accept-Encoding", "gzip"));
        };
    }

    /**
     * Returns a stream that decompresses gzip while it is read. Its methods throw the same exceptions as this method.
     *
     * @param maxBytes maximum decompressed size in bytes
     * @param maxRatio maximum ratio of decompressed to compressed size, checked after the first mebibyte
     * @throws HttpProblem 400 if the data is not gzip or ends early, 413 if a limit is exceeded
     */
    static InputStream gunzip(InputStream compressed, long maxBytes, int maxRatio) {
        var in = new CountingInputStream(compressed);
        try {
            return new BoundedStream(new GZIPInputStream(in, BUFFER_BYTES), in, maxBytes, maxRatio);
        } catch (IOException e) {
            throw incomplete(e);
        }
    }

    private static HttpProblem incomplete(IOException e) {
        return new HttpProblem(
                400,
                "incomplete-body",
                e instanceof EOFException
                        ? "The compressed body ended early."
                        : "The compressed body is damaged: " + e.getMessage() + ".");
    }

    /** Decompressed stream that checks both limits. */
    private static final class BoundedStream extends FilterInputStream {
        private final CountingInputStream compressed;
        private final long maxBytes;
        private final int maxRatio;
        private long count;

        BoundedStream(InputStream in, CountingInputStream compressed, long maxBytes, int maxRatio) {
            super(in);
            this.compressed = compressed;
            this.maxBytes = maxBytes;
            this.maxRatio = maxRatio;
        }

        @Override
        public int read() throws IOException {
            var single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int bytesRead;
            try {
                bytesRead = in.read(to, offset, length);
            } catch (EOFException | ZipException e) {
                throw incomplete(e);
            }
            if (bytesRead < 0) {
                return bytesRead;
            }
            count += bytesRead;
            if (count > maxBytes) {
                throw BodyCollector.tooLarge(maxBytes);
            }
            if (count > RATIO_FREE_BYTES && count / maxRatio > compressed.count()) {
                throw new HttpProblem(
                        413,
                        "compression-ratio",
                        "The body decompresses to more than %d times its size (server.max-compression-ratio); send it uncompressed."
                                .formatted(maxRatio));
            }
            return bytesRead;
        }
    }
}
