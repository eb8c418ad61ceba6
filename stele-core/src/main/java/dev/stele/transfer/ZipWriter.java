package dev.stele.transfer;

import dev.stele.model.Json;
import dev.stele.model.TextPrefix;
import java.io.BufferedWriter;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writer of text files into a zip file, which is finished by {@link #close} and leaves its stream open. Not
 * thread-safe.
 */
final class ZipWriter implements AutoCloseable {

    private static final int MAX_NAME_CHARS = 100;
    private static final Pattern NOT_IN_NAMES = Pattern.compile("[^\\p{L}\\p{N} ._()-]");

    private final ZipOutputStream zip;
    private final Writer text;
    private final Set<String> names = new HashSet<>();
    private long files;

    ZipWriter(OutputStream out) {
        this.zip = new ZipOutputStream(new FilterOutputStream(out) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
            }

            @Override
            public void close() throws IOException {
                flush();
            }
        });
        this.text = new BufferedWriter(new OutputStreamWriter(zip, StandardCharsets.UTF_8));
    }

    /** Returns the number of files so far. */
    long files() {
        return files;
    }

    /** Begins a file and returns the writer of its text. */
    Writer begin(String path, Instant changedAt) {
        try {
            text.flush();
            var entry = new ZipEntry(path);
            entry.setLastModifiedTime(FileTime.from(changedAt));
            zip.putNextEntry(entry);
            files++;
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the file that was begun last. */
    void end() {
        try {
            text.flush();
            zip.closeEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a file name for a text that no earlier file of the folder has, in any case of letters. */
    String distinct(String folder, String text, String extension) {
        String safe = NOT_IN_NAMES.matcher(text).replaceAll("_").strip();
        safe = TextPrefix.of(safe, MAX_NAME_CHARS).strip();
        safe = safe.isEmpty() || safe.startsWith(".") ? "_" + safe : safe;
        String path = folder + safe + extension;
        for (int n = 2; !names.add(path.toLowerCase(Locale.ROOT)); n++) {
            path = folder + safe + " " + n + extension;
        }
        return path;
    }

    /** Writes a JSON value. */
    void json(Object tree) {
        Json.write(tree, text);
    }

    @Override
    public void close() throws IOException {
        text.flush();
        zip.close();
    }
}
