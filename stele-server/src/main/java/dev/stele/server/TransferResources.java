package dev.stele.server;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.transfer.ExportFormat;
import dev.stele.transfer.ImportFormat;
import dev.stele.transfer.ImportOptions;
import dev.stele.transfer.ImportSource;
import dev.stele.transfer.VectorTime;
import java.io.BufferedOutputStream;

/**
 * REST resources for the export and import of a whole agent. Both stream: neither client nor server holds the data in
 * memory.
 *
 * @param exports quota of running exports of each agent
 */
record TransferResources(Stele stele, AgentQuota exports) {

    /**
     * Bounds the exports of an agent by half of its read connections, because an export occupies a connection while the
     * client reads.
     *
     * @param sharePercent share of the exports of an agent that one caller may run, 1 to 100
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

    /** Registers the routes. */
    void addTo(Router router) {
        router.add(
                        "GET",
                        "/v1/agents/{agent}/export",
                        "exportAgent",
                        "Export an agent with all history as JSON lines, or its current state in another format",
                        Router.Work.TRANSFER,
                        this::export)
                .add(
                        "POST",
                        "/v1/agents/{agent}/import",
                        "importFile",
                        "Import a file or zip file of any known format; valid items are imported even if others are invalid",
                        Router.Work.TRANSFER,
                        this::importLines);
    }

    private Reply export(Exchange exchange) {
        exchange.allowQuery("format");
        ExportFormat format = exchange.query("format").map(ExportFormat::of).orElse(ExportFormat.STELE);
        AgentMemory memory = stele.agent(exchange.agent());
        memory.stats(); // an unknown agent results in status 404 and not in a broken stream
        Permit permit = exports.take(exchange.agent().value(), exchange.caller());
        return new Reply.Stream(
                format.isZip() ? "application/zip" : "application/x-ndjson",
                out -> {
                    try (permit) {
                        var buffered = new BufferedOutputStream(out, 1 << 15);
                        memory.export(format, buffered);
                        buffered.flush();
                    }
                },
                permit);
    }

    private Reply importLines(Exchange exchange) {
        exchange.allowQuery("format", "user", "session", "learn", "keep_all", "wait");
        var options = new ImportOptions(
                exchange.query("format").map(ImportFormat::of),
                exchange.query("user"),
                exchange.query("session"),
                exchange.queryFlag("learn"),
                exchange.queryFlag("keep_all"),
                exchange.queryFlag("wait") ? VectorTime.DURING_IMPORT : VectorTime.IN_BACKGROUND);
        return Reply.json(stele.agent(exchange.agent())
                .importFrom(ImportSource.of(exchange.transferStream(), ""), options, _ -> {})
                .toJson());
    }
}
