package dev.stele.bench;

import dev.stele.model.StelePersistenceException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Comparison of the HTTP server with a Fastify server on better-sqlite3 that does the same: reading a user, and storing
 * a message durably, in turns and with the same number of connections.
 */
final class ServingBenchmark {

    /** Number of rounds that warm up both servers. */
    private static final int WARM_UP_ROUNDS = 2;

    private static final String USER = "/v1/agents/kira/users/ana";
    private static final String MESSAGES = "/v1/agents/kira/messages";
    private static final String CONTEXT =
            "{\"preferences\":{\"tea\":\"green\",\"music\":\"fado\"},\"traits\":{\"curious\":0.8}}";
    private static final String POST = """
            wrk.method = "POST"
            wrk.headers["Content-Type"] = "application/json"
            local n = 0
            request = function()
              n = n + 1
              return wrk.format(nil, nil, nil, '{"user":"ana","session":"s' .. (n % 50) .. '","content":"I moved to Lisbon in May and number '
                .. n .. ' is a message about tea, walks along the river and the old bridge that they mend."}')
            end
            """;

    private final Path peer;
    private final int connections;
    private final int seconds;
    private final int rounds;
    private final Consumer<String> out;

    /**
     * Creates the benchmark.
     *
     * @param peer directory of the Fastify server, with its package.json
     * @param connections number of connections
     * @param seconds length of a run, in seconds
     * @param rounds number of measured rounds
     * @param out receives one line per round
     */
    ServingBenchmark(Path peer, int connections, int seconds, int rounds, Consumer<String> out) {
        this.peer = peer;
        this.connections = connections;
        this.seconds = seconds;
        this.rounds = rounds;
        this.out = out;
    }

    void run() throws IOException, InterruptedException {
        Wrk.require("wrk", "node", "npm");
        Path work = Files.createTempDirectory("stele-bench");
        try {
            for (String name : List.of("package.json", "package-lock.json", "peer.mjs")) {
                Files.copy(peer.resolve(name), work.resolve(name));
            }
            out.accept("installing the packages of the Fastify server");
            Process install = new ProcessBuilder("npm", "ci", "--no-audit", "--no-fund")
                    .directory(work.toFile())
                    .redirectErrorStream(true)
                    .start();
            String log = new String(install.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (install.waitFor() != 0) {
                throw new StelePersistenceException(
                        "npm ci failed; check the network and the npm registry. Its output: " + log, null);
            }
            try (var fastify = ServerProcess.start(
                            List.of("node", "peer.mjs", work.resolve("peer.db").toString(), "0"), work);
                    var stele = ServerProcess.stele(work.resolve("data"), List.of())) {
                send(fastify.port(), "PUT", USER, CONTEXT);
                send(stele.port(), "PATCH", USER, CONTEXT);
                compare("GET user", fastify, stele, USER, Optional.empty());
                compare("POST message", fastify, stele, MESSAGES, Optional.of(POST));
            }
        } finally {
            TempDirectories.delete(work);
        }
    }

    private void compare(String label, ServerProcess fastify, ServerProcess stele, String path, Optional<String> script)
            throws IOException {
        var ratios = new ArrayList<Double>();
        for (int round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
            Wrk.Result fastifyResult = Wrk.run(url(fastify, path), connections, seconds, script);
            Wrk.Result steleResult = Wrk.run(url(stele, path), connections, seconds, script);
            if (fastifyResult.refused() + steleResult.refused() > 0) {
                throw new StelePersistenceException(
                        "Some requests were refused, so the rates cannot be compared: Fastify "
                                + fastifyResult.refused() + ", Stele " + steleResult.refused(),
                        null);
            }
            if (round > 0) {
                ratios.add(steleResult.perSecond() / fastifyResult.perSecond());
                out.accept(String.format(
                        Locale.ROOT,
                        "%-12s fastify %,8.0f/s p99 %6.1f ms   stele %,8.0f/s p99 %6.1f ms   ratio %.2f",
                        label,
                        fastifyResult.perSecond(),
                        fastifyResult.p99(),
                        steleResult.perSecond(),
                        steleResult.p99(),
                        ratios.getLast()));
            }
        }
    }

    private static String url(ServerProcess server, String path) {
        return "http://127.0.0.1:" + server.port() + path;
    }

    private static void send(int port, String method, String path, String body)
            throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var response = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .header("Content-Type", "application/json")
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new StelePersistenceException(method + " " + path + " failed: " + response.body(), null);
            }
        }
    }
}
