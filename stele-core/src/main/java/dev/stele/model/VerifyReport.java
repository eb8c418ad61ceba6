package dev.stele.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Result of an integrity check of the memory of one agent. Immutable.
 *
 * @param agent name of the agent
 * @param checked number of checked rows and files
 * @param problems descriptions of the problems, with the names of what is affected; empty if there are none
 */
public record VerifyReport(String agent, long checked, List<String> problems) {

    public VerifyReport {
        problems = List.copyOf(problems);
    }

    /** Returns whether there are no problems. */
    public boolean clean() {
        return problems.isEmpty();
    }

    /** Returns the report as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("agent", agent)
                .put("clean", clean())
                .put("checked", checked)
                .keep("problems", problems)
                .map();
    }
}
