package dev.stele.cli;

import dev.stele.cli.config.Settings;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.recall.RecallQuery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that searches the memory for a question. */
@Command(
        name = "recall",
        description = "Search the memory for a question.",
        mixinStandardHelpOptions = true,
        footer = {
            "  stele recall \"Where does Ana live?\"",
            "  stele recall --user ana --kind note --limit 3 \"drinks\"",
            "  stele recall --from 2026-05-01T00:00:00Z --json \"the new job\""
        })
final class RecallCommand implements Callable<Integer> {

    /** Confidence below which hits are hardly ever an answer. */
    private static final double DOUBTFUL = 0.05;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(
            names = "--limit",
            paramLabel = "NUMBER",
            defaultValue = "10",
            description = "Maximum number of hits (${DEFAULT-VALUE}).")
    int limit;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "hybrid",
            description = "hybrid, semantic, keyword or graph (${DEFAULT-VALUE}).")
    String mode = "";

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            description = "Only items of this kind: message, note, observation or passage; may be repeated.")
    List<String> kinds = new ArrayList<>();

    @Option(names = "--user", paramLabel = "USER", description = "Only items with or about this user.")
    @Nullable
    String user;

    @Option(
            names = "--audience",
            paramLabel = "USER",
            description = "Only items that this user may see; repeat it for items that several users may all see.")
    Set<String> audience = new LinkedHashSet<>();

    @Option(names = "--session", paramLabel = "SESSION", description = "Only items from this session.")
    @Nullable
    String session;

    @Option(names = "--role", paramLabel = "ROLE", description = "Only messages of this role.")
    @Nullable
    String role;

    @Option(names = "--category", paramLabel = "CATEGORY", description = "Only notes of this category.")
    @Nullable
    String category;

    @Option(names = "--tag", paramLabel = "TAG", description = "Only notes with this tag; may be repeated.")
    List<String> tags = new ArrayList<>();

    @Option(names = "--from", paramLabel = "TIME", description = "Only items from this time on.")
    @Nullable
    String from;

    @Option(names = "--to", paramLabel = "TIME", description = "Only items before this time.")
    @Nullable
    String to;

    @Option(names = "--as-of", paramLabel = "TIME", description = "Search the memory as of this time.")
    @Nullable
    String asOf;

    @Option(names = "--archived", description = "Include archived messages.")
    boolean archived;

    @Option(names = "--superseded", description = "Include superseded and expired notes.")
    boolean superseded;

    @Option(
            names = "--max-tokens",
            paramLabel = "NUMBER",
            description = "Maximum number of tokens of all hits together.")
    @Nullable
    Integer maxTokens;

    @Option(names = "--unfolded", description = "Show items that say the same one by one.")
    boolean unfolded;

    @Option(
            names = "--diversity",
            paramLabel = "SHARE",
            description = "Penalty of hits that are similar to a better hit, 0 to 1 (0).")
    double diversity;

    @Option(
            names = "--min-score",
            paramLabel = "SCORE",
            description = "Minimum score of a hit, 0 to 1 (${DEFAULT-VALUE}).",
            defaultValue = "0")
    double minScore;

    @Option(
            names = "--reference-date",
            paramLabel = "TIME",
            description = "Time that \"yesterday\" in the question refers to (now).")
    @Nullable
    String referenceDate;

    @Option(
            names = "--time-zone",
            paramLabel = "ZONE",
            description = "Time zone of the days in the question, such as Europe/Lisbon (UTC).")
    @Nullable
    String timeZone;

    @Option(names = "--explain", description = "Show the value of each signal.")
    boolean explain;

    @Parameters(arity = "1..*", paramLabel = "QUESTION", description = "The question, or keywords.")
    List<String> words = new ArrayList<>();

    @Option(
            names = "--weight",
            paramLabel = "SIGNAL=WEIGHT",
            description = "Weight of a signal, such as speaker=0; --explain shows the names of signals.")
    Map<String, Double> weights = new LinkedHashMap<>();

    @Override
    public Integer call() {
        Map<String, @Nullable Object> filter = Json.fields()
                .put("kind", kinds)
                .put("user", user)
                .put("audience", List.copyOf(audience))
                .put("session", session)
                .put("role", role)
                .put("category", category)
                .put("tags", tags)
                .put("from", time("--from", from))
                .put("to", time("--to", to))
                .put("archived", archived ? true : null)
                .put("superseded", superseded ? true : null)
                .map();
        Map<String, @Nullable Object> body = Json.fields()
                .put("query", String.join(" ", words))
                .put("limit", limit)
                .put("mode", mode)
                .put("filter", filter)
                .put("as_of", time("--as-of", asOf))
                .put("explain", explain ? true : null)
                .put("weights", weights)
                .put("max_tokens", maxTokens)
                .put("fold", unfolded ? false : null)
                .put("diversity", diversity)
                .put("min_score", minScore)
                .put("reference_date", time("--reference-date", referenceDate))
                .put("time_zone", timeZone)
                .map();
        RecallQuery.fromJson(
                Json.readObject("query", Json.write(body))); // checks it before a server or the memory is opened
        Settings settings = common.quietSettings();
        JsonObject result = new MemoryAccess(settings)
                .post(
                        agent,
                        "recall",
                        body,
                        (memory, json) ->
                                memory.recall(RecallQuery.fromJson(json)).toJson());
        Output output = common.output();
        output.print(result.raw(), () -> show(output, result));
        return 0;
    }

    private static Optional<Instant> time(String option, @Nullable String text) {
        return Optional.ofNullable(text).map(value -> OptionValues.time(option, value));
    }

    private static void show(Output output, JsonObject result) {
        result.optionalString("notice").ifPresent(notice -> System.err.println("note: " + notice));
        if (result.optionalBoolean("archived_not_searched").orElse(false)) {
            System.err.println("note: archived messages were not searched; use --archived to search them, too.");
        }
        List<JsonObject> hits = result.objects("hits");
        double confidence = result.optionalDouble("confidence").orElse(0.0);
        if (hits.isEmpty()) {
            output.line("Nothing found.");
        } else if (confidence < DOUBTFUL) {
            System.err.printf(
                    Locale.ROOT,
                    "note: the memory probably has no answer (confidence %.2f); these hits are the nearest.%n",
                    confidence);
        }
        int rank = 1;
        for (JsonObject hit : hits) {
            show(output, rank++, hit);
        }
    }

    private static void show(Output output, int rank, JsonObject hit) {
        String who = hit.optionalString("speaker")
                .or(() -> hit.optionalString("entity"))
                .or(() -> hit.optionalString("category"))
                .orElse("");
        output.line(
                "@|bold %2d  %.3f|@  %s  @|cyan %s|@  @|faint %s %s|@",
                rank,
                hit.optionalDouble("score").orElse(0.0),
                Output.time(hit.instant("at")),
                who,
                hit.string("kind"),
                hit.string("id"));
        output.line("    %s", hit.string("content").replace("\n", "\n    "));
        for (JsonObject item : hit.objects("duplicates")) {
            output.line(
                    "    @|faint also: %s  %s %s|@",
                    Output.time(item.instant("at")), item.string("kind"), item.string("id"));
        }
        Map<String, @Nullable Object> signals = hit.map("signals");
        if (!signals.isEmpty()) {
            output.line(
                    "    @|faint %s; words %s|@",
                    signals.entrySet().stream()
                            .map(signal -> signal.getValue() instanceof Number value
                                    ? String.format(Locale.ROOT, "%s %.2f", signal.getKey(), value.doubleValue())
                                    : signal.getKey())
                            .collect(Collectors.joining(", ")),
                    Json.write(hit.list("words")));
        }
    }
}
