package dev.stele.cli;

import dev.stele.support.SecondJvm;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Process that measures how soon {@code /health} answers, until it is told to stop.
 *
 * <p>It has a JVM and, where that is allowed, a processor priority of its own: a real probe runs on another machine, so
 * that pauses of other clients and its own wait for a processor are not times of the server.
 */
final class HealthProbe {

    private HealthProbe() {}

    /**
     * What was measured.
     *
     * @param count number of requests
     * @param failures number of requests with another answer than 200
     * @param p99 99th percentile in milliseconds
     * @param worst maximum in milliseconds
     */
    record Report(int count, int failures, double p99, double worst) {

        /** Parses the line that the process prints. */
        static Report parse(String line) {
            String[] parts = line.split(" ");
            return new Report(
                    Integer.parseInt(parts[0]),
                    Integer.parseInt(parts[1]),
                    Double.parseDouble(parts[2]),
                    Double.parseDouble(parts[3]));
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%d %d %.1f %.1f", count, failures, p99, worst);
        }
    }

    /** Starts the process. */
    static Process start(int port) throws IOException {
        List<String> command = SecondJvm.command(
                List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), HealthProbe.class, port);
        command.addAll(0, List.of("nice", "-n", "-5"));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD) // "nice" says so when it may not raise the priority
                .start();
    }

    /**
     * Measures from the first byte of standard input until the next, and then prints a {@link Report}.
     *
     * @param arguments port of the server
     */
    public static void main(String[] arguments) throws Exception {
        var health = URI.create("http://127.0.0.1:" + arguments[0] + "/health").toURL();
        for (int i = 0; i < 100; i++) { // compiles the code of the probe
            get(health);
        }
        if (System.in.read() < 0) {
            return;
        }
        List<Long> nanos = new ArrayList<>();
        int failures = 0;
        while (System.in.available() == 0) {
            long start = System.nanoTime();
            failures += get(health) ? 0 : 1;
            nanos.add(System.nanoTime() - start);
            TimeUnit.MILLISECONDS.sleep(50);
        }
        Collections.sort(nanos);
        System.out.println(new Report(
                nanos.size(), failures, nanos.get((int) (0.99 * (nanos.size() - 1))) / 1e6, nanos.getLast() / 1e6));
    }

    private static boolean get(URL health) {
        try {
            var connection = (HttpURLConnection) health.openConnection();
            int status = connection.getResponseCode();
            try (var body = connection.getInputStream()) {
                body.readAllBytes();
            }
            return status == 200;
        } catch (IOException e) {
            return false;
        }
    }
}
