/** The store on PostgreSQL, for any number of nodes: the same tables for all agents, each row with its agent before it. */
@NullMarked
package dev.stele.postgres;

import org.jspecify.annotations.NullMarked;
