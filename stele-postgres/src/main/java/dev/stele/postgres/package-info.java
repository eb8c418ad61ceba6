/**
 * Store on PostgreSQL for any number of nodes. All agents share the same tables; each row starts with the number of its
 * agent.
 *
 * <p>{@code PostgresStores} opens agents, {@code PostgresStore} reads and writes one agent, {@code
 * PostgresTransactions} commits its writes, {@code ConnectionPool} provides connections and retries, {@code
 * ChangeNotifier} announces changes to other nodes, and {@code Migrator} creates and upgrades the tables.
 */
@NullMarked
package dev.stele.postgres;

import org.jspecify.annotations.NullMarked;
