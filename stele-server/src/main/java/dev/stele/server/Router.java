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
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the resource of a method and a path. Routes are a tree by path segments with a hash table at each node, so a
 * request costs as many look-ups as its path has segments, however many routes there are. Built once, then only read.
 */
final class Router {

    /** Answers a request, or throws. */
    interface Resource {
        Reply answer(Exchange exchange) throws Exception;
    }

    /** What a request of a route needs in order to run; see {@link RequestThreads}. */
    enum Work {
        /** Nothing: it is answered by the thread of the connection, at any load. Must not block. */
        INLINE,
        /** A control thread, which no load of other requests takes. */
        CONTROL,
        /** A permit and a thread, when its body is complete. */
        REQUEST,
        /** Like {@link #REQUEST}, but on one of the few threads for what input can lengthen. */
        COMPUTE,
        /** A thread for transfers, which reads the body as it comes. */
        TRANSFER,
        /** Like {@link #REQUEST}; the answer is a stream or a WebSocket, so there is no {@code HEAD}. */
        STREAM
    }

    /**
     * @param template path with parameters in braces
     * @param summary one line for the documentation
     */
    record Route(String method, String template, String summary, Work work, Resource resource) {
        Route(String method, String template, String summary, Resource resource) {
            this(method, template, summary, Work.REQUEST, resource);
        }
    }

    /** A route with the values of its parameters. */
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

    Router add(String method, String template, String summary, Resource resource) {
        return add(new Route(method, template, summary, resource));
    }

    Router add(String method, String template, String summary, Work work, Resource resource) {
        return add(new Route(method, template, summary, work, resource));
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
     * @param path as it came, still percent-encoded: an encoded slash is part of a segment
     * @throws HttpProblem if there is no such path, or the path has no such method
     */
    Match find(String method, String path) {
        var parameters = new LinkedHashMap<String, String>();
        Node node = root;
        for (String segment : segments(path)) {
            String decoded = decode(segment);
            Node next = node.literal.get(decoded);
            if (next == null && node.parameter != null) {
                parameters.put(node.parameterName, decoded);
                next = node.parameter;
            }
            if (next == null) {
                throw nothingAt(path);
            }
            node = next;
        }
        if (node.byMethod.isEmpty()) {
            throw nothingAt(path);
        }
        Route route = node.byMethod.get(method.equals("HEAD") ? "GET" : method);
        if (route != null && method.equals("HEAD") && !hasHead(route)) {
            route = null;
        }
        if (route == null) {
            throw new HttpProblem(
                    405,
                    "method-not-allowed",
                    "There is no %s %s; it takes %s."
                            .formatted(method, path, String.join(", ", node.byMethod.keySet())),
                    Map.of("Allow", allowed(node)));
        }
        return new Match(route, parameters);
    }

    /** Whether the headers of an answer can be had without the answer, which for a stream would have to be begun. */
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

    private static HttpProblem nothingAt(String path) {
        return new HttpProblem(
                404, "no-such-path", "There is nothing at " + path + "; see /openapi.json for what there is.");
    }

    /** Decodes percent codes; what they stand for must be UTF-8. */
    private static String decode(String segment) {
        if (segment.indexOf('%') < 0) {
            return segment;
        }
        var bytes = new ByteArrayOutputStream(segment.length());
        byte[] given = segment.getBytes(StandardCharsets.UTF_8);
        try {
            for (int i = 0; i < given.length; i++) {
                if (given[i] == '%') {
                    bytes.write(HexFormat.fromHexDigits(segment(given, i + 1)));
                    i += 2;
                } else {
                    bytes.write(given[i]);
                }
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            throw new HttpProblem(400, "invalid-input", "The path has a broken percent code in \"" + segment + "\".");
        }
    }

    private static String segment(byte[] given, int from) {
        if (from + 2 > given.length) {
            throw new IllegalArgumentException("a percent code has two digits");
        }
        return new String(given, from, 2, StandardCharsets.US_ASCII);
    }

    private static List<String> segments(String path) {
        var segments = new ArrayList<String>();
        for (String segment : path.split("/", -1)) {
            if (!segment.isEmpty()) {
                segments.add(segment);
            }
        }
        return segments;
    }
}
