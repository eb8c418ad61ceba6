package dev.stele.server;

import dev.stele.model.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Generator of the OpenAPI 3.1 document of the REST interface from the routes of the server. Stateless.
 *
 * <p>The schema of an event stream is that of one event, as is usual before OpenAPI 3.2. OpenAPI has no words for a
 * WebSocket, so the extension {@code x-websocket} of its path describes the frames. A WebSocket is no operation of the
 * document, because a generated method could not open it.
 */
final class OpenApi {

    private static final String JSON = "application/json";
    private static final String PROBLEM = "application/problem+json";
    private static final String EVENTS = "text/event-stream";

    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");

    private OpenApi() {}

    /** Returns the document that describes the routes, as a JSON tree. */
    static Map<String, @Nullable Object> describe(List<Router.Route> routes) {
        var paths = new LinkedHashMap<String, Map<String, @Nullable Object>>();
        Set<String> tags = new LinkedHashSet<>();
        for (Router.Route route : routes) {
            Map<String, @Nullable Object> path = paths.computeIfAbsent(route.template(), _ -> new LinkedHashMap<>());
            if (OpenApiSocket.isSocket(route)) {
                path.put("x-websocket", OpenApiSocket.describe(route));
            } else {
                path.put(route.method().toLowerCase(Locale.ROOT), operation(route));
                tags.add(OpenApiTexts.tag(route));
            }
        }
        return Json.fields()
                .put("openapi", "3.1.0")
                .put(
                        "info",
                        Json.fields()
                                .put("title", "Stele")
                                .put("version", "1")
                                .put("description", OpenApiTexts.ABOUT)
                                .put("contact", Map.of("name", "Stele"))
                                .put("license", Map.of("name", "Apache License 2.0", "identifier", "Apache-2.0"))
                                .map())
                .put("servers", List.of(Map.of("url", "/", "description", "The server that sent this document.")))
                .put("tags", tags.stream().map(OpenApi::tag).toList())
                .put("security", security())
                .put("paths", paths)
                .put(
                        "components",
                        Json.fields()
                                .put("schemas", OpenApiSchemas.all())
                                .put("responses", problems())
                                .put("headers", OpenApiTexts.headers())
                                .put("securitySchemes", securitySchemes())
                                .map())
                .map();
    }

    private static Map<String, @Nullable Object> tag(String name) {
        return Json.fields()
                .put("name", name)
                .put("description", OpenApiTexts.TAGS.get(name))
                .map();
    }

    private static Map<String, @Nullable Object> securitySchemes() {
        return Json.fields()
                .put(
                        "key",
                        Map.of(
                                "type",
                                "http",
                                "scheme",
                                "bearer",
                                "description",
                                "API key. Its scope, read, write or admin, and its agents decide what it permits."))
                .map();
    }

    /** Returns the ways to authenticate: a key, or none on a server that only its own machine can reach. */
    private static List<?> security() {
        return List.of(Map.of("key", List.of()), Map.of());
    }

    private static Map<String, @Nullable Object> operation(Router.Route route) {
        var parameters = new ArrayList<Map<String, @Nullable Object>>();
        var names = PARAMETER.matcher(route.template());
        while (names.find()) {
            String type = OpenApiSchemas.pathType(names.group(1));
            parameters.add(parameter(route, names.group(1), "path", true, type));
        }
        OpenApiSchemas.query(route)
                .forEach((name, type) ->
                        parameters.add(parameter(route, name.replace("*", ""), "query", name.endsWith("*"), type)));
        OpenApiSchemas.headers(route)
                .forEach(name -> parameters.add(parameter(route, name, "header", false, "string")));
        boolean isPublic = AccessFilter.isPublic(route);
        return Json.fields()
                .put("operationId", route.name())
                .put("summary", route.summary())
                .put("description", OpenApiTexts.description(route))
                .put("tags", List.of(OpenApiTexts.tag(route)))
                .put("security", isPublic ? List.of(Map.of()) : List.of())
                .put("parameters", parameters)
                .put("requestBody", body(route))
                .put("responses", responses(route))
                .map();
    }

