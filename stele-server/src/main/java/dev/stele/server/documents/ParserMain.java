package dev.stele.server.documents;

import dev.stele.document.Section;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.server.documents.DocumentReader.Format;
import dev.stele.server.documents.DocumentReader.ParsedDocument;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Main class of a parser process. Parses the documents that arrive on standard input, one after another, and writes the
 * results to standard output. {@link ParserProcess} describes the protocol.
 *
 * <p>The process ends when its input ends, which includes the end of the parent process, and after a minute without
 * work.
 */
public final class ParserMain {

    private static final long MAX_IDLE_SECONDS = 60;

    /**
     * Stack size of the parser thread: large, because documents may be nested deeply and there is only one such thread.
     */
    private static final long STACK_BYTES = 16L << 20;

    private ParserMain() {}

    /**
     * Runs the process.
     *
     * @param arguments maximum number of pages of a PDF
     * @throws InterruptedException if the main thread is interrupted
     */
    public static void main(String[] arguments) throws InterruptedException {
        int maxPages = Integer.parseInt(arguments[0]);
        var lastWork = new AtomicLong(System.nanoTime());
        var parser = new Thread(null, () -> serve(maxPages, lastWork), "parser", STACK_BYTES);
        parser.setDaemon(true);
        parser.start();
        while (parser.isAlive()) {
            parser.join(TimeUnit.SECONDS.toMillis(1));
            long last = lastWork.get();
            if (last != 0 && System.nanoTime() - last > TimeUnit.SECONDS.toNanos(MAX_IDLE_SECONDS)) {
                System.exit(0);
            }
        }
        System.exit(0);
    }

    private static void serve(int maxPages, AtomicLong lastWork) {
        // Output that libraries print must not mix with the results, so System.out is redirected below.
        var in = new DataInputStream(new BufferedInputStream(new FileInputStream(FileDescriptor.in), 1 << 16));
        var out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16));
        System.setOut(System.err);
        try {
            while (true) {
                Format type = Format.valueOf(in.readUTF());
                lastWork.set(0);
                byte[] bytes = in.readNBytes(in.readInt());
                answer(type, bytes, maxPages, out);
                out.flush();
                lastWork.set(System.nanoTime());
            }
        } catch (EOFException e) {
            // The parent process closed its pipe or ended.
        } catch (IOException e) {
            System.exit(1);
        }
    }

    private static void answer(Format type, byte[] bytes, int maxPages, DataOutputStream out) throws IOException {
        ParsedDocument document;
        try {
            document = DocumentReader.read(type, bytes, maxPages);
        } catch (InvalidInputException e) {
            refuse(out, ParserProcess.INVALID, e);
            return;
        } catch (LimitExceededException e) {
            refuse(out, ParserProcess.LIMIT, e);
            return;
        } catch (OutOfMemoryError e) {
            refuse(out, ParserProcess.MEMORY, e);
            out.flush();
            System.exit(2); // the state of the process is unreliable after the error
            return;
        } catch (StackOverflowError e) {
            refuse(
                    out,
                    ParserProcess.LIMIT,
                    new LimitExceededException("The document is nested too deeply; reduce its nesting."));
            return;
        } catch (RuntimeException | Error e) { // a defect of a parser must affect only this document
            refuse(out, ParserProcess.FAILED, e);
            return;
        }
        out.writeInt(ParserProcess.OK);
        out.writeBoolean(document.title().isPresent());
        if (document.title().isPresent()) {
            text(out, document.title().get());
        }
        out.writeInt(document.sections().size());
        for (Section section : document.sections()) {
            text(out, section.heading());
            text(out, section.text());
        }
    }

    private static void refuse(DataOutputStream out, int status, Throwable cause) throws IOException {
        out.writeInt(status);
        text(out, String.valueOf(cause.getMessage()));
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }
}
