package dev.stele.server.documents;

import dev.stele.document.Section;
import dev.stele.model.Durations;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.server.documents.DocumentReader.Format;
import dev.stele.server.documents.DocumentReader.ParsedDocument;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Handle of a parser process, seen from the parent. Not thread-safe.
 *
 * <p>Protocol over the pipes of the process, in the encoding of {@link DataOutputStream}:
 *
 * <table>
 *   <caption>Messages</caption>
 *   <tr><th>message</th><th>content</th></tr>
 *   <tr><td>announcement</td><td>name of the {@link Format} (UTF) of the next document</td></tr>
 *   <tr><td>readiness</td><td>{@link #READY} (int): the parser of the format is loaded</td></tr>
 *   <tr><td>request</td><td>length (int), bytes of the document</td></tr>
 *   <tr><td>result</td><td>{@link #OK} (int), whether there is a title (boolean), the title if there is one,
 *     number of sections (int), heading and text of each section</td></tr>
 *   <tr><td>failure</td><td>another status (int), message</td></tr>
 * </table>
 *
 * <p>Title, heading, text and message consist of their length in bytes (int) and UTF-8.
 *
 * <p>The time limit of a document begins when the process is ready, because a new process loads its parser first, which
 * takes seconds on a busy machine: if that counted, a machine that needs longer than the limit could parse nothing.
 */
final class ParserProcess implements AutoCloseable {

    /** The process is ready for a document. */
    static final int READY = -1;
    /** Status: the document was parsed. */
    static final int OK = 0;
    /** Status: the content is no document of the format. */
    static final int INVALID = 1;
    /** Status: the document exceeds a limit. */
    static final int LIMIT = 2;
    /** Status: the parser ran out of memory; the process ends. */
    static final int MEMORY = 3;
    /** Status: the parser failed with an unexpected exception. */
    static final int FAILED = 4;

    /** Maximum time until a process is ready. Only a machine that is no longer usable needs as much. */
    static final Duration MAX_START_TIME = Duration.ofSeconds(60);

    /** Maximum number of characters in the text of a document. */
    static final int MAX_CHARS = 16 << 20;

    private final Process process;
    private final DataOutputStream requests;
    private final DataInputStream results;
    private boolean reusable;

    private ParserProcess(Process process) {
        this.process = process;
        this.requests = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 16));
        this.results = new DataInputStream(new BufferedInputStream(process.getInputStream(), 1 << 16));
    }

    /**
     * Starts a process. The process inherits the priority of the calling thread.
     *
     * @throws IOException if the process cannot be started
     */
    static ParserProcess start(DocumentParser.Limits limits) throws IOException {
        var command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + Math.max(32, limits.memoryBytes() >> 20) + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "-Djava.awt.headless=true",
                "-Dfile.encoding=UTF-8",
                "-cp",
                System.getProperty("java.class.path"),
                ParserMain.class.getName(),
                String.valueOf(limits.maxPages()));
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().keySet().removeIf(name -> name.startsWith("STELE_") || name.startsWith("JAVA_TOOL"));
        return new ParserProcess(builder.start());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Returns whether the process can parse another document after the last one. */
    boolean isReusable() {
        return reusable;
    }

    /**
     * Parses a document, and kills the process if that takes longer than the limit.
     *
     * @throws InvalidInputException if the content is no document of the format
     * @throws LimitExceededException if the document exceeds a limit, or the process ended
     * @throws IOException if the process does not become ready
     */
    ParsedDocument parse(Format type, byte[] bytes, DocumentParser.Limits limits) throws IOException {
        reusable = false;
        prepare(type);
        try (var deadline = new Deadline(limits.time())) {
            try {
                requests.writeInt(bytes.length);
                requests.write(bytes);
                requests.flush();
                return readResult();
            } catch (IOException e) {
                if (deadline.passed()) {
                    throw new LimitExceededException(
                            "Parsing the document took longer than %s (limits.document-time). Nothing was added; split the document, or send its text."
                                    .formatted(Durations.text(limits.time())));
                }
                throw new LimitExceededException(
                        "The parser process ended while it parsed the document (%s). Nothing was added; send the text of the document instead."
                                .formatted(exitStatus()));
            }
        }
    }

    /** Waits until the process has loaded the parser of a format. */
    private void prepare(Format type) throws IOException {
        try (var deadline = new Deadline(MAX_START_TIME)) {
            try {
                requests.writeUTF(type.name());
                requests.flush();
                int answer = results.readInt();
                if (answer != READY) {
                    throw new IOException("the parser process answered " + answer);
                }
            } catch (IOException e) {
                throw new IOException(
                        deadline.passed()
                                ? "the parser process was not ready within " + Durations.text(MAX_START_TIME)
                                : "the parser process did not start (%s)".formatted(exitStatus()),
                        e);
            }
        }
    }

    /** Kills the process after a time, unless it is closed before. */
    private final class Deadline implements AutoCloseable {
        private final AtomicBoolean passed = new AtomicBoolean();
        private final CompletableFuture<Void> killer;

        Deadline(Duration time) {
            killer = CompletableFuture.runAsync(
                    () -> {
                        passed.set(true);
                        process.destroyForcibly();
                    },
                    CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS));
        }

        boolean passed() {
            return passed.get();
        }

        @Override
        public void close() {
            killer.cancel(false);
        }
    }

    private String exitStatus() {
        try {
            return process.waitFor(1, TimeUnit.SECONDS) ? "exit code " + process.exitValue() : "no exit code";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private ParsedDocument readResult() throws IOException {
        int status = results.readInt();
        if (status != OK) {
            String message = text();
            reusable = status != MEMORY;
            switch (status) {
                case INVALID -> throw new InvalidInputException(message);
                case MEMORY ->
                    throw new LimitExceededException(
                            "Parsing the document needs more memory than is allowed (limits.document-memory). Nothing was added; split the document, or send its text.");
                case LIMIT -> throw new LimitExceededException(message);
                default -> throw new InvalidInputException("The document cannot be parsed: " + message);
            }
        }
        Optional<String> title = results.readBoolean() ? Optional.of(text()) : Optional.empty();
        int count = results.readInt();
        var sections = new ArrayList<Section>();
        for (int i = 0; i < count; i++) {
            sections.add(new Section(text(), text()));
        }
        reusable = true;
        return new ParsedDocument(title, sections);
    }

    private String text() throws IOException {
        int length = results.readInt();
        if (length < 0 || length > 4 * MAX_CHARS) {
            throw new IOException("invalid length: " + length + " bytes");
        }
        return new String(results.readNBytes(length), StandardCharsets.UTF_8);
    }

    /** Kills the process. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
