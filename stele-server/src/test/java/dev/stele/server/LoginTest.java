package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.LoginTokens;
import dev.stele.server.auth.Scope;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logins of browsers: what a cookie permits, and which requests with it are refused. */
class LoginTest {

    private static final String NOTES = "/v1/agents/kira/notes";
    private static final String NOTE = "{\"content\":\"Ana likes tea.\"}";
    private static final String[] PAGE = {"X-Stele-Client", "dashboard", "Sec-Fetch-Site", "same-origin"};

    @TempDir
    Path data;

    private Stele stele;
    private ApiKeys keys;
    private SteleServer server;
    private Http http;

    @BeforeEach
    void open() throws Exception {
        stele = Stele.open(SteleConfig.at(data), Optional.empty());
        keys = new ApiKeys(data);
        keys.create("first", Scope.ADMIN, List.of());
        server = new SteleServer(stele, TestOptions.small().host("0.0.0.0").build());
        http = new Http(server.port());
    }

    @AfterEach
    void close() {
        http.close();
        server.close();
        stele.close();
    }

    private String login(ApiKeys.Created key) throws Exception {
        var answer = http.post("/v1/login", "{\"key\":\"" + key.text() + "\"}", PAGE);
        assertThat(answer.status()).isEqualTo(200);
        String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie).contains("HttpOnly", "SameSite=Strict", "Path=/").doesNotContain("Secure");
        return cookie.split(";", 2)[0];
    }

    private static String[] with(String cookie, String... more) {
        return Stream.concat(Stream.of("Cookie", cookie), Arrays.stream(more)).toArray(String[]::new);
    }

    @Test
    void loginPermitsWhatItsKeyPermitsUntilTheKeyIsRevoked() throws Exception {
        var writer = keys.create("writer", Scope.WRITE, List.of("kira"));
        assertThat(http.get("/v1/login").json().optionalString("scope")).isEmpty();
        assertThat(http.post(NOTES, NOTE, PAGE).status()).isEqualTo(401);
        String cookie = login(writer);
        assertThat(http.post(NOTES, NOTE, with(cookie, PAGE)).status()).isEqualTo(201);
        assertThat(http.get(NOTES, with(cookie)).status()).isEqualTo(200);
        assertThat(http.get("/v1/login", with(cookie)).json().string("scope")).isEqualTo("write");
        assertThat(http.post("/v1/agents/juno/notes", NOTE, with(cookie, PAGE)).status())
                .isEqualTo(403);
        assertThat(http.get("/v1/settings", with(cookie)).status()).isEqualTo(403);
        assertThat(http.get("/v1/live?agent=juno", with(cookie)).status()).isEqualTo(403);
        keys.revoke(writer.key().id());
        assertThat(http.get(NOTES, with(cookie)).status()).isEqualTo(401);
        assertThat(http.get("/v1/login", with(cookie)).json().optionalString("scope"))
                .isEmpty();
    }

    @Test
    void requestsOfOtherPagesWithALoginAreRefused() throws Exception {
        String cookie = login(keys.create("writer", Scope.WRITE, List.of()));
        String host = "http://" + http.uri("/").getAuthority();
        for (String[] foreign : new String[][] {
            {"Sec-Fetch-Site", "same-site", "X-Stele-Client", "x"},
            {"Sec-Fetch-Site", "cross-site", "X-Stele-Client", "x"},
            {"Origin", "http://127.0.0.1:1", "X-Stele-Client", "x"},
            {"Origin", "https://evil.example", "X-Stele-Client", "x"},
            {"Origin", "null", "X-Stele-Client", "x"},
            {"Origin", host},
            {}
        }) {
            assertThat(http.post(NOTES, NOTE, with(cookie, foreign)).status())
                    .as(List.of(foreign).toString())
                    .isEqualTo(403);
        }
        assertThat(http.get(NOTES, with(cookie, "Sec-Fetch-Site", "same-site")).status())
                .isEqualTo(403);
        assertThat(http.post(NOTES, NOTE, with(cookie, "Origin", host, "X-Stele-Client", "x"))
                        .status())
                .isEqualTo(201);
        assertThat(http.post("/v1/login", "{\"key\":\"x\"}").status()).isEqualTo(403);
        assertThat(http.post("/v1/login", "{\"key\":\"x\"}", PAGE).status()).isEqualTo(401);
    }

    @Test
    void changedExpiredOrForeignTokenIsNoLogin() throws Exception {
        var reader = keys.create("reader", Scope.READ, List.of());
        var admin = keys.create("admin", Scope.ADMIN, List.of());
        String cookie = login(reader);
        String name = cookie.substring(0, cookie.indexOf('=') + 1);
        String token = cookie.substring(name.length());
        String[] parts = token.split("\\.", -1);
        Instant now = Instant.now();
        String expired = new LoginTokens(keys, Duration.ofSeconds(5))
                .issue(reader.key(), now.minusSeconds(6))
                .text();
        for (String forged : List.of(
                "",
                "x",
                admin.key().id() + "." + parts[1] + "." + parts[2],
                parts[0] + "." + (Long.parseLong(parts[1]) + 1) + "." + parts[2],
                parts[0] + "." + parts[1] + ".",
                parts[0] + ".99999999999999999999." + parts[2],
                expired)) {
            assertThat(http.get("/v1/agents", with(name + forged)).status())
                    .as(forged)
                    .isEqualTo(401);
        }
        assertThat(http.get("/v1/agents", with(cookie)).status()).isEqualTo(200);
        var out = http.send("DELETE", "/v1/login", "", with(cookie, PAGE));
        assertThat(out.status()).isEqualTo(204);
        assertThat(out.headers().firstValue("Set-Cookie").orElseThrow()).contains("Max-Age=0");
    }

    @Test
    void callersOfAnOpenServerWithoutAKeyChangeNoKeys() throws Exception {
        // A server on the loopback interface requires no key, but keys remain valid when it listens on a network.
        try (var open = new SteleServer(stele, TestOptions.small().build());
                var local = new Http(open.port())) {
            var refused = local.post("/v1/keys", "{\"label\":\"mine\",\"scope\":\"admin\"}");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body()).contains("key-required", "stele keys create");
            assertThat(local.send("DELETE", "/v1/keys/" + keys.list().getFirst().id(), null)
                            .status())
                    .isEqualTo(403);
            assertThat(keys.list()).hasSize(1);
            assertThat(local.get("/v1/keys").status()).isEqualTo(200);
        }
    }

    @Test
    void administratorsCreateListAndRevokeKeys() throws Exception {
        String[] admin = {
            "Authorization",
            "Bearer " + keys.create("admin", Scope.ADMIN, List.of()).text()
        };
        var created = http.post("/v1/keys", "{\"label\":\"bot\",\"scope\":\"write\",\"agents\":[\"kira\"]}", admin);
        assertThat(created.status()).isEqualTo(201);
        String[] bot = {"Authorization", "Bearer " + created.json().string("text")};
        assertThat(http.post(NOTES, NOTE, bot).status()).isEqualTo(201);
        assertThat(http.get("/v1/keys", admin).body())
                .contains("\"label\":\"bot\"")
                .doesNotContain("hash")
                .doesNotContain(created.json().string("text"));
        // A key that may only write, or that reaches only some agents, manages no keys.
        String[] limited = {
            "Authorization",
            "Bearer " + keys.create("limited", Scope.ADMIN, List.of("kira")).text()
        };
        for (String[] other : List.of(bot, limited)) {
            assertThat(http.get("/v1/keys", other).status()).isEqualTo(403);
            assertThat(http.post("/v1/keys", "{\"label\":\"x\",\"scope\":\"admin\"}", other)
                            .status())
                    .isEqualTo(403);
            assertThat(http.send("DELETE", "/v1/keys/any", null, other).status())
                    .isEqualTo(403);
        }
        assertThat(http.send("DELETE", "/v1/keys/" + created.json().string("id"), null, admin)
                        .status())
                .isEqualTo(204);
        assertThat(http.post(NOTES, NOTE, bot).status()).isEqualTo(401);
        assertThat(http.send("DELETE", "/v1/keys/none", null, admin).status()).isEqualTo(404);
        assertThat(http.post("/v1/keys", "{\"label\":\"x\",\"scope\":\"all\"}", admin)
                        .status())
                .isEqualTo(400);
    }
}
