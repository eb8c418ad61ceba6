package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.NoteDraft;
import dev.stele.telemetry.OperationKind;
import dev.stele.telemetry.OperationObserver;
import dev.stele.telemetry.OperationOutcome;
import dev.stele.telemetry.OperationStart;
import dev.stele.telemetry.TelemetryConfig;
import dev.stele.telemetry.TraceContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TelemetryTest {

    private static final String TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @TempDir
    Path data;

    private record Ended(OperationStart start, OperationOutcome outcome) {
        OperationKind kind() {
            return start.kind();
        }
    }

    /** Observer that records its notifications, and throws an exception where a test demands it. */
    private static final class Recorder implements OperationObserver {
        private final List<Ended> ended = new CopyOnWriteArrayList<>();
        private final boolean failing;

        Recorder(boolean failing) {
            this.failing = failing;
        }

        @Override
        public RunningOperation started(OperationStart start) {
            return new RunningOperation() {
                @Override
                public Activation activate() {
                    if (failing) {
                        throw new IllegalStateException("no activation");
                    }
                    return () -> {};
                }

                @Override
                public void ended(OperationOutcome outcome) {
                    if (failing) {
                        throw new IllegalStateException("no end");
                    }
                    ended.add(new Ended(start, outcome));
                }
            };
        }
    }

    private Stele open(OperationObserver observer) {
        return Stele.open(SteleConfig.builder(data)
                .embedder("none")
                .telemetry(TelemetryConfig.of(observer))
                .build());
    }

    @Test
    void observerLearnsOfEveryKindOfOperation() throws Exception {
        var recorder = new Recorder(false);
        int found;
        try (Stele stele = open(recorder)) {
            AgentMemory kira = stele.agent("kira");
            String message = kira.remember(MessageDraft.user("monday", "ana", "I moved to Lisbon."))
                    .id();
            kira.submit(List.of(MessageDraft.user("monday", "ana", "It rains.")), Optional.empty(), Runnable::run)
                    .get();
            found = kira.recall("Lisbon").hits().size();
            kira.editMessage(message, "I moved to Porto.");
            kira.notes().remember(NoteDraft.of("fact", "Ana lives in Porto."), Optional.empty());
            kira.users().update("ana", context -> context.withPreference("drink", "tea"));
            kira.deleteMessage(message);
            stele.forget(new AgentName("kira"));
        }
        assertThat(recorder.ended)
                .extracting(Ended::kind)
                .containsExactly(
                        OperationKind.CREATE,
                        OperationKind.CREATE,
                        OperationKind.SEARCH,
                        OperationKind.UPDATE,
                        OperationKind.UPSERT,
                        OperationKind.UPSERT,
                        OperationKind.DELETE,
                        OperationKind.DELETE_STORE);
        assertThat(recorder.ended.get(2).start().query()).contains("Lisbon");
        assertThat(recorder.ended.get(2).outcome())
                .isInstanceOfSatisfying(OperationOutcome.Succeeded.class, outcome -> {
                    assertThat(outcome.records()).isEqualTo(found).isPositive();
                    assertThat(outcome.content().get().getFirst().content()).isEqualTo("I moved to Lisbon.");
                });
        assertThat(recorder.ended.get(3).start().record()).isPresent();
    }

    @Test
    void observerLearnsOfFailuresAndTheCallerGetsThem() {
        var recorder = new Recorder(false);
        try (Stele stele = open(recorder)) {
            assertThatThrownBy(() -> stele.agent("nobody").recall("anything")).isInstanceOf(NotFoundException.class);
        }
        assertThat(recorder.ended)
                .singleElement()
                .satisfies(ended -> assertThat(ended.outcome())
                        .isInstanceOfSatisfying(
                                OperationOutcome.Failed.class,
                                failed -> assertThat(failed.cause()).isInstanceOf(NotFoundException.class)));
    }

    @Test
    void failingObserverDoesNotAffectOperations() {
        OperationObserver unusable = _ -> {
            throw new IllegalStateException("no start");
        };
        for (OperationObserver observer : List.of(new Recorder(true), unusable)) {
            try (Stele stele = open(observer)) {
                AgentMemory kira = stele.agent("kira");
                kira.remember(MessageDraft.user("monday", "ana", "I moved to Lisbon."));
                assertThat(kira.recall("Lisbon").hits()).isNotEmpty();
            }
        }
    }

    @Test
    void traceContextOfACallerReachesItsWorkAndNoOther() throws Exception {
        Optional<TraceContext> context = TraceContext.parse(TRACEPARENT, "vendor=1");
        assertThat(context).isPresent();
        assertThat(TraceContext.call(context, TraceContext::current)).isEqualTo(context);
        assertThat(TraceContext.current()).isEmpty();
        var tasks = new CopyOnWriteArrayList<Runnable>();
        Executor propagating = TraceContext.propagating(tasks::add);
        var seen = new CopyOnWriteArrayList<Optional<TraceContext>>();
        TraceContext.call(context, () -> {
            propagating.execute(() -> seen.add(TraceContext.current()));
            return seen;
        });
        propagating.execute(() -> seen.add(TraceContext.current()));
        tasks.forEach(Runnable::run);
        assertThat(seen).containsExactly(context, Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nX: y"
            })
    void invalidTraceparentIsIgnored(String traceparent) {
        assertThat(TraceContext.parse(traceparent, null)).isEmpty();
    }

    @Test
    void invalidTracestateIsLeftOut() {
        assertThat(Stream.<Object>of(7L, "a=\n", "x".repeat(513)))
                .allSatisfy(state -> assertThat(TraceContext.parse(TRACEPARENT, state))
                        .hasValueSatisfying(
                                context -> assertThat(context.tracestate()).isEmpty()));
    }
}
