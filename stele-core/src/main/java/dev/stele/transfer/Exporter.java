package dev.stele.transfer;

import dev.stele.graph.McpMemoryGraph;
import dev.stele.io.FileErrors;
import dev.stele.model.Cursor;
import dev.stele.model.Document;
import dev.stele.model.Entity;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.model.Observation;
import dev.stele.model.Page;
import dev.stele.model.Passage;
import dev.stele.model.Relation;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.UserVersion;
import dev.stele.store.GraphView;
import dev.stele.store.LineageView;
import dev.stele.store.MessageBound;
import dev.stele.store.StoreView;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writer that exports the whole memory of an agent as JSON lines, each with its {@code type}: a header, sessions,
 * messages with their revisions, notes with their versions, users with their versions, entities with their versions and
 * observations, all versions of all relations, the profile, interactions, consolidations, and documents. The export is
 * streamed and needs little memory, whatever the size of the agent. Vectors and indexes are left out, because an import
 * builds them again.
 */
public final class Exporter {

    static final String HEADER = "stele-export";
    static final int VERSION = 1;

    /** Type of a line that tells what was left out. */
    static final String DAMAGE = "damage";

    /** Names of the exported profile entries. */
    static final List<String> PROFILE = List.of("persona", "schedule", "access", MessageBound.ENTRY);

    /** Number of rows that are read at a time. */
    private static final int PAGE_SIZE = 200;

    private static final int BUFFER_CHARS = 1 << 15;

    private final Writer out;
    private final List<String> damaged = new ArrayList<>();
    private long lines;

    private Exporter(Writer out) {
        this.out = out;
    }

    /**
     * Writes everything that a view contains, flushes the writer and leaves it open. Damaged segments of the archive
     * are left out and named by a line of the type {@code damage} each.
     *
     * @param agent name of the agent
     * @param view consistent view of the agent's store
     * @param out destination
     * @return number of written lines, and what was left out
     * @throws StelePersistenceException if the destination fails
     */
    public static ExportReport write(String agent, StoreView view, Writer out) {
        var exporter = new Exporter(out);
        try {
            exporter.line(
                    HEADER,
                    Json.fields()
                            .put("version", VERSION)
                            .put("agent", agent)
                            .put("at", Instant.now())
                            .put("last_change", view.lastChange())
                            .map());
            exporter.sessions(view);
            view.forEachArchived(old -> exporter.message(old.message(), old.revisions()), exporter::damage);
            view.forEachMessage(message -> exporter.message(
                    message, message.editedAt().isPresent() ? view.revisions(message.number()) : List.of()));
            view.forEachNote(note -> exporter.note(note, view.noteHistory(note.number())));
            view.forEachUser(context -> exporter.user(context.userId(), history(view, context.userId())));
            GraphView graph = view.graph();
            graph.forEachEntity(entity -> exporter.entity(entity, graph));
            graph.forEachRelation(exporter::relation);
            exporter.profile(view);
            view.reflection().forEachInteraction(one -> exporter.line("interaction", renamed(one.toJson())));
            exporter.pages(
                    from -> view.reflection().consolidations(Optional.empty(), PAGE_SIZE, from),
                    one -> exporter.line("consolidation", one.toJson()));
            exporter.pages(
                    from -> view.documents().documents(Optional.empty(), PAGE_SIZE, from),
                    one -> exporter.document(one, view.documents().passages(one.number())));
            exporter.pages(
                    from -> view.documents().internal(PAGE_SIZE, from), one -> exporter.document(one, List.of()));
            exporter.lineage(view);
            out.flush();
            return new ExportReport(exporter.lines, exporter.damaged);
        } catch (IOException | UncheckedIOException e) {
            throw FileErrors.of("The export of agent \"" + agent + "\" could not be written", FileErrors.cause(e));
        }
    }

