package dev.stele.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Frame;
import com.microsoft.playwright.Page;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.EntityDraft;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.RelationDraft;
import dev.stele.server.support.Chromium;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The graph viewer of the Model Context Protocol, in Chromium and in a host that speaks the messages of MCP Apps. */
class GraphViewerTest {

    private static final String HOSTILE = "<img src=x onerror=\"parent.taken=1\"><script>parent.taken=1</script>";

    /** The host: loads the page in a sandbox, answers its requests, and passes tool calls to the test. */
    private static final String HOST = """
            async ({ html, theme }) => {
              window.seen = []
              const frame = document.createElement('iframe')
              frame.name = 'view'
              frame.setAttribute('sandbox', 'allow-scripts')
              frame.style = 'width: 700px; height: 600px; border: 0'
              const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"
              frame.srcdoc = html.replace('<head>', '<head><meta http-equiv="Content-Security-Policy" content="' + policy + '">')
              const send = message => frame.contentWindow.postMessage({ jsonrpc: '2.0', ...message }, '*')
              window.send = send
              addEventListener('message', async event => {
                if (event.source !== frame.contentWindow) return
                const { id, method, params } = event.data
                window.seen.push(method ?? 'response ' + id)
                if (method === 'ui/initialize') send({ id, result: { protocolVersion: '2026-01-26', hostInfo: { name: 'test', version: '1' },
                  hostCapabilities: { serverTools: {} }, hostContext: { theme } } })
                if (method === 'tools/call') send({ id, result: JSON.parse(await callTool(JSON.stringify(params))) })
              })
              document.body.append(frame)
            }""";

    @TempDir
    Path data;

    private static Map<String, ?> rpc(Http http, String method, Map<String, ?> params) throws Exception {
        var meta = Json.fields()
                .put("io.modelcontextprotocol/protocolVersion", "2026-07-28")
                .keep("io.modelcontextprotocol/clientInfo", Map.of("name", "test", "version", "1"))
                .keep("io.modelcontextprotocol/clientCapabilities", Map.of())
                .map();
        var all = Json.fields();
        params.forEach(all::put);
        var headers = new ArrayList<>(List.of(
                "Accept",
                "application/json, text/event-stream",
                "MCP-Protocol-Version",
                "2026-07-28",
                "Mcp-Method",
                method));
        Object name = params.containsKey("name") ? params.get("name") : params.get("uri");
        if (name != null) {
            headers.addAll(List.of("Mcp-Name", name.toString()));
        }
        var response = http.send(
                "POST",
                "/mcp?agent=kira&tools=all",
                Json.write(Json.fields()
                        .put("jsonrpc", "2.0")
                        .put("id", 1)
                        .put("method", method)
                        .keep("params", all.keep("_meta", meta).map())
                        .map()),
                headers.toArray(String[]::new));
        return Json.readObject("answer", response.body()).map("result");
    }

