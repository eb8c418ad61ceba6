package dev.stele.analysis;

import dev.stele.model.AgentName;
import java.util.concurrent.ConcurrentHashMap;

/** Registry of the analyzers of agents, with one analyzer per language in use. Thread-safe. */
public final class Analyzers {

    private final Languages languages;
    private final ConcurrentHashMap<Language, Analyzer> analyzers = new ConcurrentHashMap<>();

    /** Creates a registry that selects languages by the given settings. */
    public Analyzers(Languages languages) {
        this.languages = languages;
    }

    /** Returns the analyzer for the language of an agent; creates the analyzer at its first use. */
    public Analyzer of(AgentName agent) {
        return analyzers.computeIfAbsent(languages.of(agent), Analyzer::new);
    }
}
