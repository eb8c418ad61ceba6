package dev.stele.server;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import java.io.BufferedWriter;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;

/** Whole memories in and out over HTTP, as they come: neither side holds them in memory. */
record TransferResources(Stele stele, AgentQuota exports) {

    /**
     * An export holds a read connection for as long as its client reads, so half of an agent's are kept for others.
     *
     * @param sharePercent largest share of an agent's exports that one caller may run
     */
    TransferResources(Stele stele, int sharePercent) {
        this(
                stele,
                new AgentQuota(
                        "exports",
                        "half of limits.readers",
                        Math.max(1, stele.config().limits().readers() / 2),
                        sharePercent));
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
        exchange.allowQuery();
        AgentMemory memory = stele.agent(exchange.agent());
        memory.stats(); // an unknown agent is a 404 and not a broken stream
        Permit permit = exports.take(exchange.agent().value(), exchange.caller());
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

    private Reply bring(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(stele.agent(exchange.agent())
                .importFrom(exchange.reader(), _ -> {})
                .toJson());
    }
}
