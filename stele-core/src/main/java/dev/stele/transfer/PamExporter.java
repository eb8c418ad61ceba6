package dev.stele.transfer;

import dev.stele.io.FileErrors;
import dev.stele.model.Cursor;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.Page;
import dev.stele.model.Session;
import dev.stele.model.Sha256;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.StoreView;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.text.Normalizer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Exporter of the current notes and of all messages as a bundle of Portable AI Memory, version 1:
 * {@code memory-store.json} and one file for each session in {@code conversations/}, in a zip file. {@link PamReader}
 * reads notes and messages again without loss, because fields that PAM does not have are in {@code metadata.stele} and
 * {@code raw_metadata}. Earlier versions, the graph, users and documents are not exported; {@link Exporter} exports
 * everything. The optional integrity block, signature and embeddings are left out.
 */
final class PamExporter {

    private static final Set<String> TYPES = Set.of(
            "fact",
            "preference",
            "skill",
            "context",
            "relationship",
            "goal",
            "instruction",
            "identity",
            "environment",
            "project");
    private static final Pattern TAG = Pattern.compile("[a-z0-9][a-z0-9_-]*");
    private static final Pattern SPACES = Pattern.compile(" {2,}");
    private static final int PAGE_SIZE = 200;

    private PamExporter() {}

    /**
     * Writes the zip file and leaves the stream open.
     *
     * @return number of files
     * @throws StelePersistenceException if the destination fails
     */
    static long write(String agent, StoreView view, OutputStream out) {
        try (var zip = new ZipWriter(out)) {
            var index = new ArrayList<Map<String, @Nullable Object>>();
            Optional<Cursor> from = Optional.empty();
            do {
                Page<Session> page = view.sessions(Optional.empty(), PAGE_SIZE, from);
                for (Session session : page.items()) {
                    index.add(conversation(zip, view, session));
                }
                from = Cursor.decode(page.next());
            } while (from.isPresent());
            store(zip, agent, view, index);
            return zip.files();
        } catch (IOException | UncheckedIOException e) {
            throw FileErrors.of("The export of agent \"" + agent + "\" could not be written", FileErrors.cause(e));
        }
    }

    private static void store(ZipWriter zip, String agent, StoreView view, List<Map<String, @Nullable Object>> index)
            throws IOException {
        Writer text = zip.begin("memory-store.json", Instant.now());
        String head = Json.write(Json.fields()
                .put("schema", "portable-ai-memory")
                .put("schema_version", "1.0")
                .put("spec_uri", "https://portable-ai-memory.org/spec/v1.0")
                .put("exported_by", "stele/1.0.0")
                .put("export_date", Instant.now())
                .put("owner", Map.of("id", agent))
                .keep("conversations_index", index)
                .map());
        text.write(head.substring(0, head.length() - 1));
        text.write(",\"memories\":[");
        var isFirst = new boolean[] {true};
        view.forEachNote(note -> {
            try {
                text.write(isFirst[0] ? "\n" : ",\n");
                isFirst[0] = false;
                Json.write(memory(note), text);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        text.write("]}\n");
        zip.end();
    }

    private static Map<String, @Nullable Object> memory(Note note) {
        NoteDraft body = note.body();
        boolean isType = TYPES.contains(note.category());
        var own = new LinkedHashMap<String, @Nullable Object>(body.toJson());
        own.remove("id");
        own.remove("content");
        return Json.fields()
                .put("id", note.id())
                .put("type", isType ? note.category() : "custom")
                .put("custom_type", isType ? null : note.category())
                .put("status", note.supersededBy().isPresent() ? "superseded" : "active")
                .put("content", note.content())
                .put("content_hash", "sha256:" + Sha256.hex(normalized(note.content())))
                .put(
                        "tags",
                        body.tags().stream()
                                .filter(tag -> TAG.matcher(tag).matches())
                                .toList())
                .put("confidence", Map.of("current", body.confidence()))
                .put(
                        "temporal",
                        Json.fields()
                                .put("created_at", note.createdAt())
                                .put("updated_at", note.updatedAt())
                                .put("valid_from", body.validFrom())
                                .put("valid_until", body.validTo())
                                .put("superseded_by", note.supersededBy())
                                .map())
                .put(
                        "provenance",
                        Json.fields()
                                .put("platform", "stele")
                                .put("conversation_ref", body.session())
                                .put("message_ref", body.provenance().stream().findFirst())
                                .map())
                .put("metadata", Map.of("stele", own))
                .map();
    }

    private static String normalized(String content) {
        String lower = Normalizer.normalize(content.strip().toLowerCase(Locale.ROOT), Normalizer.Form.NFC);
        return SPACES.matcher(lower).replaceAll(" ");
    }

    private static Map<String, @Nullable Object> conversation(ZipWriter zip, StoreView view, Session session)
            throws IOException {
        String path = zip.distinct("conversations/", session.id(), ".json");
        Writer text = zip.begin(path, session.lastAt());
        String head = Json.write(Json.fields()
                .put("schema", "portable-ai-memory-conversation")
                .put("schema_version", "1.0")
                .put("id", session.id())
                .put("provider", Map.of("name", "stele"))
                .put("title", session.title())
                .put(
                        "temporal",
                        Json.fields()
                                .put("created_at", session.startedAt())
                                .put("updated_at", session.lastAt())
                                .map())
                .map());
        text.write(head.substring(0, head.length() - 1));
        text.write(",\"messages\":[");
        var messages = new ArrayList<Message>();
        Optional<Cursor> before = Optional.empty();
        do {
            Page<Message> page = view.messages(session.id(), PAGE_SIZE, before, true);
            messages.addAll(page.items());
            before = Cursor.decode(page.next());
        } while (before.isPresent());
        messages.sort(java.util.Comparator.comparingLong(Message::number));
        boolean isFirst = true;
        for (Message message : messages) {
            text.write(isFirst ? "\n" : ",\n");
            isFirst = false;
            Json.write(turn(message), text);
        }
        text.write("]}\n");
        zip.end();
        return Json.fields()
                .put("id", session.id())
                .put("platform", "stele")
                .put("title", session.title())
                .put("storage", Map.of("type", "file", "ref", path, "format", "json"))
                .put(
                        "temporal",
                        Json.fields().put("created_at", session.startedAt()).map())
                .map();
    }

    private static Map<String, @Nullable Object> turn(Message message) {
        return Json.fields()
                .put("id", message.id())
                .put("role", message.role().label())
                .put("content", Map.of("type", "text", "text", message.content()))
                .put("created_at", message.at())
                .put(
                        "raw_metadata",
                        Json.fields()
                                .put("stele_user", message.user())
                                .put("stele", message.metadata())
                                .map())
                .map();
    }
}
