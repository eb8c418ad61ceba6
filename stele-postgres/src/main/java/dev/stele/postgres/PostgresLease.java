package dev.stele.postgres;

import dev.stele.concurrent.GuardedLoop;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.SteleException;
import dev.stele.store.AgentStore.Lease;
import dev.stele.store.sql.SqlSession;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Distributed lease with a fencing token, stored as a row. At most one holder over all nodes has it. Thread-safe.
 *
 * <p>The row contains the expiry by the clock of the server and a token that increases with each holder. A thread
 * renews the lease while it is held, whatever a renewal throws. The lease of a crashed node expires after
 * {@link #TERM}; the old holder cannot renew it any more, because the token has changed.
 */
final class PostgresLease implements Lease {

    private static final System.Logger LOG = System.getLogger(PostgresLease.class.getName());

    /** Time after which the lease of a crashed node expires. */
    private static final Duration TERM = Duration.ofSeconds(10);

    private static final Duration RENEWAL_INTERVAL = TERM.dividedBy(4);
    private static final String UNTIL = "clock_timestamp() + interval '%d milliseconds'".formatted(TERM.toMillis());

    private final ConnectionPool connections;
    private final String label;
    private final long agent;
    private final String name;
    private final long token;
    private final Consumer<PostgresLease> onRelease;
    private final GuardedLoop renewal;
    /** Expiry as {@link System#nanoTime} of this machine. Written by the renewing thread, read by all. */
    private volatile long heldUntil;

    private PostgresLease(
            ConnectionPool connections,
            String label,
            long agent,
            String name,
            long token,
            long heldUntil,
            Consumer<PostgresLease> onRelease) {
        this.connections = connections;
        this.label = name + " of " + label;
        this.agent = agent;
        this.name = name;
        this.token = token;
        this.heldUntil = heldUntil;
        this.onRelease = onRelease;
        // A platform thread, because virtual threads wait for those of the application that compute.
        this.renewal = GuardedLoop.start(
                "stele-lease " + this.label, LOG, PlatformThreads::unstarted, RENEWAL_INTERVAL, this::renew);
    }

    /**
     * Takes a lease without waiting.
     *
     * @param label description of the owner of the lease, for messages
     * @param agent number of the agent that the lease belongs to
     * @param name name of the lease
     * @param onRelease receives the lease when it is released
     * @return the lease, which the caller must close; empty if another holder has it
     */
    static Optional<PostgresLease> take(
            ConnectionPool connections, String label, long agent, String name, Consumer<PostgresLease> onRelease) {
        String holder = UUID.randomUUID().toString();
        // Starts before the request, so that the lease never expires earlier on the server than on this machine.
        long until = System.nanoTime() + TERM.toNanos();
        return connections
                .write("Taking " + name + " of " + label, PostgresDialect.SHARED, agent, db -> taken(db, name, holder))
                .map(token -> new PostgresLease(connections, label, agent, name, token, until, onRelease));
    }

    /**
     * Returns the token if the lease is free, or if this holder already has it, because an earlier attempt may have
     * succeeded without a response.
     */
    private static Optional<Long> taken(SqlSession db, String name, String holder) {
        return db.first("""
                insert into {into lease} ({agent}name, token, holder, until_at) values ({agent?}?1, 1, ?2, %1$s)
                on conflict ({agent}name) do update set token = lease.token + 1, holder = excluded.holder, until_at = %1$s
                  where lease.until_at < clock_timestamp() or lease.holder = excluded.holder
                returning token""".formatted(UNTIL), row -> row.number(1), name, holder);
    }

    private void renew(GuardedLoop loop) throws InterruptedException {
        if (loop.await(RENEWAL_INTERVAL)) {
            return;
        }
        long until = System.nanoTime() + TERM.toNanos();
        int renewed = connections.write(
                "Renewing " + label,
                PostgresDialect.SHARED,
                agent,
                db -> db.change("lease", "until_at = " + UNTIL, "name = ? and token = ?", name, token));
        if (renewed > 0) {
            heldUntil = until;
        } else {
            heldUntil = System.nanoTime();
            if (!loop.isStopped()) {
                LOG.log(System.Logger.Level.WARNING, () -> label + " was taken over by another node");
            }
            loop.stop();
        }
    }

    /** Ends the renewal, because the store is closed. The lease then expires unless its holder releases it. */
    void abandon() {
        renewal.stop();
    }

    /** Returns the loop that renews the lease. */
    GuardedLoop renewal() {
        return renewal;
    }

    @Override
    public boolean held() {
        return heldUntil - System.nanoTime() > 0;
    }

    @Override
    public void close() {
        renewal.stop();
        onRelease.accept(this);
        try {
            connections.write(
                    "Releasing " + label,
                    PostgresDialect.SHARED,
                    agent,
                    db -> db.change(
                            "lease",
                            "until_at = clock_timestamp() - interval '1 second'",
                            "name = ? and token = ?",
                            name,
                            token));
        } catch (SteleException e) {
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> label + " could not be released and will expire: " + e.getMessage());
        }
    }
}
