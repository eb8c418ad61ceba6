package dev.stele.server;

import dev.stele.Stele;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.List;

/** Agents, their figures and their change feeds over HTTP. */
record AgentResources(Stele stele, ChangeFeeds feeds) {

    private static final int PAGE = 100;

    void addTo(Router router) {
        router.add("GET", "/v1/agents", "All agents by name", this::list)
                .add("GET", "/v1/agents/{agent}", "An agent's figures", this::stats)
                .add("DELETE", "/v1/agents/{agent}", "Forget an agent and everything of it", this::forget)
                .add("GET", "/v1/agents/{agent}/stats", "An agent's figures", this::stats)
                .add(
                        "GET",
                        "/v1/agents/{agent}/changes",
                        "Changes after a number: server-sent events, or a JSON page when that is accepted",
                        Router.Work.STREAM,
                        this::changes);
    }

    private Reply list(Exchange exchange) {
        exchange.allowQuery("limit", "after");
        int limit = exchange.queryNumber("limit", PAGE);
        if (limit < 1 || limit > stele.config().limits().results()) {
            throw new InvalidInputException("The limit is %d; it must lie from 1 to %d (limits.results)."
                    .formatted(limit, stele.config().limits().results()));
        }
        // The cursor is the last name itself: names are their own order.
        String after = exchange.query("after").orElse("");
        List<String> names = stele.agents().stream()
                .filter(exchange::reaches)
                .map(AgentName::value)
                .filter(name -> name.compareTo(after) > 0)
                .limit(limit + 1L)
                .toList();
        boolean more = names.size() > limit;
        List<String> shown = more ? names.subList(0, limit) : names;
        return Reply.json(Json.fields()
                .keep("items", shown)
                .put("next", more ? shown.getLast() : null)
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
