package dev.stele.cli;

import dev.stele.Profile;
import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.profile.Access;
import dev.stele.profile.AgentState;
import dev.stele.profile.Persona;
import dev.stele.profile.Schedule;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Subcommand that shows or sets persona, schedule and access rules of an agent. */
@Command(
        name = "persona",
        description =
                "Show persona and current state of an agent, or set persona, schedule and access rules from JSON files.",
        mixinStandardHelpOptions = true,
        footer = {"  stele persona --agent kira", "  stele persona --agent kira --persona persona.json"})
final class PersonaCommand implements AuditedCommand {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(
            names = "--persona",
            paramLabel = "FILE",
            description = "Persona: name, description, traits, styles, languages.")
    @Nullable
    Path persona;

    @Option(names = "--schedule", paramLabel = "FILE", description = "Schedule of a week: time zone and hours.")
    @Nullable
    Path schedule;

    @Option(
            names = "--access",
            paramLabel = "FILE",
            description = "Access rules: who may chat, and which memories are visible.")
    @Nullable
    Path access;

    @Override
    public Optional<AuditedOperation> operation() {
        if (persona == null && schedule == null && access == null) {
            return Optional.empty();
        }
        // One command may set several; the name is that of the one with most effect.
        String name = access != null ? "setAccess" : schedule != null ? "setSchedule" : "setPersona";
        return Optional.of(AuditedOperation.of(name, agent));
    }

    @Override
    public CommonOptions common() {
        return common;
    }

    @Override
    public Integer call() {
        Output output = common.output();
        // All files are read before anything is written, so that a mistake in one of them changes nothing.
        Optional<Persona> newPersona =
                Optional.ofNullable(persona).map(file -> Persona.fromJson(object("persona", file)));
        Optional<Schedule> newSchedule =
                Optional.ofNullable(schedule).map(file -> Schedule.fromJson(object("schedule", file)));
        Optional<Access> newAccess = Optional.ofNullable(access).map(file -> Access.fromJson(object("access", file)));
        try (Stele stele = common.open()) {
            Profile profile = stele.agent(agent).profile();
            newPersona.ifPresent(value -> profile.persona(value, OptionalLong.empty()));
            newSchedule.ifPresent(value -> profile.schedule(value, OptionalLong.empty()));
            newAccess.ifPresent(value -> profile.access(value, OptionalLong.empty()));
            Persona current = profile.persona().value();
            AgentState state = profile.state(Clock.systemUTC());
            output.print(
                    Json.fields()
                            .put("persona", current.toJson())
                            .put("schedule", profile.schedule().value().toJson())
                            .put("access", profile.access().value().toJson())
                            .put("state", state.toJson())
                            .map(),
                    () -> {
                        output.line("@|bold %s|@  %s", current.name(), current.description());
                        current.traits().forEach((trait, strength) -> output.line("  %s %.2f", trait, strength));
                        output.line(
                                "Now: %s, mood %s, energy %.1f, availability %.1f.",
                                state.activity(), state.mood(), state.energy(), state.availability());
                        output.line(
                                "Access: %s",
                                Json.write(profile.access().value().toJson()));
                    });
        }
        return 0;
    }

    private static JsonObject object(String label, Path file) {
        return OptionValues.object(file.toString(), label, InputFiles.text(file));
    }
}
