package dev.stele.transfer;

import dev.stele.io.CountingInputStream;
import dev.stele.model.ImportLimits;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;

/**
 * Source of an import: a file, a zip file or a folder. A zip file is recognized by its content and is read as a stream;
 * nothing of it is written to disk, and the names of its entries are labels only. Hidden files, and files that cannot
 * be of any format by their extension, are passed over. Not thread-safe.
 */
public final class ImportSource {

    private static final int BUFFER_BYTES = 1 << 16;

    /** Unpacked size up to which a zip file may have any ratio, in bytes. */
    private static final long FREE_RATIO_BYTES = 1 << 20;

    private static final Set<String> EXTENSIONS = Set.of("json", "jsonl", "ndjson", "csv", "md", "markdown", "txt", "");

    /**
     * File of a source.
     *
     * @param name path of the file in its folder or zip file with {@code /} as separator; its file name if it is alone
     * @param content content, which the source closes
     * @param changedAt time at which the file was changed, if known
     * @param isAlone whether the source is this file and not a folder or zip file
     */
    record Part(String name, InputStream content, Optional<Instant> changedAt, boolean isAlone) {}

    /** Receiver of the files of a source. */
    interface Parts {
        void take(Part part) throws IOException;

        /** Receives a file that cannot be of any format by its extension. */
        void passOver(String name);
    }

    private final Optional<Path> path;
    private final Optional<InputStream> stream;
    private final String name;

    private ImportSource(Optional<Path> path, Optional<InputStream> stream, String name) {
        this.path = path;
        this.stream = stream;
        this.name = name;
    }

    /**
     * Creates a source for a file, zip file or folder.
     *
     * @throws NotFoundException if there is no such file or folder
     */
    public static ImportSource of(Path path) {
        if (!Files.exists(path)) {
            throw new NotFoundException("There is no file " + path + ".");
        }
        return new ImportSource(Optional.of(path), Optional.empty(), String.valueOf(path.getFileName()));
    }

    /**
     * Creates a source for the content of a file or zip file.
     *
     * @param content content, which is read once and left open
     * @param name name of the file; empty if unknown
     */
    public static ImportSource of(InputStream content, String name) {
        return new ImportSource(Optional.empty(), Optional.of(content), name);
    }

    /**
     * Passes on the files in the order of their names, or in the order of a zip file.
     *
     * @throws InvalidInputException if a file cannot be opened, or a zip file is damaged at its beginning
     * @throws LimitExceededException if the source exceeds a limit; the files before were passed on
     */
    void forEach(ImportLimits limits, Parts parts) throws IOException {
        if (stream.isPresent()) {
            file(stream.get(), Optional.empty(), limits, parts);
            return;
        }
        Path file = path.orElseThrow();
        if (Files.isDirectory(file)) {
            folder(file, limits, parts);
            return;
        }
        try (InputStream in = Files.newInputStream(file)) {
            file(in, Optional.of(Files.getLastModifiedTime(file)), limits, parts);
        } catch (AccessDeniedException e) {
            throw new InvalidInputException("The file " + file + " may not be read.");
        } catch (NoSuchFileException e) {
            throw new NotFoundException("There is no file " + file + ".");
        }
    }

    private void file(InputStream in, Optional<FileTime> changed, ImportLimits limits, Parts parts) throws IOException {
        var buffered = new BufferedInputStream(in, BUFFER_BYTES);
        buffered.mark(4);
        byte[] start = buffered.readNBytes(4);
        buffered.reset();
        boolean isZip = start.length == 4 && start[0] == 'P' && start[1] == 'K' && (start[2] == 3 || start[2] == 5);
        if (isZip) {
            zip(buffered, limits, parts);
        } else {
            parts.take(new Part(name, buffered, changed.map(ImportSource::millis), true));
        }
    }

