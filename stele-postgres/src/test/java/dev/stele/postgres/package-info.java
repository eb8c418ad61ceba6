/** Tests of what only a memory in a database server meets; the rest of its tests are those of every store. */
package dev.stele.postgres;
