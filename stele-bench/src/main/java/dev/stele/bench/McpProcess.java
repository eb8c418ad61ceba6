package dev.stele.bench;

import dev.stele.model.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A server of the Model Context Protocol in a process of its own, asked one thing after another. Closing it ends it. */
final class McpProcess implements AutoCloseable {

    private final Process process;
    private final BufferedReader answers;
    private long last;

    McpProcess(List<String> command, Map<String, String> environment) throws IOException {
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment);
        this.process = builder.start();
        this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        ask(
                "initialize",
                Map.of(
                        "protocolVersion", "2025-11-25",
                        "capabilities", Map.of(),
                        "clientInfo", Map.of("name", "bench", "version", "1")));
        write(Map.of("jsonrpc", "2.0", "method", "notifications/initialized"));
    }

    private void write(Map<String, ?> message) throws IOException {
        process.getOutputStream().write((Json.write(message) + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Asks and waits for the answer, which must be no error. */
    String ask(String method, Map<String, ?> params) throws IOException {
        write(Map.of("jsonrpc", "2.0", "id", ++last, "method", method, "params", params));
        String wanted = "\"id\":" + last;
        while (true) {
            String line = answers.readLine();
            if (line == null) {
                throw new IOException("the server ended");
            }
            if (line.contains(wanted)) {
                if (line.contains("\"error\":{") || line.contains("\"isError\":true")) {
                    throw new IOException(method + " failed: " + line);
                }
                return line;
            }
        }
    }

    String call(String tool, Map<String, ?> arguments) throws IOException {
        return ask("tools/call", Map.of("name", tool, "arguments", arguments));
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor(); // until its files may be deleted
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
