package dev.stele.mcp;

import dev.stele.model.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The view of the graph for clients that show MCP Apps (SEP-1865): a page without files from elsewhere, which the client
 * loads in a sandbox and to which it passes the results of the tool {@code neighbors}. Stateless.
 */
final class GraphViewer {

    /** Name of the extension of the protocol. */
    static final String EXTENSION = "io.modelcontextprotocol/ui";

    static final String URI = "ui://stele/graph";
    static final String MIME_TYPE = "text/html;profile=mcp-app";

    private GraphViewer() {}

    /** Entry of {@code resources/list}. */
    static Map<String, @Nullable Object> resource() {
        return Json.fields()
                .put("uri", URI)
                .put("name", "graph-viewer")
                .put("title", "Graph viewer")
                .put("description", "Page that shows the neighborhood of an entity")
                .put("mimeType", MIME_TYPE)
                .map();
    }

    /**
     * Result of {@code resources/read}. The page may not connect to any address.
     *
     * @param maxNodes maximum number of entities that the page shows
     */
    static Map<String, @Nullable Object> read(int maxNodes) {
        return Json.fields()
                .keep(
                        "contents",
                        List.of(Json.fields()
                                .put("uri", URI)
                                .put("mimeType", MIME_TYPE)
                                .put("text", page().replace("MAX_NODES = 300", "MAX_NODES = " + maxNodes))
                                .keep("_meta", Map.of("ui", Map.of("csp", Map.of(), "prefersBorder", true)))
                                .map()))
                .map();
    }

    /** Value of the extension in the capabilities of the server. */
    static Map<String, @Nullable Object> capability() {
        return Json.fields().keep("mimeTypes", List.of(MIME_TYPE)).map();
    }

    private static String page() {
        try (InputStream in = GraphViewer.class.getResourceAsStream("graph-viewer.html")) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its file graph-viewer.html");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("the file graph-viewer.html of the program cannot be read", e);
        }
    }
}
