package dev.stele.analysis;

import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which language agents' words are analysed in. Immutable.
 *
 * @param common of agents that have none of their own
 * @param own of some agents
 */
public record Languages(Language common, Map<AgentName, Language> own) {

    public static final Languages ENGLISH = new Languages(Language.ENGLISH, Map.of());

    public Languages {
        own = Map.copyOf(own);
    }

    public Language of(AgentName agent) {
        return own.getOrDefault(agent, common);
    }

    /**
     * Reads settings.
     *
     * @param common a code, see {@link Language}
     * @param own agents and codes as {@code kira=de, ben=fr}
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
