package dev.stele.server;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Routing table that maps a method and a path to a resource. All routes are added before the first request; afterwards
 * the table is only read and thread-safe.
 *
 * <p>Routes form a tree of path segments with a hash table at each node. A request therefore costs one or two look-ups
 * for each segment of its path, independent of the number of routes. A literal segment has precedence over a parameter.
 * If the literal does not lead to a route of the method, the segment is the value of the parameter, so that an id may
 * be any text, also the name of another route.
 */
final class Router {

    /** Handler of the requests of one route. Implementations are thread-safe. */
    interface Resource {
        /**
         * Processes a request.
         *
         * @return the response to send
         * @throws Exception if the request fails; {@link Problem#of} turns every exception into a response
         */
        Reply answer(Exchange exchange) throws Exception;
    }

    /** Kind of work of a route. It decides on which thread pool requests run; see {@link RequestThreads}. */
    enum Work {
        /** Runs on the thread of the connection, at any load. Must not block. */
        INLINE,
        /** Runs on a control thread, which other kinds of requests cannot occupy. */
        CONTROL,
        /** Runs on a request thread, after the body is complete and the request is admitted. */
        REQUEST,
        /**
         * Like {@link #REQUEST}, but the reply is {@link Reply.Pending}: its thread serves others while the write waits
         * for the disk.
         */
        SUBMIT,
        /** Like {@link #REQUEST}, but runs on the compute pool, because the input decides how long the work takes. */
        COMPUTE,
        /** Runs on a transfer thread, which reads the body while it arrives. */
        TRANSFER,
        /** Like {@link #REQUEST}, but the response is a stream or a WebSocket, so the route has no {@code HEAD}. */
        STREAM
    }

    /**
     * Route of the interface.
     *
     * @param method HTTP method in upper case
     * @param template path with parameters in braces, such as {@code /v1/agents/{agent}}
     * @param name unique name of the operation, from which generators make the names of methods
     * @param summary one line for the OpenAPI document
     */
    record Route(String method, String template, String name, String summary, Work work, Resource resource) {
        Route(String method, String template, String name, String summary, Resource resource) {
            this(method, template, name, summary, Work.REQUEST, resource);
        }
    }

    /**
     * Route that matches a request.
     *
     * @param parameters decoded values of the path parameters by name
     */
    record Match(Route route, Map<String, String> parameters) {}

    private static final class Node {
        final Map<String, Node> literal = new HashMap<>();
        final Map<String, Route> byMethod = new TreeMap<>();

        @Nullable
        Node parameter;

        String parameterName = "";
    }

    private final Node root = new Node();
    private final List<Route> routes = new ArrayList<>();

    Router add(String method, String template, String name, String summary, Resource resource) {
        return add(new Route(method, template, name, summary, resource));
    }

    Router add(String method, String template, String name, String summary, Work work, Resource resource) {
        return add(new Route(method, template, name, summary, work, resource));
    }

    Router add(Route route) {
        Node node = root;
        for (String segment : segments(route.template())) {
            if (segment.startsWith("{")) {
                Node next = node.parameter == null ? new Node() : node.parameter;
                node.parameter = next;
                node.parameterName = segment.substring(1, segment.length() - 1);
                node = next;
            } else {
                node = node.literal.computeIfAbsent(segment, _ -> new Node());
            }
        }
        if (node.byMethod.put(route.method(), route) != null) {
            throw new IllegalStateException("two routes for " + route.method() + " " + route.template());
        }
        routes.add(route);
        return this;
    }

    List<Route> routes() {
        return List.copyOf(routes);
    }

