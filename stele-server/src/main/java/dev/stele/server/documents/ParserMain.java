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
import java.util.EnumSet;
import java.util.Set;
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

    /** PDF of one page with one letter. */
    private static final String SMALL_PDF = """
            %PDF-1.4
            1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
            2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
            3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>> endobj
            4 0 obj <</Length 20>>
            stream
            BT /F 9 Tf (a) Tj ET
            endstream
            endobj
            5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj
            trailer <</Root 1 0 R>>
            """;

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
        Set<Format> loaded = EnumSet.noneOf(Format.class);
        try {
            while (true) {
                Format type = Format.valueOf(in.readUTF());
                lastWork.set(0);
                if (loaded.add(type)) {
                    load(type, maxPages);
                }
                out.writeInt(ParserProcess.READY);
                out.flush();
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

    /** Loads the classes, fonts and tables of a parser by parsing a small document. */
    private static void load(Format type, int maxPages) {
        try {
            DocumentReader.read(
                    type, (type == Format.PDF ? SMALL_PDF : "# a\n<p>b").getBytes(StandardCharsets.US_ASCII), maxPages);
        } catch (RuntimeException e) {
            // A parser that cannot even parse this fails for the document as well, which reports it.
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
