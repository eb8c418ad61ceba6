/** Embedded store: SQLite in WAL mode, one directory per agent, one group-commit writer per agent and process. */
@NullMarked
package dev.stele.store.sqlite;

import org.jspecify.annotations.NullMarked;
