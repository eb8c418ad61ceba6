package dev.stele.transfer;

import dev.stele.graph.McpMemoryGraph.PlainRelation;
import dev.stele.io.FileErrors;
import dev.stele.model.Edge;
import dev.stele.model.Entity;
import dev.stele.model.Json;
import dev.stele.model.Note;
import dev.stele.model.Observation;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.TextPrefix;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import dev.stele.store.StoreView;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Exporter of the current entities and notes as a zip file of Markdown files, which Obsidian and Basic Memory open as a
 * folder of notes and {@link MarkdownReader} reads again without loss.
 *
 * <ul>
 *   <li>{@code entities/NAME.md}: an entity with its observations and relations as list items. An observation without a
 *       category has the category {@code observation}. What cannot be a list item is in the front matter, as are
 *       its aliases and attributes.
 *   <li>{@code notes/TITLE.md}: a note, with its fields in the front matter {@code stele} as JSON.
 * </ul>
 *
 * Messages, earlier versions, validity and facts of relations are not exported; {@link Exporter} exports everything.
 */
final class MarkdownExporter {

    private static final int MAX_TITLE_CHARS = 60;

    /** Number of entities whose observations are read at a time. */
    private static final int PAGE_SIZE = 500;

    private MarkdownExporter() {}

    /**
     * Writes the zip file and leaves the stream open.
     *
     * @return number of files
     * @throws StelePersistenceException if the destination fails
     */
    static long write(String agent, StoreView view, OutputStream out) {
        try (var zip = new ZipWriter(out)) {
            entities(zip, view.graph());
            view.forEachNote(note -> note(zip, note));
            return zip.files();
        } catch (IOException | UncheckedIOException e) {
            throw FileErrors.of("The export of agent \"" + agent + "\" could not be written", FileErrors.cause(e));
        }
    }

    private static void entities(ZipWriter zip, GraphView graph) {
        var all = new LinkedHashMap<Long, Entity>();
        long last = 0;
        for (List<Entity> page = graph.entities(Optional.empty(), last, PAGE_SIZE);
                !page.isEmpty();
                page = graph.entities(Optional.empty(), last, PAGE_SIZE)) {
            page.forEach(entity -> all.put(entity.number(), entity));
            last = page.getLast().number();
        }
        var edges = new ArrayList<Edge>();
        graph.forEachEdge(GraphScope.RECORDED, edges::add);
        edges.sort(Comparator.comparingLong(Edge::number));
        Map<Long, List<Edge>> byStart = new HashMap<>();
        edges.forEach(edge ->
                byStart.computeIfAbsent(edge.from(), _ -> new ArrayList<>()).add(edge));
        Set<String> shared = sharedNames(all.values());
        Instant now = Instant.now();
        var page = new ArrayList<Entity>();
        for (Entity entity : all.values()) {
            if (!entity.stub() || byStart.containsKey(entity.number())) {
                page.add(entity);
            }
            if (page.size() == PAGE_SIZE) {
                entities(zip, graph, page, all, byStart, shared, now);
                page.clear();
            }
        }
        entities(zip, graph, page, all, byStart, shared, now);
    }

    /** Returns the names, as they are compared, that several entities have. */
    private static Set<String> sharedNames(Collection<Entity> entities) {
        var names = new HashSet<String>();
        var shared = new HashSet<String>();
        for (Entity entity : entities) {
            Stream.concat(Stream.of(entity.name()), entity.aliases().stream())
                    .map(Entity::key)
                    .distinct()
                    .filter(key -> !names.add(key))
                    .forEach(shared::add);
        }
        return shared;
    }

    private static void entities(
            ZipWriter zip,
            GraphView graph,
            List<Entity> page,
            Map<Long, Entity> all,
            Map<Long, List<Edge>> byStart,
            Set<String> shared,
            Instant now) {
        Map<Long, List<Observation>> observations =
                graph.observations(page.stream().map(Entity::number).toList());
        for (Entity entity : page) {
            var relations = new ArrayList<ImportEntry.OfLink>();
            for (Edge edge : byStart.getOrDefault(entity.number(), List.of())) {
                Entity to = all.get(edge.to());
                if (to != null) {
                    relations.add(new ImportEntry.OfLink(
                            new PlainRelation(entity.name(), to.name(), edge.type()),
                            Optional.empty(),
                            shared.contains(Entity.key(to.name())) ? Optional.of(to.type()) : Optional.empty()));
                }
            }
            List<String> said = observations.getOrDefault(entity.number(), List.of()).stream()
                    .map(Observation::content)
                    .toList();
            entity(zip, entity, said, relations, shared.contains(Entity.key(entity.name())), now);
        }
    }

