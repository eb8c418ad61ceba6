package dev.stele.transfer;

import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an import did.
 *
 * @param format {@code stele}, {@code chat}, {@code locomo} or {@code mcp-memory}
 * @param messages messages added
 * @param notes notes added
 * @param users user contexts added
 * @param entities entities added
 * @param relations versions of relations added
 * @param others documents, interactions, consolidations and what the agent is that were added
 * @param known entries that were there already, as they are in the file
 * @param bad how many lines could not be taken
 * @param problems the first of those lines and why, at most {@link #MAX_PROBLEMS}
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

    public static final int MAX_PROBLEMS = 100;

    /**
     * A line that was left out.
     *
     * @param line its number, from 1; in a file that is one JSON document, the number of the turn
     * @param reason what is wrong with it
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
