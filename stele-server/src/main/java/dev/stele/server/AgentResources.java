package dev.stele.server;

import dev.stele.Stele;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.List;

/** REST resources of agents, their statistics and their change feeds. */
record AgentResources(Stele stele, ChangeFeeds feeds) {

    private static final int DEFAULT_PAGE_SIZE = 100;

    /** Registers the routes. */
    void addTo(Router router) {
        router.add("GET", "/v1/agents", "listAgents", "List agents by name", this::list)
                .add("GET", "/v1/agents/{agent}", "getAgent", "Get the statistics of an agent", this::stats)
                .add(
                        "DELETE",
                        "/v1/agents/{agent}",
                        "deleteAgent",
                        "Delete an agent with its whole memory",
                        this::forget)
                .add("GET", "/v1/agents/{agent}/stats", "getStatistics", "Get the statistics of an agent", this::stats)
                .add(
                        "GET",
                        "/v1/agents/{agent}/changes",
                        "listChanges",
                        "List changes after a sequence number, or follow them as server-sent events if preferred",
                        Router.Work.STREAM,
                        this::changes);
    }

    private Reply list(Exchange exchange) {
        exchange.allowQuery("limit", "after");
        int limit = exchange.queryNumber("limit", DEFAULT_PAGE_SIZE);
        if (limit < 1 || limit > stele.config().limits().results()) {
            throw new InvalidInputException("The limit is %d; it must be from 1 to %d (limits.results)."
                    .formatted(limit, stele.config().limits().results()));
        }
        // The cursor is the last name, because agents are ordered by name.
        String after = exchange.query("after").orElse("");
        List<String> names = stele.agents().stream()
                .filter(exchange::reaches)
                .map(AgentName::value)
                .filter(name -> name.compareTo(after) > 0)
                .limit(limit + 1L)
                .toList();
        boolean more = names.size() > limit;
        List<String> page = more ? names.subList(0, limit) : names;
        return Reply.json(Json.fields()
                .keep("items", page)
                .put("next", more ? page.getLast() : null)
                .map());
    }

    private Reply stats(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(stele.agent(exchange.agent()).stats().toJson());
    }

    private Reply forget(Exchange exchange) {
        exchange.allowQuery();
        stele.forget(exchange.agent());
        return Reply.noContent();
    }

    private Reply changes(Exchange exchange) {
        exchange.allowQuery("after", "limit");
        return feeds.open(exchange, stele.agent(exchange.agent()));
    }
}