    @Test
    void viewerShowsAndExpandsTheGraphAndHostileTextStaysText() throws Exception {
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()));
                var server = new SteleServer(stele, TestOptions.small().build());
                var http = new Http(server.port());
                Chromium chromium = Chromium.start();
                BrowserContext context = chromium.browser().newContext()) {
            var graph = stele.agent("kira").graph();
            graph.put(List.of(
                    EntityDraft.of("person", "Ana"),
                    EntityDraft.of("city", "Lisbon"),
                    EntityDraft.of("country", "Portugal"),
                    EntityDraft.of("thing", HOSTILE)));
            graph.relate(RelationDraft.of("Ana", "lives_in", "Lisbon"));
            graph.relate(RelationDraft.of("Lisbon", "lies_in", "Portugal"));
            graph.relate(RelationDraft.of("Ana", "owns", HOSTILE));

            Map<?, ?> neighbors =
                    (Map<?, ?>) ((List<?>) rpc(http, "tools/list", Map.of()).get("tools"))
                            .stream()
                                    .filter(tool -> "neighbors".equals(((Map<?, ?>) tool).get("name")))
                                    .findFirst()
                                    .orElseThrow();
            assertThat(neighbors.get("_meta")).isEqualTo(Map.of("ui", Map.of("resourceUri", "ui://stele/graph")));
            Map<?, ?> content = (Map<?, ?>) ((List<?>) rpc(http, "resources/read", Map.of("uri", "ui://stele/graph"))
                            .get("contents"))
                    .getFirst();
            assertThat(content.get("mimeType")).isEqualTo("text/html;profile=mcp-app");
            String html = String.valueOf(content.get("text"));
            assertThat(html)
                    .doesNotContain("src=")
                    .doesNotContain("http://www.example")
                    .doesNotContain("@import");

            var failures = new ArrayList<String>();
            Page page = context.newPage();
            page.onPageError(failures::add);
            page.exposeFunction("callTool", arguments -> {
                try {
                    JsonObject call = Json.readObject("call", String.valueOf(arguments[0]));
                    return Json.write(rpc(
                            http,
                            "tools/call",
                            Map.of("name", call.string("name"), "arguments", call.map("arguments"))));
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            page.evaluate(HOST, Map.of("html", html, "theme", "dark"));
            page.waitForFunction("() => window.seen.includes('ui/notifications/initialized')");
            Map<String, ?> arguments = Map.of("entity", "Ana", "depth", 1);
            page.evaluate(
                    "call => { send({ method: 'ui/notifications/tool-input', params: { arguments: { entity: 'Ana' } } });"
                            + " send({ method: 'ui/notifications/tool-result', params: JSON.parse(call) }) }",
                    Json.write(rpc(http, "tools/call", Map.of("name", "neighbors", "arguments", arguments))));
            Frame view = page.frames().getLast();
            assertThat(view.locator("#state")).hasText("3 entities, 2 relations");
            assertThat(view.locator("html")).hasAttribute("data-theme", "dark");
            assertThat(view.locator("img, script[src], svg script")).hasCount(0);
            assertThat(view.locator(".node[aria-label^='<img']")).hasCount(1);
            assertThat(page.evaluate("() => window.taken === undefined")).isEqualTo(true);

            view.locator(".node[aria-label='Lisbon, city']").focus();
            page.keyboard().press("Enter");
            assertThat(view.locator("#state")).hasText("4 entities, 3 relations");
            assertThat(view.locator("#details")).containsText("Lisbon lies_in Portugal");
            page.evaluate("() => send({ id: 7, method: 'ui/resource-teardown', params: { reason: 'end' } })");
            page.waitForFunction("() => window.seen.includes('response 7')");
            page.evaluate(
                    "() => send({ method: 'ui/notifications/tool-result', params: { isError: true, content: [{ type: 'text', text: 'No such entity.' }] } })");
            assertThat(view.locator("#state")).hasText("No such entity.");
            page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target", "viewer.png")));
            assertThat(page.evaluate("() => window.seen.includes('ui/notifications/size-changed')"))
                    .isEqualTo(true);
            assertThat(failures).isEmpty();
        }
    }

    @Test
    void viewerSaysThatItShowsNoMoreThanItsMaximum() throws Exception {
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()));
                var server =
                        new SteleServer(stele, TestOptions.small().graphNodes(2).build());
                var http = new Http(server.port());
                Chromium chromium = Chromium.start();
                BrowserContext context = chromium.browser().newContext()) {
            var graph = stele.agent("kira").graph();
            graph.put(List.of(
                    EntityDraft.of("person", "Ana"),
                    EntityDraft.of("city", "Lisbon"),
                    EntityDraft.of("country", "Portugal")));
            graph.relate(RelationDraft.of("Ana", "lives_in", "Lisbon"));
            graph.relate(RelationDraft.of("Ana", "born_in", "Portugal"));
            Map<?, ?> content = (Map<?, ?>) ((List<?>) rpc(http, "resources/read", Map.of("uri", "ui://stele/graph"))
                            .get("contents"))
                    .getFirst();
            Page page = context.newPage();
            page.exposeFunction("callTool", _ -> "{}");
            page.evaluate(HOST, Map.of("html", String.valueOf(content.get("text")), "theme", "light"));
            page.waitForFunction("() => window.seen.includes('ui/notifications/initialized')");
            Map<String, ?> arguments = Map.of("entity", "Ana", "depth", 1);
            page.evaluate(
                    "call => send({ method: 'ui/notifications/tool-result', params: JSON.parse(call) })",
                    Json.write(rpc(http, "tools/call", Map.of("name", "neighbors", "arguments", arguments))));
            assertThat(page.frames().getLast().locator("#state")).hasText("2 entities, 1 relation, not all of them");
        }
    }
}
