package dev.stele.server.documents;

import dev.stele.document.Section;
import dev.stele.model.Durations;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.server.documents.DocumentReader.Format;
import dev.stele.server.documents.DocumentReader.Read;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A process that parses documents; this side of its pipes. A request is the type of a document and its bytes; the answer is
 * its sections, or why there are none. For one thread at a time.
 */
final class ParserProcess implements AutoCloseable {

    static final int OK = 0;
    static final int INVALID = 1;
    static final int LIMIT = 2;
    static final int MEMORY = 3;
    static final int FAILED = 4;

    /** Maximum number of characters of a document's text. */
    static final int MAX_CHARS = 16 << 20;

    private final Process process;
    private final DataOutputStream requests;
    private final DataInputStream answers;
    private boolean reusable;

    private ParserProcess(Process process) {
        this.process = process;
        this.requests = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 16));
        this.answers = new DataInputStream(new BufferedInputStream(process.getInputStream(), 1 << 16));
    }

    /** Starts a process; it has the priority of the calling thread. */
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

    /** Whether the last request left the process as it was. */
    boolean isReusable() {
        return reusable;
    }

    Read parse(Format type, byte[] bytes, DocumentParser.Limits limits) throws IOException {
        reusable = false;
        var late = new AtomicBoolean();
        CompletableFuture<Void> killer = CompletableFuture.runAsync(
                () -> {
                    late.set(true);
                    process.destroyForcibly();
                },
                CompletableFuture.delayedExecutor(limits.time().toMillis(), TimeUnit.MILLISECONDS));
        try {
            requests.writeUTF(type.name());
            requests.writeInt(bytes.length);
            requests.write(bytes);
            requests.flush();
            return answer();
        } catch (IOException e) {
            if (late.get()) {
                throw new LimitExceededException(
                        "The document took longer than %s to read (limits.document-time). Nothing was added; cut it in parts, or send its text."
                                .formatted(Durations.text(limits.time())));
            }
            throw new LimitExceededException(
                    "The document made its parser end (%s). Nothing was added; send its text instead."
                            .formatted(exit()));
        } finally {
            killer.cancel(false);
        }
    }

    private String exit() {
        try {
            return process.waitFor(1, TimeUnit.SECONDS) ? "exit code " + process.exitValue() : "no exit code";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private Read answer() throws IOException {
        int status = answers.readInt();
        if (status != OK) {
            String why = text();
            reusable = status != MEMORY;
            switch (status) {
                case INVALID -> throw new InvalidInputException(why);
                case MEMORY ->
                    throw new LimitExceededException(
                            "The document needs more memory than its parser has (limits.document-memory). Nothing was added; cut it in parts, or send its text.");
                case LIMIT -> throw new LimitExceededException(why);
                default -> throw new InvalidInputException("The document cannot be read: " + why);
            }
        }
        Optional<String> title = answers.readBoolean() ? Optional.of(text()) : Optional.empty();
        int count = answers.readInt();
        var sections = new ArrayList<Section>();
        for (int i = 0; i < count; i++) {
            sections.add(new Section(text(), text()));
        }
        reusable = true;
        return new Read(title, sections);
    }

    private String text() throws IOException {
        int length = answers.readInt();
        if (length < 0 || length > 4 * MAX_CHARS) {
            throw new IOException("an answer of " + length + " bytes");
        }
        return new String(answers.readNBytes(length), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
