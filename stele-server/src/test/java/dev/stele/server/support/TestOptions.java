package dev.stele.server.support;

import dev.stele.server.ServerOptions;
import java.time.Duration;

/** Options of servers that tests start. */
public final class TestOptions {

    private TestOptions() {}

    /** Returns a builder with any free port and small limits. */
    public static ServerOptions.Builder small() {
        return ServerOptions.builder()
                .port(0)
                .maxBodyBytes(100_000)
                .maxStreams(4)
                .maxRequests(64)
                .maxConnections(2_000)
                .shutdownTimeout(Duration.ofSeconds(3))
                .requestBytes(4 << 20)
                .responseBytes(4 << 20);
    }
}
