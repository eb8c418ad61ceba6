package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.document.Section;
import dev.stele.model.InteractionState;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.LimitExceededException;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.Passage;
import dev.stele.recall.RecallQuery;
import dev.stele.server.documents.DocumentParser;
import dev.stele.server.documents.DocumentReader;
import dev.stele.server.documents.DocumentReader.Format;
import dev.stele.server.support.Http;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Documents in collections, and explanations of text from them. */
class DocumentsTest extends ServerTestBase {

    private static final String MARKDOWN = """
            # Tides

            The **moon** pulls the sea. Twice a day the water rises.

            ## Spring tides

            When sun and moon pull in one line, tides are highest.
            """;

    private final DocumentParser parser = new DocumentParser(DocumentParser.Limits.DEFAULT);

    @AfterEach
    void endParsers() {
        parser.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] pdf(String line) throws IOException {
        try (var document = new PDDocument();
                var out = new ByteArrayOutputStream()) {
            var page = new PDPage();
            document.addPage(page);
            try (var content = new PDPageContentStream(document, page)) {
                content.beginText();
                content.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 12);
                content.newLineAtOffset(50, 700);
                content.showText(line);
                content.endText();
            }
            document.save(out);
            return out.toByteArray();
        }
    }

    @Test
    void textMarkdownHtmlAndPdfAreParsedAndInvalidDocumentsRefused() throws Exception {
        assertThat(parser.read(Format.MARKDOWN, bytes(MARKDOWN)).sections())
                .containsExactly(
                        new Section("Tides", "The moon pulls the sea. Twice a day the water rises."),
                        new Section("Spring tides", "When sun and moon pull in one line, tides are highest."));
        DocumentReader.ParsedDocument html = parser.read(
                Format.HTML,
                bytes(
                        "<html><title>Tides</title><script>alert(1)</script><h1>The <b>sea</b></h1><p>It rises.</p><p>It falls.</p>"));
        assertThat(html.title()).contains("Tides");
        assertThat(html.sections()).hasSize(1);
        assertThat(html.sections().getFirst().heading()).isEqualTo("The sea");
        assertThat(html.sections().getFirst().text())
                .contains("It rises.", "It falls.")
                .doesNotContain("alert");
        assertThat(parser.read(Format.PDF, pdf("The moon pulls the sea."))
                        .sections()
                        .getFirst()
                        .text())
                .contains("The moon pulls the sea.");
        assertThatThrownBy(() -> parser.read(Format.PDF, bytes("no pdf"))).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> parser.read(Format.TEXT, new byte[] {(byte) 0xff, (byte) 0xfe}))
                .hasMessageContaining("UTF-8");
        assertThatThrownBy(() -> Format.of("word")).hasMessageContaining("markdown");
    }

    @Test
    void startOfAParserProcessDoesNotCountAsTimeOfTheDocument() {
        // No machine starts the JVM and loads a parser of PDF in this time.
        var limits = new DocumentParser.Limits(Duration.ofMillis(150), 64 << 20, 10, 1, 1);
        try (var hasty = new DocumentParser(limits)) {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .ignoreExceptionsMatching(LimitExceededException.class::isInstance) // a machine that is busy
                    .until(
                            () -> hasty.read(Format.PDF, pdf("The moon."))
                                    .sections()
                                    .getFirst(),
                            section -> section.text().contains("The moon."));
        }
    }

    private JsonObject add(String collection, String id, String text) throws Exception {
        Http.Answer answer = http.post(
                KIRA + "/documents",
                Json.write(Json.fields()
                        .put("collection", collection)
                        .put("id", id)
                        .put("text", text)
                        .put("type", "markdown")
                        .map()));
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer.json();
    }

    @Test
    void documentsAreAddedOnceSearchedReplacedAndDeleted() throws Exception {
        JsonObject added = add("sea", "tides.md", MARKDOWN);
        assertThat(added.optionalLong("passages")).contains(2L);
        long change = stele.agent("kira").lastChange();
        assertThat(add("sea", "tides.md", MARKDOWN)).isNotNull();
        assertThat(stele.agent("kira").lastChange()).isEqualTo(change);

        HttpResponse<String> file = http.client()
                .send(
                        HttpRequest.newBuilder(http.uri(KIRA + "/documents?collection=sea&id=moon.pdf"))
                                .header("Content-Type", "application/pdf")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(pdf("Jupiter has many moons.")))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(file.statusCode()).isEqualTo(201);

        Http.Answer found = http.post(
                KIRA + "/documents/search", "{\"collection\": \"sea\", \"query\": \"when are tides highest\"}");
        JsonObject best = found.json().objects("hits").getFirst();
        assertThat(best.string("content")).contains("tides are highest");
        assertThat(best.string("entity")).isEqualTo("Tides: Spring tides");
        // Recall returns documents only on request.
        stele.agent("kira").remember(MessageDraft.user("s", "ana", "The tides were low today."));
        assertThat(stele.agent("kira").recall(RecallQuery.of("tides")).hits())
                .extracting(hit -> hit.kind().label())
                .containsExactly("message");

        // An unchanged passage keeps its sequence number, and therefore its vector.
        List<Passage> before = stele.agent("kira").documents().passages("sea", "tides.md");
        add("sea", "tides.md", MARKDOWN.replace("Twice a day", "Two times a day"));
        List<Passage> after = stele.agent("kira").documents().passages("sea", "tides.md");
        assertThat(after.get(1).number()).isEqualTo(before.get(1).number());
        assertThat(after.get(0).number()).isGreaterThan(before.get(1).number());
        // A passage that occurs in two documents of the collection is returned once.
        assertThat(add("sea", "copy.md", MARKDOWN).optionalLong("passages")).contains(1L);

        assertThat(http.get(KIRA + "/collections").body()).contains("\"documents\":3");
        assertThat(http.get(KIRA + "/documents?collection=sea").json().objects("items"))
                .hasSize(3);
        assertThat(http.send("DELETE", KIRA + "/collections/sea/documents/tides.md", null)
                        .json()
                        .optionalLong("documents"))
                .contains(1L);
        assertThat(http.get(KIRA + "/collections/sea/documents/tides.md").status())
                .isEqualTo(404);
        assertThat(stele.agent("kira").verify().problems()).isEmpty();
        assertThat(http.post(KIRA + "/documents/search", "{\"collection\": \"see\", \"query\": \"tides\"}")
                        .body())
                .contains("\\\"sea\\\"");
        assertThat(http.post(KIRA + "/documents", "{\"collection\": \"sea\", \"text\": \"  \"}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void selectionIsExplainedFromTheCollectionAndStoredAsAnInterestOfTheReader() throws Exception {
        add("sea", "tides.md", MARKDOWN);
        String selection = Json.write(Json.fields()
                .put("selected_text", "spring tides")
                .put("context_text", "Sailors fear spring tides at night.")
                .put("collection", "sea")
                .put("document", "Logbook")
                .put("user", "ana")
                .map());
        Http.Answer stream = http.post(KIRA + "/elaborate/stream?searched=true", selection);
        assertThat(stream.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        List<ChatHttpTest.Event> events = ChatHttpTest.events(stream.body());
        assertThat(events)
                .extracting(ChatHttpTest.Event::name)
                .startsWith("searched", "delta")
                .endsWith("delta", "sources", "done")
                .containsOnlyOnce("sources");
        assertThat(Json.write(events.getFirst().data()))
                .contains("tides are highest")
                .contains("passage");
        assertThat(Json.write(events.get(events.size() - 2).data()))
                .as("the explanation quotes the passage by its number")
                .contains("tides are highest", "\"number\":");
        assertThat(events.getLast().json().has("sources")).isFalse();
        String interaction = events.getLast().json().string("interaction");
        stele.agent("kira").reflect();
        assertThat(stele.agent("kira")
                        .interactions()
                        .get(interaction)
                        .orElseThrow()
                        .state())
                .isEqualTo(InteractionState.PROCESSED);
        assertThat(http.get(KIRA + "/notes?user=ana").body()).contains("looked closer at “spring tides” in Logbook");
        // The second explanation finds the same interest, and the notes of the reader are among its sources.
        List<ChatHttpTest.Event> again = ChatHttpTest.events(
                http.post(KIRA + "/elaborate/stream?searched=true", selection).body());
        assertThat(Json.write(again.getFirst().data())).contains("\"reader\"");
        assertThat(ChatHttpTest.events(
                        http.post(KIRA + "/elaborate/stream", selection).body()))
                .extracting(ChatHttpTest.Event::name)
                .doesNotContain("searched");
        stele.agent("kira").reflect();
        assertThat(stele.agent("kira")
                        .notes()
                        .list(NoteFilter.ALL, 10, Optional.empty())
                        .items())
                .hasSize(1);

        assertThat(http.post(KIRA + "/elaborate/stream", selection.replace("\"sea\"", "\"land\""))
                        .status())
                .isEqualTo(404);
        assertThat(http.post(KIRA + "/elaborate/stream", selection.replace("\"spring tides\"", "\" \""))
                        .body())
                .contains("selected_text is blank");
        assertThat(http.post(KIRA + "/elaborate/stream", "{\"selected_text\": \"x\"}")
                        .status())
                .isEqualTo(400);
    }
}
