package dev.stele.postgres;

import dev.stele.concurrent.BackoffPause;
import dev.stele.concurrent.Deadline;
import java.time.Duration;

/**
 * Wait for the end of the transactions that may read what was replaced meanwhile. Stateless.
 *
 * <p>A snapshot sees every transaction whose id is lower than the lowest id that ran when the snapshot was taken, its
 * {@code xmin}. A transaction that begins after a change was committed has a higher id than the change. When no session
 * of the database has an {@code xmin} below the id of that transaction, all snapshots see the change. Every role can
 * read {@code pg_stat_activity.backend_xmin} of all sessions, unlike their queries. Sessions on a replica are not seen.
 */
final class OlderSnapshots {

    /** Maximum time to wait. Most readers end sooner; the caller tries again later because of the others. */
    private static final Duration MAX_WAIT = Duration.ofMillis(250);

    private OlderSnapshots() {}

    /**
     * Waits a moment until every transaction of the database sees all that was committed before the call.
     *
     * @return false if a transaction uses an older snapshot
     */
    static boolean awaitEnd(ConnectionPool connections) {
        String id = connections.write(
                "Looking for readers",
                PostgresDialect.PLAIN,
                0,
                db -> db.first(CommitStatus.TRANSACTION_ID, row -> row.text(1)).orElseThrow());
        var deadline = Deadline.in(MAX_WAIT);
        var pause = new BackoffPause();
        do {
            boolean any = connections.read("Looking for readers", PostgresDialect.PLAIN, 0, db -> db.any("""
                            select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() \
                            and age(backend_xmin) > age(cast(cast(? as xid8) as xid))""", id));
            if (!any) {
                return true;
            }
        } while (pause.before(deadline));
        return false;
    }
}
