package dev.stele.mcp;

import static dev.stele.mcp.Schema.array;
import static dev.stele.mcp.Schema.enumeration;
import static dev.stele.mcp.Schema.integer;
import static dev.stele.mcp.Schema.object;
import static dev.stele.mcp.Schema.optional;
import static dev.stele.mcp.Schema.required;
import static dev.stele.mcp.Schema.string;

import dev.stele.files.MemoryFiles;
import dev.stele.files.MemoryReply;
import dev.stele.mcp.Tool.Effect;
import java.util.HashMap;
import java.util.List;

/**
 * Factory of the tool {@code memory}, with the commands and the replies of the memory tool {@code memory_20250818} of
 * the Anthropic Messages API.
 */
final class MemoryFileTool {

    private MemoryFileTool() {}

    static Tool create() {
        return new Tool(
                "memory",
                "Memory files",
                "Reads and edits text files below /memories, which persist between conversations. View /memories before"
                        + " a task; record progress and what will be useful later.",
                Effect.DESTRUCTIVE,
                object(
                        required(
                                "command",
                                enumeration("Command", "view", "create", "str_replace", "insert", "delete", "rename")),
                        optional("path", string("Path of the file or directory; not for rename")),
                        optional(
                                "view_range",
                                array("First and last line that view shows; -1: the last", integer("", -1))),
                        optional("file_text", string("Text of the file to create")),
                        optional("old_str", string("Text to replace; must occur once")),
                        optional("new_str", string("Text in its place")),
                        optional("insert_line", integer("Line after which insert_text is put; 0: the beginning", 0)),
                        optional("insert_text", string("Text to insert")),
                        optional("old_path", string("Present path, for rename")),
                        optional("new_path", string("New path, for rename")),
                        optional("user", string("User whose own files are meant; the shared ones if omitted"))),
                MemoryFileTool::run);
    }

    private static ToolResult run(ToolCall call) {
        MemoryFiles files = call.arguments()
                .optionalString("user")
                .map(user -> call.memory().files(user))
                .orElseGet(() -> call.memory().files());
        var input = new HashMap<>(call.arguments().raw());
        input.remove("user");
        MemoryReply reply = files.run(input);
        return new ToolResult(List.of(ToolResult.text(reply.content())), reply.error());
    }
}
