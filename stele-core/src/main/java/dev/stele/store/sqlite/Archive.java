package dev.stele.store.sqlite;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.MessageRevision;
import dev.stele.model.Sha256;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.Durable;
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
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * The files of archived messages: gzip-compressed JSON lines, one file a segment, never changed once written. Which
 * messages of a segment still count is for the database to say; a file without a row there is left over from a crash
 * and means nothing.
 */
final class Archive {

    private final Path directory;

    Archive(Path agentDirectory) {
        this.directory = agentDirectory.resolve("archive");
    }

    /** A segment as the database records it. */
    record Segment(String name, int messages, String sha256) {}

    Segment write(List<ArchivedMessage> messages) {
        String name = "messages-%d-%s.jsonl.gz"
                .formatted(messages.getFirst().message().number(), UUID.randomUUID());
        Path file = directory.resolve(name);
        try {
            Durable.write(file, out -> {
                try (Writer lines =
                        new BufferedWriter(new OutputStreamWriter(new GZIPOutputStream(out), StandardCharsets.UTF_8))) {
                    for (ArchivedMessage message : messages) {
                        Json.write(line(message), lines);
                        lines.write('\n');
                    }
                }
            });
            return new Segment(name, messages.size(), sha256(file));
        } catch (IOException e) {
            throw failed("written", file, e);
        }
    }

    void read(String name, Consumer<ArchivedMessage> to) {
        Path file = directory.resolve(name);
        try (InputStream in = Files.newInputStream(file);
                var lines =
                        new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
            String line;
            while ((line = lines.readLine()) != null) {
                to.accept(message(Json.readObject("archived message", line)));
            }
        } catch (NoSuchFileException e) {
            throw new StelePersistenceException.Corrupt(
                    "The archive segment " + file + " is missing; restore the agent from a backup.", e);
        } catch (IOException e) {
            throw failed("read", file, e);
        }
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    void delete(String name) {
        try {
            Files.deleteIfExists(directory.resolve(name));
        } catch (IOException e) {
            throw failed("deleted", directory.resolve(name), e);
        }
    }

    /** Names of all segment files, wanted or left over. */
    List<String> files() {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (var files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".jsonl.gz"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw failed("listed", directory, e);
        }
    }

    static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            var digest = Sha256.digest();
            var buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
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
                json.optionalLong("number").orElseThrow(),
                json.string("id"),
                draft.session(),
                draft.user(),
                draft.role(),
                draft.content(),
                json.instant("at"),
                json.optionalInstant("editedAt"),
                true,
                draft.metadata());
        Optional<Embedding> embedding = json.optionalString("vector")
                .map(text -> new Embedding(
                        json.string("model"),
                        IndexTables.floats(Base64.getDecoder().decode(text))));
        return new ArchivedMessage(
                message,
                json.objects("history").stream().map(MessageRevision::fromJson).toList(),
                embedding);
    }

    private static StelePersistenceException failed(String doing, Path file, IOException e) {
        return new StelePersistenceException(
                "The archive file %s could not be %s: %s".formatted(file, doing, e.getMessage()), e);
    }

    /** Only for messages moved since {@code time}: a leftover may belong to a move that is under way. */
    boolean olderThan(String name, Instant time) {
        try {
            return Files.getLastModifiedTime(directory.resolve(name))
                    .toInstant()
                    .isBefore(time);
        } catch (IOException e) {
            return false;
        }
    }
}
