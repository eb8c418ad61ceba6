package dev.stele.server;

import dev.stele.Profile;
import dev.stele.Profile.Versioned;
import dev.stele.Stele;
import dev.stele.model.Json;
import dev.stele.profile.Access;
import dev.stele.profile.Persona;
import dev.stele.profile.Schedule;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** REST resources of the profile of an agent: persona, schedule, access rules and current state. */
record ProfileResources(Stele stele) {

    /** Registers the routes. */
    void addTo(Router router) {
        router.add("GET", "/v1/agents/{agent}/persona", "getPersona", "Get the persona of the agent", this::persona)
                .add(
                        "PUT",
                        "/v1/agents/{agent}/persona",
                        "setPersona",
                        "Set the persona of the agent",
                        this::setPersona)
                .add(
                        "GET",
                        "/v1/agents/{agent}/schedule",
                        "getSchedule",
                        "Get the weekly schedule of the agent",
                        this::schedule)
                .add(
                        "PUT",
                        "/v1/agents/{agent}/schedule",
                        "setSchedule",
                        "Set the weekly schedule of the agent",
                        this::setSchedule)
                .add("GET", "/v1/agents/{agent}/access", "getAccess", "Get the access rules of the agent", this::access)
                .add(
                        "PUT",
                        "/v1/agents/{agent}/access",
                        "setAccess",
                        "Set the access rules of the agent",
                        this::setAccess)
                .add(
                        "GET",
                        "/v1/agents/{agent}/state",
                        "getState",
                        "Get the current activity and mood of the agent",
                        this::state)
                .add(
                        "GET",
                        "/v1/agents/{agent}/willingness",
                        "getWillingness",
                        "Decide at random, by the current state, whether the agent answers now",
                        this::willingness);
    }

    private Profile profile(Exchange exchange) {
        return stele.agent(exchange.agent()).profile();
    }

    private static Reply reply(Map<String, @Nullable Object> json, long version) {
        return NoteResources.versioned(json, version);
    }

    private Reply persona(Exchange exchange) {
        exchange.allowQuery();
        Versioned<Persona> current = profile(exchange).persona();
        return reply(current.value().toJson(), current.version());
    }

    private Reply setPersona(Exchange exchange) {
        exchange.allowQuery();
        Versioned<Persona> updated =
                profile(exchange).persona(Persona.fromJson(exchange.jsonObject("persona")), exchange.ifMatch());
        return reply(updated.value().toJson(), updated.version());
    }

    private Reply schedule(Exchange exchange) {
        exchange.allowQuery();
        Versioned<Schedule> current = profile(exchange).schedule();
        return reply(current.value().toJson(), current.version());
    }

    private Reply setSchedule(Exchange exchange) {
        exchange.allowQuery();
        Versioned<Schedule> updated =
                profile(exchange).schedule(Schedule.fromJson(exchange.jsonObject("schedule")), exchange.ifMatch());
        return reply(updated.value().toJson(), updated.version());
    }

    private Reply access(Exchange exchange) {
        exchange.allowQuery();
        Versioned<Access> current = profile(exchange).access();
        return reply(current.value().toJson(), current.version());
    }

    private Reply setAccess(Exchange exchange) {
        exchange.allowQuery();
        Versioned<Access> updated =
                profile(exchange).access(Access.fromJson(exchange.jsonObject("access")), exchange.ifMatch());
        return reply(updated.value().toJson(), updated.version());
    }

    private Reply state(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(profile(exchange).state(Clock.systemUTC()).toJson());
    }

    private Reply willingness(Exchange exchange) {
        exchange.allowQuery("mentioned");
        var json = Json.fields();
        profile(exchange)
                .willingness(
                        Clock.systemUTC(),
                        exchange.queryFlag("mentioned"),
                        ThreadLocalRandom.current().nextDouble())
                .toJson()
                .forEach(json::keep);
        return Reply.json(json.map());
    }
}
