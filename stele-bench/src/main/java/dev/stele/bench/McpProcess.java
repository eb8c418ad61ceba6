package dev.stele.bench;

import dev.stele.model.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Process of an MCP server on standard input and output, with one request at a time. {@link #close} ends the process.
 * Not thread-safe.
 */
final class McpProcess implements AutoCloseable {

    private final Process process;
    private final BufferedReader responses;
    private long lastId;

    McpProcess(List<String> command, Map<String, String> environment) throws IOException {
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment);
        this.process = builder.start();
        this.responses = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        request(
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

    /**
     * Sends a request and waits for its response.
     *
     * @return the response as a line of JSON
     * @throws IOException if the response is an error, or the server ended
     */
    String request(String method, Map<String, ?> params) throws IOException {
        write(Map.of("jsonrpc", "2.0", "id", ++lastId, "method", method, "params", params));
        String expectedId = "\"id\":" + lastId;
        while (true) {
            String line = responses.readLine();
            if (line == null) {
                throw new IOException("the MCP server ended before it answered " + method);
            }
            if (line.contains(expectedId)) {
                if (line.contains("\"error\":{") || line.contains("\"isError\":true")) {
                    throw new IOException(method + " failed: " + line);
                }
                return line;
            }
        }
    }

    /** Calls a tool. Returns the response as a line of JSON. */
    String call(String tool, Map<String, ?> arguments) throws IOException {
        return request("tools/call", Map.of("name", tool, "arguments", arguments));
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor(); // because the caller deletes its files
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
