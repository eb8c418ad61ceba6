package dev.stele.server.documents;

import dev.stele.document.Section;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.server.documents.DocumentReader.Format;
import dev.stele.server.documents.DocumentReader.Read;
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
 * The main class of a parser process: parses the documents that come over standard input, one after another, and answers
 * over standard output. Ends with its input, and after a minute without work. See {@link ParserProcess} for the form.
 */
public final class ParserMain {

    private static final long IDLE_SECONDS = 60;

    /** Stack of the thread that parses: documents may be nested, and a process is for one of them at a time. */
    private static final long STACK_BYTES = 16L << 20;

    private ParserMain() {}

    /** @param arguments the maximum number of pages of a PDF */
    public static void main(String[] arguments) throws InterruptedException {
        int maxPages = Integer.parseInt(arguments[0]);
        var lastWork = new AtomicLong(System.nanoTime());
        var parser = new Thread(null, () -> serve(maxPages, lastWork), "parser", STACK_BYTES);
        parser.setDaemon(true);
        parser.start();
        while (parser.isAlive()) {
            parser.join(TimeUnit.SECONDS.toMillis(1));
            long last = lastWork.get();
            if (last != 0 && System.nanoTime() - last > TimeUnit.SECONDS.toNanos(IDLE_SECONDS)) {
                System.exit(0);
            }
        }
        System.exit(0);
    }

    private static void serve(int maxPages, AtomicLong lastWork) {
        // What libraries print must not get between the answers.
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
            // The other process closed its pipe, or ended.
        } catch (IOException e) {
            System.exit(1);
        }
    }

    private static void answer(Format type, byte[] bytes, int maxPages, DataOutputStream out) throws IOException {
        Read read;
        try {
            read = DocumentReader.read(type, bytes, maxPages);
        } catch (InvalidInputException e) {
            refuse(out, ParserProcess.INVALID, e);
            return;
        } catch (LimitExceededException e) {
            refuse(out, ParserProcess.LIMIT, e);
            return;
        } catch (OutOfMemoryError e) {
            refuse(out, ParserProcess.MEMORY, e);
            out.flush();
            System.exit(2); // what the parser left in memory is of no use any more
            return;
        } catch (StackOverflowError e) {
            refuse(
                    out,
                    ParserProcess.LIMIT,
                    new LimitExceededException("The document is nested too deeply; make it flatter."));
            return;
        } catch (RuntimeException | Error e) { // a defect of a parser is one document's problem
            refuse(out, ParserProcess.FAILED, e);
            return;
        }
        out.writeInt(ParserProcess.OK);
        out.writeBoolean(read.title().isPresent());
        if (read.title().isPresent()) {
            text(out, read.title().get());
        }
        out.writeInt(read.sections().size());
        for (Section section : read.sections()) {
            text(out, section.heading());
            text(out, section.text());
        }
    }

    private static void refuse(DataOutputStream out, int status, Throwable why) throws IOException {
        out.writeInt(status);
        text(out, String.valueOf(why.getMessage()));
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }
}
