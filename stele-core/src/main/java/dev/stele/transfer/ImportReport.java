package dev.stele.transfer;

import dev.stele.model.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Result of an import. Immutable.
 *
 * @param format label of the {@link ImportFormat}; {@code several} if the files of a folder or zip file have several
 * @param messages number of added messages
 * @param notes number of added notes
 * @param users number of added user contexts
 * @param entities number of added entities
 * @param relations number of added versions of relations
 * @param others number of added documents, interactions, consolidations and profile entries
 * @param known number of entries that already exist as they are in the file
 * @param bad number of items that could not be imported
 * @param repaired number of items that were imported with a replacement, such as for a bad byte or an invalid time
 * @param leftOut number of valid items that are not imported, by their kind, such as turns on other branches
 * @param skippedFiles first files of a folder or zip file that have none of the formats, at most {@link #MAX_PROBLEMS}
 * @param archived number of messages beyond the maximum number of live messages of the agent, which retention moves to
 *     the archive, or deletes, because of the import
 * @param maxMessages maximum number of live messages of the agent ({@code memory.max-messages-per-agent}, or the
 *     maximum that imports have raised); 0 for none
 * @param unlearned number of exchanges that did not become interactions, because the maximum number of interactions was
 *     pending
 * @param problems first bad and repaired items with the reasons, at most {@link #MAX_PROBLEMS}
 */
public record ImportReport(
        String format,
        long messages,
        long notes,
        long users,
        long entities,
        long relations,
        long others,
        long known,
        long bad,
        long repaired,
        Map<String, Long> leftOut,
        List<String> skippedFiles,
        long archived,
        int maxMessages,
        long unlearned,
        List<BadLine> problems) {

    /** Maximum number of reported problems. */
    public static final int MAX_PROBLEMS = 100;

    /**
     * Item that was skipped or repaired.
     *
     * @param file name of the file in its folder or zip file; empty if a single file was imported
     * @param line line number, from 1; in a file that is one JSON document, the number of the item
     * @param reason reason why the item was skipped or repaired
     */
    public record BadLine(String file, long line, String reason) {}

    public ImportReport {
        leftOut = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(leftOut));
        skippedFiles = List.copyOf(skippedFiles);
        problems = List.copyOf(problems);
    }

    /** Returns a copy with the number of messages beyond the maximum. */
    public ImportReport withArchived(long number, int maximum) {
        return new ImportReport(
                format,
                messages,
                notes,
                users,
                entities,
                relations,
                others,
                known,
                bad,
                repaired,
                leftOut,
                skippedFiles,
                number,
                maximum,
                unlearned,
                problems);
    }

    /**
     * Returns sentences for what the numbers do not explain: archived messages, skipped files and unlearned exchanges.
     */
    public List<String> notices() {
        var notices = new java.util.ArrayList<String>();
        if (archived > 0) {
            notices.add(
                    ("%d messages are beyond the maximum of %d live messages (memory.max-messages-per-agent); retention "
                                    + "moves the oldest to the archive, which recall searches only on request (archived). "
                                    + "Raise the key, or import into a new agent with --keep-all.")
                            .formatted(archived, maxMessages));
        }
        leftOut.forEach((kind, number) -> notices.add("%d %s were not imported.".formatted(number, kind)));
        if (!skippedFiles.isEmpty()) {
            notices.add("Files without a known format: " + String.join(", ", skippedFiles) + ".");
        }
        if (unlearned > 0) {
            notices.add(
                    "%d exchanges are not learned from, because the most interactions are pending (reflect.max-waiting)."
                            .formatted(unlearned));
        }
        return List.copyOf(notices);
    }

    /** Returns the report as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("format", format)
                .put("messages", messages)
                .put("notes", notes)
                .put("users", users)
                .put("entities", entities)
                .put("relations", relations)
                .put("others", others)
                .put("known", known)
                .put("bad", bad)
                .put("repaired", repaired)
                .put("archived", archived)
                .put(
                        "left_out",
                        leftOut.entrySet().stream()
                                .map(entry -> Json.fields()
                                        .put("kind", entry.getKey())
                                        .put("items", entry.getValue())
                                        .map())
                                .toList())
                .put("skipped_files", skippedFiles)
                .put("notices", notices())
                .keep(
                        "problems",
                        problems.stream()
                                .map(problem -> Json.fields()
                                        .put("file", problem.file().isEmpty() ? null : problem.file())
                                        .put("line", problem.line())
                                        .put("reason", problem.reason())
                                        .map())
                                .toList())
                .map();
    }
}
