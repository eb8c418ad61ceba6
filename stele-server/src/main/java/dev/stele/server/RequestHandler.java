package dev.stele.server;

import dev.stele.arena.TypedArena;
import dev.stele.model.Ids;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** From Jetty's request to a resource and back: names it, finds its route, turns what is thrown into a problem, counts. */
final class RequestHandler extends Handler.Abstract {

    private static final System.Logger LOG = System.getLogger(RequestHandler.class.getName());
    private static final String REQUEST_ID = "X-Request-Id";
    private static final Pattern GIVEN_ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    private static final Set<String> OWN_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    private final Router router;
    private final Metrics metrics;
    private final long mostBodyBytes;
    private final TypedArena bodies;
    private final Semaphore places;

    /** @param mostRunning most requests that run at once; one more is refused at once rather than made to wait */
    RequestHandler(Router router, Metrics metrics, long mostBodyBytes, TypedArena bodies, int mostRunning) {
        this.router = router;
        this.metrics = metrics;
        this.mostBodyBytes = mostBodyBytes;
        this.bodies = bodies;
        this.places = new Semaphore(mostRunning);
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
        try {
            requireOwnName(request);
            Router.Match match =
                    router.find(request.getMethod(), request.getHttpURI().getPath());
            template = match.route().template();
            // Whoever watches over the server must hear from it when it is full, too.
            placed = template.startsWith("/v1/") && takePlace();
            reply = match.route()
                    .resource()
                    .answer(new Exchange(request, match.parameters(), mostBodyBytes, bodies, id));
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
        }
        if (placed) {
            places.release(); // what is left is to send the answer, which the connection's own limits bound
        }
        int status = switch (reply) {
            case Reply.Whole whole -> send(whole, request, response, callback);
            case Reply.Stream stream -> send(stream, response, callback);
        };
        long took = System.nanoTime() - began;
        metrics.ended(request.getMethod(), template, status, took);
        LOG.log(
                System.Logger.Level.DEBUG,
                () -> "request %s %s %s %d in %.1f ms"
                        .formatted(id, request.getMethod(), request.getHttpURI().getPath(), status, took / 1e6));
        return true;
    }

    private boolean takePlace() {
        if (!places.tryAcquire()) {
            throw new HttpProblem(
                    503,
                    "overloaded",
                    "As many requests run as may (server.max-requests). Nothing was done; try again.");
        }
        return true;
    }

    /**
     * Refuses requests that a web page of another origin makes this machine's browser send: by a name that only
     * resolves to this address, or across origins.
     */
    private static void requireOwnName(Request request) {
        String host = Request.getServerName(request);
        if (host == null || !OWN_NAMES.contains(host)) {
            throw new HttpProblem(
                    421, "wrong-host", "This server answers to localhost and 127.0.0.1, not to \"" + host + "\".");
        }
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        if (origin != null) {
            try {
                String from = URI.create(origin).getHost();
                if (from != null && OWN_NAMES.contains(from)) {
                    return;
                }
            } catch (IllegalArgumentException e) {
                LOG.log(System.Logger.Level.DEBUG, "an origin that is no address", e);
            }
            throw new HttpProblem(403, "foreign-origin", "Web pages of " + origin + " may not use this server.");
        }
    }

    private static int send(Reply.Whole reply, Request request, Response response, Callback callback) {
        response.setStatus(reply.status());
        reply.headers().forEach((name, value) -> response.getHeaders().put(name, value));
        if (reply.status() == 204) {
            callback.succeeded();
            return 204;
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.type());
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, reply.body().length);
        if (HttpMethod.HEAD.is(request.getMethod())) {
            callback.succeeded();
        } else {
            response.write(true, ByteBuffer.wrap(reply.body()), callback);
        }
        return reply.status();
    }

    private static int send(Reply.Stream reply, Response response, Callback callback) {
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.type());
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        try (OutputStream out = Content.Sink.asOutputStream(response)) {
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
