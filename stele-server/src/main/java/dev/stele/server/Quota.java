package dev.stele.server;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A bounded resource that callers share, such as running requests or bytes of bodies. It has a maximum for all callers
 * together and a share of it for each, so that one caller cannot take what the others need. Thread-safe.
 */
final class Quota {

    /** Setting for the largest share of one caller. */
    static final String SHARE_KEY = "server.caller-share";

    private final String what;
    private final String key;
    private final long max;
    private final long maxOfCaller;
    private final AtomicLong held = new AtomicLong();
    private final Counters ofCaller = new Counters();

    /**
     * @param what the resource, in the plural, for errors
     * @param key setting that bounds it
     * @param max maximum that all callers hold together
     * @param sharePercent largest share of one caller, 1 to 100
     */
    Quota(String what, String key, long max, int sharePercent) {
        this.what = what;
        this.key = key;
        this.max = max;
        this.maxOfCaller = share(max, sharePercent);
    }

    /** Largest share of one caller, at least one. */
    static long share(long max, int percent) {
        return Math.max(1, Math.ceilDiv(Math.multiplyExact(max, (long) percent), 100));
    }

    /** Takes one. */
    Permit take(Caller caller) {
        return take(caller, 1);
    }

    /** @throws HttpProblem 503 if the resource is used up, or the caller's share of it */
    Permit take(Caller caller, long amount) {
        if (caller.limited() && !ofCaller.tryAdd(caller.name(), amount, maxOfCaller)) {
            throw refused("This caller holds as many %s as one may, %d of %d (%s). Nothing was done; try again."
                    .formatted(what, maxOfCaller, max, SHARE_KEY));
        }
        boolean taken = false;
        try {
            taken = tryHold(amount);
        } finally {
            if (!taken && caller.limited()) {
                ofCaller.subtract(caller.name(), amount);
            }
        }
        if (!taken) {
            throw refused(
                    "There are as many %s as may be, %d (%s). Nothing was done; try again.".formatted(what, max, key));
        }
        return new Permit(() -> {
            held.addAndGet(-amount);
            if (caller.limited()) {
                ofCaller.subtract(caller.name(), amount);
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

    private static HttpProblem refused(String detail) {
        return new HttpProblem(503, "overloaded", detail, java.util.Map.of("Retry-After", "1"));
    }

    /** How much of it is in use. */
    long held() {
        return held.get();
    }
}
