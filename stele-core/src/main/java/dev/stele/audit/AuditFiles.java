package dev.stele.audit;

import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.io.UninterruptibleIo;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.Page;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Append-only files of the audit log in the directory {@code audit} of a data directory, which any number of processes
 * write at once. Stateless; thread-safe.
 *
 * <p>An entry is a line of JSON. The name of a file is the day of its first entry and a number. A file that is full is
 * followed by another one, and the oldest files are deleted when all together exceed their maximum. Several processes
 * may choose the same new file or delete the same old one; both have the same effect as if one process did it.
 *
 * <p>Entries are appended by one write at the end of the file, which the operating system does not interleave with
 * those of other processes. The write begins with a line break, so that half a line that a full disk or a power cut
 * left does not damage the next entry; empty and damaged lines are skipped by readers. The order of lines is that of
 * their writes.
 *
 * @param data data directory
 * @param maxBytes maximum size of all files together, exceeded by at most the entries that processes write at once; 0
 *     to write none ({@code audit.bytes})
 */
public record AuditFiles(Path data, long maxBytes) {

    /** Share of all files that one file may fill: one in this many. */
    private static final int FILES = 8;

    private static final int DAY_CHARS = 10;
    private static final String SUFFIX = ".jsonl";
    private static final Pattern NAME = Pattern.compile("\\d{4}-\\d{2}-\\d{2}-\\d{6}\\.jsonl");
    private static final Pattern CURSOR = Pattern.compile("(\\d{4}-\\d{2}-\\d{2}-\\d{6}):(\\d{1,9})");

    private Path directory() {
        return data.resolve("audit");
    }

    /** Returns whether entries are written. */
    public boolean enabled() {
        return maxBytes > 0;
    }

    /**
     * Appends entries and forces them to the disk.
     *
     * @param entries at least one entry
     * @throws dev.stele.model.StelePersistenceException if they cannot be written; some of them may be in the log
     */
    public void append(List<AuditEntry> entries) {
        if (!enabled()) {
            return;
        }
        var text = new StringBuilder("\n");
        entries.forEach(entry -> text.append(Json.write(entry.toJson())).append('\n'));
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        try {
            UninterruptibleIo.call(() -> {
                DurableFiles.createDirectories(directory());
                Path file;
                do {
                    file = fileFor(entries.getFirst());
                    append(file, ByteBuffer.wrap(bytes));
                } while (!Files.exists(file)); // another process deleted it as the oldest one
                return file;
            });
        } catch (IOException e) {
            throw FileErrors.of("The audit log in " + directory() + " could not be written", e);
        }
    }

    private static void append(Path file, ByteBuffer bytes) throws IOException {
        try (FileChannel out = DurableFiles.open(file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND))) {
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(false);
        }
    }

    /** Returns the file for an entry, and deletes the oldest files before a new one exceeds the maximum. */
    private Path fileFor(AuditEntry entry) throws IOException {
        String day = entry.at().toString().substring(0, DAY_CHARS);
        List<String> names = names();
        Optional<String> last =
                names.stream().filter(name -> name.startsWith(day)).reduce((_, next) -> next);
        if (last.isPresent() && size(last.get()) < maxBytes / FILES) {
            return directory().resolve(last.get());
        }
        long kept = 0;
        for (String name : names.reversed()) {
            kept += size(name);
            if (kept > maxBytes - maxBytes / FILES) {
                Files.deleteIfExists(directory().resolve(name));
            }
        }
        int number = last.map(name -> Integer.parseInt(name, DAY_CHARS + 1, name.length() - SUFFIX.length(), 10) + 1)
                .orElse(1);
        return directory().resolve("%s-%06d%s".formatted(day, number, SUFFIX));
    }

    /** Returns the size of a file; 0 if another process has just deleted it. */
    private long size(String name) throws IOException {
        try {
            return Files.size(directory().resolve(name));
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /** Returns the names of the files, oldest first. */
    private List<String> names() {
        try {
            return DurableFiles.names(directory()).stream()
                    .filter(name -> NAME.matcher(name).matches())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw FileErrors.of("The directory " + directory() + " could not be read", e);
        }
    }

    /**
     * Returns entries, newest first.
     *
     * @param limit maximum number of entries
     * @param after cursor of the previous page; empty for the first page
     * @throws InvalidInputException if the cursor is invalid
     * @throws dev.stele.model.StelePersistenceException if a file cannot be read
     */
    public Page<AuditEntry> list(AuditFilter filter, int limit, Optional<String> after) {
        String lastName = "";
        int end = Integer.MAX_VALUE;
        if (after.isPresent()) {
            Matcher cursor = CURSOR.matcher(after.get());
            if (!cursor.matches()) {
                throw new InvalidInputException(
                        "The cursor \"" + after.get() + "\" is none of the audit log; use the field next of a page.");
            }
            lastName = cursor.group(1) + SUFFIX;
            end = Integer.parseInt(cursor.group(2));
        }
        var found = new ArrayList<AuditEntry>();
        for (String name : names().reversed()) {
            if (!lastName.isEmpty() && name.compareTo(lastName) > 0) {
                continue;
            }
            List<String> lines = lines(name);
            int from = Math.min(lines.size(), name.equals(lastName) ? end : Integer.MAX_VALUE);
            for (int line = from - 1; line >= 0; line--) {
                Optional<AuditEntry> entry = entry(lines.get(line)).filter(filter::admits);
                if (entry.isPresent()) {
                    found.add(entry.get());
                    if (found.size() == limit) {
                        String base = name.substring(0, name.length() - SUFFIX.length());
                        return new Page<>(found, Optional.of(base + ":" + line));
                    }
                }
            }
        }
        return new Page<>(found, Optional.empty());
    }

    private List<String> lines(String name) {
        Path file = directory().resolve(name);
        try {
            // Not as strictly decoded text: a half-written line may end within a character.
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of(); // another process has just deleted it
        } catch (IOException e) {
            throw FileErrors.of("The audit log " + file + " could not be read", e);
        }
    }

    /** Parses a line; empty if it is empty or damaged. */
    private static Optional<AuditEntry> entry(String line) {
        if (line.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(AuditEntry.fromJson(Json.readObject("entry", line)));
        } catch (InvalidInputException e) {
            return Optional.empty();
        }
    }
}
