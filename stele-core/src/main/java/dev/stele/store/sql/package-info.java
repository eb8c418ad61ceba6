/**
 * Storage engine shared by all databases that speak SQL: the tables of a memory, their reads and writes, the archive
 * and verification. Differences between databases are hidden behind a {@link dev.stele.store.sql.Dialect} and {@link
 * dev.stele.store.sql.Transactions}.
 *
 * <ul>
 *   <li>Entry point: {@link dev.stele.store.sql.SqlStore}, the base class of the stores of a database.
 *   <li>Read: {@code SqlStore.read} → {@link dev.stele.store.sql.SqlView}, a snapshot in one read transaction → table
 *       classes ({@code MessageTable}, {@code NoteTable}, {@code GraphTables}, …) →
 *       {@link dev.stele.store.sql.SqlSession}.
 *   <li>Write: {@code SqlStore.write} → {@link dev.stele.store.sql.GroupCommitWriter}, which runs the edits of many
 *       callers in one transaction → {@link dev.stele.store.sql.SqlEdit}, which assigns change numbers and appends to
 *       the change log.
 *   <li>SQL text: a {@code SqlTemplate}, completed once per dialect with the agent's column and the table names.
 *   <li>Retention and erasure: {@code SqlStore.retain} deletes old messages or moves them to archive segments,
 *       {@code SqlStore.scrub} removes the residue of deleted data from the files.
 * </ul>
 */
@NullMarked
package dev.stele.store.sql;

import org.jspecify.annotations.NullMarked;
