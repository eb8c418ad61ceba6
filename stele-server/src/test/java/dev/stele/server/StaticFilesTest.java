package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.Arenas;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The files of the dashboard: encodings, ETags, ranges, and no access to other files. */
class StaticFilesTest extends ServerTestBase {

    private static final String SCRIPT = "/assets/app.js";

    @AfterAll
    static void assertStaticMemoryIsReleased() {
        assertThat(Arenas.shared().stats(ArenaKind.STATIC).active()).isZero();
    }

    private HttpResponse<byte[]> bytes(String path, String... headers) throws Exception {
        var request = HttpRequest.newBuilder(http.uri(path));
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return http.client().send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String tag(HttpResponse<?> answer) {
        return answer.headers().firstValue("ETag").orElseThrow();
    }

    @Test
    void eachEncodingHasItsOwnTagAndTheSameContent() throws Exception {
        var plain = bytes(SCRIPT);
        assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(plain.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/javascript");
        var gzip = bytes(SCRIPT, "Accept-Encoding", "gzip");
        assertThat(gzip.headers().firstValue("Content-Encoding")).contains("gzip");
        assertThat(gzip.headers().firstValue("Vary").orElseThrow()).contains("Accept-Encoding");
        assertThat(new GZIPInputStream(new ByteArrayInputStream(gzip.body())).readAllBytes())
                .isEqualTo(plain.body());
        assertThat(gzip.body().length).isLessThan(plain.body().length / 2);
        Awaitility.await()
                .until(() -> bytes(SCRIPT, "Accept-Encoding", "br, gzip")
                        .headers()
                        .firstValue("Content-Encoding")
                        .orElse("")
                        .equals("br"));
        var brotli = bytes(SCRIPT, "Accept-Encoding", "br, gzip");
        assertThat(brotli.body().length).isLessThan(gzip.body().length);
        assertThat(tag(plain)).isNotEqualTo(tag(gzip)).isNotEqualTo(tag(brotli));
        assertThat(bytes(SCRIPT, "Accept-Encoding", "br;q=0, gzip;q=0").body()).isEqualTo(plain.body());
        assertThat(Arenas.shared().stats(ArenaKind.STATIC).allocated())
                .isGreaterThan(plain.body().length + gzip.body().length);
    }

    @Test
    void unchangedFileIsNotSentAgainAndHeadSendsNoBody() throws Exception {
        var first = bytes(SCRIPT);
        var again = bytes(SCRIPT, "If-None-Match", "\"other\", " + tag(first));
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(tag(again)).isEqualTo(tag(first));
        var head = http.client()
                .send(HttpRequest.newBuilder(http.uri(SCRIPT)).HEAD().build(), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(first.body().length);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void validRangesAreServedAndUnsatisfiableRangesRefused() throws Exception {
        byte[] whole = bytes(SCRIPT).body();
        var first = bytes(SCRIPT, "Range", "bytes=0-9");
        assertThat(first.statusCode()).isEqualTo(206);
        assertThat(new String(first.body(), StandardCharsets.UTF_8))
                .isEqualTo(new String(whole, StandardCharsets.UTF_8).substring(0, 10));
        assertThat(first.headers().firstValue("Content-Range")).contains("bytes 0-9/" + whole.length);
        assertThat(bytes(SCRIPT, "Range", "bytes=-5").body()).hasSize(5);
        assertThat(bytes(SCRIPT, "Range", "bytes=10-").body()).hasSize(whole.length - 10);
        var beyond = bytes(SCRIPT, "Range", "bytes=99999999-");
        assertThat(beyond.statusCode()).isEqualTo(416);
        assertThat(beyond.headers().firstValue("Content-Range")).contains("bytes */" + whole.length);
        assertThat(bytes(SCRIPT, "Range", "lines=1-2").statusCode()).isEqualTo(200);
    }

    @Test
    void noPathReadsAFileOutsideTheDashboard() throws Exception {
        Path secret = data.resolve("secret.txt");
        Files.writeString(secret, "secret");
        Path link = data.resolve("app.js");
        Files.createSymbolicLink(link, secret);
        for (String path : new String[] {
            "/assets/..%2f..%2fsecret.txt",
            "/assets/%2e%2e/secret.txt",
            "/assets/" + secret.toString().replace("/", "%2f"),
            "/assets/secret.txt",
            "/assets/app.js%00.txt",
            "/assets/"
        }) {
            var answer = http.get(path);
            assertThat(answer.status()).as(path).isIn(400, 404, 405);
            assertThat(answer.body()).doesNotContain("secret\n");
        }
        assertThat(bytes(SCRIPT).body().length).isGreaterThan(1_000);
        var page = http.get("/");
        assertThat(page.body()).contains("<title>Stele</title>");
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'self'");
    }
}
