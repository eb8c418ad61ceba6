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

/** What agents are like, what they do when, and who may talk with them, over HTTP. */
record ProfileResources(Stele stele) {

    void addTo(Router router) {
        router.add("GET", "/v1/agents/{agent}/persona", "What the agent is like", this::persona)
                .add("PUT", "/v1/agents/{agent}/persona", "Set what the agent is like", this::setPersona)
                .add("GET", "/v1/agents/{agent}/schedule", "The agent's week", this::schedule)
                .add("PUT", "/v1/agents/{agent}/schedule", "Set the agent's week", this::setSchedule)
                .add("GET", "/v1/agents/{agent}/access", "Who may talk with the agent", this::access)
                .add("PUT", "/v1/agents/{agent}/access", "Set who may talk with the agent", this::setAccess)
                .add("GET", "/v1/agents/{agent}/state", "What the agent does and feels now", this::state)
                .add(
                        "GET",
                        "/v1/agents/{agent}/willingness",
                        "Whether the agent would answer now, decided by chance",
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
        Versioned<Persona> there = profile(exchange).persona();
        return reply(there.value().toJson(), there.version());
    }

    private Reply setPersona(Exchange exchange) {
        exchange.allowQuery();
        Versioned<Persona> now =
                profile(exchange).persona(Persona.fromJson(exchange.jsonObject("persona")), exchange.ifMatch());
        return reply(now.value().toJson(), now.version());
    }

    private Reply schedule(Exchange exchange) {
        exchange.allowQuery();
        Versioned<Schedule> there = profile(exchange).schedule();
        return reply(there.value().toJson(), there.version());
    }

    private Reply setSchedule(Exchange exchange) {
        exchange.allowQuery();
        Versioned<Schedule> now =
                profile(exchange).schedule(Schedule.fromJson(exchange.jsonObject("schedule")), exchange.ifMatch());
        return reply(now.value().toJson(), now.version());
    }

    private Reply access(Exchange exchange) {
        exchange.allowQuery();
        Versioned<Access> there = profile(exchange).access();
        return reply(there.value().toJson(), there.version());
    }

    private Reply setAccess(Exchange exchange) {
        exchange.allowQuery();
        Versioned<Access> now =
                profile(exchange).access(Access.fromJson(exchange.jsonObject("access")), exchange.ifMatch());
        return reply(now.value().toJson(), now.version());
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
