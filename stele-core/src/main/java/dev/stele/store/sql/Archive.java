package dev.stele.store.sql;

import dev.stele.io.FileErrors;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.MessageRevision;
import dev.stele.model.Sha256;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.Embedding;
import dev.stele.store.StoreView.ArchivedMessage;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Reader and writer of archive segment files: gzip-compressed JSON lines, immutable once written. The database records
 * which messages of a segment still exist. A file without a row in the database is residue of a crash and is ignored.
 */
final class Archive {

    static final String SUFFIX = ".jsonl.gz";

    private static final System.Logger LOG = System.getLogger(Archive.class.getName());

    private final ArchiveSegments segments;

    Archive(ArchiveSegments segments) {
        this.segments = segments;
    }

    /** Segment as the database records it. */
    record Segment(String name, int messages, String sha256) {}

    Segment write(List<ArchivedMessage> messages) {
        String name = "messages-%d-%s".formatted(messages.getFirst().message().number(), UUID.randomUUID()) + SUFFIX;
        try {
            segments.write(name, out -> {
                try (Writer lines =
                        new BufferedWriter(new OutputStreamWriter(new GZIPOutputStream(out), StandardCharsets.UTF_8))) {
                    for (ArchivedMessage message : messages) {
                        Json.write(line(message), lines);
                        lines.write('\n');
                    }
                }
            });
        } catch (IOException e) {
            throw failed("written", name, e);
        }
        return new Segment(name, messages.size(), sha256(name));
    }

    /**
     * Reads the messages of a segment.
     *
     * @param to receives the messages; none if the file is not the one that the database records, since it may contain
     *     messages of another agent
     * @throws StelePersistenceException if the file is missing, damaged or another one, or cannot be read
     */
    void read(Segment segment, Consumer<ArchivedMessage> to) {
        try {
            if (!segment.sha256().equals(digest(segment.name()))) {
                throw new StelePersistenceException.Corrupt(
                        "The archive segment " + segments.place(segment.name())
                                + " does not agree with its checksum; restore the agent from a backup.",
                        null);
            }
        } catch (IOException e) {
            throw unreadable(segment.name(), e);
        }
        parse(segment.name(), to);
    }

    /** Reads the messages of a segment without comparing its checksum. */
    void parse(String name, Consumer<ArchivedMessage> to) {
        try (InputStream in = segments.read(name);
                var lines =
                        new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
            String line;
            while ((line = lines.readLine()) != null) {
                to.accept(message(Json.readObject("archived message", line)));
            }
        } catch (IOException e) {
            throw unreadable(name, e);
        } catch (InvalidInputException e) {
            throw new StelePersistenceException.Corrupt(
                    "The archive segment " + segments.place(name) + " is damaged: " + e.getMessage(), e);
        }
    }

    /**
     * Returns the highest number of a message in a segment. A damaged segment counts as far as it can be read.
     *
     * @return the number; empty if there is no such segment
     */
    OptionalLong lastNumber(String name) {
        long[] last = {0};
        try {
            parse(
                    name,
                    archived -> last[0] = Math.max(last[0], archived.message().number()));
        } catch (SteleException e) {
            if (e.getCause() instanceof NoSuchFileException) {
                return OptionalLong.empty();
            }
            LOG.log(System.Logger.Level.DEBUG, () -> "segment " + name + " is damaged: " + e.getMessage());
        }
        return OptionalLong.of(last[0]);
    }

    void delete(String name) {
        try {
            segments.delete(name);
        } catch (IOException e) {
            throw failed("deleted", name, e);
        }
    }

    /**
     * Returns the names of segment files written before a time, referenced or not. Younger files may belong to a move
     * in progress.
     */
    List<String> olderThan(Instant time) {
        try {
            return segments.olderThan(time);
        } catch (IOException e) {
            throw failed("listed", "*" + SUFFIX, e);
        }
    }

    /** Waits for the exclusive right to change the files, see {@link ArchiveSegments#hold}. */
    Optional<ArchiveSegments.Hold> hold() {
        try {
            return segments.hold();
        } catch (IOException e) {
            throw failed("locked", "*" + SUFFIX, e);
        }
    }

    String sha256(String name) {
        try {
            return digest(name);
        } catch (IOException e) {
            throw failed("read", name, e);
        }
    }

    private String digest(String name) throws IOException {
        try (InputStream in = segments.read(name)) {
            return Sha256.hex(in);
        }
    }

    private static Object line(ArchivedMessage archived) {
        var json = Json.fields();
        archived.message().toJson().forEach(json::put);
        json.put(
                "history",
                archived.revisions().stream().map(MessageRevision::toJson).toList());
        archived.embedding()
                .ifPresent(embedding -> json.put("model", embedding.model())
                        .put("vector", Base64.getEncoder().encodeToString(IndexTables.bytes(embedding.vector()))));
        return json.map();
    }

    private static ArchivedMessage message(JsonObject json) {
        MessageDraft draft = MessageDraft.fromJson(json);
        var message = new Message(
                json.optionalLong("number").orElseThrow(() -> new InvalidInputException("a message has no number.")),
                json.string("id"),
                draft.session(),
                draft.user(),
                draft.role(),
                draft.content(),
                json.instant("at"),
                json.optionalInstant("edited_at"),
                true,
                draft.metadata());
        Optional<Embedding> embedding =
                json.optionalString("vector").map(text -> new Embedding(json.string("model"), vector(text)));
        return new ArchivedMessage(
                message,
                json.objects("history").stream().map(MessageRevision::fromJson).toList(),
                embedding);
    }

    private static float[] vector(String text) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException("a vector is not Base64.");
        }
        if (bytes.length % Float.BYTES != 0) {
            throw new InvalidInputException("a vector has " + bytes.length + " bytes.");
        }
        return IndexTables.floats(bytes);
    }

    private StelePersistenceException unreadable(String name, IOException e) {
        return e instanceof NoSuchFileException
                ? new StelePersistenceException.Corrupt(
                        "The archive segment " + segments.place(name) + " is missing; restore the agent from a backup.",
                        e)
                : failed("read", name, e);
    }

    private StelePersistenceException failed(String operation, String name, IOException e) {
        return FileErrors.of("The archive file %s could not be %s".formatted(segments.place(name), operation), e);
    }
}
