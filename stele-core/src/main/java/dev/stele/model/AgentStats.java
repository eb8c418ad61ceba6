package dev.stele.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Figures of one agent's memory, read in one snapshot.
 *
 * @param messages live messages
 * @param archived messages in the archive
 * @param notes notes, superseded ones included
 * @param sessions conversations
 * @param users user contexts
 * @param waiting interactions that wait to be learnt from
 * @param graph how large the graph is
 * @param embedded live items that have a vector of the current model
 * @param servingModel the embedding model by whose vectors is recalled, empty text for none
 * @param changes the number of the latest change
 * @param databaseBytes size of the database, its log not counted
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
                .put("servingModel", servingModel)
                .put("changes", changes)
                .put("databaseBytes", databaseBytes)
                .put("schema", schema)
                .map();
    }
}
