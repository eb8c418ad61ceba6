/**
 * Proofs that nothing acknowledged is lost. {@link dev.stele.fault.Workload} does every kind of write and says what it
 * acknowledged; the tests make the system calls below it fail, or kill its process, and then check each acknowledgement
 * by an independent reader.
 */
package dev.stele.fault;
