package dev.stele.cli;

import dev.stele.Insights;
import dev.stele.Stele;
import dev.stele.chat.DocumentBriefings;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Note;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that shows summaries of what an agent knows about a user. */
@Command(
        name = "insights",
        description =
                "Show recent activity of a user, what the agent knows about the user, or a briefing for a document.",
        mixinStandardHelpOptions = true,
        footer = {
            "  stele insights ana",
            "  stele insights ana --topic tides",
            "  stele insights ana --primer sea/tides.md"
        })
final class InsightsCommand implements Callable<Integer> {

    private static final int DEFAULT_DAYS = 30;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--days", paramLabel = "NUMBER", description = "Number of days of activity (" + DEFAULT_DAYS + ").")
    @Nullable
    Integer days;

    @Option(names = "--all", description = "Overview of all notes about the user.")
    boolean all;

    @Option(names = "--topic", paramLabel = "TOPIC", description = "Knowledge of the user about a topic, and its gaps.")
    @Nullable
    String topic;

    @Option(
            names = "--primer",
            paramLabel = "COLLECTION/DOCUMENT",
            description = "Briefing of the user for a document.")
    @Nullable
    String primer;

    @Parameters(paramLabel = "USER", description = "Id of the user.")
    String user = "";

    @Override
    public Integer call() {
        checkOptions();
        Output output = common.output();
        try (Stele stele = common.open()) {
            Insights insights = stele.agent(agent).insights();
            if (primer != null) {
                show(output, primer(stele, primer));
            } else if (topic != null) {
                Insights.Knowledge known = insights.knowledge(user, Optional.of(topic));
                output.print(known.toJson(), () -> {
                    output.line("%s", known.state());
                    notes(output, "missing", known.gaps());
                    notes(output, "known", known.known());
                });
            } else if (all) {
                Insights.Overview overview = insights.overview(user);
                output.print(overview.toJson(), () -> show(output, overview));
            } else {
                Insights.Activity activity = insights.activity(user, days == null ? DEFAULT_DAYS : days);
                output.print(activity.toJson(), () -> show(output, activity));
            }
        }
        return 0;
    }

    /** Refuses the options of the other forms of the command, which would be ignored. */
    private void checkOptions() {
        OptionValues.Given ofActivity = OptionValues.given("--days", days);
        OptionValues.Given ofOverview = OptionValues.given("--all", all);
        if (primer != null) {
            OptionValues.refuse("to --primer", ofActivity, ofOverview, OptionValues.given("--topic", topic));
        } else if (topic != null) {
            OptionValues.refuse("to --topic", ofActivity, ofOverview);
        } else if (all) {
            OptionValues.refuse("to --all", ofActivity);
        }
    }

    private DocumentBriefings.Primer primer(Stele stele, String document) {
        int slash = document.indexOf('/');
        if (slash < 1 || slash == document.length() - 1) {
            throw new InvalidInputException(
                    "--primer is \"" + document + "\"; it must be a collection, a slash and a document.");
        }
        return new DocumentBriefings(stele)
                .primer(new AgentName(agent), user, document.substring(0, slash), document.substring(slash + 1), false);
    }

    private static void show(Output output, DocumentBriefings.Primer briefing) {
        output.print(briefing.toJson(), () -> {
            briefing.points().forEach(point -> output.line("- %s", point));
            if (briefing.points().isEmpty()) {
                output.line("No note about the user is related to the document.");
            }
        });
    }

    private static void show(Output output, Insights.Activity activity) {
        output.line("since %s", Output.time(activity.since()));
        counts(output, "interactions", activity.interactions());
        counts(output, "new notes", activity.notes());
        counts(output, "topics", activity.topics());
        notes(output, "new", activity.newest());
        activity.changed()
                .forEach(changed -> output.line(
                        "changed       %s  ->  %s",
                        changed.before().content(),
                        changed.now().map(Note::content).orElse("forgotten")));
    }

    private static void show(Output output, Insights.Overview overview) {
        counts(output, "notes", overview.counts());
        overview.best().forEach((category, best) -> notes(output, category, best));
        notes(output, "gap", overview.gaps());
        output.line(
                "conversations %d, pending interactions %d, failed interactions %d, notes to review %d",
                overview.sessions(),
                overview.waiting(),
                overview.failed(),
                overview.review().size());
    }

    private static void counts(Output output, String title, Map<String, Long> counts) {
        var parts = new ArrayList<String>();
        counts.forEach((name, count) -> parts.add(name + " " + count));
        output.line("%-14s%s", title, parts.isEmpty() ? "none" : String.join(", ", parts));
    }

    private static void notes(Output output, String title, List<Note> notes) {
        notes.forEach(note -> output.line("%-14s%s", title, note.content()));
    }
}
