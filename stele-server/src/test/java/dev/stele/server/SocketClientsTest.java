package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.server.support.Chromium;
import dev.stele.server.support.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chat WebSocket with the clients that people use, in their default settings: they offer message compression. */
class SocketClientsTest extends ServerTestBase {

    /** Function of a page that chats over a WebSocket and returns what it saw, or how the socket closed. */
    private static final String CHAT = """
            ([address, protocols]) => new Promise(resolve => {
              const seen = []
              const socket = protocols ? new WebSocket(address, protocols) : new WebSocket(address)
              const send = frame => socket.send(JSON.stringify(frame))
              socket.onclose = event => resolve({ closed: event.code, seen })
              socket.onmessage = event => {
                const frame = JSON.parse(event.data)
                seen.push(frame.type)
                if (frame.type === 'connected') send({ type: 'join', session: 's', user: 'ana' })
                if (frame.type === 'joined') send({ type: 'message', session: 's', text: 'My dog is called Rex. '.repeat(400) })
                if (frame.type === 'complete') {
                  resolve({ extensions: socket.extensions, protocol: socket.protocol, seen })
                  socket.onclose = null
                  socket.close()
                }
              }
            }).then(JSON.stringify)""";

    @TempDir
    Path work;

    private String address() {
        return "ws://127.0.0.1:" + server.port() + KIRA + "/chat";
    }

    private static JsonObject chat(Page page, String address, String protocol) {
        Object result = page.evaluate(CHAT, protocol.isEmpty() ? List.of(address) : List.of(address, protocol));
        return Json.readObject("result", String.valueOf(result));
    }

    @Test
    void chromiumChatsOverACompressedSocketFromThePagesOfTheServerOnly() throws Exception {
        try (Chromium chromium = Chromium.start();
                BrowserContext context = chromium.browser().newContext()) {
            Page page = context.newPage();
            page.navigate("http://127.0.0.1:" + server.port() + "/");
            Page foreign = context.newPage(); // a blank page, whose origin is none of the server
            for (int round = 0; round < 2; round++) {
                JsonObject talk = chat(page, address(), "");
                assertThat(talk.strings("seen")).contains("joined", "message", "chunk", "complete");
                assertThat(talk.string("extensions")).startsWith("permessage-deflate");
                assertThat(talk.string("protocol")).isEmpty();
                assertThat(chat(page, address(), "stele").raw())
                        .as("a subprotocol that a page requires is not selected")
                        .containsEntry("closed", 1006L);
                assertThat(chat(foreign, address(), "").raw())
                        .as("a page of another origin")
                        .isEqualTo(Map.of("closed", 1006L, "seen", List.of()));
            }
        }
        assertThat(stele.agent("kira").sessions().last("s", 100)).hasSize(4);
    }

    private void assertChatted(String output) throws Exception {
        assertThat(output).contains("permessage-deflate", "connected", "joined", "complete");
        assertThat(stele.agent("kira").sessions().last("s", 100)).hasSize(2);
    }

    @Test
    @Tag("proof")
    void wsOfNodeChatsOverACompressedSocket() throws Exception {
        var programs = new Programs(work);
        Path node = programs.npm("ws@8");
        Files.writeString(work.resolve("chat.mjs"), """
                import WebSocket from 'ws'
                const socket = new WebSocket(process.argv[2])
                const send = frame => socket.send(JSON.stringify(frame))
                socket.on('message', data => {
                  const frame = JSON.parse(data)
                  console.log(frame.type)
                  if (frame.type === 'connected') send({ type: 'join', session: 's', user: 'ana' })
                  if (frame.type === 'joined') send({ type: 'message', session: 's', text: 'tea '.repeat(2_000) })
                  if (frame.type === 'complete') {
                    console.log(socket.extensions)
                    socket.close()
                  }
                })
                socket.on('close', code => process.exit(code === 1005 || code === 1000 ? 0 : 1))
                socket.on('error', error => { console.log(error); process.exit(1) })
                """);
        assertChatted(programs.run(node, "chat.mjs", address()));
    }

    @Test
    @Tag("proof")
    void websocketsOfPythonChatsOverACompressedSocket() throws Exception {
        var programs = new Programs(work);
        Path python = programs.python("websockets");
        Files.writeString(work.resolve("chat.py"), """
                import asyncio, json, sys, websockets

                async def chat(address):
                    async with websockets.connect(address) as socket:
                        extensions = getattr(socket, "extensions", None) or socket.protocol.extensions
                        print([extension.name for extension in extensions])
                        async for text in socket:
                            frame = json.loads(text)
                            print(frame["type"])
                            if frame["type"] == "connected":
                                await socket.send(json.dumps({"type": "join", "session": "s", "user": "ana"}))
                            if frame["type"] == "joined":
                                message = {"type": "message", "session": "s", "text": "tea " * 2000}
                                await socket.send(json.dumps(message))
                            if frame["type"] == "complete":
                                return

                asyncio.run(asyncio.wait_for(chat(sys.argv[1]), 30))
                """);
        assertChatted(programs.run(python, "chat.py", address()));
    }
}
