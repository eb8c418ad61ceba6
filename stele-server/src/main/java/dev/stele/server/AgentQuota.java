package dev.stele.server;

import java.util.Map;

/**
 * Counting semaphore for a resource that every agent has, such as its running requests. Thread-safe.
 *
 * <p>All agents have the same maximum. One caller can hold only a share of the maximum of an agent, so that no caller
 * can use up the resource of an agent alone.
 */
final class AgentQuota {

    private final String resource;
    private final String setting;
    private final long max;
    private final long maxOfCaller;
    private final Counters heldOfAgent = new Counters();
    private final Counters heldByCaller = new Counters();

    /**
     * @param resource name of the resource in the plural, for error messages
     * @param setting setting that determines the maximum, for error messages
     * @param max maximum that all callers together hold of one agent
     * @param sharePercent share of the maximum that one caller may hold, 1 to 100
     */
    AgentQuota(String resource, String setting, long max, int sharePercent) {
        this.resource = resource;
        this.setting = setting;
        this.max = max;
        this.maxOfCaller = Quota.share(max, sharePercent);
    }

    /**
     * Takes one unit of the resource of an agent without waiting.
     *
     * @return the permit, which the caller must close
     * @throws HttpProblem 503 if the maximum of the agent or the share of the caller is used up
     */
    Permit take(String agent, Caller caller) {
        String callerKey = agent + '\n' + caller.name(); // neither name contains a line break
        if (caller.limited() && !heldByCaller.tryAdd(callerKey, 1, maxOfCaller)) {
            throw overloaded("This caller runs its maximum of %d %s of agent \"%s\", of %d in total (%s)."
                    .formatted(maxOfCaller, resource, agent, max, Quota.SHARE_KEY));
        }
        if (!heldOfAgent.tryAdd(agent, 1, max)) {
            release(callerKey, caller);
            throw overloaded("Agent \"%s\" runs its maximum of %d %s (%s).".formatted(agent, max, resource, setting));
        }
        return new Permit(() -> {
            heldOfAgent.subtract(agent, 1);
            release(callerKey, caller);
        });
    }

    private void release(String callerKey, Caller caller) {
        if (caller.limited()) {
            heldByCaller.subtract(callerKey, 1);
        }
    }

    private static HttpProblem overloaded(String why) {
        return new HttpProblem(
                503, "agent-overloaded", why + " Nothing was done; try again.", Map.of("Retry-After", "1"));
    }
}