    private static Map<String, @Nullable Object> parameter(
            Router.Route route, String name, String in, boolean required, String type) {
        return Json.fields()
                .put("name", name)
                .put("in", in)
                .put("description", OpenApiTexts.parameter(route, name))
                .put("required", required)
                .put("schema", OpenApiSchemas.type(type))
                .put("example", OpenApiExamples.parameter(route, name))
                .map();
    }

    private static Map<String, @Nullable Object> body(Router.Route route) {
        var content = Json.fields();
        OpenApiSchemas.body(route).forEach((mediaType, schema) -> {
            content.put(
                    mediaType,
                    Json.fields()
                            .keep("schema", OpenApiSchemas.type(schema))
                            .put("example", OpenApiExamples.body(route, mediaType))
                            .map());
        });
        Map<String, @Nullable Object> types = content.map();
        return types.isEmpty()
                ? Map.of()
                : Json.fields().put("required", true).put("content", types).map();
    }

    private static Map<String, @Nullable Object> responses(Router.Route route) {
        var responses = new TreeMap<String, @Nullable Object>();
        OpenApiResponses.errors(route)
                .forEach(status -> responses.put(
                        status,
                        Json.fields()
                                .put("$ref", "#/components/responses/" + OpenApiResponses.PROBLEMS.get(status))
                                .map()));
        OpenApiResponses.of(route).forEach((status, types) -> {
            var content = Json.fields();
            types.forEach(type -> {
                String mediaType = type.contains("/") ? type : JSON;
                content.put(mediaType, media(route, mediaType, type));
            });
            if (status.charAt(0) >= '4') {
                content.put(PROBLEM, problem(status));
            }
            responses.put(
                    status,
                    Json.fields()
                            .put("description", OpenApiTexts.response(status, types.isEmpty()))
                            .put("headers", headers(OpenApiResponses.headers(route, status)))
                            .put("content", content.map())
                            .map());
        });
        responses.put(
                "default",
                Json.fields().put("$ref", "#/components/responses/Failure").map());
        return responses;
    }

    private static Map<String, @Nullable Object> media(Router.Route route, String mediaType, String type) {
        String schema;
        if (mediaType.equals(EVENTS)) {
            schema = OpenApiResponses.events(route);
        } else if (mediaType.startsWith("text/")) {
            schema = "string";
        } else {
            schema = type.contains("/") ? "binary" : type;
        }
        return Json.fields()
                .put("schema", OpenApiSchemas.type(schema))
                .put("example", OpenApiExamples.response(route, mediaType, type))
                .map();
    }

    private static Map<String, @Nullable Object> headers(List<String> names) {
        var headers = Json.fields();
        names.forEach(name -> headers.put(
                name,
                Json.fields()
                        .put("$ref", "#/components/headers/" + name.replace("-", ""))
                        .map()));
        return headers.map();
    }

    /** Returns the answers to failed requests, by name. */
    private static Map<String, @Nullable Object> problems() {
        var problems = Json.fields();
        OpenApiResponses.PROBLEMS.forEach((status, name) -> problems.put(
                name,
                Json.fields()
                        .put("description", OpenApiTexts.response(status, false))
                        .put(
                                "headers",
                                headers(
                                        status.equals("429") || status.equals("503")
                                                ? List.of("Retry-After")
                                                : List.of()))
                        .put(
                                "content",
                                Json.fields().put(PROBLEM, problem(status)).map())
                        .map()));
        return problems.map();
    }

    private static Map<String, @Nullable Object> problem(String status) {
        return Json.fields()
                .put("schema", OpenApiSchemas.type("Problem"))
                .put("example", OpenApiExamples.problem(status))
                .map();
    }
}
