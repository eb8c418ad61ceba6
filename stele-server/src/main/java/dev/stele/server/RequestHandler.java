package dev.stele.server;

import dev.stele.arena.TypedArena;
import dev.stele.keys.ApiKey;
import dev.stele.model.Ids;
import dev.stele.model.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;

/**
 * From Jetty's request to a resource and back, in this order: names it, finds its route, asks the gate, asks the rate
 * limit, takes a place among the running, answers, turns what is thrown into a problem, gives the place back, sends, writes
 * the audit, counts. Before it come only, from the connection inwards: limits of the connection, graceful shutdown, and
 * compression.
 */
final class RequestHandler extends Handler.Abstract {

    private static final System.Logger LOG = System.getLogger(RequestHandler.class.getName());
    private static final String REQUEST_ID = "X-Request-Id";
    private static final Pattern GIVEN_ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

    private static final long MOST_LEFTOVER = 1 << 20;

    private final Router router;
    private final Metrics metrics;
    private final long mostBodyBytes;
    private final TypedArena bodies;
    private final Gate gate;
    private final RateLimit rates;
    private final Places places;
    private final ServerWebSocketContainer sockets;

    RequestHandler(
            Router router,
            Metrics metrics,
            long mostBodyBytes,
            TypedArena bodies,
            Gate gate,
            RateLimit rates,
            Places places,
            ServerWebSocketContainer sockets) {
        this.router = router;
        this.metrics = metrics;
        this.mostBodyBytes = mostBodyBytes;
        this.bodies = bodies;
        this.gate = gate;
        this.rates = rates;
        this.places = places;
        this.sockets = sockets;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        long began = System.nanoTime();
        metrics.began();
        String given = request.getHeaders().get(REQUEST_ID);
        String id = given != null && GIVEN_ID.matcher(given).matches() ? given : Ids.next();
        response.getHeaders().put(REQUEST_ID, id);
        String template = "none";
        Reply reply;
        boolean placed = false;
        Optional<String> agent = Optional.empty();
        Optional<Router.Match> match = Optional.empty();
        Optional<ApiKey> key = Optional.empty();
        try {
            match = Optional.of(
                    router.find(request.getMethod(), request.getHttpURI().getPath()));
            Router.Route route = match.get().route();
            Map<String, String> parameters = match.get().parameters();
            template = route.template();
            key = gate.admit(request, match.get());
            // Whoever watches over the server must hear from it when it is full, too.
            if (template.startsWith("/v1/") || template.startsWith(McpResources.PATH)) {
                rates.admit(key.map(ApiKey::id).orElseGet(() -> Request.getRemoteAddr(request)));
                agent = Optional.ofNullable(parameters.get("agent"));
                places.take(agent);
                placed = true;
            }
            reply = route.resource().answer(new Exchange(request, parameters, mostBodyBytes, bodies, key, id));
        } catch (Exception e) {
            Problem problem = Problem.of(e);
            if (problem.status() >= 500 && problem.status() != 503) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "request " + id + " " + request.getMethod() + " "
                                + request.getHttpURI().getPath() + " failed",
                        e);
            }
            reply = Reply.problem(problem, id);
            // What is left is read under HTTP/2, too: a stream reset with data unread can reach the client before its
            // answer. Past the
            // bound such a stream ends alone; a connection of HTTP/1 has to be given up.
            boolean alone = request.getConnectionMetaData().getHttpVersion().getVersion() >= 20;
            if (!readLeftover(request) && !alone) {
                response.getHeaders().put(HttpHeader.CONNECTION, "close");
            }
        }
        if (placed) {
            places.giveBack(agent); // what is left is to send the answer, which the connection's own limits bound
        }
        int status = switch (reply) {
            case Reply.Whole whole ->
                send(
                        new Reply.Region(whole.status(), whole.type(), ByteBuffer.wrap(whole.body()), whole.headers()),
                        request,
                        response,
                        callback);
            case Reply.Region region -> send(region, request, response, callback);
            case Reply.Stream stream -> send(stream, response, callback);
            case Reply.Socket socket -> upgrade(socket, request, response, callback);
        };
        if (match.isPresent()) {
            Gate.audit(key, match.get().route(), match.get().parameters(), status, id);
        }
        long took = System.nanoTime() - began;
        metrics.ended(request.getMethod(), template, status, took);
        LOG.log(
                System.Logger.Level.DEBUG,
                () -> "request %s %s %s %d in %.1f ms"
                        .formatted(id, request.getMethod(), request.getHttpURI().getPath(), status, took / 1e6));
        return true;
    }

    /**
     * Reads what is left of a refused request's body, up to a bound, so that the client hears the refusal and may go on
     * using its connection: a connection closed with data unread is reset, and takes the answer with it.
     *
     * @return whether all was read
     */
    private static boolean readLeftover(Request request) {
        try {
            InputStream in = Content.Source.asInputStream(request);
            var chunk = new byte[8192];
            for (long left = MOST_LEFTOVER; left > 0; ) {
                int n = in.read(chunk);
                if (n < 0) {
                    return true;
                }
                left -= n;
            }
            return false;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a refused request broke off", e);
            return false;
        }
    }

    private static int send(Reply.Region reply, Request request, Response response, Callback callback) {
        response.setStatus(reply.status());
        response.getHeaders().put("X-Content-Type-Options", "nosniff");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        reply.headers().forEach((name, value) -> response.getHeaders().put(name, value));
        if (reply.status() == 204 || reply.status() == 304) {
            callback.succeeded();
            return reply.status();
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.type());
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, reply.body().remaining());
        if (HttpMethod.HEAD.is(request.getMethod())) {
            callback.succeeded();
        } else {
            response.write(true, reply.body(), callback);
        }
        return reply.status();
    }

    private int upgrade(Reply.Socket socket, Request request, Response response, Callback callback) {
        boolean done = false;
        try {
            done = sockets.upgrade((_, _, _) -> socket.endpoint().get(), request, response, callback);
        } finally {
            if (!done) {
                socket.otherwise().run();
            }
        }
        if (!done) {
            Problem problem = new Problem(400, "no-websocket", "This is no proper handshake of a WebSocket.");
            byte[] body = Json.write(problem.toJson("")).getBytes(StandardCharsets.UTF_8);
            return send(
                    new Reply.Region(400, "application/problem+json", ByteBuffer.wrap(body), Map.of()),
                    request,
                    response,
                    callback);
        }
        return 101;
    }

    private static int send(Reply.Stream reply, Response response, Callback callback) {
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.type());
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        try (OutputStream out = Considerate.writing(Content.Sink.asOutputStream(response))) {
            reply.writer().writeTo(out);
        } catch (EofException e) {
            callback.failed(e); // the reader went; nobody is left to tell
            return 200;
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "a stream ended early", e);
            callback.failed(e);
            return 200;
        }
        callback.succeeded();
        return 200;
    }
}
