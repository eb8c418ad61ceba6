package dev.stele.server;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.jetty.http.HttpCookie;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/** Cookie that holds the token of a login. Scripts cannot read it, and a browser sends it only to its own site. */
final class LoginCookie {

    private LoginCookie() {}

    /**
     * Returns the name of the cookie. The name contains the port, because browsers do not separate the cookies of
     * servers on different ports of a host.
     */
    private static String name(Request request) {
        return "stele-login-"
                + (request.getConnectionMetaData().getLocalSocketAddress() instanceof InetSocketAddress local
                        ? local.getPort()
                        : 0);
    }

    /** Returns the token of a request; empty if it has none. */
    static Optional<String> token(Request request) {
        String name = name(request);
        return Request.getCookies(request).stream()
                .filter(cookie -> cookie.getName().equals(name))
                .map(HttpCookie::getValue)
                .findFirst();
    }

    /**
     * Returns the value of the header {@code Set-Cookie} that stores a token, or deletes it.
     *
     * @param token token to store; empty text to delete the cookie
     * @param maxAge time after which the browser deletes the cookie
     */
    static String header(Request request, String token, Duration maxAge) {
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        boolean encrypted = origin != null && origin.startsWith("https://"); // a proxy may end TLS before this server
        return name(request) + "=" + token + "; Path=/; Max-Age=" + maxAge.toSeconds() + "; HttpOnly; SameSite=Strict"
                + (encrypted ? "; Secure" : "");
    }
}
