package dev.stele.cli;

import dev.stele.mcp.McpServers;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** MCP clients whose settings are known: where they are, and what the entry for a server looks like. */
enum McpClient {
    CLAUDE_DESKTOP(
            "claude_desktop_config.json, in ~/Library/Application Support/Claude on macOS and in %APPDATA%\\Claude on Windows",
            "mcpServers"),
    CLAUDE_CODE("", ""),
    CODEX("~/.codex/config.toml, which the command and the extensions of Codex share", ""),
    CURSOR("~/.cursor/mcp.json, or .cursor/mcp.json of a project", "mcpServers"),
    GEMINI_CLI("~/.gemini/settings.json, or .gemini/settings.json of a project", "mcpServers"),
    JETBRAINS(
            "Settings | Tools | AI Assistant | Model Context Protocol (MCP), Add, As JSON; for Junie to ~/.junie/mcp/mcp.json, or .junie/mcp/mcp.json of a project",
            "mcpServers"),
    VSCODE(".vscode/mcp.json of a project, or what \"MCP: Open User Configuration\" opens", "servers"),
    WINDSURF("~/.codeium/windsurf/mcp_config.json", "mcpServers"),
    ZED("settings.json, in ~/.config/zed", "context_servers"),
    HTTP("the client's settings", "mcpServers");

    private final String place;
    private final String group;

    /**
     * @param place file or dialog that takes the entry
     * @param group name of the group of servers in JSON; empty if the entry is no JSON
     */
    McpClient(String place, String group) {
        this.place = place;
        this.group = group;
    }

    /** Name of the client on the command line. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Labels of all clients, for messages. */
    static String labels() {
        return Arrays.stream(values()).map(McpClient::label).collect(Collectors.joining(", "));
    }

    /**
     * Returns the client with a label.
     *
     * @throws InvalidInputException if there is none
     */
    static McpClient of(String label) {
        return Arrays.stream(values())
                .filter(client -> client.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException(
                        "The client %s is unknown; use one of %s.".formatted(Json.write(label), labels())));
    }

    /** Tells a person what to do with the entry. */
    String hint() {
        return this == CLAUDE_CODE ? "Run this:" : "Add this to " + place + ":";
    }

    /**
     * Returns the entry for a server.
     *
     * <p>Every part may be any text: it is quoted for the shell, or written as JSON or TOML.
     *
     * @param command command that serves a memory over standard input and output
     * @param arguments arguments of the command
     * @param url address of the memory over HTTP, encoded
     */
    String entry(String command, List<String> arguments, String url) {
        return switch (this) {
            case CLAUDE_CODE ->
                "claude mcp add stele -- "
                        + Stream.concat(Stream.of(command), arguments.stream())
                                .map(ShellWords::quoted)
                                .collect(Collectors.joining(" "));
            case CODEX -> "[mcp_servers.stele]%ncommand = %s%nargs = %s".formatted(toml(command), toml(arguments));
            case VSCODE ->
                json(Json.fields()
                        .put("command", command)
                        .put("args", arguments)
                        .put("type", "stdio")
                        .map());
            case HTTP -> json(Json.fields().put("type", "http").put("url", url).map());
            default ->
                json(Json.fields()
                        .put("command", command)
                        .put("args", arguments)
                        .map());
        };
    }

    /** Returns a text, or a list of texts, in TOML: that of JSON, where the delete character may be written as it is. */
    private static String toml(Object value) {
        return Json.write(value).replace("\u007f", "\\u007f");
    }

    private String json(Map<String, ?> server) {
        return McpServers.pretty(Map.of(group, Map.of("stele", server)));
    }
}
