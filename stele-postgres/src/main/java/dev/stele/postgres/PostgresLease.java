package dev.stele.postgres;

import dev.stele.model.SteleException;
import dev.stele.store.AgentStore.Lease;
import dev.stele.store.sql.SqlSession;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A right that one holder has over all nodes, as a row with a time until which it holds by the server's clock and a token that grows
 * with each holder. While it is held, a thread prolongs it; of a node that died it is free when the time is over, and what that node
 * may still do under it is refused, for the token is another's. Thread-safe.
 */
final class PostgresLease implements Lease {

    private static final System.Logger LOG = System.getLogger(PostgresLease.class.getName());

    /** How long a dead node's right stays taken. */
    private static final Duration TERM = Duration.ofSeconds(10);

    private static final Duration RENEWAL = TERM.dividedBy(4);
    private static final String UNTIL = "clock_timestamp() + interval '%d milliseconds'".formatted(TERM.toMillis());

    private final ConnectionPool connections;
    private final String what;
    private final long agent;
    private final String name;
    private final long token;
    private final CountDownLatch over = new CountDownLatch(1);
    /** Set by whoever prolongs it, read by whoever works under it; nanoseconds of this machine's own clock. */
    private volatile long heldUntil;

    private PostgresLease(
            ConnectionPool connections, String what, long agent, String name, long token, long heldUntil) {
        this.connections = connections;
        this.what = name + " of " + what;
        this.agent = agent;
        this.name = name;
        this.token = token;
        this.heldUntil = heldUntil;
    }

    static Optional<PostgresLease> take(ConnectionPool connections, String what, long agent, String name) {
        String holder = UUID.randomUUID().toString();
        // Counted from before the server was asked, so that we never believe in it for longer than the server does.
        long until = System.nanoTime() + TERM.toNanos();
        Optional<PostgresLease> lease = connections
                .write("Taking " + name + " of " + what, PostgresDialect.SHARED, agent, db -> taken(db, name, holder))
                .map(token -> new PostgresLease(connections, what, agent, name, token, until));
        lease.ifPresent(
                held -> Thread.ofVirtual().name("stele-lease " + held.what).start(held::prolong));
        return lease;
    }

    /** The token, if it was free; or if it is ours already, since a first attempt may have succeeded unheard. */
    private static Optional<Long> taken(SqlSession db, String name, String holder) {
        return db.first("""
                insert into {into lease} ({agent}name, token, holder, until_at) values ({agent?}?1, 1, ?2, %1$s)
                on conflict ({agent}name) do update set token = lease.token + 1, holder = excluded.holder, until_at = %1$s
                  where lease.until_at < clock_timestamp() or lease.holder = excluded.holder
                returning token""".formatted(UNTIL), row -> row.number(1), name, holder);
    }

    private void prolong() {
        try {
            while (!over.await(RENEWAL.toMillis(), TimeUnit.MILLISECONDS)) {
                long until = System.nanoTime() + TERM.toNanos();
                try {
                    int ours = connections.write(
                            "Prolonging " + what,
                            PostgresDialect.SHARED,
                            agent,
                            db -> db.change("lease", "until_at = " + UNTIL, "name = ? and token = ?", name, token));
                    if (ours == 0) {
                        heldUntil = System.nanoTime();
                        LOG.log(System.Logger.Level.WARNING, () -> what + " has passed on to somebody else");
                        return;
                    }
                    heldUntil = until;
                } catch (SteleException e) {
                    LOG.log(System.Logger.Level.WARNING, () -> what + " could not be prolonged: " + e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean held() {
        return heldUntil - System.nanoTime() > 0;
    }

    @Override
    public void close() {
        over.countDown();
        try {
            connections.write(
                    "Giving back " + what,
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
                    () -> what + " could not be given back and is free when its time is over: " + e.getMessage());
        }
    }
}
