/**
 * Service provider interface for telemetry of memory operations. {@link dev.stele.telemetry.OperationObserver} is
 * notified of each operation that a caller starts, {@link dev.stele.telemetry.OperationObserverProvider} finds one on
 * the class path, and {@link dev.stele.telemetry.TraceContext} carries the trace of a remote caller to it. The library
 * itself depends on no telemetry library.
 */
@NullMarked
package dev.stele.telemetry;

import org.jspecify.annotations.NullMarked;
