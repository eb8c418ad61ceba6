package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.model.ItemKind;
import dev.stele.model.Json;
import dev.stele.model.Role;
import dev.stele.recall.FoldedItem;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallMode;
import dev.stele.recall.RecallQuery;
import dev.stele.recall.RecallResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
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
@Command(name = "recall", description = "Search the memory for a question.", mixinStandardHelpOptions = true)
final class RecallCommand implements Callable<Integer> {

    /** Confidence below which hits are hardly ever an answer. */
    private static final double DOUBTFUL = 0.05;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--limit", defaultValue = "10", description = "Maximum number of hits (${DEFAULT-VALUE}).")
    int limit;

    @Option(
            names = "--mode",
            defaultValue = "hybrid",
            description = "hybrid, semantic, keyword or graph (${DEFAULT-VALUE}).")
    String mode = "";

    @Option(
            names = "--kind",
            description = "Only items of this kind: message, note, observation or passage; may be repeated.")
    List<String> kinds = new ArrayList<>();

    @Option(names = "--user", description = "Only items with or about this user.")
    @Nullable
    String user;

    @Option(
            names = "--audience",
            paramLabel = "USER",
            description = "Only items that this user may see; repeat it for items that several users may all see.")
    Set<String> audience = new LinkedHashSet<>();

    @Option(names = "--session", description = "Only items from this session.")
    @Nullable
    String session;

    @Option(names = "--role", description = "Only messages of this role.")
    @Nullable
    String role;

    @Option(names = "--category", description = "Only notes of this category.")
    @Nullable
    String category;

    @Option(names = "--tag", description = "Only notes with this tag; may be repeated.")
    List<String> tags = new ArrayList<>();

    @Option(names = "--from", description = "Only items from this time on.")
    @Nullable
    String from;

    @Option(names = "--to", description = "Only items before this time.")
    @Nullable
    String to;

    @Option(names = "--as-of", description = "Search the memory as of this time.")
    @Nullable
    String asOf;

    @Option(names = "--archived", description = "Include archived messages.")
    boolean archived;

    @Option(names = "--superseded", description = "Include superseded and expired notes.")
    boolean superseded;

    @Option(names = "--max-tokens", description = "Maximum number of tokens of all hits together.")
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
        RecallFilter.Builder filter = RecallFilter.builder()
                .kinds(new HashSet<>(kinds.stream().map(ItemKind::of).toList()))
                .tags(tags)
                .archived(archived)
                .superseded(superseded)
                .audience(audience);
        Optional.ofNullable(user).ifPresent(filter::user);
        Optional.ofNullable(session).ifPresent(filter::session);
        Optional.ofNullable(role).map(Role::of).ifPresent(filter::role);
        Optional.ofNullable(category).ifPresent(filter::category);
        time("--from", from).ifPresent(filter::from);
        time("--to", to).ifPresent(filter::to);
        RecallQuery.Builder query = RecallQuery.builder(String.join(" ", words))
                .limit(limit)
                .mode(RecallMode.of(mode))
                .filter(filter.build())
                .explain(explain)
                .weights(weights)
                .fold(!unfolded)
                .diversity(diversity)
                .minScore(minScore);
        time("--as-of", asOf).ifPresent(query::asOf);
        time("--reference-date", referenceDate).ifPresent(query::referenceDate);
        Optional.ofNullable(maxTokens).ifPresent(query::maxTokens);
        Optional.ofNullable(timeZone).map(RecallQuery::zone).ifPresent(query::zone);
        Output output = common.output();
        try (Stele stele = common.open()) {
            RecallResult result = stele.agent(agent).recall(query.build());
            output.print(result.toJson(), () -> show(output, result));
        }
        return 0;
    }

    private static Optional<Instant> time(String option, @Nullable String text) {
        return Optional.ofNullable(text).map(value -> OptionValues.time(option, value));
    }

    private static void show(Output output, RecallResult result) {
        result.notice().ifPresent(notice -> System.err.println("note: " + notice));
        if (result.archivedNotSearched()) {
            System.err.println("note: archived messages were not searched; use --archived to search them, too.");
        }
        if (result.hits().isEmpty()) {
            output.line("Nothing found.");
        } else if (result.confidence() < DOUBTFUL) {
            System.err.printf(
                    Locale.ROOT,
                    "note: the memory probably has no answer (confidence %.2f); these hits are the nearest.%n",
                    result.confidence());
        }
        int rank = 1;
        for (Hit hit : result.hits()) {
            String who = hit.speaker().or(hit::entity).or(hit::category).orElse("");
            output.line(
                    "@|bold %2d  %.3f|@  %s  @|cyan %s|@  @|faint %s %s|@",
                    rank++, hit.score(), Output.time(hit.at()), who, hit.kind().label(), hit.id());
            output.line("    %s", hit.content().replace("\n", "\n    "));
            for (FoldedItem item : hit.duplicates()) {
                output.line(
                        "    @|faint also: %s  %s %s|@",
                        Output.time(item.at()), item.kind().label(), item.id());
            }
            if (!hit.signals().isEmpty()) {
                output.line(
                        "    @|faint %s; words %s|@",
                        hit.signals().entrySet().stream()
                                .map(signal ->
                                        String.format(Locale.ROOT, "%s %.2f", signal.getKey(), signal.getValue()))
                                .collect(Collectors.joining(", ")),
                        Json.write(hit.words()));
            }
        }
    }
}
