package dev.stele.server;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Base class of tests with a server of their own, with small limits and an empty data directory. */
abstract class ServerTestBase {

    static final String KIRA = "/v1/agents/kira";

    @TempDir
    Path data;

    Stele stele;
    SteleServer server;
    Http http;

    @BeforeEach
    final void start() throws Exception {
        stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()));
        server = new SteleServer(stele, TestOptions.small().build());
        http = new Http(server.port());
    }

    @AfterEach
    final void stop() {
        http.close();
        server.close();
        stele.close();
    }
}
