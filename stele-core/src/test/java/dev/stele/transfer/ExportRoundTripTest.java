package dev.stele.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.Entity;
import dev.stele.model.EntityDraft;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.ObservationDraft;
import dev.stele.support.Stores;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exports that are imported again: nothing of what the format holds is lost. */
class ExportRoundTripTest {

    private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.678Z");

    private static final NoteFilter EVERY_NOTE =
            NoteFilter.builder().superseded(true).build();

    @TempDir
    Path data;

    private Stele stele;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.empty());
    }

    @AfterEach
    void close() {
        stele.close();
    }

    /** Texts that a format could lose: marks of Markdown, YAML, JSON and CSV, line breaks, blanks, other scripts. */
    private static final List<String> TEXTS = List.of(
            "plain text",
            "[method] with a category #tag (context)",
            "[ ] a check box",
            "- a list item",
            "a [[link]] inside",
            "line one\nline two\n\nline four",
            "\nbegins and ends with a break\n",
            "---\nlooks: like front matter\n---",
            "quotes \" and ' and \\ and \t tab",
            "# heading",
            "```\ncode\n```",
            "日本語, и кириллица, 😀",
            "  blanks around  ",
            "windows\r\nbreaks",
            "a: b # c, [d, e] {f}",
            "[observation] named like the default");

    private AgentMemory filled() {
        AgentMemory memory = stele.agent("kira");
        int i = 0;
        for (String text : TEXTS) {
            i++;
            memory.remember(MessageDraft.user("s" + i % 3, i % 2 == 0 ? "mia" : "ole", text)
                    .withSession("s-" + (i % 2 == 0 ? "mia" : "ole"))
                    .withId("m" + i)
                    .withAt(TIME.plusSeconds(i))
                    .withMetadata(Map.of("speaker", "Speaker " + i)));
            memory.notes()
                    .create(new NoteDraft(
                            Optional.of("n" + i),
                            text,
                            i % 2 == 0 ? "preference" : "my_own-category",
                            0.25,
                            0.75,
                            List.of("tag one", "tag,two"),
                            List.of("evidence " + i),
                            List.of("m" + i),
                            Optional.of("mia"),
                            Optional.of("s-mia"),
                            Optional.of(TIME),
                            Optional.of(TIME.plusSeconds(60)),
                            i % 2 == 0,
                            Map.of("key", Map.of("nested", List.of(1L, "two")))));
        }
        memory.notes().supersede("n1", NoteDraft.of("fact", "the newer one").withId("n-new"));
        var graph = new StringBuilder();
        int e = 0;
        for (String text : TEXTS) {
            e++;
            graph.append(dev.stele.model.Json.write(Map.of(
                            "type",
                            "entity",
                            "name",
                            "Entity " + e + (e % 4 == 0 ? ": odd/name|#^" : ""),
                            "entityType",
                            e % 2 == 0 ? "person" : "odd: type #1",
                            "observations",
                            List.of(text, "seen " + e))))
                    .append('\n');
        }
        for (String type : List.of("knows", "odd [[type]]", "\"quoted\"", "two words", "(in brackets)")) {
            graph.append(dev.stele.model.Json.write(Map.of(
                            "type",
                            "relation",
                            "from",
                            "Entity 1",
                            "to",
                            "Entity 4: odd/name|#^",
                            "relationType",
                            type)))
                    .append('\n');
            graph.append(dev.stele.model.Json.write(
                            Map.of("type", "relation", "from", "Entity 2", "to", "Entity 3", "relationType", type)))
                    .append('\n');
        }
        assertThat(memory.importFrom(new StringReader(graph.toString()), _ -> {})
                        .bad())
                .isZero();
        return memory;
    }

    private AgentMemory copy(AgentMemory from, ExportFormat format, String name) {
        var out = new ByteArrayOutputStream();
        assertThat(from.export(format, out).lines()).isPositive();
        AgentMemory copy = stele.agent(name);
        ImportReport report = copy.importFrom(
                ImportSource.of(new ByteArrayInputStream(out.toByteArray()), ""), ImportOptions.DEFAULT, _ -> {});
        assertThat(report.problems()).isEmpty();
        assertThat(copy.verify().problems()).isEmpty();
        return copy;
    }

    private static List<String> graph(AgentMemory memory) {
        var out = new StringWriter();
        memory.exportMcpMemory(out);
        return out.toString()
                .lines()
                .map(line -> {
                    var fields = new java.util.TreeMap<String, Object>(
                            dev.stele.model.Json.readObject("line", line).raw());
                    if (fields.get("observations") instanceof List<?> observations) {
                        fields.put(
                                "observations",
                                observations.stream()
                                        .map(String::valueOf)
                                        .sorted()
                                        .toList());
                    }
                    return dev.stele.model.Json.write(fields);
                })
                .sorted()
                .toList();
    }

    private static List<NoteDraft> notes(AgentMemory memory) {
        return memory.notes().list(EVERY_NOTE, 100, Optional.empty()).items().stream()
                .map(Note::body)
                .sorted(java.util.Comparator.comparing(body -> body.id().orElse("")))
                .toList();
    }

    private static List<List<Object>> messages(AgentMemory memory) {
        return java.util.stream.IntStream.rangeClosed(1, TEXTS.size())
                .mapToObj(i -> memory.message("m" + i).orElseThrow())
                .map((Message m) ->
                        List.<Object>of(m.id(), m.session(), m.user(), m.role(), m.content(), m.at(), m.metadata()))
                .toList();
    }

    @Test
    void markdownKeepsEntitiesRelationsAndNotes() {
        AgentMemory memory = filled();
        AgentMemory copy = copy(memory, ExportFormat.MARKDOWN, "markdown");
        assertThat(graph(copy)).containsExactlyElementsOf(graph(memory));
        assertThat(notes(copy)).isEqualTo(notes(memory));
        assertThat(copy.notes().get("n1").orElseThrow().supersededBy()).contains("n-new");
        assertThat(copy.notes().get("n2").orElseThrow().createdAt())
                .isEqualTo(memory.notes().get("n2").orElseThrow().createdAt());
    }

    @Test
    void markdownKeepsAliasesAttributesAndEntitiesOfTheSameName() {
        AgentMemory memory = stele.agent("kira");
        memory.graph().put(entity("Apple", "company", List.of("AAPL", "a, \"b\""), Map.of("city", "Cupertino")));
        memory.graph().put(entity("Apple", "fruit", List.of(), Map.of()));
        memory.graph().put(entity("Mia", "person", List.of("M: #1"), Map.of("age", Map.of("years", List.of(31L)))));
        String company = id(memory, "company");
        memory.graph().relate(dev.stele.model.RelationDraft.of("Mia", "works_at", company));
        memory.graph().relate(dev.stele.model.RelationDraft.of("Mia", "eats", id(memory, "fruit")));
        memory.graph().relate(dev.stele.model.RelationDraft.of(company, "employs", "Mia"));
        AgentMemory copy = copy(memory, ExportFormat.MARKDOWN, "copy");
        assertThat(entities(copy)).hasSize(3).isEqualTo(entities(memory));
        assertThat(ends(copy)).hasSize(3).isEqualTo(ends(memory));
        long changes = copy.stats().changes();
        var out = new ByteArrayOutputStream();
        memory.export(ExportFormat.MARKDOWN, out);
        copy.importFrom(
                ImportSource.of(new ByteArrayInputStream(out.toByteArray()), ""), ImportOptions.DEFAULT, _ -> {});
        assertThat(copy.stats().changes()).isEqualTo(changes);
    }

    private static EntityDraft entity(
            String name, String type, List<String> aliases, Map<String, @Nullable Object> attributes) {
        return new EntityDraft(
                Optional.empty(),
                name,
                type,
                aliases,
                attributes,
                List.of(ObservationDraft.of("is a " + type)),
                List.of());
    }

    private static List<Entity> every(AgentMemory memory) {
        return exported(memory)
                .filter(line -> line.string("type").equals("entity"))
                .map(line -> {
                    var fields = new java.util.LinkedHashMap<>(line.raw());
                    fields.put("type", fields.remove("kind"));
                    return Entity.fromJson(0, JsonObject.of("entity", fields));
                })
                .toList();
    }

    private static java.util.stream.Stream<JsonObject> exported(AgentMemory memory) {
        var out = new StringWriter();
        memory.export(out);
        return out.toString().lines().map(line -> dev.stele.model.Json.readObject("line", line));
    }

    private static String id(AgentMemory memory, String type) {
        return every(memory).stream()
                .filter(entity -> entity.type().equals(type))
                .findFirst()
                .orElseThrow()
                .id();
    }

    private static List<List<Object>> entities(AgentMemory memory) {
        return every(memory).stream()
                .map(entity -> List.<Object>of(entity.name(), entity.type(), entity.aliases(), entity.attributes()))
                .sorted(java.util.Comparator.comparing(List::toString))
                .toList();
    }

    private static List<String> ends(AgentMemory memory) {
        Map<String, String> types =
                every(memory).stream().collect(java.util.stream.Collectors.toMap(Entity::id, Entity::type));
        return exported(memory)
                .filter(line -> line.string("type").equals("relation"))
                .map(line -> types.get(line.string("from_id")) + " " + line.string("kind") + " "
                        + types.get(line.string("to_id")))
                .sorted()
                .toList();
    }

    @Test
    void namesOfFilesAreCutBetweenCharacters() {
        AgentMemory memory = stele.agent("kira");
        String name = "x" + "\ud835\udc9c".repeat(100);
        memory.graph().put(entity(name, "letter", List.of(), Map.of()));
        memory.remember(MessageDraft.user("s" + name.substring(0, 201), "mia", "Hello"));
        assertThat(every(copy(memory, ExportFormat.MARKDOWN, "markdown"))).hasSize(1);
        assertThat(copy(memory, ExportFormat.PAM, "pam").stats().messages()).isEqualTo(1);
    }

    @Test
    void pamKeepsNotesAndMessages() {
        AgentMemory memory = filled();
        AgentMemory copy = copy(memory, ExportFormat.PAM, "pam");
        assertThat(notes(copy)).isEqualTo(notes(memory));
        assertThat(messages(copy)).isEqualTo(messages(memory));
        assertThat(copy.notes().get("n1").orElseThrow().supersededBy()).contains("n-new");
    }

    @Test
    void mcpMemoryKeepsTheGraphAndSteleKeepsEverything() {
        AgentMemory memory = filled();
        assertThat(graph(copy(memory, ExportFormat.MCP_MEMORY, "mcp"))).isEqualTo(graph(memory));
        AgentMemory all = copy(memory, ExportFormat.STELE, "stele");
        assertThat(graph(all)).isEqualTo(graph(memory));
        assertThat(notes(all)).isEqualTo(notes(memory));
        assertThat(messages(all)).isEqualTo(messages(memory));
    }

    @Test
    void exportOfACopyNamesSourcesInTheSameOrder() {
        AgentMemory memory = stele.agent("kira");
        memory.remember(MessageDraft.user("s", "mia", "I live in Faro.").withId("m1"));
        memory.notes()
                .create(NoteDraft.of("fact", "mia lives in Faro").withId("a1").withProvenance(List.of("m1")));
        memory.remember(MessageDraft.user("s", "mia", "Where do I live?").withId("m2"));
        List<String> sources = List.of("m2", "a1", "m1");
        memory.remember(MessageDraft.assistant("s", "In Faro.").withId("m3").withSources(sources));
        memory.graph()
                .put(new EntityDraft(
                        Optional.empty(),
                        "Faro",
                        "city",
                        List.of(),
                        Map.of(),
                        List.of(new ObservationDraft("has a port", Optional.empty(), sources)),
                        sources));
        // The import stores messages before notes, so the copy numbers the sources in another order.
        AgentMemory copy = copy(memory, ExportFormat.STELE, "copy");
        assertThat(sourceLines(copy)).isNotEmpty().containsExactlyInAnyOrderElementsOf(sourceLines(memory));
    }

    private static List<String> sourceLines(AgentMemory memory) {
        var out = new ByteArrayOutputStream();
        memory.export(ExportFormat.STELE, out);
        return out.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("\"sources\"") || line.contains("\"mentioned_by\""))
                .map(line -> line.replaceAll("\"number\":\\d+", ""))
                .toList();
    }
}
