package dev.stele.transfer;

import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Limits;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.Sha256;
import dev.stele.model.TextPrefix;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writer of foreign memories as notes, which all formats with memories share. An id that the file lacks is derived from
 * the content, so that a repeated import adds nothing. Not thread-safe; each file has its own writer.
 */
final class NoteWriter {

    /** Category of a note for which the file names none. */
    static final String DEFAULT_CATEGORY = "fact";

    private static final int MAX_CATEGORY_CHARS = 64;
    private static final Pattern NO_CATEGORY_CHAR = Pattern.compile("[^\\p{Ll}\\p{Lo}\\p{N}_-]+");
    private static final Pattern HEADING = Pattern.compile("^#{1,6}\\s+(.*?)\\s*#*\\s*$");
    private static final Pattern ITEM = Pattern.compile("^(?:[-*+]|\\d{1,9}[.)])\\s+(?:\\[[ xX]\\]\\s+)?");
    private static final Pattern RULE = Pattern.compile("^\\s*(?:-{3,}|\\*{3,}|_{3,})\\s*$");

    private final ImportOptions options;
    private final Limits limits;

    NoteWriter(ImportOptions options, Limits limits) {
        this.options = options;
        this.limits = limits;
    }

    /** Returns the user of the import options if the file names none. */
    Optional<String> userOr(Optional<String> user) {
        return user.or(options::user);
    }

    /** Returns a valid category for a word of another system; {@value #DEFAULT_CATEGORY} if nothing of it is valid. */
    static String category(@Nullable Object word) {
        if (!(word instanceof String text)) {
            return DEFAULT_CATEGORY;
        }
        String category =
                NO_CATEGORY_CHAR.matcher(text.strip().toLowerCase(Locale.ROOT)).replaceAll("_");
        while (!category.isEmpty() && !Character.isLetter(category.codePointAt(0))) {
            category = category.substring(Character.charCount(category.codePointAt(0)));
        }
        return category.isEmpty() ? DEFAULT_CATEGORY : TextPrefix.of(category, MAX_CATEGORY_CHARS);
    }

    /** Returns the confidence that a foreign value states; the default if it is no number from 0 to 1. */
    static double confidence(@Nullable Object value) {
        return value instanceof Number number && number.doubleValue() >= 0 && number.doubleValue() <= 1
                ? number.doubleValue()
                : NoteDraft.DEFAULT_CONFIDENCE;
    }

    /** Returns the valid tags of a list or a text with commas. */
    static List<String> tags(@Nullable Object value) {
        var tags = new ArrayList<String>();
        List<?> words = value instanceof List<?> list
                ? list
                : value instanceof String text ? List.of(text.split(",", -1)) : List.of();
        for (Object word : words) {
            // A tag that is invalid is no reason to lose a note.
            if (word instanceof String text && isTag(withoutMark(text))) {
                tags.add(withoutMark(text));
            }
        }
        return tags.stream().distinct().toList();
    }

    private static String withoutMark(String text) {
        String tag = text.strip();
        return tag.startsWith("#") ? tag.substring(1) : tag;
    }

    private static boolean isTag(String text) {
        try {
            Ids.check("tag", text);
            return true;
        } catch (InvalidInputException e) {
            return false;
        }
    }

    /** Returns an interval of validity without its end if the end does not follow the start. */
    static NoteDraft withValidity(NoteDraft draft, Optional<Instant> from, Optional<Instant> to) {
        boolean isEmpty = from.isPresent() && to.isPresent() && !from.get().isBefore(to.get());
        return draft.withValidity(from, isEmpty ? Optional.empty() : to);
    }

    /**
     * Adds a note, or counts it as refused.
     *
     * @param label name of the note in problems
     * @param draft note, with or without an id
     * @param createdAt time of its creation; empty for now
     * @param updatedAt time of its last change; empty for the time of its creation
     * @param supersededBy id of the note that replaced it, if any
     */
    void add(
            String label,
            NoteDraft draft,
            Optional<Instant> createdAt,
            Optional<Instant> updatedAt,
            Optional<String> supersededBy,
            EntrySink sink) {
        int bytes = draft.content().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > limits.messageBytes()) {
            sink.refuse("%s: it has %d bytes; a note has at most %d (limits.message-bytes)"
                    .formatted(label, bytes, limits.messageBytes()));
            return;
        }
        NoteDraft owned = draft.user().isPresent() || options.user().isEmpty()
                ? draft
                : draft.withUser(options.user().get());
        String id = owned.id().orElseGet(() -> derived(owned));
        Instant created = createdAt.orElseGet(() -> Instant.now().truncatedTo(ChronoUnit.MILLIS));
        Instant updated = updatedAt.filter(time -> !time.isBefore(created)).orElse(created);
        sink.add(new ImportEntry.OfNote(
                new Note(0, id, 1, created, updated, supersededBy, owned.withId(id)), List.of()));
    }

    private static String derived(NoteDraft draft) {
        return "note-"
                + Sha256.hex(draft.user().orElse("") + "\n" + draft.metadata().getOrDefault("file", "") + "\n"
                                + draft.content())
                        .substring(0, 24);
    }

    /**
     * Adds a note for each paragraph and each list item of a text. Headings are kept in the metadata {@code heading}. A
     * code block and a table stay whole.
     *
     * @param file name of the file or of another source, kept in the metadata {@code file}
     */
    void blocks(String file, String text, List<String> tags, Optional<Instant> at, EntrySink sink) {
        String heading = "";
        var block = new StringBuilder();
        boolean fenced = false;
        int number = 0;
        for (String line : text.lines().toList()) {
            String stripped = line.strip();
            boolean isFence = stripped.startsWith("```") || stripped.startsWith("~~~");
            if (fenced || isFence) {
                fenced = isFence != fenced;
                append(block, line);
                continue;
            }
            var title = HEADING.matcher(stripped);
            boolean isItem = ITEM.matcher(stripped).find() && indentation(line) < 2;
            if (stripped.isEmpty()
                    || isItem
                    || title.matches()
                    || RULE.matcher(line).matches()) {
                number += block(file, heading, block, number, tags, at, sink);
                if (title.matches()) {
                    heading = title.group(1);
                } else if (isItem) {
                    append(block, ITEM.matcher(stripped).replaceFirst(""));
                }
            } else {
                append(block, block.isEmpty() ? stripped : line.stripTrailing());
            }
        }
        block(file, heading, block, number, tags, at, sink);
    }

    private int block(
            String file,
            String heading,
            StringBuilder block,
            int number,
            List<String> tags,
            Optional<Instant> at,
            EntrySink sink) {
        String text = block.toString().strip();
        block.setLength(0);
        if (text.isEmpty()) {
            return 0;
        }
        String label = "block %d of %s".formatted(number + 1, file);
        try {
            var metadata = new LinkedHashMap<String, @Nullable Object>();
            metadata.put("file", file);
            if (!heading.isEmpty()) {
                metadata.put("heading", heading);
            }
            add(
                    label,
                    NoteDraft.of(DEFAULT_CATEGORY, text).withTags(tags).withMetadata(metadata),
                    at,
                    Optional.empty(),
                    Optional.empty(),
                    sink);
        } catch (InvalidInputException e) {
            sink.refuse(label + ": " + e.getMessage());
        }
        return 1;
    }

    private static int indentation(String line) {
        return line.length() - line.stripLeading().length();
    }

    private static void append(StringBuilder block, String line) {
        block.append(block.isEmpty() ? "" : "\n").append(line);
    }
}
