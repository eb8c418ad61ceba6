/**
 * The tables of a memory and what is written to and read from them, for stores on databases that speak SQL. What such databases do
 * each in their own way is a {@link dev.stele.store.sql.Dialect}.
 */
@NullMarked
package dev.stele.store.sql;

import org.jspecify.annotations.NullMarked;
