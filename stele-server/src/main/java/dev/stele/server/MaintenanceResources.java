package dev.stele.server;

import dev.stele.Stele;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.StoredBackup;
import java.util.Optional;

/** REST resources that keep the memory of an agent: preview of retention, backups and their restoration. */
record MaintenanceResources(Stele stele) {

    /** Template of the route that lists backups, which only administrators may read. */
    static final String BACKUPS_PATH = "/v1/agents/{agent}/backups";
    /** Template of the route that restores a backup, which only administrators may use. */
    static final String RESTORE_PATH = "/v1/agents/{agent}/restore";

    private static final int DEFAULT_NAMED = 20;
    private static final int DEFAULT_PAGE_SIZE = 50;

    /** Registers the routes. */
    void addTo(Router router) {
        router.add(
                        "GET",
                        "/v1/agents/{agent}/retention",
                        "previewRetention",
                        "Preview which messages and notes retention would remove now, and remove none",
                        Router.Work.COMPUTE,
                        this::retention)
                .add(
                        "GET",
                        BACKUPS_PATH,
                        "listBackups",
                        "List the backups of an agent that jobs of the server have written, newest first",
                        this::backups)
                .add(
                        "POST",
                        RESTORE_PATH,
                        "restoreBackup",
                        "Replace an agent by one of its backups",
                        Router.Work.TRANSFER,
                        this::restore);
    }

    private Reply retention(Exchange exchange) {
        exchange.allowQuery("limit");
        return Reply.json(stele.agent(exchange.agent())
                .previewRetention(exchange.queryNumber("limit", DEFAULT_NAMED))
                .toJson());
    }

    private Reply backups(Exchange exchange) {
        exchange.allowQuery("limit");
        return Reply.json(Json.fields()
                .keep(
                        "items",
                        stele.backups(exchange.agent(), exchange.queryNumber("limit", DEFAULT_PAGE_SIZE)).stream()
                                .map(StoredBackup::toJson)
                                .toList())
                .map());
    }

    private Reply restore(Exchange exchange) {
        exchange.allowQuery();
        JsonObject json = exchange.jsonObject("restore").only("backup", "confirm");
        AgentName agent = exchange.agent();
        if (!json.string("confirm").equals(agent.value())) {
            throw new InvalidInputException("Restoring a backup replaces the whole memory of agent \"" + agent
                    + "\"; repeat the name of the agent in the field \"confirm\".");
        }
        String backup = json.string("backup");
        stele.restoreBackup(agent, backup);
        exchange.audit(Optional.of(agent), backup);
        return Reply.json(stele.agent(agent).stats().toJson());
    }
}