    private static void entity(
            ZipWriter zip,
            Entity entity,
            List<String> observations,
            List<ImportEntry.OfLink> relations,
            boolean sharesName,
            Instant now) {
        var told = new ArrayList<String>();
        var untold = new ArrayList<String>();
        for (String observation : observations) {
            boolean isCategorized =
                    MarkdownReader.observation("- " + observation).equals(observation);
            String item = "- " + (isCategorized ? observation : "[observation] " + observation);
            (MarkdownReader.observation(item).equals(observation) ? told : untold)
                    .add(MarkdownReader.observation(item).equals(observation) ? item : observation);
        }
        var links = new ArrayList<String>();
        var others = new ArrayList<String>();
        for (ImportEntry.OfLink link : relations) {
            PlainRelation relation = link.relation();
            String item = "- " + relation.relationType() + " [[" + relation.to() + "]]";
            boolean isPlain = link.toType().isEmpty()
                    && MarkdownReader.relation(entity.name(), item)
                            .filter(relation::equals)
                            .isPresent();
            (isPlain ? links : others)
                    .add(
                            isPlain
                                    ? item
                                    : Json.write(Stream.concat(
                                                    Stream.of(relation.relationType(), relation.to()),
                                                    link.toType().stream())
                                            .toList()));
        }
        var front = new StringBuilder("---\n");
        front.append("title: ").append(Json.write(entity.name())).append('\n');
        front.append("type: ")
                .append(Json.write(entity.stub() ? "unknown" : entity.type()))
                .append('\n');
        if (!entity.aliases().isEmpty()) {
            front.append("aliases: ").append(Json.write(entity.aliases())).append('\n');
        }
        if (sharesName || entity.stub() || !entity.attributes().isEmpty()) {
            Map<String, @Nullable Object> stored = Json.fields()
                    .put("attributes", entity.attributes().isEmpty() ? null : entity.attributes())
                    .put("stub", entity.stub() ? true : null)
                    .map();
            front.append("stele: ").append(Json.write(stored)).append('\n');
        }
        if (!untold.isEmpty()) {
            front.append("observations: ").append(Json.write(untold)).append('\n');
        }
        if (!others.isEmpty()) {
            front.append("relations: ").append(Json.write(others)).append('\n');
        }
        front.append("---\n\n# ").append(entity.name().replace('\n', ' ')).append('\n');
        write(
                zip,
                zip.distinct("entities/", entity.name(), ".md"),
                now,
                front + section("Observations", told) + section("Relations", links));
    }

    private static String section(String heading, List<String> items) {
        return items.isEmpty() ? "" : "\n## " + heading + "\n\n" + String.join("\n", items) + "\n";
    }

    private static void note(ZipWriter zip, Note note) {
        var fields = new LinkedHashMap<String, @Nullable Object>(note.body().toJson());
        fields.put("id", note.id());
        String content = note.content();
        boolean isPlain =
                content.equals(String.join("\n", content.lines().toList()).strip());
        if (isPlain) {
            fields.remove("content");
        }
        Map<String, @Nullable Object> stored = Json.fields()
                .put("note", fields)
                .put("created_at", note.createdAt())
                .put("updated_at", note.updatedAt())
                .put("superseded_by", note.supersededBy())
                .map();
        String line = content.lines().findFirst().orElse("").strip();
        String title = TextPrefix.of(line, MAX_TITLE_CHARS);
        var text = new StringBuilder("---\n");
        text.append("title: ").append(Json.write(title)).append('\n');
        text.append("type: ").append(MarkdownReader.NOTE_TYPE).append('\n');
        if (!note.body().tags().isEmpty()) {
            text.append("tags: ").append(Json.write(note.body().tags())).append('\n');
        }
        text.append("stele: ")
                .append(Json.write(stored))
                .append("\n---\n\n")
                .append(content)
                .append('\n');
        write(zip, zip.distinct("notes/", title, ".md"), note.updatedAt(), text.toString());
    }

    private static void write(ZipWriter zip, String path, Instant changedAt, String text) {
        Writer out = zip.begin(path, changedAt);
        try {
            out.write(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        zip.end();
    }
}
