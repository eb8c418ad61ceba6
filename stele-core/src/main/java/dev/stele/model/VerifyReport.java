package dev.stele.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a check of one agent's memory found.
 *
 * @param agent whose memory
 * @param checked how many rows and files were looked at
 * @param problems what is wrong, in words, with names; empty when all is well
 */
public record VerifyReport(String agent, long checked, List<String> problems) {

    public VerifyReport {
        problems = List.copyOf(problems);
    }

    public boolean clean() {
        return problems.isEmpty();
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("agent", agent)
                .put("clean", clean())
                .put("checked", checked)
                .keep("problems", problems)
                .map();
    }
}
