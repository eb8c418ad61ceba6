package dev.stele.transfer;

import dev.stele.graph.McpMemoryGraph;
import dev.stele.graph.McpMemoryGraph.PlainEntity;
import dev.stele.graph.McpMemoryGraph.PlainRelation;
import dev.stele.io.FileErrors;
import dev.stele.model.Json;
import dev.stele.model.Note;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.TextPrefix;
import dev.stele.store.StoreView;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Exporter of the current entities and notes as a zip file of Markdown files, which Obsidian and Basic Memory open as a
 * folder of notes and {@link MarkdownReader} reads again without loss.
 *
 * <ul>
 *   <li>{@code entities/NAME.md}: an entity with its observations and relations as list items. An observation without a
 *       category has the category {@code observation}. What cannot be a list item is in the front matter.
 *   <li>{@code notes/TITLE.md}: a note, with its fields in the front matter {@code stele} as JSON.
 * </ul>
 *
 * Messages, earlier versions, validity and facts of relations are not exported; {@link Exporter} exports everything.
 */
final class MarkdownExporter {

    private static final int MAX_TITLE_CHARS = 60;

    private MarkdownExporter() {}

    /**
     * Writes the zip file and leaves the stream open.
     *
     * @return number of files
     * @throws StelePersistenceException if the destination fails
     */
    static long write(String agent, StoreView view, OutputStream out) {
        try (var zip = new ZipWriter(out)) {
            McpMemoryGraph graph = McpMemoryGraph.read(view.graph(), Integer.MAX_VALUE - 1);
            Map<String, List<PlainRelation>> relations = new LinkedHashMap<>();
            graph.relations()
                    .forEach(relation -> relations
                            .computeIfAbsent(relation.from(), _ -> new ArrayList<>())
                            .add(relation));
            Instant now = Instant.now();
            for (PlainEntity entity : graph.entities()) {
                List<PlainRelation> own = relations.remove(entity.name());
                entity(zip, entity, own == null ? List.of() : own, now);
            }
            relations.forEach((name, own) -> entity(zip, new PlainEntity(name, "unknown", List.of()), own, now));
            view.forEachNote(note -> note(zip, note));
            return zip.files();
        } catch (IOException | UncheckedIOException e) {
            throw FileErrors.of("The export of agent \"" + agent + "\" could not be written", FileErrors.cause(e));
        }
    }

    private static void entity(ZipWriter zip, PlainEntity entity, List<PlainRelation> relations, Instant now) {
        var told = new ArrayList<String>();
        var untold = new ArrayList<String>();
        for (String observation : entity.observations()) {
            boolean isCategorized =
                    MarkdownReader.observation("- " + observation).equals(observation);
            String item = "- " + (isCategorized ? observation : "[observation] " + observation);
            (MarkdownReader.observation(item).equals(observation) ? told : untold)
                    .add(MarkdownReader.observation(item).equals(observation) ? item : observation);
        }
        var links = new ArrayList<String>();
        var others = new ArrayList<String>();
        for (PlainRelation relation : relations) {
            String item = "- " + relation.relationType() + " [[" + relation.to() + "]]";
            boolean isPlain = MarkdownReader.relation(entity.name(), item)
                    .filter(relation::equals)
                    .isPresent();
            (isPlain ? links : others)
                    .add(isPlain ? item : Json.write(List.of(relation.relationType(), relation.to())));
        }
        var front = new StringBuilder("---\n");
        front.append("title: ").append(Json.write(entity.name())).append('\n');
        front.append("type: ").append(Json.write(entity.entityType())).append('\n');
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
