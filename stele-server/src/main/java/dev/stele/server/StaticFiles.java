package dev.stele.server;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.encoder.Encoder;
import dev.stele.arena.ArenaExhaustedException;
import dev.stele.arena.Block;
import dev.stele.arena.TypedArena;
import dev.stele.model.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
 * The dashboard's files, kept outside the heap in each encoding, ready to send. They come from the program alone, by a fixed
 * list of names, so no path leads to the disk. The best encoding takes long to make, so it is made when a first visitor could
 * use it and serves the next. Thread-safe.
 */
final class StaticFiles implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(StaticFiles.class.getName());
    private static final String IDENTITY = "identity";
    private static final Map<String, String> TYPES = Map.of(
            "index.html", "text/html; charset=utf-8",
            "app.js", "text/javascript; charset=utf-8",
            "style.css", "text/css; charset=utf-8");
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    private final TypedArena memory;
    private final Map<Form, Encoded> encoded = new ConcurrentHashMap<>();
    private final AtomicBoolean bestAsked = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    private record Form(String name, String encoding) {}

    private record Encoded(Block block, String tag) {}

    StaticFiles(TypedArena memory) {
        this.memory = memory;
        TYPES.keySet().forEach(name -> {
            byte[] content = read(name);
            keep(new Form(name, IDENTITY), content);
            keep(new Form(name, "gzip"), gzip(content));
        });
    }

    void addTo(Router router) {
        router.add("GET", "/", "The dashboard", exchange -> answer(exchange, "index.html"))
                .add("GET", "/assets/{name}", "A file of the dashboard", exchange -> {
                    String name = exchange.path("name");
                    if (!TYPES.containsKey(name)) {
                        throw new HttpProblem(404, "no-such-path", "There is no file of that name.");
                    }
                    return answer(exchange, name);
                });
    }

    private Reply answer(Exchange exchange, String name) {
        Optional<String> range = exchange.header(HttpHeader.RANGE);
        List<String> accepted = exchange.header(HttpHeader.ACCEPT_ENCODING)
                .map(StaticFiles::byPreference)
                .orElse(List.of());
        if (accepted.contains("br") && bestAsked.compareAndSet(false, true)) {
            Thread.ofVirtual().name("stele-assets").start(this::makeBest);
        }
        // A range is one of the file itself.
        String encoding = range.isPresent() ? IDENTITY : best(name, accepted);
        Encoded found = encoded.get(new Form(name, encoding));
        if (found == null) {
            throw new IllegalStateException("the server lacks its file " + name);
        }
        var headers = new LinkedHashMap<String, String>();
        headers.put("ETag", found.tag());
        headers.put("Vary", "Accept-Encoding");
        headers.put("Cache-Control", "no-cache");
        headers.put("Accept-Ranges", "bytes");
        headers.put("Content-Security-Policy", "default-src 'self'; img-src data:; frame-ancestors 'none'");
        headers.put("Referrer-Policy", "no-referrer");
        if (!encoding.equals(IDENTITY)) {
            headers.put("Content-Encoding", encoding);
        }
        boolean known = exchange.header(HttpHeader.IF_NONE_MATCH)
                .filter(tags -> tags.contains(found.tag()) || tags.strip().equals("*"))
                .isPresent();
        ByteBuffer whole = found.block().buffer().asReadOnlyBuffer();
        String type = TYPES.getOrDefault(name, "application/octet-stream");
        if (known) {
            return new Reply.Buffer(304, type, whole.slice(0, 0), headers);
        }
        return range.map(wanted -> part(wanted, type, whole, headers))
                .orElseGet(() -> new Reply.Buffer(200, type, whole, headers));
    }

    private static Reply part(String range, String type, ByteBuffer whole, Map<String, String> headers) {
        var form = RANGE.matcher(range.strip());
        if (!form.matches() || (form.group(1).isEmpty() && form.group(2).isEmpty())) {
            return new Reply.Buffer(200, type, whole, headers); // RFC 9110: a range that is not understood is ignored
        }
        long size = whole.remaining();
        long first = form.group(1).isEmpty()
                ? Math.max(0, size - Long.parseLong(form.group(2)))
                : Long.parseLong(form.group(1));
        long last = form.group(1).isEmpty() || form.group(2).isEmpty()
                ? size - 1
                : Math.min(size - 1, Long.parseLong(form.group(2)));
        if (first >= size || first > last) {
            throw new HttpProblem(
                    416,
                    "range-not-satisfiable",
                    "The file has " + size + " bytes.",
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

    private String best(String name, List<String> accepted) {
        for (String encoding : List.of("br", "gzip")) {
            if (accepted.contains(encoding) && encoded.containsKey(new Form(name, encoding))) {
                return encoding;
            }
        }
        return IDENTITY;
    }

    private void makeBest() {
        try {
            Brotli4jLoader.ensureAvailability();
            for (String name : TYPES.keySet()) {
                keep(new Form(name, "br"), Encoder.compress(read(name)));
            }
        } catch (IOException | LinkageError | IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "no Brotli on this machine; gzip serves", e);
        }
    }

    private void keep(Form form, byte[] content) {
        Block block;
        try {
            block = memory.allocate(content.length);
        } catch (ArenaExhaustedException e) {
            throw new dev.stele.model.InvalidInputException(
                    "arena.static-bytes is too small for the dashboard: " + e.getMessage());
        }
        block.memory().copyFrom(MemorySegment.ofArray(content));
        String tag = "\""
                + Sha256.hex(form.encoding() + ":" + new String(content, StandardCharsets.ISO_8859_1))
                        .substring(0, 16) + "\"";
        encoded.put(form, new Encoded(block, tag));
        if (closed.get()) {
            release();
        }
    }

    private static byte[] read(String name) {
        try (InputStream in = StaticFiles.class.getResourceAsStream("web/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the server lacks its file " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("the server's file " + name + " cannot be read", e);
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
        for (Form form : List.copyOf(encoded.keySet())) {
            Encoded gone = encoded.remove(form);
            if (gone != null) {
                gone.block().release();
            }
        }
    }

    /** Gives the memory back; to be called when no answer is under way. */
    @Override
    public void close() {
        closed.set(true);
        release();
    }
}
