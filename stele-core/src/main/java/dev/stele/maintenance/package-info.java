/**
 * Maintenance of agents in the background: retention, expiry of notes and idempotency keys, missing embeddings, vector
 * graphs, residue of erased data. {@link dev.stele.maintenance.MaintenanceThreads} decides when it runs,
 * {@link dev.stele.maintenance.AgentMaintenance} does the work of one agent, and
 * {@link dev.stele.maintenance.BuiltInTasks} offers it as background jobs.
 *
 * <p>Internal: used by the public API only.
 */
@NullMarked
package dev.stele.maintenance;

import org.jspecify.annotations.NullMarked;
