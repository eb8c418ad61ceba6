package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.server.support.Http;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A path may hold every id that a body may, and reaches exactly the item of that id. */
class PathIdsTest extends ServerTestBase {

    private static final List<String> IDS = List.of(
            "CORP\\ana",
            "C:\\proj",
            "a/b",
            "/",
            "a//b/",
            "%",
            "a%2Fb",
            "%2e%2e",
            "a+b",
            "a?b=c&d#e",
            "..;",
            "search",
            "\"quoted\" <tag>",
            "Zo\u00eb \ud83c\udf75");

    private static String encoded(String id) {
        return URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private Http.Answer request(int status, String method, String path, Map<String, ?> body) throws Exception {
        Http.Answer answer = http.send(method, KIRA + path, body.isEmpty() ? null : Json.write(body));
        assertThat(answer.status()).as("%s %s: %s", method, path, answer.body()).isEqualTo(status);
        return answer;
    }

    private JsonObject get(String path) throws Exception {
        return request(200, "GET", path, Map.of()).json();
    }

    /** Stores one item of each kind under an id that is given in a body. */
    private void store(String id) throws Exception {
        request(201, "POST", "/messages", Map.of("id", id, "session", id, "user", id, "content", "I like tea"));
        request(201, "POST", "/notes", Map.of("id", id, "user", id, "content", "likes tea"));
        request(201, "POST", "/users/" + encoded(id) + "/interactions", Map.of("message", "hi", "response", "hello"));
        request(201, "POST", "/entities", Map.of("name", id, "type", "thing", "observations", List.of("is blue")));
        request(201, "POST", "/entities", Map.of("name", id + " other", "type", "thing"));
        request(201, "POST", "/relations", Map.of("from", id, "to", id + " other", "type", "knows"));
        request(201, "POST", "/documents", Map.of("collection", id, "id", id, "text", "tea is green"));
        request(202, "POST", "/interactions", Map.of("id", id, "type", "chat", "user", id));
    }

    @Test
    void everyKindOfItemIsReadChangedAndErasedByItsId() throws Exception {
        store("neighbor");
        for (String id : IDS) {
            store(id);
            readChangeAndErase(id);
        }
    }

    private void readChangeAndErase(String id) throws Exception {
        String path = encoded(id);
        assertThat(get("/messages/" + path).string("id")).isEqualTo(id);
        assertThat(get("/sessions/" + path).string("id")).isEqualTo(id);
        assertThat(get("/sessions/" + path + "/messages").objects("items")).hasSize(1);
        assertThat(get("/notes/" + path).string("id")).isEqualTo(id);
        assertThat(get("/users/" + path).string("user_id")).isEqualTo(id);
        assertThat(get("/users/" + path + "/history").objects("items")).hasSize(1);
        assertThat(get("/entities/" + path).string("name")).isEqualTo(id);
        assertThat(get("/entities/" + path + "/neighbors").objects("entities")).hasSize(2);
        assertThat(get("/interactions/" + path).string("id")).isEqualTo(id);
        assertThat(get("/collections/" + path + "/documents/" + path).string("id"))
                .isEqualTo(id);
        assertThat(get("/users").strings("items")).contains(id, "neighbor");

        request(200, "PATCH", "/messages/" + path, Map.of("content", "I like coffee"));
        request(200, "PATCH", "/sessions/" + path, Map.of("title", "Talk"));
        request(200, "PATCH", "/notes/" + path, Map.of("content", "likes coffee"));
        request(200, "PATCH", "/users/" + path, Map.of("trust", 0.9));
        request(200, "PATCH", "/entities/" + path, Map.of("attributes", Map.of("age", 3)));
        request(200, "POST", "/entities/" + path + "/observations", Map.of("observations", List.of("is new")));
        assertThat(get("/messages/neighbor").string("content")).isEqualTo("I like tea");

        request(200, "DELETE", "/collections/" + path + "/documents/" + path, Map.of());
        request(200, "DELETE", "/entities/" + path + "?forget=true", Map.of());
        request(200, "DELETE", "/notes/" + path, Map.of());
        request(200, "DELETE", "/messages/" + path, Map.of());
        request(200, "DELETE", "/users/" + path, Map.of());
        for (String gone : List.of("/messages/", "/sessions/", "/notes/", "/users/", "/entities/", "/interactions/")) {
            request(404, "GET", gone + path, Map.of());
            get(gone + "neighbor");
        }
        assertThat(http.get(KIRA + "/export").body()).doesNotContain("I like coffee");
    }

    @Test
    void everyRouteWithAnIdTakesIt() throws Exception {
        http.post(KIRA + "/messages", "{\"content\":\"hello\"}");
        Map<String, ?> paths =
                http.get("/openapi.json").json().object("paths").orElseThrow().raw();
        for (String id : List.of("CORP\\ana", "a//b/", "%", "..;", "search")) {
            everyRouteTakes(id, paths);
        }
    }

    private void everyRouteTakes(String id, Map<String, ?> paths) throws Exception {
        var refused = new TreeSet<String>();
        int tried = 0;
        for (var path : paths.entrySet()) {
            String rest = path.getKey().replace("{agent}", "kira");
            if (!path.getKey().startsWith("/v1/agents/") || !rest.contains("{")) {
                continue;
            }
            for (String method : ((Map<?, ?>) path.getValue())
                    .keySet().stream()
                            .map(name -> String.valueOf(name).toUpperCase(Locale.ROOT))
                            .filter(name -> !name.startsWith("X-"))
                            .toList()) {
                String body = method.equals("GET") || method.equals("DELETE") ? null : "{}";
                Http.Answer answer = http.send(
                        method, rest.replaceAll("\\{\\w+}", encoded(id).replace("\\", "\\\\")), body);
                tried++;
                boolean routed = answer.status() < 300
                        || List.of("urn:stele:not-found", "urn:stele:invalid-input")
                                .contains(answer.json().string("type"));
                if (!routed) {
                    refused.add(method + " " + path.getKey() + ": " + answer.body());
                }
            }
        }
        assertThat(tried).isGreaterThan(25);
        assertThat(refused).isEmpty();
    }

    @Test
    void pathWithAnEmptyIdReachesNothing() throws Exception {
        http.post(KIRA + "/messages", "{\"content\":\"hello\"}");
        for (String path : List.of("/", "/users/", "/messages/", "/sessions//messages", "/entities/?forget=true")) {
            Http.Answer answer = http.send("DELETE", KIRA + path, null);
            assertThat(answer.status()).as(path).isBetween(400, 499);
        }
        assertThat(get("/stats").optionalLong("messages")).contains(1L);
    }

    @Test
    void idThatClientsRemoveFromPathsIsRefusedInABody() throws Exception {
        for (String id : List.of(".", "..")) {
            Http.Answer answer = http.post(KIRA + "/messages", Json.write(Map.of("id", id, "content", "hello")));
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().string("detail")).contains("path");
        }
    }
}
