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

/** Load made by the program wrk, which has to be installed. */
final class Wrk {

    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([\\d.]+)");
    private static final Pattern MEDIAN = Pattern.compile("50%\\s+([\\d.]+)(us|ms|s)");
    private static final Pattern P99 = Pattern.compile("99%\\s+([\\d.]+)(us|ms|s)");
    private static final Pattern REFUSED = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
    private static final Pattern BROKEN = Pattern.compile("Socket errors: (.*)");

    private Wrk() {}

    /**
     * What a run gave.
     *
     * @param perSecond answers a second, refusals included
     * @param median of all answers, in milliseconds
     * @param p99 likewise
     * @param refused answers that were refusals
     * @param broken errors of connections, as wrk words them; empty text for none
     */
    record Result(double perSecond, double median, double p99, long refused, String broken) {}

    /** @param script in Lua, that makes the requests; empty for a plain GET */
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
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new StelePersistenceException("wrk failed: " + said, null);
            }
            return new Result(
                    number(RATE, said).orElse(0.0),
                    millis(MEDIAN, said),
                    millis(P99, said),
                    number(REFUSED, said).orElse(0.0).longValue(),
                    first(BROKEN, said).orElse(""));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StelePersistenceException("Interrupted.", e);
        } finally {
            Files.delete(lua);
        }
    }

    /** @throws InvalidInputException if a program is not there */
    static void require(String... programs) throws IOException {
        for (String program : programs) {
            boolean there = List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)).stream()
                    .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
            if (!there) {
                throw new InvalidInputException(
                        "This measurement needs " + program + "; install it (Debian: apt install wrk nodejs npm).");
            }
        }
    }

    private static Optional<String> first(Pattern pattern, String text) {
        var found = pattern.matcher(text);
        return found.find() ? Optional.of(found.group(1)) : Optional.empty();
    }

    private static Optional<Double> number(Pattern pattern, String text) {
        return first(pattern, text).map(Double::parseDouble);
    }

    private static double millis(Pattern pattern, String text) {
        var found = pattern.matcher(text);
        if (!found.find()) {
            return -1;
        }
        double number = Double.parseDouble(found.group(1));
        return switch (found.group(2)) {
            case "us" -> number / 1000;
            case "s" -> number * 1000;
            default -> number;
        };
    }
}
