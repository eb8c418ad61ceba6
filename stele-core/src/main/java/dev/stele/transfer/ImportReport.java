package dev.stele.transfer;

import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Result of an import. Immutable.
 *
 * @param format {@code stele}, {@code chat}, {@code locomo} or {@code mcp-memory}
 * @param messages number of added messages
 * @param notes number of added notes
 * @param users number of added user contexts
 * @param entities number of added entities
 * @param relations number of added versions of relations
 * @param others number of added documents, interactions, consolidations and profile entries
 * @param known number of entries that already exist as they are in the file
 * @param bad number of lines that could not be imported
 * @param problems first of those lines with the reasons, at most {@link #MAX_PROBLEMS}
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
        List<BadLine> problems) {

    /** Maximum number of reported problems. */
    public static final int MAX_PROBLEMS = 100;

    /**
     * Line that was skipped.
     *
     * @param line line number, from 1; in a file that is one JSON document, the number of the turn
     * @param reason reason why the line was skipped
     */
    public record BadLine(long line, String reason) {}

    public ImportReport {
        problems = List.copyOf(problems);
    }

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
                .keep(
                        "problems",
                        problems.stream()
                                .map(problem -> Json.fields()
                                        .put("line", problem.line())
                                        .put("reason", problem.reason())
                                        .map())
                                .toList())
                .map();
    }
}
