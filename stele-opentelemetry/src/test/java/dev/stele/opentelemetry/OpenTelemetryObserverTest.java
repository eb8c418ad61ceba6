package dev.stele.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.telemetry.TelemetryConfig;
import dev.stele.telemetry.TraceContext;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class OpenTelemetryObserverTest {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";

    /** The extension registers its SDK globally and keeps spans and metrics in memory. */
    @RegisterExtension
    static final OpenTelemetryExtension EXPORTED = OpenTelemetryExtension.create();

    @TempDir
    Path data;

    private Stele open(boolean content) {
        return Stele.open(SteleConfig.builder(data)
                .embedder("none")
                .telemetry(new TelemetryConfig(content, Optional.empty()))
                .build());
    }

    private static Object attribute(SpanData span, String key) {
        return span.getAttributes().asMap().entrySet().stream()
                .filter(entry -> entry.getKey().getKey().equals(key))
                .map(entry -> entry.getValue())
                .findFirst()
                .orElse(null);
    }

    private static SpanData only(String name) {
        return EXPORTED.getSpans().stream()
                .filter(span -> span.getName().equals(name))
                .reduce((first, second) -> {
                    throw new AssertionError("two spans " + name);
                })
                .orElseThrow();
    }

    @Test
    void operationsBecomeSpansOfTheConventionsWithoutTexts() {
        String id;
        try (Stele stele = open(false)) {
            AgentMemory kira = stele.agent("kira");
            id = kira.remember(MessageDraft.user("monday", "ana", "I moved to Lisbon."))
                    .id();
            kira.recall("Lisbon");
            kira.editMessage(id, "I moved to Porto.");
            kira.deleteMessage(id);
        }
        assertThat(EXPORTED.getSpans())
                .extracting(SpanData::getName)
                .containsExactly("create_memory", "search_memory", "update_memory", "delete_memory");
        assertThat(EXPORTED.getSpans()).allSatisfy(span -> {
            assertThat(attribute(span, "gen_ai.operation.name")).isEqualTo(span.getName());
            assertThat(attribute(span, "gen_ai.provider.name")).isEqualTo("stele");
            assertThat(attribute(span, "gen_ai.memory.store.id")).isEqualTo("kira");
            assertThat(attribute(span, "gen_ai.memory.record.count")).isEqualTo(1L);
            assertThat(span.getAttributes().asMap().toString()).doesNotContain("Lisbon", "Porto");
        });
        assertThat(attribute(only("delete_memory"), "gen_ai.memory.record.id")).isEqualTo(id);
        assertThat(attribute(only("create_memory"), "gen_ai.memory.record.id")).isNull();
    }

    @Test
    void textsAreRecordedOnRequest() {
        try (Stele stele = open(true)) {
            AgentMemory kira = stele.agent("kira");
            kira.remember(MessageDraft.user("monday", "ana", "I moved to Lisbon."));
            kira.recall("Lisbon");
        }
        assertThat(attribute(only("search_memory"), "gen_ai.memory.query.text")).isEqualTo("Lisbon");
        assertThat(attribute(only("search_memory"), "gen_ai.memory.records"))
                .asString()
                .contains("\"content\":\"I moved to Lisbon.\"", "\"score\":");
        assertThat(attribute(only("create_memory"), "gen_ai.memory.records"))
                .asString()
                .doesNotContain("score");
    }

    @Test
    void failuresHaveTheirCodeAndNoMessage() {
        try (Stele stele = open(false)) {
            assertThatThrownBy(() -> stele.agent("nobody").recall("anything")).isInstanceOf(NotFoundException.class);
        }
        SpanData span = only("search_memory");
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(attribute(span, "error.type")).isEqualTo("not-found");
        assertThat(span.getEvents()).isEmpty();
    }

    @Test
    void durationsAreMeasuredForEachOperation() {
        try (Stele stele = open(false)) {
            stele.agent("kira").remember(MessageDraft.user("monday", "ana", "I moved to Lisbon."));
            assertThatThrownBy(() -> stele.agent("nobody").recall("anything")).isInstanceOf(NotFoundException.class);
        }
        MetricData metric = EXPORTED.getMetrics().stream()
                .filter(data -> data.getName().equals("gen_ai.client.operation.duration"))
                .findFirst()
                .orElseThrow();
        assertThat(metric.getUnit()).isEqualTo("s");
        assertThat(metric.getHistogramData().getPoints())
                .extracting(
                        point -> point.getAttributes().get(AttributeKey.stringKey("gen_ai.operation.name")),
                        point -> point.getAttributes().get(AttributeKey.stringKey("error.type")),
                        point -> point.getCount())
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("create_memory", null, 1L),
                        org.assertj.core.groups.Tuple.tuple("search_memory", "not-found", 1L));
    }

    @Test
    void parentIsTheCurrentSpanOrElseTheRemoteCaller() throws Exception {
        try (Stele stele = open(false)) {
            AgentMemory kira = stele.agent("kira");
            TraceContext.call(
                    TraceContext.parse("00-" + TRACE + "-" + SPAN + "-01", null),
                    () -> kira.remember(MessageDraft.user("monday", "ana", "I moved to Lisbon.")));
            Span own = EXPORTED.getOpenTelemetry()
                    .getTracer("application")
                    .spanBuilder("turn")
                    .startSpan();
            try (Scope _ = own.makeCurrent()) {
                TraceContext.call(
                        TraceContext.parse("00-" + TRACE + "-" + SPAN + "-01", null), () -> kira.recall("Lisbon"));
            } finally {
                own.end();
            }
        }
        assertThat(only("create_memory").getTraceId()).isEqualTo(TRACE);
        assertThat(only("create_memory").getParentSpanId()).isEqualTo(SPAN);
        assertThat(only("search_memory").getParentSpanId())
                .isEqualTo(only("turn").getSpanId());
    }

    @Test
    void submittedWriteEndsItsSpanWhenItIsDurable() throws Exception {
        try (Stele stele = open(false)) {
            stele.agent("kira")
                    .submit(
                            List.of(
                                    MessageDraft.user("monday", "ana", "I moved to Lisbon."),
                                    MessageDraft.user("monday", "ana", "It rains.")),
                            Optional.empty(),
                            Runnable::run)
                    .get();
        }
        assertThat(attribute(only("create_memory"), "gen_ai.memory.record.count"))
                .isEqualTo(2L);
    }

    @Test
    void observerOfTheApplicationIsUsedInsteadOfTheGlobalOne() {
        try (Stele stele = Stele.open(SteleConfig.builder(data)
                .embedder("none")
                .telemetry(
                        TelemetryConfig.of(new OpenTelemetryObserver(io.opentelemetry.api.OpenTelemetry.noop(), false)))
                .build())) {
            stele.agent("kira").remember(MessageDraft.user("monday", "ana", "I moved to Lisbon."));
        }
        assertThat(EXPORTED.getSpans()).isEmpty();
    }

    @Test
    void memoryWithoutASdkWorksAndLetsTheApplicationRegisterOneLater() {
        GlobalOpenTelemetry.resetForTest();
        try (Stele stele = open(false)) {
            AgentMemory kira = stele.agent("kira");
            kira.remember(MessageDraft.user("monday", "ana", "I moved to Lisbon."));
            assertThat(GlobalOpenTelemetry.isSet()).isFalse();
            GlobalOpenTelemetry.set(EXPORTED.getOpenTelemetry());
            kira.recall("Lisbon");
        }
        assertThat(EXPORTED.getSpans()).extracting(SpanData::getName).containsExactly("search_memory");
    }
}
