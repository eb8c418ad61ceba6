package dev.stele.transfer;

import dev.stele.graph.McpMemoryGraph.PlainEntity;
import dev.stele.graph.McpMemoryGraph.PlainRelation;
import dev.stele.model.EntityDraft;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NoteDraft;
import dev.stele.model.ObservationDraft;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reader of Markdown notes of Basic Memory and Obsidian, and of the files of {@link MarkdownExporter}. A file is an
 * entity: its name is the {@code title} of the front matter, else the name of the file; its type is {@code type}, else
 * {@code note}.
 *
 * Its aliases are {@code aliases}.
 *
 * <ul>
 *   <li>A list item that begins with a category in brackets is an observation, kept as it is:
 *       {@code - [method] Pour over is clearer #brewing (tasted)}.
 *   <li>A list item with a relation type before a link is a relation: {@code - requires [[Grinder]] (context)}. Without
 *       a type it is {@code relates_to}. Any other link {@code [[Grinder]]} is the relation {@code links_to}.
 *   <li>Every other paragraph and list item becomes a note with the tags of the front matter and the metadata
 *       {@code file} and {@code heading}.
 * </ul>
 *
 * A file with {@code type: stele-note} is one note, whose fields are in the front matter. Observations are recognized
 * anywhere in a file, except for check boxes and for code blocks.
 */
final class MarkdownReader {

    /** Type in the front matter of a file that is one note of Stele. */
    static final String NOTE_TYPE = "stele-note";

    private static final Pattern OBSERVATION =
            Pattern.compile("^\\s*[-*]\\s+(\\[([^\\[\\]()]{2,})\\]\\s+(?!\\()\\S.*)$");
    private static final Pattern RELATION = Pattern.compile(
            "^\\s*[-*]\\s+(?:\"([^\"]+)\"|([^\\[\\]]*?))\\s*\\[\\[([^\\]]+)\\]\\]\\s*(?:\\(.*\\))?\\s*$");
    private static final Pattern LINK = Pattern.compile("!?\\[\\[([^\\]\\r\\n]+)\\]\\]");
    private static final int MAX_RELATION_TYPE_CHARS = 100;

    /** Category of an observation that has none, which is not part of its text. */
    private static final String UNCATEGORIZED = "[observation] ";

    private final NoteWriter notes;

    MarkdownReader(NoteWriter notes) {
        this.notes = notes;
    }

    /**
     * Reads a file.
     *
     * @param name path of the file in its folder
     * @param changedAt time at which the file was changed, if known
     */
    void read(String name, String text, Optional<Instant> changedAt, EntrySink sink) {
        FrontMatter front = FrontMatter.of(text);
        try {
            if (front.text("type").equals(NOTE_TYPE)) {
                note(name, front, sink);
            } else {
                entity(name, front, changedAt, sink);
            }
        } catch (InvalidInputException e) {
            sink.refuse("%s: %s".formatted(name, e.getMessage()));
        }
    }

    private void note(String name, FrontMatter front, EntrySink sink) {
        String stored = front.text("stele");
        if (stored.isEmpty()) {
            throw new InvalidInputException("The front matter of the note lacks its field stele.");
        }
        JsonObject json = Json.readObject("field stele", stored);
        var fields = new LinkedHashMap<String, @Nullable Object>(json.map("note"));
        fields.putIfAbsent("content", front.body().strip());
        notes.add(
                name,
                NoteDraft.fromJson(JsonObject.of("note", fields)),
                json.optionalInstant("created_at"),
                json.optionalInstant("updated_at"),
                json.optionalString("superseded_by"),
                sink);
    }

    private void entity(String name, FrontMatter front, Optional<Instant> changedAt, EntrySink sink) {
        String title =
                front.text("title").isBlank() ? stem(name) : front.text("title").strip();
        String type = front.text("type").isBlank() ? "note" : front.text("type").strip();
        var observations = new ArrayList<String>();
        var relations = new ArrayList<PlainRelation>();
        var prose = new StringBuilder();
        boolean fenced = false;
        for (String line : front.body().lines().toList()) {
            String stripped = line.strip();
            boolean isFence = stripped.startsWith("```") || stripped.startsWith("~~~");
            fenced = isFence != fenced;
            Optional<PlainRelation> relation = fenced || isFence ? Optional.empty() : relation(title, line);
            String observation = fenced || isFence ? "" : observation(line);
            if (relation.isPresent()) {
                relations.add(relation.get());
            } else if (!observation.isEmpty()) {
                observations.add(observation);
            } else {
                if (!fenced) {
                    LINK.matcher(line)
                            .results()
                            .map(match -> target(match.group(1)))
                            .filter(target -> !target.isEmpty())
                            .forEach(target -> relations.add(new PlainRelation(title, target, "links_to")));
                }
                boolean isTitle = stripped.startsWith("# ")
                        && stripped.substring(2).strip().equals(title);
                prose.append(isTitle ? "" : line).append('\n');
            }
        }
        if (front.raw("observations") instanceof List<?> more) {
            more.forEach(text -> observations.add(String.valueOf(text)));
        }
        Optional<JsonObject> exported = exported(front);
        Optional<String> ownType = exported.map(_ -> type);
        var links = new LinkedHashSet<ImportEntry.OfLink>();
        relations.stream()
                .filter(relation -> !relation.to().isEmpty())
                .forEach(relation -> links.add(new ImportEntry.OfLink(relation, ownType, Optional.empty())));
        if (front.raw("relations") instanceof List<?> more) {
            more.forEach(text -> stored(title, ownType, String.valueOf(text)).ifPresent(links::add));
        }
        List<String> aliases = front.raw("aliases") instanceof List<?> more
                ? more.stream()
                        .map(String::valueOf)
                        .filter(alias -> !alias.isBlank())
                        .toList()
                : List.of();
        if (exported.isEmpty() && aliases.isEmpty()) {
            sink.add(new ImportEntry.OfPlain(new PlainEntity(title, type, observations)));
        } else if (!exported.flatMap(json -> json.optionalBoolean("stub")).orElse(false)) {
            Map<String, @Nullable Object> attributes =
                    exported.isPresent() ? exported.get().map("attributes") : Map.of();
            sink.add(new ImportEntry.OfDraft(
                    new EntityDraft(
                            Optional.empty(),
                            title,
                            type,
                            aliases,
                            attributes,
                            observations.stream().map(ObservationDraft::of).toList(),
                            List.of()),
                    exported.isPresent()));
        }
        links.forEach(sink::add);
        Optional<Instant> at = changed(name, front, sink).or(() -> changedAt);
        notes.blocks(name, prose.toString(), NoteWriter.tags(front.raw("tags")), at, sink);
    }

    /** Returns the observation of a list item; empty text if the line is none. */
    static String observation(String line) {
        Matcher matcher = OBSERVATION.matcher(line);
        if (!matcher.matches() || line.contains("[[")) {
            return "";
        }
        String item = matcher.group(1).strip();
        return item.startsWith(UNCATEGORIZED)
                ? item.substring(UNCATEGORIZED.length()).strip()
                : item;
    }

    /** Returns the relation of a list item; empty if the line is none. */
    static Optional<PlainRelation> relation(String from, String line) {
        Matcher matcher = RELATION.matcher(line);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String told = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        String word = told.strip().isEmpty() || told.length() > MAX_RELATION_TYPE_CHARS ? "relates_to" : told.strip();
        return Optional.of(new PlainRelation(from, target(matcher.group(3)), word));
    }

    /** Returns what {@link MarkdownExporter} stored of an entity beside the fields of note tools. */
    private static Optional<JsonObject> exported(FrontMatter front) {
        try {
            return Optional.of(front.text("stele"))
                    .filter(text -> text.startsWith("{"))
                    .map(text -> Json.readObject("field stele", text));
        } catch (InvalidInputException e) {
            return Optional.empty(); // the field of another tool
        }
    }

    /**
     * Returns a relation that {@link MarkdownExporter} stored in the front matter as a JSON list of type and target, and
     * of the type of the target if others have its name.
     */
    private static Optional<ImportEntry.OfLink> stored(String from, Optional<String> fromType, String text) {
        try {
            return Json.read(text) instanceof List<?> list
                            && (list.size() == 2 || list.size() == 3)
                            && list.getFirst() instanceof String type
                            && list.get(1) instanceof String to
                            && list.getLast() instanceof String toType
                    ? Optional.of(new ImportEntry.OfLink(
                            new PlainRelation(from, to, type),
                            fromType,
                            list.size() == 3 ? Optional.of(toType) : Optional.empty()))
                    : Optional.empty();
        } catch (InvalidInputException e) {
            return Optional.empty(); // the field of another tool
        }
    }

    private static Optional<Instant> changed(String name, FrontMatter front, EntrySink sink) {
        for (String field : List.of("updated", "modified", "created", "date", "timestamp")) {
            if (!front.text(field).isBlank()) {
                return Mem0Reader.time(name, front.text(field), sink);
            }
        }
        return Optional.empty();
    }

    /** Returns the name of the note that a link leads to, without a heading, a block and a shown text. */
    private static String target(String link) {
        String target = link;
        for (String mark : List.of("|", "#", "^")) {
            int at = target.indexOf(mark);
            target = at < 0 ? target : target.substring(0, at);
        }
        return stem(target.strip());
    }

    private static String stem(String path) {
        String name = path.substring(path.replace('\\', '/').lastIndexOf('/') + 1);
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".md") ? name.substring(0, name.length() - 3) : name;
    }
}
