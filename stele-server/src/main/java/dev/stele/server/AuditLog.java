package dev.stele.server;

import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.GuardedLoop;
import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Page;
import dev.stele.server.auth.ApiKey;
import dev.stele.server.auth.Scope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Audit log of the administration of memories: who created and revoked keys, erased, restored, merged, corrected,
 * imported and exported, and with which outcome. Requests that store content in the course of a conversation are not
 * part of it. An entry names the agent and the operation, but no user and no item, so that an erasure leaves no trace
 * here. Thread-safe.
 *
 * <p>Entries are lines of JSON in files of the directory {@code audit} of the data directory, which several servers may
 * share. The name of a file is the day of its first entry and a number; a file that is full is followed by another one,
 * and the oldest files are deleted when all together exceed their maximum. One thread writes, so that no request waits
 * for the disk; an entry can be lost if the process dies within about a second. What cannot be written is tried again.
 */
final class AuditLog implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(AuditLog.class.getName());

    /** Maximum number of entries that wait to be written; more are counted and reported in the log of the process. */
    private static final int MAX_WAITING = 10_000;
    /** Share of all files that one file may fill: one in this many. */
    private static final int FILES = 8;

    private static final long IDLE_MILLIS = 200;
    private static final Pattern NAME = Pattern.compile("\\d{4}-\\d{2}-\\d{2}-\\d{6}\\.jsonl");
    private static final Pattern CURSOR = Pattern.compile("(\\d{4}-\\d{2}-\\d{2}-\\d{6}):(\\d{1,9})");

    /** Operations that store what is said or learned, by their names in the OpenAPI document. */
    private static final Set<String> CONTENT = Set.of(
            "addDocument",
            "addObservations",
            "chat",
            "converse",
            "createNote",
            "endMcpSession",
            "explainSelection",
            "logIn",
            "logOut",
            "processHook",
            "putEntity",
            "putRelation",
            "recordInteraction",
            "recordUserInteraction",
            "reflect",
            "runMemoryTool",
            "storeGraph",
            "storeMessages",
            "updateSession");

    private final Path directory;
    private final long maxBytes;
    private final BlockingQueue<Entry> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    /** Entries of the current batch; used by the thread that writes, and after its end by {@link #close}. */
    private final List<Entry> unwritten = new ArrayList<>();

    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final GuardedLoop writer;

    /**
     * Request of the log.
     *
     * @param at time of its end
     * @param operation name of the operation in the OpenAPI document
     * @param agent agent that it concerns
     * @param detail kind of a job, id of a key or name of a backup
     * @param key id of the key; empty for a caller on this machine without a key
     * @param label label of the key at that time
     * @param status status of the response
     * @param request id of the request
     */
    record Entry(
            Instant at,
            String operation,
            Optional<String> agent,
            Optional<String> detail,
            Optional<String> key,
            Optional<String> label,
            int status,
            String request) {

        Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .put("at", at)
                    .put("operation", operation)
                    .put("agent", agent)
                    .put("detail", detail)
                    .put("key", key)
                    .put("label", label)
                    .put("status", (long) status)
                    .put("request", request)
                    .map();
        }

        static Entry fromJson(JsonObject json) {
            return new Entry(
                    json.instant("at"),
                    json.string("operation"),
                    json.optionalString("agent"),
                    json.optionalString("detail"),
                    json.optionalString("key"),
                    json.optionalString("label"),
                    json.optionalInt("status").orElse(0),
                    json.string("request"));
        }
    }

    /**
     * What a request concerns besides its path.
     *
     * @param agent agent; empty for the one of the path
     * @param detail see {@link Entry#detail}
     */
    record Subject(Optional<String> agent, Optional<String> detail) {}

    /** Entries that are listed; an empty field admits all. */
    record Filter(Optional<String> agent, Optional<String> key, Optional<String> operation) {
        boolean admits(Entry entry) {
            return (agent.isEmpty() || agent.equals(entry.agent()))
                    && (key.isEmpty() || key.equals(entry.key()))
                    && operation.map(entry.operation()::equals).orElse(true);
        }
    }

    /**
     * @param data data directory
     * @param maxBytes maximum size of all files together; 0 to write none
     */
    AuditLog(Path data, long maxBytes) {
        this.directory = data.resolve("audit");
        this.maxBytes = maxBytes;
        this.writer = GuardedLoop.start("stele-audit", LOG, BackgroundThreads::thread, _ -> step());
    }

    /** Adds a request to the log if it is one that the log contains. Does not wait for the disk. */
    void add(Optional<ApiKey> key, Router.Route route, Subject subject, int status, String request) {
        if (maxBytes == 0 || !isRecorded(route)) {
            return;
        }
        var entry = new Entry(
                Instant.now(),
                route.name(),
                subject.agent(),
                subject.detail(),
                key.map(ApiKey::id),
                key.map(ApiKey::label),
                status,
                request);
        if (!waiting.offer(entry)) {
            dropped.incrementAndGet();
        }
    }

    private static boolean isRecorded(Router.Route route) {
        boolean changes = !route.method().equals("GET") && AccessFilter.needed(route) != Scope.READ;
        return (changes && !CONTENT.contains(route.name())) || route.name().equals("exportAgent");
    }

    private void step() throws InterruptedException {
        if (unwritten.isEmpty()) {
            Entry first = waiting.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
            if (first != null) {
                unwritten.add(first);
                waiting.drainTo(unwritten);
            }
        }
        writeAll();
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> lost + " entries of the audit log were lost: the disk is too slow");
        }
    }

    /** Writes the entries that are not written yet. If that fails, they are kept for the next attempt. */
    private void writeAll() {
        if (!unwritten.isEmpty()) {
            try {
                write(unwritten);
            } catch (RuntimeException e) {
                failures.incrementAndGet();
                throw e;
            }
            unwritten.clear();
        }
    }

    /** Returns the number of attempts to write that failed. */
    long failures() {
        return failures.get();
    }

    private void write(List<Entry> batch) {
        var text = new StringBuilder();
        batch.forEach(entry -> text.append(Json.write(entry.toJson())).append('\n'));
        ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
        try {
            DurableFiles.createDirectories(directory);
            Path file = fileFor(batch.getFirst().at());
            try (FileChannel out =
                    DurableFiles.open(file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND))) {
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(false);
            }
        } catch (IOException e) {
            throw FileErrors.of("The audit log in " + directory + " could not be written", e);
        }
    }

    /** Returns the file for an entry, and deletes the oldest files before a new one exceeds the maximum. */
    private Path fileFor(Instant at) throws IOException {
        String day = at.toString().substring(0, 10);
        List<String> names = names();
        Optional<String> last =
                names.stream().filter(name -> name.startsWith(day)).reduce((_, next) -> next);
        if (last.isPresent() && Files.size(directory.resolve(last.get())) < maxBytes / FILES) {
            return directory.resolve(last.get());
        }
        long kept = 0;
        for (String name : names.reversed()) {
            Path file = directory.resolve(name);
            kept += Files.size(file);
            if (kept > maxBytes - maxBytes / FILES) {
                Files.deleteIfExists(file);
            }
        }
        int number =
                last.map(name -> Integer.parseInt(name.substring(11, 17)) + 1).orElse(1);
        return directory.resolve("%s-%06d.jsonl".formatted(day, number));
    }

    /** Returns the names of the files, oldest first. */
    private List<String> names() {
        try {
            return DurableFiles.names(directory).stream()
                    .filter(name -> NAME.matcher(name).matches())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw FileErrors.of("The directory " + directory + " could not be read", e);
        }
    }

    /**
     * Returns entries, newest first.
     *
     * @param limit maximum number of entries
     * @param after cursor of the previous page; empty for the first page
     * @throws InvalidInputException if the cursor is invalid
     */
    Page<Entry> list(Filter filter, int limit, Optional<String> after) {
        String lastName = "";
        int end = Integer.MAX_VALUE;
        if (after.isPresent()) {
            Matcher cursor = CURSOR.matcher(after.get());
            if (!cursor.matches()) {
                throw new InvalidInputException(
                        "The cursor \"" + after.get() + "\" is none of the audit log; use the field next of a page.");
            }
            lastName = cursor.group(1) + ".jsonl";
            end = Integer.parseInt(cursor.group(2));
        }
        var found = new ArrayList<Entry>();
        for (String name : names().reversed()) {
            if (!lastName.isEmpty() && name.compareTo(lastName) > 0) {
                continue;
            }
            List<String> lines = lines(name);
            int from = Math.min(lines.size(), name.equals(lastName) ? end : Integer.MAX_VALUE);
            for (int line = from - 1; line >= 0; line--) {
                Optional<Entry> entry = entry(lines.get(line)).filter(filter::admits);
                if (entry.isPresent()) {
                    found.add(entry.get());
                    if (found.size() == limit) {
                        return new Page<>(found, Optional.of(name.substring(0, name.length() - 6) + ":" + line));
                    }
                }
            }
        }
        return new Page<>(found, Optional.empty());
    }

    private List<String> lines(String name) {
        try {
            return Files.readString(directory.resolve(name)).lines().toList();
        } catch (NoSuchFileException e) {
            return List.of(); // another server has just deleted it
        } catch (IOException e) {
            throw FileErrors.of("The audit log " + directory.resolve(name) + " could not be read", e);
        }
    }

    /** Parses a line; empty if it is damaged, as the last line may be after a crash. */
    private static Optional<Entry> entry(String line) {
        try {
            return Optional.of(Entry.fromJson(Json.readObject("entry", line)));
        } catch (InvalidInputException e) {
            return Optional.empty();
        }
    }

    /** Writes the entries that wait, and ends the thread. */
    @Override
    public void close() {
        writer.close();
        waiting.drainTo(unwritten);
        writeAll();
    }
}
