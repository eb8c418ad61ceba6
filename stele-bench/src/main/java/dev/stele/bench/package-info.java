/**
 * Measurements of retrieval quality, throughput and latency, each beside a baseline. {@link
 * dev.stele.bench.BenchCommand} is the entry point; classes named {@code …Benchmark} measure times, classes named
 * {@code …Evaluation} measure quality.
 */
@NullMarked
package dev.stele.bench;

import org.jspecify.annotations.NullMarked;
