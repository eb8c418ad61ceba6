package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.MessageDraft;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Exports to clients that do not read them. */
@Timeout(120)
class TransfersTest {

    @TempDir
    Path data;

    private Stele stele;
    private SteleServer server;
    private Http http;
    private final List<Socket> clients = new ArrayList<>();

    @BeforeEach
    void start() {
        stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()));
        for (String agent : List.of("kira", "ben")) { // 9 MB each, which no buffers hold
            stele.agent(agent)
                    .remember(IntStream.range(0, 150)
                            .mapToObj(_ -> MessageDraft.user("s", "ana", "tea ".repeat(15_000)))
                            .toList());
        }
        stele.agent("tom").remember(MessageDraft.user("s", "ana", "tea"));
        server = new SteleServer(
                stele,
                TestOptions.small()
                        .maxTransfers(3)
                        .bodyGrace(Duration.ofSeconds(60))
                        .build());
        http = new Http(server.port());
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
        http.close();
        server.close();
        stele.close();
    }

    /** Starts an export and reads only the status line. */
    private String begin(String agent) throws IOException {
        var client = new Socket();
        clients.add(client);
        client.setReceiveBufferSize(4_096);
        client.setSoTimeout(30_000);
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        client.getOutputStream()
                .write("GET /v1/agents/%s/export HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        .formatted(agent)
                        .getBytes(StandardCharsets.US_ASCII));
        return new String(client.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
    }

    @Tag("proof")
    @Test
    void unreadExportsAreBoundedAndDoNotBlockTheirAgent() throws Exception {
        assertThat(begin("kira")).endsWith("200");
        assertThat(begin("kira")).endsWith("200");
        var third = http.get("/v1/agents/kira/export");
        assertThat(third.status()).isEqualTo(503);
        assertThat(third.json().string("detail")).contains("limits.readers");

        // Now the maximum number of transfers of all agents is running.
        assertThat(begin("ben")).endsWith("200");
        var fourth = http.get("/v1/agents/tom/export");
        assertThat(fourth.status()).isEqualTo(503);
        assertThat(fourth.json().string("detail")).contains("server.max-transfers");

        for (String agent : List.of("kira", "ben", "tom")) {
            assertThat(http.post("/v1/agents/" + agent + "/recall", "{\"query\":\"tea\",\"limit\":1}")
                            .status())
                    .isEqualTo(200);
            assertThat(http.post("/v1/agents/" + agent + "/messages", "{\"content\":\"milk\"}")
                            .status())
                    .isEqualTo(201);
        }
        assertThat(http.get("/health").status()).isEqualTo(200);

        for (Socket client : clients) {
            client.close();
        }
        Awaitility.await()
                .atMost(30, TimeUnit.SECONDS)
                .until(() -> http.get("/v1/agents/kira/export").status() == 200);
        for (int i = 0; i < 6; i++) { // one after another, none leaves a place taken
            var whole = http.get("/v1/agents/tom/export");
            assertThat(whole.status()).isEqualTo(200);
            assertThat(whole.body()).endsWith("}\n").contains("milk");
        }
        assertThat(http.get("/v1/agents/nobody/export").status()).isEqualTo(404);
    }
}
