package dev.stele.model;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Backup in the directory {@code backups} of the data directory, as its manifest describes it. Immutable.
 *
 * @param name name of the file, without a directory
 * @param agent agent that was backed up
 * @param at time of the backup
 * @param bytes size of the file
 */
public record StoredBackup(String name, AgentName agent, Instant at, long bytes) {

    /** Returns the backup as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("name", name)
                .put("agent", agent.value())
                .put("at", at)
                .put("bytes", bytes)
                .map();
    }
}
