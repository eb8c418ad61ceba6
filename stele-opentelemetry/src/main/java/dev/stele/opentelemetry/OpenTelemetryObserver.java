package dev.stele.opentelemetry;

import dev.stele.model.Json;
import dev.stele.model.SteleException;
import dev.stele.telemetry.OperationObserver;
import dev.stele.telemetry.OperationOutcome;
import dev.stele.telemetry.OperationStart;
import dev.stele.telemetry.TraceContext;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Observer that turns each memory operation into a span and a measurement of OpenTelemetry, by the semantic conventions
 * for generative AI (memory spans, version 0.1.0 of the conventions). Thread-safe.
 *
 * <table>
 *   <caption>Attributes of the spans</caption>
 *   <tr><th>attribute</th><th>value</th></tr>
 *   <tr><td>{@code gen_ai.operation.name}</td><td>{@link dev.stele.telemetry.OperationKind#label}, also the name of the
 *     span</td></tr>
 *   <tr><td>{@code gen_ai.provider.name}</td><td>{@code stele}</td></tr>
 *   <tr><td>{@code gen_ai.memory.store.id}</td><td>name of the agent</td></tr>
 *   <tr><td>{@code gen_ai.memory.record.id}</td><td>id of the item, if the operation is about one item</td></tr>
 *   <tr><td>{@code gen_ai.memory.record.count}</td><td>number of items in the outcome</td></tr>
 *   <tr><td>{@code gen_ai.memory.query.text}, {@code gen_ai.memory.records}</td><td>texts, only on request</td></tr>
 *   <tr><td>{@code error.type}</td><td>code of the {@link SteleException}, or else name of the exception class</td></tr>
 * </table>
 *
 * <p>The parent of a span is the current span of the thread, or else the span of the remote caller, see
 * {@link TraceContext}. The histogram {@code gen_ai.client.operation.duration}, in seconds, has the attributes operation
 * name, provider name and error type.
 */
public final class OpenTelemetryObserver implements OperationObserver {

    private static final String SCOPE = "dev.stele";

    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey("gen_ai.operation.name");
    private static final AttributeKey<String> PROVIDER = AttributeKey.stringKey("gen_ai.provider.name");
    private static final AttributeKey<String> STORE = AttributeKey.stringKey("gen_ai.memory.store.id");
    private static final AttributeKey<String> RECORD = AttributeKey.stringKey("gen_ai.memory.record.id");
    private static final AttributeKey<Long> RECORD_COUNT = AttributeKey.longKey("gen_ai.memory.record.count");
    private static final AttributeKey<String> QUERY = AttributeKey.stringKey("gen_ai.memory.query.text");
    private static final AttributeKey<String> RECORDS = AttributeKey.stringKey("gen_ai.memory.records");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

    /** Upper bounds of the buckets in seconds: a recall takes about a millisecond. */
    private static final List<Double> BUCKETS =
            List.of(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0);

    private static final TextMapGetter<TraceContext> GETTER = new TextMapGetter<>() {
        @Override
        public @Nullable String get(@Nullable TraceContext carrier, String key) {
            return carrier == null
                    ? null
                    : switch (key) {
                        case "traceparent" -> carrier.traceparent();
                        case "tracestate" -> carrier.tracestate();
                        default -> null;
                    };
        }
    };

    private final Tracer tracer;
    private final DoubleHistogram duration;
    private final boolean content;

    /**
     * Creates an observer for an application that does not register its OpenTelemetry globally; see
     * {@link dev.stele.telemetry.TelemetryConfig#observer}.
     *
     * @param openTelemetry receives the spans and measurements
     * @param content whether texts of queries and items are recorded
     */
    public OpenTelemetryObserver(OpenTelemetry openTelemetry, boolean content) {
        this.tracer = openTelemetry.getTracer(SCOPE);
        this.duration = openTelemetry
                .getMeter(SCOPE)
                .histogramBuilder("gen_ai.client.operation.duration")
                .setUnit("s")
                .setDescription("Duration of memory operations")
                .setExplicitBucketBoundariesAdvice(BUCKETS)
                .build();
        this.content = content;
    }

    @Override
    public RunningOperation started(OperationStart start) {
        SpanBuilder builder = tracer.spanBuilder(start.kind().label())
                .setSpanKind(SpanKind.INTERNAL)
                .setAttribute(OPERATION, start.kind().label())
                .setAttribute(PROVIDER, "stele")
                .setAttribute(STORE, start.agent().value());
        parent().ifPresent(builder::setParent);
        start.record().ifPresent(record -> builder.setAttribute(RECORD, record));
        if (content) {
            start.query().ifPresent(query -> builder.setAttribute(QUERY, query));
        }
        return new RunningSpan(builder.startSpan(), start);
    }

    /** Returns the context of the remote caller; empty if the thread has a span, or there is no remote caller. */
    private static Optional<Context> parent() {
        return Span.current().getSpanContext().isValid()
                ? Optional.empty()
                : TraceContext.current()
                        .map(remote ->
                                W3CTraceContextPropagator.getInstance().extract(Context.current(), remote, GETTER));
    }

    private final class RunningSpan implements RunningOperation {

        private final Span span;
        private final OperationStart start;
        private final long startNanos = System.nanoTime();

        RunningSpan(Span span, OperationStart start) {
            this.span = span;
            this.start = start;
        }

        @Override
        @SuppressWarnings("MustBeClosedChecker") // the activation closes the scope
        public Activation activate() {
            Scope scope = span.makeCurrent();
            return scope::close;
        }

        @Override
        public void ended(OperationOutcome outcome) {
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            AttributesBuilder attributes =
                    Attributes.builder().put(OPERATION, start.kind().label()).put(PROVIDER, "stele");
            switch (outcome) {
                case OperationOutcome.Succeeded succeeded -> {
                    if (span.isRecording()) {
                        span.setAttribute(RECORD_COUNT, (long) succeeded.records());
                        describe(succeeded);
                    }
                }
                case OperationOutcome.Failed failed -> {
                    String type = errorType(failed.cause());
                    attributes.put(ERROR, type);
                    span.setAttribute(ERROR, type);
                    span.setStatus(StatusCode.ERROR);
                }
            }
            duration.record(seconds, attributes.build(), Context.current().with(span));
            span.end();
        }

        /** Records the items as JSON, as the conventions ask where attributes have no structure. */
        private void describe(OperationOutcome.Succeeded succeeded) {
            List<OperationOutcome.Item> items = content ? succeeded.content().get() : List.of();
            if (!items.isEmpty()) {
                span.setAttribute(
                        RECORDS,
                        Json.write(items.stream()
                                .map(item -> {
                                    Json.Fields fields =
                                            Json.fields().put("id", item.id()).put("content", item.content());
                                    item.score().ifPresent(score -> fields.put("score", score));
                                    return fields.map();
                                })
                                .toList()));
            }
        }
    }

    /** A message of an exception may contain confidential text, so only its kind is exported. */
    private static String errorType(Throwable cause) {
        return cause instanceof SteleException failure
                ? failure.code()
                : cause.getClass().getName();
    }
}
