package dev.stele.server;

import dev.stele.server.auth.ApiKey;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.eclipse.jetty.server.Request;

/**
 * Whom a request counts against where a resource is shared among callers: the API key, else the remote address. Immutable.
 *
 * @param name id of the key, or the address
 * @param limited whether the caller may hold a share of a resource only; callers of this machine without a key cannot be told
 *     apart, and may hold all of it together
 */
record Caller(String name, boolean limited) {

    private static final String KEY = "key ";
    private static final Caller LOCAL = new Caller("local", false);

    /** Whether the caller of a name used a key that was revoked. */
    static boolean isRevoked(String name, AccessFilter gate) {
        return name.startsWith(KEY) && gate.isRevokedId(name.substring(KEY.length()));
    }

    static Caller of(Optional<ApiKey> key, Request request) {
        if (key.isPresent()) {
            return new Caller(KEY + key.get().id(), true);
        }
        boolean local = request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress remote
                && remote.getAddress() != null
                && remote.getAddress().isLoopbackAddress();
        return local ? LOCAL : new Caller("address " + Request.getRemoteAddr(request), true);
    }
}
