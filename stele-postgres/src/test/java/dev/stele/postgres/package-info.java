/** Tests of behavior that exists only with a database server; the tests of all stores run against PostgreSQL, too. */
package dev.stele.postgres;
