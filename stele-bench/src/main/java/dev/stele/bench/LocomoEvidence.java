package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.model.JsonObject;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;

/** Reader of the evidence of a question in the format of the LoCoMo data set. */
final class LocomoEvidence {

    private static final Pattern SEPARATORS = Pattern.compile("[;,\\s]+");

    private LocomoEvidence() {}

    /**
     * Returns the ids of the messages that answer a question. Turns that the memory does not have are left out.
     *
     * @param question question with a list {@code evidence} of turns; an element may name several
     * @param sample id of the conversation
     * @param memory memory into which the conversation was imported
     */
    static Set<String> of(JsonObject question, String sample, AgentMemory memory) {
        Set<String> evidence = new LinkedHashSet<>();
        for (String cited : question.strings("evidence")) {
            for (String id : SEPARATORS.split(cited, -1)) {
                if (!id.isEmpty() && memory.message(sample + ":" + id).isPresent()) {
                    evidence.add(sample + ":" + id);
                }
            }
        }
        return evidence;
    }
}
