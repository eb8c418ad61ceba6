/** The embedded store: SQLite in WAL mode, one directory per agent, one group-committing writer per agent and process. */
@NullMarked
package dev.stele.store.sqlite;

import org.jspecify.annotations.NullMarked;
