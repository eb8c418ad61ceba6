package dev.stele.server;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.AgentName;
import java.io.BufferedWriter;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Whole memories in and out over HTTP, as they come: neither side holds them in memory. */
record TransferResources(Stele stele, int sharePercent, Counters exporting, Counters exportingByCaller) {

    /** @param sharePercent largest share of an agent's exports that one caller may run */
    TransferResources(Stele stele, int sharePercent) {
        this(stele, sharePercent, new Counters(), new Counters());
    }

    void addTo(Router router) {
        router.add(
                        "GET",
                        "/v1/agents/{agent}/export",
                        "Everything of an agent as JSON lines, with all history",
                        Router.Work.TRANSFER,
                        this::export)
                .add(
                        "POST",
                        "/v1/agents/{agent}/import",
                        "Bring in an export, chat lines, or a LoCoMo conversation; good lines are kept",
                        Router.Work.TRANSFER,
                        this::bring);
    }

    private Reply export(Exchange exchange) {
        exchange.onlyQuery();
        AgentMemory memory = stele.agent(exchange.agent());
        memory.stats(); // an unknown agent is a 404 and not a broken stream
        Permit permit = exportOf(exchange.agent(), exchange.caller());
        return new Reply.Stream(
                "application/x-ndjson",
                out -> {
                    try (permit) {
                        var lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 1 << 15);
                        memory.export(lines);
                        lines.flush();
                    }
                },
                permit);
    }

    /** An export holds a read connection for as long as its client reads, so half of an agent's are kept for others. */
    private Permit exportOf(AgentName agent, Caller caller) {
        int max = Math.max(1, stele.config().limits().readers() / 2);
        String own = agent + " " + caller.name();
        if (!exportingByCaller.tryAdd(own, 1, caller.limited() ? Quota.share(max, sharePercent) : Long.MAX_VALUE)) {
            throw refused("This caller runs as many exports of agent \"%s\" as one may (%s)."
                    .formatted(agent, Quota.SHARE_KEY));
        }
        if (!exporting.tryAdd(agent.value(), 1, max)) {
            exportingByCaller.subtract(own, 1);
            throw refused(
                    "As many exports of agent \"%s\" run as may, %d (half of limits.readers).".formatted(agent, max));
        }
        return new Permit(() -> {
            exporting.subtract(agent.value(), 1);
            exportingByCaller.subtract(own, 1);
        });
    }

    private static HttpProblem refused(String why) {
        return new HttpProblem(503, "agent-overloaded", why + " Try again later.", Map.of("Retry-After", "1"));
    }

    private Reply bring(Exchange exchange) {
        exchange.onlyQuery();
        return Reply.json(stele.agent(exchange.agent())
                .importFrom(exchange.reader(), _ -> {})
                .toJson());
    }
}
