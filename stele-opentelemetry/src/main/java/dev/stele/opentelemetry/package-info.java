/**
 * Export of memory operations to OpenTelemetry. With this module on the class path, each operation becomes a span and a
 * measurement of the SDK that the application registers; without an SDK the operations run as before.
 * {@link dev.stele.opentelemetry.OpenTelemetryObserver} describes names and attributes.
 */
@NullMarked
package dev.stele.opentelemetry;

import org.jspecify.annotations.NullMarked;
