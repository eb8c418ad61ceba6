package dev.stele.server;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.encoder.Encoder;
import dev.stele.arena.ArenaExhaustedException;
import dev.stele.arena.Block;
import dev.stele.arena.TypedArena;
import dev.stele.concurrent.BackgroundThreads;
import dev.stele.dashboard.DashboardFiles;
import dev.stele.model.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.QuotedQualityCSV;

/**
 * Server of the files of the dashboard, which it holds off-heap in every encoding. Thread-safe.
 *
 * <p>The files are resources of the program with a fixed list of names, so no request can reach another file. Brotli
 * takes long, so the files are compressed with it in the background when the first client accepts it; the next client
 * receives the result.
 */
final class StaticFiles implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(StaticFiles.class.getName());
    private static final String IDENTITY = "identity";
    /** Scripts, styles, fonts and data come from this server only; no text of the memory can become one of them. */
    private static final String CONTENT_POLICY =
            "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    private final TypedArena memory;
    private final Map<Variant, EncodedFile> files = new ConcurrentHashMap<>();
    private final AtomicBoolean brotliStarted = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** A file in one encoding. */
    private record Variant(String name, String encoding) {}

    /** Content and ETag of a variant. */
    private record EncodedFile(Block block, String tag) {}

    /**
     * Loads all files and compresses them with gzip.
     *
     * @param memory arena for the files
     * @throws dev.stele.model.InvalidInputException if the budget of the arena is too small
     */
    StaticFiles(TypedArena memory) {
        this.memory = memory;
        DashboardFiles.names().forEach(name -> {
            byte[] content = DashboardFiles.read(name);
            store(new Variant(name, IDENTITY), content);
            store(new Variant(name, "gzip"), gzip(content));
        });
    }

    /** Registers the routes of the dashboard. */
    void addTo(Router router) {
        router.add("GET", "/", "getDashboard", "The dashboard", exchange -> answer(exchange, "index.html"))
                .add("GET", "/assets/{name}", "getAsset", "A file of the dashboard", exchange -> {
                    String name = exchange.path("name");
                    if (!DashboardFiles.names().contains(name)) {
                        throw new HttpProblem(404, "no-such-path", "The dashboard has no file of that name.");
                    }
                    return answer(exchange, name);
                });
    }

    private Reply answer(Exchange exchange, String name) {
        Optional<String> range = exchange.header(HttpHeader.RANGE);
        List<String> accepted = exchange.header(HttpHeader.ACCEPT_ENCODING)
                .map(StaticFiles::byPreference)
                .orElse(List.of());
        if (accepted.contains("br") && brotliStarted.compareAndSet(false, true)) {
            BackgroundThreads.thread("stele-assets", this::encodeBrotli).start();
        }
        // A range selects bytes of the uncompressed file.
        String encoding = range.isPresent() ? IDENTITY : bestEncoding(name, accepted);
        EncodedFile file = files.get(new Variant(name, encoding));
        if (file == null) {
            throw new IllegalStateException("the program lacks its file " + name);
        }
        var headers = new LinkedHashMap<String, String>();
        headers.put("ETag", file.tag());
        headers.put("Vary", "Accept-Encoding");
        headers.put("Cache-Control", "no-cache");
        headers.put("Accept-Ranges", "bytes");
        headers.put("Content-Security-Policy", CONTENT_POLICY);
        headers.put("Referrer-Policy", "no-referrer");
        if (!encoding.equals(IDENTITY)) {
            headers.put("Content-Encoding", encoding);
        }
        boolean unchanged = exchange.header(HttpHeader.IF_NONE_MATCH)
                .filter(tags -> tags.contains(file.tag()) || tags.strip().equals("*"))
                .isPresent();
        ByteBuffer whole = file.block().buffer().asReadOnlyBuffer();
        String type = DashboardFiles.type(name);
        if (unchanged) {
            return new Reply.Buffer(304, type, whole.slice(0, 0), headers);
        }
        return range.map(header -> part(header, type, whole, headers))
                .orElseGet(() -> new Reply.Buffer(200, type, whole, headers));
    }

    private static Reply part(String range, String type, ByteBuffer whole, Map<String, String> headers) {
        var matcher = RANGE.matcher(range.strip());
        if (!matcher.matches()
                || (matcher.group(1).isEmpty() && matcher.group(2).isEmpty())) {
            return new Reply.Buffer(200, type, whole, headers); // RFC 9110, section 14.2: ignore an invalid range
        }
        long size = whole.remaining();
        long first = matcher.group(1).isEmpty()
                ? Math.max(0, size - Long.parseLong(matcher.group(2)))
                : Long.parseLong(matcher.group(1));
        long last = matcher.group(1).isEmpty() || matcher.group(2).isEmpty()
                ? size - 1
                : Math.min(size - 1, Long.parseLong(matcher.group(2)));
        if (first >= size || first > last) {
            throw new HttpProblem(
                    416,
                    "range-not-satisfiable",
                    "The file has " + size + " bytes; request a range within them.",
                    Map.of("Content-Range", "bytes */" + size));
        }
        headers.put("Content-Range", "bytes " + first + "-" + last + "/" + size);
        return new Reply.Buffer(206, type, whole.slice((int) first, (int) (last - first + 1)), headers);
    }

    private static List<String> byPreference(String header) {
        var values = new QuotedQualityCSV();
        values.addValue(header);
        return values.getValues();
    }

    private String bestEncoding(String name, List<String> accepted) {
        for (String encoding : List.of("br", "gzip")) {
            if (accepted.contains(encoding) && files.containsKey(new Variant(name, encoding))) {
                return encoding;
            }
        }
        return IDENTITY;
    }

    private void encodeBrotli() {
        try {
            Brotli4jLoader.ensureAvailability();
            // Small files first: a large one takes seconds. Fonts are compressed already.
            List<String> names = DashboardFiles.names().stream()
                    .filter(name -> !name.endsWith(".woff2"))
                    .sorted(Comparator.comparingInt(name -> DashboardFiles.read(name).length))
                    .toList();
            for (String name : names) {
                store(new Variant(name, "br"), Encoder.compress(DashboardFiles.read(name)));
            }
        } catch (IOException | LinkageError | IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "Brotli is not available on this machine; gzip is used", e);
        }
    }

    private void store(Variant variant, byte[] content) {
        Block block;
        try {
            block = memory.allocate(content.length);
        } catch (ArenaExhaustedException e) {
            throw new dev.stele.model.InvalidInputException(
                    "arena.static-bytes is too small for the dashboard; increase it: " + e.getMessage());
        }
        block.memory().copyFrom(MemorySegment.ofArray(content));
        String tag = "\""
                + Sha256.hex(variant.encoding() + ":" + new String(content, StandardCharsets.ISO_8859_1))
                        .substring(0, 16)
                + "\"";
        files.put(variant, new EncodedFile(block, tag));
        if (closed.get()) {
            release();
        }
    }

    private static byte[] gzip(byte[] content) {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return out.toByteArray();
    }

    private void release() {
        for (Variant variant : List.copyOf(files.keySet())) {
            EncodedFile removed = files.remove(variant);
            if (removed != null) {
                removed.block().release();
            }
        }
    }

    /** Releases the memory of all files. Must be called only when no response is being sent. */
    @Override
    public void close() {
        closed.set(true);
        release();
    }
}
