package dev.stele.server;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counting semaphore for a resource that all callers share, such as running requests or bytes of bodies. Thread-safe.
 *
 * <p>A maximum bounds all callers together. One caller can hold only a share of that maximum, so that no caller can use
 * up the resource alone.
 */
final class Quota {

    /** Key of the setting for the share of one caller. */
    static final String SHARE_KEY = "server.caller-share";

    private final String resource;
    private final String setting;
    private final long max;
    private final long maxOfCaller;
    private final AtomicLong held = new AtomicLong();
    private final Counters heldByCaller = new Counters();

    /**
     * @param resource name of the resource in the plural, for error messages
     * @param setting key of the setting that determines the maximum, for error messages
     * @param max maximum that all callers hold together
     * @param sharePercent share of the maximum that one caller may hold, 1 to 100
     */
    Quota(String resource, String setting, long max, int sharePercent) {
        this.resource = resource;
        this.setting = setting;
        this.max = max;
        this.maxOfCaller = share(max, sharePercent);
    }

    /**
     * Returns the number of units that one caller may hold: a percentage of the maximum, rounded up, but at least 1.
     */
    static long share(long max, int percent) {
        return Math.max(1, Math.ceilDiv(Math.multiplyExact(max, (long) percent), 100));
    }

    /**
     * Takes one unit without waiting.
     *
     * @return the permit, which the caller must close
     * @throws HttpProblem 503 if the maximum or the share of the caller is used up
     */
    Permit take(Caller caller) {
        return take(caller, 1);
    }

    /**
     * Takes a number of units without waiting.
     *
     * @param amount number of units, at least 1
     * @return the permit, which the caller must close
     * @throws HttpProblem 503 if the maximum or the share of the caller is used up
     */
    Permit take(Caller caller, long amount) {
        if (caller.limited() && !heldByCaller.tryAdd(caller.name(), amount, maxOfCaller)) {
            throw overloaded("This caller holds its maximum of %d %s, of %d in total (%s). Nothing was done; try again."
                    .formatted(maxOfCaller, resource, max, SHARE_KEY));
        }
        boolean taken = false;
        try {
            taken = tryHold(amount);
        } finally {
            if (!taken && caller.limited()) {
                heldByCaller.subtract(caller.name(), amount);
            }
        }
        if (!taken) {
            throw overloaded("The server holds its maximum of %d %s (%s). Nothing was done; try again."
                    .formatted(max, resource, setting));
        }
        return permit(caller, amount);
    }

    /**
     * Takes a number of units for what cannot be refused any more. While they are held, others get so much less.
     *
     * @param amount number of units, at least 1
     * @return the permit, which the caller must close
     */
    Permit takeBeyond(Caller caller, long amount) {
        if (caller.limited()) {
            heldByCaller.add(caller.name(), amount);
        }
        held.addAndGet(amount);
        return permit(caller, amount);
    }

    private Permit permit(Caller caller, long amount) {
        return new Permit(() -> {
            held.addAndGet(-amount);
            if (caller.limited()) {
                heldByCaller.subtract(caller.name(), amount);
            }
        });
    }

    private boolean tryHold(long amount) {
        while (true) {
            long now = held.get();
            if (now > max - amount) {
                return false;
            }
            if (held.compareAndSet(now, now + amount)) {
                return true;
            }
        }
    }

    private static HttpProblem overloaded(String detail) {
        return new HttpProblem(503, "overloaded", detail, java.util.Map.of("Retry-After", "1"));
    }

    /** Returns the number of units that are in use. */
    long held() {
        return held.get();
    }
}
