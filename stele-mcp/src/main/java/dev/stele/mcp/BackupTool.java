package dev.stele.mcp;

import dev.stele.Stele;
import dev.stele.io.DurableFiles;
import dev.stele.mcp.Tool.Effect;
import dev.stele.mcp.Tool.TaskSupport;
import dev.stele.model.Ids;
import dev.stele.model.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Factory of the tool {@code backup}, which copies the whole memory of an agent into one file. */
final class BackupTool {

    private BackupTool() {}

    static Tool of(Stele stele) {
        return new Tool(
                        "backup",
                        "Back up",
                        "Copies this whole memory into a new file on the server, from which an administrator can restore it. Call it only if the person asks for it.",
                        Effect.ADDITIVE,
                        Schema.object(),
                        call -> backup(stele, call))
                .withTasks(TaskSupport.IF_ACCEPTED)
                .forAdministrators();
    }

    /** Writes a backup into {@code backups/} of the data directory, where the background jobs write theirs. */
    private static ToolResult backup(Stele stele, ToolCall call) throws IOException {
        long bytes = call.memory().stats().databaseBytes(); // fails for an unknown agent
        call.progress(0, 1, "copying a database of %,d bytes".formatted(bytes));
        Path target = stele.config().data().resolve("backups").resolve(Ids.next() + ".zip");
        DurableFiles.createDirectories(DurableFiles.parent(target));
        call.memory().backup(target);
        call.progress(1, 1, "copied");
        return ToolResult.of(Json.fields()
                .put("file", target.toString())
                .put("bytes", Files.size(target))
                .map());
    }
}