    /**
     * Writes what a format contains, flushes the stream and leaves it open.
     *
     * @param agent name of the agent
     * @param format format of the export
     * @param view consistent view of the agent's store
     * @param out destination
     * @return number of lines or files, and what was left out because it is damaged
     * @throws StelePersistenceException if the destination fails
     */
    public static ExportReport write(String agent, ExportFormat format, StoreView view, OutputStream out) {
        return switch (format) {
            case STELE -> write(agent, view, text(out));
            case MCP_MEMORY -> new ExportReport(writeMcpMemory(agent, view.graph(), text(out)), List.of());
            case MARKDOWN -> new ExportReport(MarkdownExporter.write(agent, view, out), List.of());
            case PAM -> new ExportReport(PamExporter.write(agent, view, out), List.of());
        };
    }

    private static Writer text(OutputStream out) {
        return new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), BUFFER_CHARS);
    }

    private void line(String type, Map<String, @Nullable Object> fields) {
        var json = Json.fields().put("type", type);
        fields.forEach(json::keep);
        Json.write(json.map(), out);
        try {
            out.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        lines++;
    }

    private void damage(String description) {
        damaged.add(description);
        line(DAMAGE, Json.fields().put("description", description).map());
    }

    private void sessions(StoreView view) {
        pages(from -> view.sessions(Optional.empty(), PAGE_SIZE, from), session -> line("session", session.toJson()));
    }

    private <T> void pages(Function<Optional<Cursor>, Page<T>> pages, Consumer<T> each) {
        Optional<Cursor> from = Optional.empty();
        do {
            Page<T> page = pages.apply(from);
            page.items().forEach(each);
            from = Cursor.decode(page.next());
        } while (from.isPresent());
    }

    private void profile(StoreView view) {
        for (String name : PROFILE) {
            view.reflection()
                    .entry(name)
                    .ifPresent(entry -> line(
                            "profile",
                            Json.fields()
                                    .put("name", name)
                                    .keep("value", entry.value())
                                    .map()));
        }
    }

    private void document(Document document, List<Passage> passages) {
        var json = Json.fields();
        document.toJson().forEach(json::put);
        json.keep(
                "text",
                passages.stream()
                        .map(passage -> Json.fields()
                                .put("id", passage.id())
                                .put("heading", passage.heading().isEmpty() ? null : passage.heading())
                                .put("content", passage.content())
                                .put("hash", passage.hash())
                                .map())
                        .toList());
        line("document", json.map());
    }

    private void message(Message message, List<MessageRevision> revisions) {
        var json = Json.fields();
        message.toJson().forEach(json::put);
        json.put("history", revisions.stream().map(MessageRevision::toJson).toList());
        line("message", json.map());
    }

    private void note(Note note, List<Note> history) {
        var json = Json.fields();
        note.toJson().forEach(json::put);
        json.put("history", history.stream().map(Note::toJson).toList());
        line("note", json.map());
    }

    /**
     * Writes the sources of messages, notes and entities, which their own lines do not name completely. The sources of
     * other items are in their lines. Sources that retention has removed have no ids; who said them decides who sees
     * the items, and is written for all items.
     */
    private void lineage(StoreView view) {
        Map<Long, List<Long>> batch = new LinkedHashMap<>();
        view.lineage().each((item, sources) -> {
            batch.put(item, sources);
            if (batch.size() == PAGE_SIZE) {
                lineage(view, batch);
                batch.clear();
            }
        });
        lineage(view, batch);
    }

    private void lineage(StoreView view, Map<Long, List<Long>> batch) {
        if (batch.isEmpty()) {
            return;
        }
        Set<Long> numbers = new HashSet<>(batch.keySet());
        batch.values().forEach(numbers::addAll);
        Map<Long, String> ids = view.lineage().ids(numbers);
        // Passages are exported with their documents, observations with their sources.
        Set<Long> others =
                new HashSet<>(view.documents().passagesByNumber(batch.keySet()).keySet());
        view.graph().anyObservations(batch.keySet()).forEach(observation -> others.add(observation.number()));
        expired(view, batch, ids);
        batch.forEach((item, sources) -> {
            if (ids.containsKey(item) && !others.contains(item)) {
                line(
                        "lineage",
                        Json.fields()
                                .put("id", ids.get(item))
                                .put(
                                        "sources",
                                        sources.stream()
                                                .flatMap(source -> Stream.ofNullable(ids.get(source)))
                                                .sorted() // a copy numbers the same items in another order
                                                .toList())
                                .put("by_caller", sources.contains(LineageView.CALLER) ? true : null)
                                .map());
            }
        });
    }

    private void expired(StoreView view, Map<Long, List<Long>> batch, Map<Long, String> ids) {
        Map<LineageView.ExpiredSource, Set<String>> items = new LinkedHashMap<>();
        batch.forEach((item, sources) -> {
            String id = ids.get(item);
            for (long source : id == null ? List.<Long>of() : sources) {
                if (source != LineageView.CALLER && !ids.containsKey(source)) {
                    view.lineage()
                            .expired(source)
                            .ifPresent(gone -> items.computeIfAbsent(gone, _ -> new TreeSet<>())
                                    .add(id));
                }
            }
        });
        items.forEach((source, derived) -> line(
                "expired",
                Json.fields()
                        .put("user", source.user())
                        .put("session", source.session())
                        .put("items", List.copyOf(derived))
                        .map()));
    }

    private static List<UserVersion> history(StoreView view, String user) {
        var versions = new ArrayList<UserVersion>();
        Optional<Cursor> from = Optional.empty();
        do {
            var page = view.userHistory(user, PAGE_SIZE, from);
            versions.addAll(page.items());
            from = Cursor.decode(page.next());
        } while (from.isPresent());
        return versions.reversed();
    }

    private void user(String user, List<UserVersion> versions) {
        line(
                "user",
                Json.fields()
                        .put("user_id", user)
                        .put(
                                "versions",
                                versions.stream()
                                        .map(version -> Json.fields()
                                                .put("at", version.at())
                                                .put(
                                                        "context",
                                                        version.context().toJson())
                                                .map())
                                        .toList())
                        .map());
    }

    private void entity(Entity entity, GraphView graph) {
        var json = fieldsOf(entity.toJson());
        json.put(
                "history",
                graph.entityHistory(entity.number()).stream()
                        .map(Entity::toJson)
                        .toList());
        json.put(
                "observations",
                graph.everyObservation(entity.number()).stream()
                        .map(Observation::toJson)
                        .toList());
        json.put(
                "mentioned_by",
                graph.mentions(entity.number()).stream().sorted().toList());
        line("entity", json.map());
    }

    private void relation(Relation relation) {
        var json = fieldsOf(relation.toJson());
        json.keep("from", relation.from().name());
        json.keep("to", relation.to().name());
        json.put("from_id", relation.from().id());
        json.put("to_id", relation.to().id());
        line("relation", json.map());
    }

    private static Map<String, @Nullable Object> renamed(Map<String, @Nullable Object> values) {
        return fieldsOf(values).map();
    }

    /**
     * Returns the fields of an item with {@code type} renamed to {@code kind}, because each line has a type of its own.
     */
    private static Json.Fields fieldsOf(Map<String, @Nullable Object> values) {
        var json = Json.fields();
        values.forEach((name, value) -> json.put(name.equals("type") ? "kind" : name, value));
        return json;
    }

    /**
     * Writes the current graph in the file format of the Model Context Protocol reference memory server: one line per
     * entity, then one per relation.
     *
     * @param agent name of the agent
     * @param graph view of the graph
     * @param out destination, which is flushed and left open
     * @return number of written lines
     * @throws StelePersistenceException if the destination fails
     */
    public static long writeMcpMemory(String agent, GraphView graph, Writer out) {
        var exporter = new Exporter(out);
        try {
            McpMemoryGraph all = McpMemoryGraph.read(graph, Integer.MAX_VALUE - 1);
            all.entities().forEach(entity -> exporter.line("entity", entity.toJson()));
            all.relations().forEach(relation -> exporter.line("relation", relation.toJson()));
            out.flush();
            return exporter.lines;
        } catch (IOException | UncheckedIOException e) {
            throw FileErrors.of("The export of agent \"" + agent + "\" could not be written", FileErrors.cause(e));
        }
    }
}
