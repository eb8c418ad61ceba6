package dev.stele.server;

import java.util.Map;

/**
 * A bounded resource of each agent that callers share, such as its running requests. Every agent has the same maximum, and
 * each caller a share of it, so that one caller cannot take all that there is of an agent. Thread-safe.
 */
final class AgentQuota {

    private final String what;
    private final String bound;
    private final long max;
    private final long maxOfCaller;
    private final Counters ofAgent = new Counters();
    private final Counters ofCaller = new Counters();

    /**
     * @param what the resource, in the plural, for errors
     * @param bound what bounds it, for errors
     * @param max maximum that all callers hold together of one agent
     * @param sharePercent largest share of one caller, 1 to 100
     */
    AgentQuota(String what, String bound, long max, int sharePercent) {
        this.what = what;
        this.bound = bound;
        this.max = max;
        this.maxOfCaller = Quota.share(max, sharePercent);
    }

    /**
     * Takes one.
     *
     * @throws HttpProblem 503 if the agent's resource is used up, or the caller's share of it
     */
    Permit take(String agent, Caller caller) {
        String own = agent + '\n' + caller.name(); // no name has a line break
        if (caller.limited() && !ofCaller.tryAdd(own, 1, maxOfCaller)) {
            throw overloaded("This caller runs as many %s of agent \"%s\" as one may, %d of %d (%s)."
                    .formatted(what, agent, maxOfCaller, max, Quota.SHARE_KEY));
        }
        if (!ofAgent.tryAdd(agent, 1, max)) {
            release(own, caller);
            throw overloaded("As many %s of agent \"%s\" run as may, %d (%s).".formatted(what, agent, max, bound));
        }
        return new Permit(() -> {
            ofAgent.subtract(agent, 1);
            release(own, caller);
        });
    }

    private void release(String own, Caller caller) {
        if (caller.limited()) {
            ofCaller.subtract(own, 1);
        }
    }

    private static HttpProblem overloaded(String why) {
        return new HttpProblem(
                503, "agent-overloaded", why + " Nothing was done; try again.", Map.of("Retry-After", "1"));
    }
}
