package dev.stele.server;

import dev.stele.server.auth.ApiKey;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.eclipse.jetty.server.Request;

/**
 * Identity that quotas and rate limits charge a request to: the API key, or else the remote address. Immutable.
 *
 * @param name id of the key or the remote address, with a prefix that distinguishes the two
 * @param limited whether the caller may hold only a share of a resource. Local callers without a key cannot be
 *     distinguished from each other, so together they may hold the whole resource.
 */
record Caller(String name, boolean limited) {

    private static final String KEY_PREFIX = "key ";
    private static final Caller LOCAL = new Caller("local", false);

    /** Returns whether the caller with a name used a key that has been revoked. */
    static boolean isRevoked(String name, AccessFilter accessFilter) {
        return name.startsWith(KEY_PREFIX) && accessFilter.isRevokedId(name.substring(KEY_PREFIX.length()));
    }

    /** Returns the caller of a request. */
    static Caller of(Optional<ApiKey> key, Request request) {
        if (key.isPresent()) {
            return new Caller(KEY_PREFIX + key.get().id(), true);
        }
        boolean local = CommandSocket.isSourceOf(request)
                || (request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress remote
                        && remote.getAddress() != null
                        && remote.getAddress().isLoopbackAddress());
        return local ? LOCAL : new Caller("address " + Request.getRemoteAddr(request), true);
    }
}
