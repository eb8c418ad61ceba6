package dev.stele.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Statistics of the memory of one agent, read in one snapshot. Immutable.
 *
 * @param agent name of the agent
 * @param messages number of live messages
 * @param archived number of messages in the archive
 * @param notes number of notes, including superseded ones
 * @param sessions number of sessions
 * @param users number of user contexts
 * @param waiting number of pending interactions
 * @param graph size of the graph
 * @param embedded number of live items that have a vector of the current model
 * @param servingModel embedding model whose vectors serve recall; empty text for none
 * @param changes number of the latest change
 * @param databaseBytes size of the database in bytes, without its log
 * @param schema version of the database schema
 */
public record AgentStats(
        String agent,
        long messages,
        long archived,
        long notes,
        long sessions,
        long users,
        long waiting,
        GraphStats graph,
        long embedded,
        String servingModel,
        long changes,
        long databaseBytes,
        int schema) {

    /** Returns the statistics as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("agent", agent)
                .put("messages", messages)
                .put("archived", archived)
                .put("notes", notes)
                .put("sessions", sessions)
                .put("users", users)
                .put("waiting", waiting)
                .put("entities", graph.entities())
                .put("observations", graph.observations())
                .put("relations", graph.relations())
                .put("embedded", embedded)
                .put("serving_model", servingModel)
                .put("changes", changes)
                .put("database_bytes", databaseBytes)
                .put("schema", schema)
                .map();
    }
}
