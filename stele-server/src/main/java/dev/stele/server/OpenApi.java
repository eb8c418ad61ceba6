package dev.stele.server;

import dev.stele.model.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Generator of the OpenAPI 3.1 document of the REST interface. Stateless. */
final class OpenApi {

    /** Routes that accept the header {@code Idempotency-Key}. */
    private static final Set<String> IDEMPOTENT = Set.of(
            "POST /messages",
            "POST /notes",
            "POST /users/{user}/interactions",
            "POST /relations",
            "POST /graph",
            "POST /interactions");

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
                        Json.fields()
                                .put("schemas", OpenApiSchemas.all())
                                .put("securitySchemes", Map.of("key", Map.of("type", "http", "scheme", "bearer")))
                                .map())
                .put("security", List.of(Map.of("key", List.of()), Map.of()))
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
        return Json.fields()
                .put("summary", route.summary())
                .put("operationId", operationId(route))
                .put("tags", List.of(tag(route)))
                .put("parameters", parameters)
                .put(
                        "requestBody",
                        OpenApiSchemas.body(route.method(), route.template())
                                .map(schema -> Json.fields()
                                        .put("required", true)
                                        .put("content", content("application/json", schema))
                                        .map()))
                .put("responses", responses(route))
                .map();
    }

    private static Map<String, @Nullable Object> responses(Router.Route route) {
        var responses = Json.fields();
        OpenApiResponses.of(route.method(), route.template()).forEach((status, types) -> {
            var content = Json.fields();
            for (String type : types) {
                boolean media = type.contains("/");
                content.keep(
                        media ? type : "application/json",
                        media
                                ? Map.of()
                                : Json.fields()
                                        .keep("schema", OpenApiSchemas.type(type))
                                        .map());
            }
            responses.put(
                    status,
                    Json.fields()
                            .put("description", description(status, types.isEmpty()))
                            .put("content", content.map())
                            .map());
        });
        return responses
                .put(
                        "default",
                        Json.fields()
                                .put("description", "Problem details of the error.")
                                .put("content", content("application/problem+json", "Problem"))
                                .map())
                .map();
    }

    private static String description(String status, boolean empty) {
        if (status.charAt(0) >= '4') {
            return "Failure; the body says why.";
        }
        return empty ? "Success, without a body." : "Success.";
    }

    /** Returns the group of a route: the part of the path below the agent, or below the version. */
    private static String tag(Router.Route route) {
        String rest = route.template().replace("/v1/agents/{agent}", "").replace("/v1", "");
        String[] segments = rest.split("/", -1);
        boolean system = !route.template().startsWith("/v1");
        return system ? "system" : segments.length < 2 ? "agents" : segments[1];
    }

    /** Returns whether a route accepts the header {@code Idempotency-Key}. */
    private static boolean creates(Router.Route route) {
        return IDEMPOTENT.contains(OpenApiSchemas.key(route.method(), route.template()));
    }

    private static Map<String, @Nullable Object> parameter(String name, String in, boolean required, String type) {
        return Json.fields()
                .put("name", name)
                .put("in", in)
                .put("required", required)
                .put("schema", OpenApiSchemas.type(type))
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
