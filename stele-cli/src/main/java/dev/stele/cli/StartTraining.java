package dev.stele.cli;

import dev.stele.cli.config.Settings;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Training run for the start-up cache of short commands: runs the frequent ones in one JVM, which records the classes
 * that they load. The script {@code stele} starts it after a build.
 */
final class StartTraining {

    private static final List<List<String>> COMMANDS = List.of(
            List.of("remember", "--user", "ana", "I moved to Lisbon in May."),
            List.of("remember", "--category", "fact", "Lisbon is sunny."),
            List.of("graph", "add", "Ana", "--type", "person", "--observe", "lives in Lisbon"),
            List.of("recall", "Where does Ana live?"),
            List.of("recall", "--json", "--explain", "Where does Ana live?"),
            List.of("context", "the new city"),
            List.of("sessions"),
            List.of("notes"),
            List.of("user"),
            List.of("graph", "show", "Ana"),
            List.of("agents"),
            List.of("stats"),
            List.of("recall", "--help"),
            List.of("help"),
            List.of("complete", "stele recall --agent "));

    private StartTraining() {}

    /**
     * Runs the commands and ends the process with the exit code of the first one that fails.
     *
     * @param arguments a directory for the memory, which must not exist
     */
    public static void main(String[] arguments) throws IOException {
        Path data = Path.of(arguments[0]);
        for (List<String> command : COMMANDS) {
            int code = run(data, command);
            if (code != 0) {
                System.exit(code);
            }
        }
        System.exit(runThroughServer(data));
    }

    private static int run(Path data, List<String> command) {
        Stream<String> options =
                command.getFirst().matches("help|complete") ? Stream.of() : Stream.of("--data", data.toString());
        return Start.run(Stream.concat(command.stream(), options).toArray(String[]::new));
    }

    /** Runs a command with a server that has one answer, because the classes of the real one would fill the cache. */
    private static int runThroughServer(Path data) throws IOException {
        Optional<Path> socket = Settings.load(
                        Optional.empty(), System.getenv(), Map.of("data", data.toString(), "log.level", "warning"))
                .commandSocket();
        if (socket.isEmpty()) {
            return 0;
        }
        Files.createDirectories(socket.get().getParent());
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket.get()));
            Thread.ofPlatform().daemon().start(() -> answer(server));
            return run(data, List.of("recall", "Where does Ana live?"));
        } finally {
            Files.deleteIfExists(socket.get());
        }
    }

    private static void answer(ServerSocketChannel server) {
        String body = "{\"hits\":[],\"mode\":\"hybrid\"}";
        try (var channel = server.accept()) {
            channel.read(ByteBuffer.allocate(4_096));
            channel.write(ByteBuffer.wrap(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException e) {
            System.err.println("The training has no answer of a server: " + e.getMessage());
        }
    }
}