    private static Instant millis(FileTime time) {
        return time.toInstant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static void folder(Path folder, ImportLimits limits, Parts parts) throws IOException {
        var files = new ArrayList<Path>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                boolean hidden = !directory.equals(folder)
                        && String.valueOf(directory.getFileName()).startsWith(".");
                return hidden ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    files.add(file);
                    checkEntries(files.size(), limits);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                parts.passOver(folder.relativize(file).toString());
                return FileVisitResult.CONTINUE;
            }
        });
        files.sort(null);
        for (Path file : files) {
            String label = folder.relativize(file).toString().replace('\\', '/');
            if (isHidden(label)) {
                continue;
            }
            if (!isCandidate(label)) {
                parts.passOver(label);
                continue;
            }
            try (InputStream in = Files.newInputStream(file)) {
                parts.take(new Part(label, in, Optional.of(millis(Files.getLastModifiedTime(file))), false));
            } catch (AccessDeniedException | NoSuchFileException e) {
                parts.passOver(label);
            }
        }
    }

    private static void zip(InputStream in, ImportLimits limits, Parts parts) throws IOException {
        var packed = new CountingStream(in);
        try (var zip = new ZipInputStream(packed)) {
            var budget = new Budget(limits);
            int entries = 0;
            while (true) {
                ZipEntry entry;
                try {
                    entry = zip.getNextEntry();
                } catch (ZipException | EOFException | IllegalArgumentException e) {
                    throw new InvalidInputException(
                            "The zip file is damaged after %d entries: %s".formatted(entries, e.getMessage()));
                }
                if (entry == null) {
                    return;
                }
                entries++;
                checkEntries(entries, limits);
                String label = entry.getName();
                var content = new Unpacked(zip, packed, budget, label);
                if (!entry.isDirectory() && !isHidden(label)) {
                    if (isCandidate(label)) {
                        Optional<Instant> changed =
                                Optional.ofNullable(entry.getLastModifiedTime()).map(ImportSource::millis);
                        parts.take(new Part(label, content, changed, false));
                    } else {
                        parts.passOver(label);
                    }
                }
                content.transferTo(OutputStream.nullOutputStream()); // what was not read counts towards the limits, too
            }
        }
    }

    private static void checkEntries(int entries, ImportLimits limits) {
        if (entries > limits.entries()) {
            throw new LimitExceededException(
                    "The folder or zip file has more than %d files (limits.import-entries); import parts of it, or raise the limit."
                            .formatted(limits.entries()));
        }
    }

    private static boolean isHidden(String label) {
        return List.of(label.replace('\\', '/').split("/")).stream()
                .anyMatch(part ->
                        (part.startsWith(".") && !part.equals(".") && !part.equals("..")) || part.equals("__MACOSX"));
    }

    private static boolean isCandidate(String label) {
        String file = label.substring(label.replace('\\', '/').lastIndexOf('/') + 1);
        int dot = file.lastIndexOf('.');
        return EXTENSIONS.contains(dot < 0 ? "" : file.substring(dot + 1).toLowerCase(Locale.ROOT));
    }

    /** Number of unpacked bytes of a zip file and its bounds. */
    private static final class Budget {
        private final ImportLimits limits;
        private long unpacked;

        Budget(ImportLimits limits) {
            this.limits = limits;
        }

        void take(int bytes, long packed) {
            unpacked += bytes;
            if (unpacked > limits.bytes()) {
                throw new LimitExceededException(
                        "The zip file unpacks to more than %d bytes (limits.import-unpacked-bytes); import its files one by one, or raise the limit."
                                .formatted(limits.bytes()));
            }
            if (unpacked > FREE_RATIO_BYTES && unpacked / Math.max(1, packed) > limits.ratio()) {
                throw new LimitExceededException(
                        "The zip file unpacks to more than %d times its size (limits.import-ratio); import its files one by one, or raise the limit."
                                .formatted(limits.ratio()));
            }
        }
    }

    /** Content of the current entry of a zip file; closing it leaves the zip file open. */
    private static final class Unpacked extends InputStream {
        private final ZipInputStream zip;
        private final CountingStream packed;
        private final Budget budget;
        private final String label;

        Unpacked(ZipInputStream zip, CountingStream packed, Budget budget, String label) {
            this.zip = zip;
            this.packed = packed;
            this.budget = budget;
            this.label = label;
        }

        @Override
        public int read() throws IOException {
            var single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int count;
            try {
                count = zip.read(to, offset, length);
            } catch (ZipException | EOFException e) {
                throw new InvalidInputException(
                        "The entry %s of the zip file is damaged: %s".formatted(label, e.getMessage()));
            }
            budget.take(Math.max(0, count), packed.count());
            return count;
        }
    }

    /** Counting stream that leaves its source open, because the owner of the source closes it. */
    private static final class CountingStream extends CountingInputStream {
        CountingStream(InputStream in) {
            super(in);
        }

        @Override
        public void close() {}
    }
}
