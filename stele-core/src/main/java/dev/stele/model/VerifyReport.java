package dev.stele.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Result of an integrity check of the memory of one agent, or of what is stored beside the agents. Immutable.
 *
 * @param agent name of the agent; empty for what is stored beside the agents
 * @param checked number of checked rows and files
 * @param problems descriptions of damage, with the names of what is affected; empty if there is none
 * @param remarks descriptions of what is no damage but worth knowing, such as files of other programs
 */
public record VerifyReport(String agent, long checked, List<String> problems, List<String> remarks) {

    public VerifyReport {
        problems = List.copyOf(problems);
        remarks = List.copyOf(remarks);
    }

    /** Returns whether there are no problems. */
    public boolean clean() {
        return problems.isEmpty();
    }

    /** Returns the report as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("agent", agent.isEmpty() ? null : agent)
                .put("clean", clean())
                .put("checked", checked)
                .keep("problems", problems)
                .put("remarks", remarks.isEmpty() ? null : remarks)
                .map();
    }
}
