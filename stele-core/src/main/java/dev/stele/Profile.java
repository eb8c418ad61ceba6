package dev.stele;

import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.JsonObject;
import dev.stele.profile.Access;
import dev.stele.profile.AgentState;
import dev.stele.profile.Persona;
import dev.stele.profile.ResponseDecision;
import dev.stele.profile.Schedule;
import dev.stele.store.ReflectionView;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What an agent is like, what it does when, and who may talk with it. An agent that is not there yet has the defaults. Thread-safe. */
public final class Profile {

    private final AgentName agent;
    private final Memory memory;

    Profile(AgentName agent, Memory memory) {
        this.agent = agent;
        this.memory = memory;
    }

    /**
     * Something about the agent with its version.
     *
     * @param version 0 for the default, which nobody wrote
     */
    public record Versioned<T>(T value, long version) {}

    public Versioned<Persona> persona() {
        Persona byDefault = memory.config().personas().getOrDefault(agent, Persona.plain(agent.value()));
        return get("persona", Persona::fromJson, () -> byDefault);
    }

    /**
     * Sets what the agent is like.
     *
     * @param expected the version the caller has seen (0 for none), or empty to replace whatever is there
     * @throws ConflictException if there is another version than expected
     */
    public Versioned<Persona> persona(Persona persona, OptionalLong expected) {
        return put("persona", persona, persona.toJson(), expected);
    }

    public Versioned<Schedule> schedule() {
        return get("schedule", Schedule::fromJson, () -> Schedule.NONE);
    }

    /** See {@link #persona(Persona, OptionalLong)}. */
    public Versioned<Schedule> schedule(Schedule schedule, OptionalLong expected) {
        return put("schedule", schedule, schedule.toJson(), expected);
    }

    public Versioned<Access> access() {
        return get("access", Access::fromJson, () -> Access.DEFAULT);
    }

    /** See {@link #persona(Persona, OptionalLong)}. */
    public Versioned<Access> access(Access access, OptionalLong expected) {
        return put("access", access, access.toJson(), expected);
    }

    /** What the agent does and how it feels at the clock's time, by its schedule. */
    public AgentState state(Clock clock) {
        return schedule().value().at(clock.instant());
    }

    /**
     * Whether the agent answers what was said where it listens.
     *
     * @param mentioned whether it was spoken to by its name
     * @param chance a random number of 0 to 1
     */
    public ResponseDecision willingness(Clock clock, boolean mentioned, double chance) {
        return ResponseDecision.decide(state(clock), mentioned, chance);
    }

    private <T> Versioned<T> get(String name, Function<JsonObject, T> read, Supplier<T> byDefault) {
        if (!memory.isThere(agent)) {
            return new Versioned<>(byDefault.get(), 0);
        }
        Optional<ReflectionView.Entry> entry =
                memory.read(agent, view -> view.reflection().entry(name));
        return entry.map(there -> new Versioned<>(read.apply(JsonObject.of(name, there.value())), there.version()))
                .orElseGet(() -> new Versioned<>(byDefault.get(), 0));
    }

    private <T> Versioned<T> put(
            String name, T value, Map<String, ? extends @Nullable Object> json, OptionalLong expected) {
        long version = memory.write(agent, edit -> {
            long there = edit.reflection()
                    .entry(name)
                    .map(ReflectionView.Entry::version)
                    .orElse(0L);
            if (expected.isPresent() && expected.getAsLong() != there) {
                throw ConflictException.version(
                        "The %s of agent \"%s\" has version %d and not %d; read it again and repeat the change."
                                .formatted(name, agent, there, expected.getAsLong()));
            }
            return edit.reflection().put(name, json, Memory.now());
        });
        return new Versioned<>(value, version);
    }
}
