package dev.stele;

import dev.stele.engine.Engine;
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

/**
 * Profile of one agent: its persona, its schedule and its access rules. An agent that does not exist has the defaults.
 * Obtained from {@link AgentMemory#profile}. Thread-safe.
 */
public final class Profile {

    private final AgentName agent;
    private final Engine engine;

    Profile(AgentName agent, Engine engine) {
        this.agent = agent;
        this.engine = engine;
    }

    /**
     * Part of the profile with its version.
     *
     * @param value the part
     * @param version number of the version, from 1; 0 for a default that was never stored
     */
    public record Versioned<T>(T value, long version) {}

    /** Returns the persona; the configured or a plain one if none was stored. */
    public Versioned<Persona> persona() {
        Persona byDefault = engine.config().personas().getOrDefault(agent, Persona.plain(agent.value()));
        return get("persona", Persona::fromJson, () -> byDefault);
    }

    /**
     * Sets the persona.
     *
     * @param persona the new persona
     * @param expected the version that the caller has read (0 for a default); empty to replace any version
     * @return the persona with its new version
     * @throws ConflictException if the stored version is not {@code expected}
     */
    public Versioned<Persona> persona(Persona persona, OptionalLong expected) {
        return put("persona", persona, persona.toJson(), expected);
    }

    /** Returns the schedule; {@link Schedule#NONE} if none was stored. */
    public Versioned<Schedule> schedule() {
        return get("schedule", Schedule::fromJson, () -> Schedule.NONE);
    }

    /** See {@link #persona(Persona, OptionalLong)}. */
    public Versioned<Schedule> schedule(Schedule schedule, OptionalLong expected) {
        return put("schedule", schedule, schedule.toJson(), expected);
    }

    /** Returns the access rules; {@link Access#DEFAULT} if none were stored. */
    public Versioned<Access> access() {
        return get("access", Access::fromJson, () -> Access.DEFAULT);
    }

    /** See {@link #persona(Persona, OptionalLong)}. */
    public Versioned<Access> access(Access access, OptionalLong expected) {
        return put("access", access, access.toJson(), expected);
    }

    /**
     * Returns the activity and mood of the agent by its schedule.
     *
     * @param clock supplies the current time
     */
    public AgentState state(Clock clock) {
        return schedule().value().at(clock.instant());
    }

    /**
     * Decides whether the agent answers a message in a place where it listens.
     *
     * @param clock supplies the current time
     * @param mentioned whether the message names the agent
     * @param chance a random number from 0 to 1
     */
    public ResponseDecision willingness(Clock clock, boolean mentioned, double chance) {
        return ResponseDecision.decide(state(clock), mentioned, chance);
    }

    private <T> Versioned<T> get(String name, Function<JsonObject, T> read, Supplier<T> byDefault) {
        Optional<ReflectionView.Entry> entry = engine.readIfExists(
                        agent, view -> view.reflection().entry(name))
                .flatMap(Function.identity());
        return entry.map(stored -> new Versioned<>(read.apply(JsonObject.of(name, stored.value())), stored.version()))
                .orElseGet(() -> new Versioned<>(byDefault.get(), 0));
    }

    private <T> Versioned<T> put(
            String name, T value, Map<String, ? extends @Nullable Object> json, OptionalLong expected) {
        long version = engine.write(agent, edit -> {
            long storedVersion = edit.reflection()
                    .entry(name)
                    .map(ReflectionView.Entry::version)
                    .orElse(0L);
            if (expected.isPresent() && expected.getAsLong() != storedVersion) {
                throw ConflictException.version(
                        "The %s of agent \"%s\" has version %d and not %d; read it again and repeat the change."
                                .formatted(name, agent, storedVersion, expected.getAsLong()));
            }
            return edit.reflection().put(name, json, Engine.now());
        });
        return new Versioned<>(value, version);
    }
}
