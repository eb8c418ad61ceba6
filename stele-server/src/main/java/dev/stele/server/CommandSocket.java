package dev.stele.server;

import dev.stele.io.DurableFiles;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;

/**
 * Socket in the data directory through which the command {@code stele} reaches the server that runs there (Unix domain
 * socket). Thread-safe.
 *
 * <p>Only the owner of the data directory can connect: the directory of the socket is private, and the owner can read
 * and change the memory without a server anyway. So a request over the socket needs no API key, and an address that is
 * reachable over the network gets no way around the keys. A socket has no port that another program could take over, and
 * a connection to the socket of a server that has ended fails at once.
 *
 * <p>Of several servers with one socket, the first one serves it until it ends. A server that cannot create the socket,
 * for example because the file system knows no sockets, works without one.
 */
public final class CommandSocket {

    private static final System.Logger LOG = System.getLogger(CommandSocket.class.getName());

    /** Directory of the socket in the data directory. */
    private static final String DIRECTORY = "run";

    /** Maximum length of the path of a socket on any supported operating system, in bytes. */
    private static final int MAX_PATH_BYTES = 103;

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final UnixDomainServerConnector connector;
    private final Path path;

    private CommandSocket(UnixDomainServerConnector connector, Path path) {
        this.connector = connector;
        this.path = path;
    }

    /**
     * Returns the path of the socket of a data directory.
     *
     * @param data the data directory
     * @param settings text of everything that server and command must agree on; the name of the socket has a checksum
     *     of it (64-bit FNV-1a)
     * @return the path; empty if it is too long for a socket
     */
    public static Optional<Path> path(Path data, String settings) {
        long hash = FNV_OFFSET;
        for (byte b : settings.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * FNV_PRIME;
        }
        Path path = data.resolve(DIRECTORY).resolve(Long.toHexString(hash) + ".sock");
        int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
        return length > MAX_PATH_BYTES ? Optional.empty() : Optional.of(path);
    }

    /**
     * Starts to serve a socket.
     *
     * @param server server that handles the requests
     * @param path the socket; its directory is created if necessary
     * @param http parser and writer of HTTP
     * @return the socket; empty if another server serves it, or it cannot be created, which is logged
     */
    static Optional<CommandSocket> start(Server server, Path path, HttpConnectionFactory http) {
        var connector = new UnixDomainServerConnector(server, 1, 1, http);
        connector.setUnixDomainPath(path);
        try {
            Path directory = DurableFiles.parent(path);
            DurableFiles.createDirectories(directory);
            if (Files.exists(path)) {
                if (isServed(path)) {
                    return Optional.empty();
                }
                Files.delete(path);
            }
            connector.start();
            if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
            }
            return Optional.of(new CommandSocket(connector, path));
        } catch (Exception e) {
            LOG.log(System.Logger.Level.DEBUG, "no socket for commands", e);
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "commands on this machine do not use this server, because it cannot create the socket "
                            + path);
            return Optional.empty();
        }
    }

    private static boolean isServed(Path path) {
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the socket is that of a server that has ended", e);
            return false;
        }
    }

    /** Returns whether a request came over such a socket, and so from the owner of the data directory. */
    static boolean isSourceOf(Request request) {
        Connector source = request.getConnectionMetaData().getConnector();
        return source instanceof UnixDomainServerConnector;
    }

    /** Refuses further connections and removes the socket. */
    void stop() throws Exception {
        connector.stop();
        Files.deleteIfExists(path);
    }
}
