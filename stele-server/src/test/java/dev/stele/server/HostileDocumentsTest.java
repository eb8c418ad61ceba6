package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.server.documents.DocumentParser;
import dev.stele.server.support.HostileDocuments;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import dev.stele.support.WordEmbedder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents that attack the parsers, on one server that must keep parsing. */
@Timeout(120)
class HostileDocumentsTest {

    private static final String DOCUMENTS = "/v1/agents/kira/documents?collection=c&id=";

    @TempDir
    static Path data;

    private static Stele stele;
    private static SteleServer server;
    private static Http http;

    @BeforeAll
    static void start() throws Exception {
        stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()));
        server = new SteleServer(
                stele,
                TestOptions.small()
                        .maxBodyBytes(8 << 20)
                        .requestBytes(64 << 20)
                        .documents(new DocumentParser.Limits(Duration.ofMillis(1500), 64 << 20, 10_000, 2, 8))
                        .build());
        http = new Http(server.port());
        assertThat(http.post("/v1/agents/kira/messages", "{\"content\":\"I drink tea\"}")
                        .status())
                .isEqualTo(201);
    }

    @AfterAll
    static void stop() {
        http.close();
        server.close();
        stele.close();
    }

    private static CompletableFuture<HttpResponse<String>> send(HostileDocuments.Sample sample) {
        return http.client()
                .sendAsync(
                        HttpRequest.newBuilder(http.uri(DOCUMENTS + "one"))
                                .header("Content-Type", sample.type())
                                .header("X-Stele-Client", "test")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(sample.bytes()))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    static List<HostileDocuments.Sample> samples() {
        return HostileDocuments.all();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void hostileDocumentIsParsedOrRefusedInTimeAndTheNextDocumentIsParsed(HostileDocuments.Sample sample)
            throws Exception {
        var hostile = send(sample);
        assertThat(http.get("/health").status()).isEqualTo(200);
        assertThat(http.post("/v1/agents/kira/recall", "{\"query\":\"tea\"}").status())
                .isEqualTo(200);
        HttpResponse<String> answer = hostile.get(30, TimeUnit.SECONDS);
        assertThat(answer.statusCode()).as(answer.body()).isIn(201, 400, 413);
        assertThat(answer.body()).doesNotContain("Exception", "Error", "\tat ");
        awaitReadable("the sea " + sample.name().hashCode());
    }

    /** The first may take too long on a machine that starts a new parser beside other tests. */
    private static void awaitReadable(String text) {
        var good = new HostileDocuments.Sample("good", "text/html", "<p>" + text);
        Awaitility.await()
                .atMost(30, TimeUnit.SECONDS)
                .until(() -> send(good).get(30, TimeUnit.SECONDS).statusCode() == 201);
    }

    @Test
    void deeplyNestedSmallDocumentsAreParsed() throws Exception {
        for (HostileDocuments.Sample sample : HostileDocuments.html().subList(0, 2)) {
            assertThat(send(sample).get(30, TimeUnit.SECONDS).statusCode())
                    .as(sample.name())
                    .isEqualTo(201);
        }
    }

    @Test
    void plainTextIsParsedWhileManyHostileDocumentsAreParsedConcurrently() throws Exception {
        var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        HostileDocuments.pdfs().forEach(sample -> answers.add(send(sample)));
        for (int i = 0; i < 10; i++) {
            assertThat(http.get("/health").status()).isEqualTo(200);
            assertThat(send(new HostileDocuments.Sample("plain", "text/plain", "plain " + i))
                            .get(10, TimeUnit.SECONDS)
                            .statusCode())
                    .isEqualTo(201);
        }
        for (var answer : answers) {
            assertThat(answer.get(60, TimeUnit.SECONDS).statusCode()).isIn(201, 400, 413, 503);
        }
        awaitReadable("after all");
    }
}
