package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.Json;
import dev.stele.model.MessageDraft;
import dev.stele.server.support.Http;
import dev.stele.server.support.McpMessages;
import dev.stele.server.support.TestOptions;
import dev.stele.telemetry.OperationObserver;
import dev.stele.telemetry.OperationOutcome;
import dev.stele.telemetry.OperationStart;
import dev.stele.telemetry.TelemetryConfig;
import dev.stele.telemetry.TraceContext;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The trace of a remote caller reaches the observer of operations, on whatever thread the operation runs. */
class TraceContextHttpTest {

    private static final String KIRA = "/v1/agents/kira";
    private static final String OF_HEADER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    private static final String OF_META = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private static final String PREFIX = "io.modelcontextprotocol/";

    @TempDir
    Path data;

    private final List<Map.Entry<String, String>> started = new CopyOnWriteArrayList<>();
    private Stele stele;
    private SteleServer server;
    private Http http;

    private final class Recorder implements OperationObserver {
        @Override
        public RunningOperation started(OperationStart start) {
            started.add(Map.entry(
                    start.kind().label(),
                    TraceContext.current().map(TraceContext::traceparent).orElse("none")));
            return new RunningOperation() {
                @Override
                public Activation activate() {
                    return () -> {};
                }

                @Override
                public void ended(OperationOutcome outcome) {
                    // The start is what the test looks at.
                }
            };
        }
    }

    @BeforeEach
    void start() throws Exception {
        stele = Stele.open(
                SteleConfig.builder(data)
                        .telemetry(TelemetryConfig.of(new Recorder()))
                        .build(),
                Optional.empty());
        stele.agent("kira").remember(MessageDraft.user("monday", "ana", "My sister Rita visits in June."));
        started.clear();
        server = new SteleServer(stele, TestOptions.small().build());
        http = new Http(server.port());
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
        stele.close();
    }

    @Test
    void headerReachesReadsWritesAndChats() throws Exception {
        assertThat(http.post(KIRA + "/recall", "{\"query\":\"Rita\"}", "traceparent", OF_HEADER)
                        .status())
                .isEqualTo(200);
        String message = "{\"session\":\"s\",\"user\":\"ana\",\"role\":\"user\",\"content\":\"Hello.\"}";
        assertThat(http.post(KIRA + "/messages", message, "traceparent", OF_HEADER)
                        .status())
                .isEqualTo(201);
        assertThat(started)
                .containsExactly(Map.entry("search_memory", OF_HEADER), Map.entry("create_memory", OF_HEADER));
        started.clear();
        assertThat(http.post(
                                KIRA + "/chat",
                                "{\"session\":\"s\",\"user\":\"ana\",\"message\":\"Who visits?\"}",
                                "traceparent",
                                OF_HEADER)
                        .status())
                .isEqualTo(200);
        assertThat(started).contains(Map.entry("search_memory", OF_HEADER), Map.entry("create_memory", OF_HEADER));
    }

    @Test
    void invalidHeaderIsIgnored() throws Exception {
        assertThat(http.post(KIRA + "/recall", "{\"query\":\"Rita\"}", "traceparent", "00-xyz")
                        .status())
                .isEqualTo(200);
        assertThat(started).containsExactly(Map.entry("search_memory", "none"));
    }

    @Test
    void metaOfAToolCallPrecedesTheHeader() throws Exception {
        assertThat(callRecall(OF_META).status()).isEqualTo(200);
        assertThat(callRecall(null).status()).isEqualTo(200);
        assertThat(started).containsExactly(Map.entry("search_memory", OF_META), Map.entry("search_memory", OF_HEADER));
    }

    private Http.Answer callRecall(String traceparent) throws Exception {
        var meta = new HashMap<String, Object>();
        meta.put(PREFIX + "protocolVersion", "2026-07-28");
        meta.put(PREFIX + "clientCapabilities", Map.of());
        if (traceparent != null) {
            meta.put("traceparent", traceparent);
        }
        String request = Json.write(Map.of(
                "jsonrpc",
                "2.0",
                "id",
                "r",
                "method",
                "tools/call",
                "params",
                Map.of("name", "recall", "arguments", Map.of("query", "Rita"), "_meta", meta)));
        return http.post(
                "/mcp?agent=kira&tools=all",
                request,
                Stream.concat(Stream.of(McpMessages.headers("recall")), Stream.of("traceparent", OF_HEADER))
                        .toArray(String[]::new));
    }
}
