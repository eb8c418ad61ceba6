package dev.stele.analysis;

import dev.stele.model.AgentName;
import java.util.concurrent.ConcurrentHashMap;

/** The analyzers of agents, one for each language that is in use. Thread-safe. */
public final class Analyzers {

    private final Languages languages;
    private final ConcurrentHashMap<Language, Analyzer> analyzers = new ConcurrentHashMap<>();

    public Analyzers(Languages languages) {
        this.languages = languages;
    }

    public Analyzer of(AgentName agent) {
        return analyzers.computeIfAbsent(languages.of(agent), Analyzer::new);
    }
}
