package dev.stele.server;

import dev.stele.arena.ArenaAccount;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaStats;
import dev.stele.arena.Arenas;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * REST resources of the off-heap arenas: statistics, profiling and release of free memory.
 *
 * @param account account of this server
 */
record ArenaResources(Arenas arenas, ArenaAccount account) {

    /** Maximum number of allocation sites in the statistics. */
    private static final int MAX_SITES = 50;

    /** Registers the routes. */
    void addTo(Router router) {
        router.add(
                        "GET",
                        "/v1/arenas",
                        "getArenas",
                        "Get the off-heap memory by kind, of the process and of this server",
                        this::stats)
                .add(
                        "POST",
                        "/v1/arenas/profiling",
                        "setProfiling",
                        "Turn the profiling of allocations on or off",
                        this::profile)
                .add("POST", "/v1/arenas/reset", "resetArenas", "Set the counters to zero", this::reset)
                .add(
                        "POST",
                        "/v1/arenas/optimize",
                        "optimizeArenas",
                        "Release free memory of all kinds to the operating system",
                        this::optimize)
                .add(
                        "POST",
                        "/v1/arenas/{kind}/purge",
                        "purgeArena",
                        "Release free memory of one kind to the operating system",
                        this::purge);
    }

    private Reply stats(Exchange exchange) {
        exchange.allowQuery();
        var process = new LinkedHashMap<String, Object>();
        for (ArenaKind kind : ArenaKind.values()) {
            process.put(kind.label(), json(arenas.stats(kind)));
        }
        var own = new LinkedHashMap<String, Object>();
        account.stats().forEach((kind, stats) -> own.put(kind.label(), json(stats)));
        return Reply.json(Json.fields()
                .put("off_heap", arenas.offHeap())
                .put("accounts", (long) arenas.accounts().size())
                .put("total", json(arenas.total()))
                .put("process", process)
                .put("server", own)
                .put("profiling", arenas.profiling())
                .put(
                        "sites",
                        arenas.sites().stream()
                                .limit(MAX_SITES)
                                .map(site -> Json.fields()
                                        .put("kind", site.kind().label())
                                        .put("site", site.site())
                                        .put("samples", site.samples())
                                        .put("bytes", site.bytes())
                                        .map())
                                .toList())
                .map());
    }

    private static Map<String, @Nullable Object> json(ArenaStats stats) {
        return Json.fields()
                .put("allocated", stats.allocated())
                .put("active", stats.active())
                .put("resident", stats.resident())
                .put("peak", stats.peak())
                .put("budget", stats.budget() == Long.MAX_VALUE ? null : stats.budget())
                .put("fragmentation", stats.fragmentation())
                .put("efficiency", stats.efficiency())
                .put("allocations", stats.allocations())
                .put("releases", stats.releases())
                .put("outstanding", stats.outstanding())
                .put("hits", stats.hits())
                .put("misses", stats.misses())
                .put("refusals", stats.refusals())
                .put("heap_fallbacks", stats.heapFallbacks())
                .put("leaks", stats.leaks())
                .map();
    }

    private Reply profile(Exchange exchange) {
        exchange.allowQuery();
        boolean on = exchange.jsonObject("profiling")
                .only("on")
                .optionalBoolean("on")
                .orElseThrow(() -> new InvalidInputException(
                        "The field \"on\" is missing; send {\"on\": true} or {\"on\": false}."));
        arenas.profiling(on);
        return Reply.json(Json.fields().put("profiling", on).map());
    }

    private Reply reset(Exchange exchange) {
        exchange.allowQuery();
        arenas.reset();
        return Reply.noContent();
    }

    private Reply optimize(Exchange exchange) {
        exchange.allowQuery();
        var released = Json.fields();
        arenas.optimize().forEach((kind, bytes) -> released.put(kind.label(), bytes));
        return Reply.json(Json.fields().put("released", released.map()).map());
    }

    private Reply purge(Exchange exchange) {
        exchange.allowQuery();
        String word = exchange.path("kind");
        ArenaKind kind = Arrays.stream(ArenaKind.values())
                .filter(candidate -> candidate.label().equals(word))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("There is no kind of memory " + Json.write(word)
                        + "; use one of "
                        + Arrays.stream(ArenaKind.values())
                                .map(ArenaKind::label)
                                .collect(Collectors.joining(", "))
                        + "."));
        return Reply.json(Json.fields().put("released", arenas.purge(kind)).map());
    }
}
