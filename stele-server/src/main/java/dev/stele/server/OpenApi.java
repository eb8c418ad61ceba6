package dev.stele.server;

import dev.stele.model.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Generator of the OpenAPI 3.1 document of the REST interface. Stateless. */
final class OpenApi {

    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");

    private OpenApi() {}

    /** Returns the document that describes the routes, as a JSON tree. */
    static Map<String, @Nullable Object> describe(List<Router.Route> routes) {
        var paths = new LinkedHashMap<String, Map<String, @Nullable Object>>();
        for (Router.Route route : routes) {
            paths.computeIfAbsent(route.template(), _ -> new LinkedHashMap<>())
                    .put(route.method().toLowerCase(Locale.ROOT), operation(route));
        }
        return Json.fields()
                .put("openapi", "3.1.0")
                .put(
                        "info",
                        Json.fields()
                                .put("title", "Stele")
                                .put("version", "1")
                                .put(
                                        "description",
                                        "Durable memory for AI agents. Errors are problem details of RFC 9457.")
                                .map())
                .put("paths", paths)
                .put(
                        "components",
                        Json.fields().put("schemas", OpenApiSchemas.all()).map())
                .map();
    }

    private static Map<String, @Nullable Object> operation(Router.Route route) {
        var parameters = new ArrayList<Map<String, @Nullable Object>>();
        var names = PARAMETER.matcher(route.template());
        while (names.find()) {
            parameters.add(parameter(names.group(1), "path", true, "string"));
        }
        OpenApiSchemas.query(route.method(), route.template())
                .forEach((name, type) -> parameters.add(parameter(name, "query", false, type)));
        if (creates(route)) {
            parameters.add(parameter("Idempotency-Key", "header", false, "string"));
        }
        String success = creates(route) ? "201" : "200";
        var responses = Json.fields()
                .put(success, Json.fields().put("description", "Success.").map())
                .put(
                        "default",
                        Json.fields()
                                .put("description", "Problem details of the error.")
                                .put("content", content("application/problem+json", "Problem"))
                                .map())
                .map();
        return Json.fields()
                .put("summary", route.summary())
                .put("operationId", operationId(route))
                .put("parameters", parameters)
                .put(
                        "requestBody",
                        OpenApiSchemas.body(route.method(), route.template())
                                .map(schema -> Json.fields()
                                        .put("required", true)
                                        .put("content", content("application/json", schema))
                                        .map()))
                .put("responses", responses)
                .map();
    }

    private static boolean creates(Router.Route route) {
        return route.method().equals("POST")
                && route.template().startsWith("/v1/agents/")
                && !route.template().endsWith("/recall")
                && !route.template().endsWith("/context");
    }

    private static Map<String, @Nullable Object> parameter(String name, String in, boolean required, String type) {
        return Json.fields()
                .put("name", name)
                .put("in", in)
                .put("required", required)
                .put("schema", Json.fields().put("type", type).map())
                .map();
    }

    private static Map<String, @Nullable Object> content(String type, String schema) {
        return Json.fields()
                .put(
                        type,
                        Json.fields()
                                .put(
                                        "schema",
                                        Json.fields()
                                                .put("$ref", "#/components/schemas/" + schema)
                                                .map())
                                .map())
                .map();
    }

    /** Returns the unique id of an operation, such as {@code getAgentsAgentMessagesId}. */
    private static String operationId(Router.Route route) {
        var id = new StringBuilder(route.method().toLowerCase(Locale.ROOT));
        for (String word : route.template().replace("/v1", "").split("[^A-Za-z]+", -1)) {
            if (!word.isEmpty()) {
                id.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
            }
        }
        return id.toString();
    }
}
