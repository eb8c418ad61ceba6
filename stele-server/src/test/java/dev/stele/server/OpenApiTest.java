package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.JsonObject;
import dev.stele.server.support.Contract;
import dev.stele.server.support.Http;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The OpenAPI document describes every route, body and answer; the other tests check their answers against it. */
class OpenApiTest extends ServerTestBase {

    @Test
    void everyOperationDescribesItsAnswersAndEveryReferenceHasItsSchema() throws Exception {
        JsonObject document = http.get("/openapi.json").json();
        Map<String, ?> schemas = document.object("components")
                .orElseThrow()
                .object("schemas")
                .orElseThrow()
                .raw();
        var ids = new ArrayList<String>();
        document.object("paths")
                .orElseThrow()
                .raw()
                .forEach((path, item) -> ((Map<?, ?>) item).forEach((method, tree) -> {
                    JsonObject operation = JsonObject.of("operation", tree);
                    ids.add(operation.string("operationId"));
                    assertThat(operation.strings("tags")).hasSize(1);
                    Map<String, ?> responses =
                            operation.object("responses").orElseThrow().raw();
                    assertThat(responses).as(path).containsKey("default").hasSizeGreaterThan(1);
                    if (path.startsWith("/v1")) {
                        assertThat(responses.toString()).as(method + " " + path).doesNotContain("*/*");
                    }
                }));
        assertThat(ids).hasSizeGreaterThan(80).doesNotHaveDuplicates();
        var references = new ArrayList<String>();
        collect(document.raw(), references);
        assertThat(references)
                .hasSizeGreaterThan(100)
                .allSatisfy(reference -> assertThat(schemas).containsKey(reference.replaceAll(".*/", "")));
    }

    private static void collect(Object tree, List<String> references) {
        switch (tree) {
            case Map<?, ?> map -> {
                if (map.get("$ref") instanceof String reference) {
                    references.add(reference);
                }
                map.values().forEach(value -> collect(value, references));
            }
            case List<?> list -> list.forEach(value -> collect(value, references));
            case null, default -> {}
        }
    }

    @Test
    void checkOfAnswersFindsWhatTheDocumentDoesNotSay() throws Exception {
        var contract = new Contract(http.get("/openapi.json").json());
        var headers = HttpHeaders.of(Map.of("Content-Type", List.of("application/json")), (_, _) -> true);
        String page = "{\"items\":[\"kira\"]}";
        contract.check("GET", "/v1/agents", new Http.Answer(200, page, headers));
        for (var wrong : Map.of("{\"items\":[\"kira\"],\"more\":1}", 200, "{\"items\":[1]}", 200, "{}", 200, page, 201)
                .entrySet()) {
            assertThatThrownBy(() -> contract.check(
                            "GET", "/v1/agents", new Http.Answer(wrong.getValue(), wrong.getKey(), headers)))
                    .as(wrong.getKey())
                    .isInstanceOf(AssertionError.class);
        }
    }
}
