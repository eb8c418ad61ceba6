package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.model.ItemKind;
import dev.stele.model.Json;
import dev.stele.model.Role;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallMode;
import dev.stele.recall.RecallQuery;
import dev.stele.recall.RecallResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Answers a question from memory. */
@Command(name = "recall", description = "Answer a question from memory.", mixinStandardHelpOptions = true)
final class RecallCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "Whose memory (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--limit", defaultValue = "10", description = "Most hits (${DEFAULT-VALUE}).")
    int limit;

    @Option(
            names = "--mode",
            defaultValue = "hybrid",
            description = "hybrid, semantic, keyword or graph (${DEFAULT-VALUE}).")
    String mode = "";

    @Option(names = "--kind", description = "Only message or note.")
    List<String> kinds = new ArrayList<>();

    @Option(names = "--user", description = "Only with or about this user.")
    @Nullable
    String user;

    @Option(names = "--session", description = "Only from this conversation.")
    @Nullable
    String session;

    @Option(names = "--role", description = "Only messages of this role.")
    @Nullable
    String role;

    @Option(names = "--category", description = "Only notes of this category.")
    @Nullable
    String category;

    @Option(names = "--tag", description = "Only notes with this tag; may stand several times.")
    List<String> tags = new ArrayList<>();

    @Option(names = "--from", description = "Only from this time on.")
    @Nullable
    String from;

    @Option(names = "--to", description = "Only before this time.")
    @Nullable
    String to;

    @Option(names = "--as-of", description = "As the memory stood at this time.")
    @Nullable
    String asOf;

    @Option(names = "--archived", description = "Search the archive too.")
    boolean archived;

    @Option(names = "--superseded", description = "Search superseded and expired notes too.")
    boolean superseded;

    @Option(names = "--max-tokens", description = "Most tokens that all hits take in a prompt.")
    @Nullable
    Integer maxTokens;

    @Option(names = "--unfolded", description = "Show items that say nearly the same one by one.")
    boolean unfolded;

    @Option(
            names = "--diversity",
            paramLabel = "SHARE",
            description = "How much it counts against a hit that it is like a better one, 0 to 1 (0).")
    double diversity;

    @Option(names = "--explain", description = "Show what each signal gave.")
    boolean explain;

    @Parameters(arity = "1..*", paramLabel = "QUESTION", description = "The question, or some words.")
    List<String> words = new ArrayList<>();

    @Option(
            names = "--weight",
            paramLabel = "SIGNAL=WEIGHT",
            description = "Another weight for a signal, such as speaker=0; --explain shows their names.")
    Map<String, Double> weights = new LinkedHashMap<>();

    @Override
    public Integer call() {
        var filter = new RecallFilter(
                new HashSet<>(kinds.stream().map(ItemKind::of).toList()),
                Optional.ofNullable(user),
                Optional.empty(),
                Optional.ofNullable(session),
                Optional.ofNullable(role).map(Role::of),
                Optional.ofNullable(category),
                tags,
                Optional.empty(),
                time("--from", from),
                time("--to", to),
                archived,
                superseded);
        var query = new RecallQuery(
                String.join(" ", words),
                limit,
                RecallMode.of(mode),
                filter,
                time("--as-of", asOf),
                explain,
                weights,
                maxTokens == null ? OptionalInt.empty() : OptionalInt.of(maxTokens),
                !unfolded,
                diversity);
        Output output = common.output();
        try (Stele stele = common.open()) {
            RecallResult result = stele.agent(agent).recall(query);
            output.print(result.toJson(), () -> show(output, result));
        }
        return 0;
    }

    private static Optional<Instant> time(String option, @Nullable String text) {
        return Optional.ofNullable(text).map(given -> RememberCommand.time(option, given));
    }

    private static void show(Output output, RecallResult result) {
        result.notice().ifPresent(notice -> System.err.println("note: " + notice));
        if (result.hits().isEmpty()) {
            output.line("Nothing found.");
        }
        int rank = 1;
        for (Hit hit : result.hits()) {
            String who = hit.speaker().or(hit::entity).or(hit::category).orElse("");
            output.line(
                    "@|bold %2d  %.3f|@  %s  @|cyan %s|@  @|faint %s %s|@",
                    rank++, hit.score(), Output.time(hit.at()), who, hit.kind().word(), hit.id());
            output.line("    %s", hit.content().replace("\n", "\n    "));
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
