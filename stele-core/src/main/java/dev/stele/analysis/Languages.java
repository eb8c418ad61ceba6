package dev.stele.analysis;

import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Settings of the analysis language of each agent. Immutable.
 *
 * @param common language of agents without an entry in {@code own}
 * @param own languages of individual agents
 */
public record Languages(Language common, Map<AgentName, Language> own) {

    /** English for all agents. */
    public static final Languages ENGLISH = new Languages(Language.ENGLISH, Map.of());

    public Languages {
        own = Map.copyOf(own);
    }

    /** Returns the language of an agent. */
    public Language of(AgentName agent) {
        return own.getOrDefault(agent, common);
    }

    /**
     * Parses settings.
     *
     * @param common code of a language, see {@link Language}
     * @param own agents with codes, separated by commas or whitespace, such as {@code kira=de, ben=fr}; may be empty
     * @throws InvalidInputException if an entry has another form or a code is unknown
     */
    public static Languages parse(String common, String own) {
        Map<AgentName, Language> languages = new LinkedHashMap<>();
        for (String entry : own.split("[,\\s]+", -1)) {
            if (entry.isEmpty()) {
                continue;
            }
            int equals = entry.lastIndexOf('=');
            if (equals < 1) {
                throw new InvalidInputException(
                        "\"" + entry + "\" names no agent's language; write such as kira=de, ben=fr.");
            }
            languages.put(new AgentName(entry.substring(0, equals)), Language.of(entry.substring(equals + 1)));
        }
        return new Languages(Language.of(common), languages);
    }
}
