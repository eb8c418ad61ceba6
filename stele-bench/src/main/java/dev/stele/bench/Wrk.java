package dev.stele.bench;

import dev.stele.model.InvalidInputException;
import dev.stele.model.StelePersistenceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Runs of the HTTP load generator wrk, which must be installed. Stateless. */
final class Wrk {

    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([\\d.]+)");
    private static final Pattern MEDIAN = Pattern.compile("50%\\s+([\\d.]+)(us|ms|s)");
    private static final Pattern P99 = Pattern.compile("99%\\s+([\\d.]+)(us|ms|s)");
    private static final Pattern REFUSED = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
    private static final Pattern SOCKET_ERRORS = Pattern.compile("Socket errors: (.*)");

    private Wrk() {}

    /**
     * Measurements of a run.
     *
     * @param perSecond responses per second, refusals included
     * @param median median time of a response in milliseconds; -1 if wrk printed none
     * @param p99 99th percentile of the time of a response in milliseconds; -1 if wrk printed none
     * @param refused number of responses with another status than 2xx and 3xx
     * @param socketErrors errors of connections in the words of wrk; an empty text if there were none
     */
    record Result(double perSecond, double median, double p99, long refused, String socketErrors) {}

    /**
     * Runs wrk with one thread.
     *
     * @param url URL of the requests
     * @param connections number of connections
     * @param seconds length of the run, in seconds
     * @param script Lua script that makes the requests; empty for plain GET requests
     * @throws StelePersistenceException if wrk fails
     */
    static Result run(String url, int connections, int seconds, Optional<String> script) throws IOException {
        Path lua = Files.createTempFile("stele-bench", ".lua");
        try {
            var command = new ArrayList<>(
                    List.of("wrk", "-t1", "-c" + connections, "-d" + seconds + "s", "--timeout", "30s", "--latency"));
            if (script.isPresent()) {
                Files.writeString(lua, script.get());
                command.add("-s");
                command.add(lua.toString());
            }
            command.add(url);
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new StelePersistenceException("wrk failed. Its output: " + output, null);
            }
            return new Result(
                    number(RATE, output).orElse(0.0),
                    millis(MEDIAN, output),
                    millis(P99, output),
                    number(REFUSED, output).orElse(0.0).longValue(),
                    find(SOCKET_ERRORS, output).orElse(""));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StelePersistenceException("Interrupted.", e);
        } finally {
            Files.delete(lua);
        }
    }

    /**
     * Checks that programs are installed.
     *
     * @throws InvalidInputException if a program is not on the path
     */
    static void require(String... programs) throws IOException {
        for (String program : programs) {
            boolean isInstalled = List.of(
                            System.getenv().getOrDefault("PATH", "").split(":", -1))
                    .stream()
                    .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
            if (!isInstalled) {
                throw new InvalidInputException("The program " + program
                        + " is not on the path; install it (Debian: apt install wrk nodejs npm).");
            }
        }
    }

    private static Optional<String> find(Pattern pattern, String text) {
        var matcher = pattern.matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private static Optional<Double> number(Pattern pattern, String text) {
        return find(pattern, text).map(Double::parseDouble);
    }

    private static double millis(Pattern pattern, String text) {
        var matcher = pattern.matcher(text);
        if (!matcher.find()) {
            return -1;
        }
        double number = Double.parseDouble(matcher.group(1));
        return switch (matcher.group(2)) {
            case "us" -> number / 1000;
            case "s" -> number * 1000;
            default -> number;
        };
    }
}