    /**
     * Finds the route of a request.
     *
     * @param path path as received, still percent-encoded; an encoded slash is part of a segment
     * @throws HttpProblem 404 if no route has the path, 405 if the path does not support the method, 400 if a percent
     *     code is invalid
     */
    Match find(String method, String path) {
        List<String> segments = segments(path).stream().map(Router::decode).toList();
        boolean head = method.equals("HEAD");
        String routeMethod = head ? "GET" : method;
        var parameters = new LinkedHashMap<String, String>();
        Optional<Node> exact = find(root, segments, parameters, node -> {
            Route route = node.byMethod.get(routeMethod);
            return route != null && (!head || hasHead(route));
        });
        if (exact.isPresent()) {
            return new Match(Objects.requireNonNull(exact.get().byMethod.get(routeMethod)), parameters);
        }
        Node other = find(root, segments, parameters, node -> !node.byMethod.isEmpty())
                .orElseThrow(() -> notFound(path));
        throw new HttpProblem(
                405,
                "method-not-allowed",
                "The method %s is not supported at %s; use %s."
                        .formatted(method, path, String.join(", ", other.byMethod.keySet())),
                Map.of("Allow", allowed(other)));
    }

    /**
     * Finds the node of a path.
     *
     * @param node root of the tree that is searched
     * @param segments decoded segments below the root
     * @param parameters receives the values of the path parameters, if a node is found
     * @param accepted whether a node at the end of the path is a result
     */
    private static Optional<Node> find(
            Node node, List<String> segments, Map<String, String> parameters, Predicate<Node> accepted) {
        if (segments.isEmpty()) {
            return Optional.of(node).filter(accepted);
        }
        List<String> rest = segments.subList(1, segments.size());
        Node literal = node.literal.get(segments.getFirst());
        if (literal != null) {
            Optional<Node> found = find(literal, rest, parameters, accepted);
            if (found.isPresent()) {
                return found;
            }
        }
        if (node.parameter == null) {
            return Optional.empty();
        }
        Optional<Node> found = find(node.parameter, rest, parameters, accepted);
        if (found.isPresent()) {
            parameters.put(node.parameterName, segments.getFirst());
        }
        return found;
    }

    /**
     * Returns whether a route supports {@code HEAD}. Routes with a stream do not: its headers need the stream to start.
     */
    private static boolean hasHead(Route route) {
        return route.work() != Work.STREAM && route.work() != Work.TRANSFER;
    }

    private static String allowed(Node node) {
        var methods = new TreeSet<>(node.byMethod.keySet());
        Route get = node.byMethod.get("GET");
        if (get != null && hasHead(get)) {
            methods.add("HEAD");
        }
        return String.join(", ", methods);
    }

    private static HttpProblem notFound(String path) {
        return new HttpProblem(
                404, "no-such-path", "There is no resource at " + path + "; /openapi.json lists all paths.");
    }

    /** Decodes percent codes, whose bytes must be UTF-8. */
    private static String decode(String segment) {
        if (segment.indexOf('%') < 0) {
            return segment;
        }
        var bytes = new ByteArrayOutputStream(segment.length());
        byte[] encoded = segment.getBytes(StandardCharsets.UTF_8);
        try {
            for (int i = 0; i < encoded.length; i++) {
                if (encoded[i] == '%') {
                    bytes.write(HexFormat.fromHexDigits(hexDigits(encoded, i + 1)));
                    i += 2;
                } else {
                    bytes.write(encoded[i]);
                }
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            throw new HttpProblem(
                    400, "invalid-input", "The path has an invalid percent code in \"" + segment + "\"; use UTF-8.");
        }
    }

    private static String hexDigits(byte[] encoded, int fromIndex) {
        if (fromIndex + 2 > encoded.length) {
            throw new IllegalArgumentException("a percent code has two digits");
        }
        return new String(encoded, fromIndex, 2, StandardCharsets.US_ASCII);
    }

    /**
     * Returns the segments of a path, none for {@code /}. A path with an empty segment has no route: a client that
     * appends an empty id to the path of a list must not reach the item above the list.
     */
    private static List<String> segments(String path) {
        if (path.equals("/")) {
            return List.of();
        }
        List<String> segments = List.of(path.substring(1).split("/", -1));
        if (!path.startsWith("/") || segments.contains("")) {
            throw notFound(path);
        }
        return segments;
    }
}
