package dev.stele.documents;

import dev.stele.document.Section;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.text.PDFTextStripper;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Document;
import org.commonmark.node.Heading;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.text.LineBreakRendering;
import org.commonmark.renderer.text.TextContentRenderer;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeTraversor;
import org.jsoup.select.NodeVisitor;
import org.jspecify.annotations.Nullable;

/** Reads plain text, Markdown, HTML and PDF into sections. Stateless. */
public final class DocumentReader {

    private static final Parser MARKDOWN = Parser.builder().build();
    private static final TextContentRenderer PLAIN = TextContentRenderer.builder()
            .lineBreakRendering(LineBreakRendering.SEPARATE_BLOCKS)
            .build();

    private DocumentReader() {}

    /** The kinds of documents that can be read. */
    public enum Format {
        TEXT("text/plain"),
        MARKDOWN("text/markdown"),
        HTML("text/html"),
        PDF("application/pdf");

        private final String media;

        Format(String media) {
            this.media = media;
        }

        public String media() {
            return media;
        }

        /** The type of a word such as {@code markdown}, or of a media type with or without parameters. */
        public static Format of(String word) {
            String plain = word.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
            for (Format type : values()) {
                if (type.media.equals(plain)
                        || type.name().toLowerCase(Locale.ROOT).equals(plain)) {
                    return type;
                }
            }
            throw new InvalidInputException("There is no reading documents of the type " + Json.write(word)
                    + "; there are text, markdown, html and pdf.");
        }

        /** The type that a file's name tells; plain text if it tells none. */
        public static Format ofFile(String name) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.endsWith(".md") || lower.endsWith(".markdown")) {
                return MARKDOWN;
            }
            if (lower.endsWith(".html") || lower.endsWith(".htm") || lower.endsWith(".xhtml")) {
                return HTML;
            }
            return lower.endsWith(".pdf") ? PDF : TEXT;
        }
    }

    /**
     * What was read.
     *
     * @param title if the document says one
     */
    public record Read(Optional<String> title, List<Section> sections) {}

    /** @throws InvalidInputException if it is none of this type */
    public static Read read(Format type, byte[] bytes) {
        return switch (type) {
            case TEXT -> new Read(Optional.empty(), List.of(new Section("", text(bytes))));
            case MARKDOWN -> markdown(text(bytes));
            case HTML -> html(text(bytes));
            case PDF -> pdf(bytes);
        };
    }

    private static String text(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new InvalidInputException("The document is not UTF-8; convert it, or say what type it is.");
        }
    }

    private static Read markdown(String text) {
        var sections = new ArrayList<Section>();
        Node document = MARKDOWN.parse(text);
        var heading = new StringBuilder();
        var body = new StringBuilder();
        var title = new ArrayList<String>();
        for (Node node = document.getFirstChild(); node != null; ) {
            Node next = node.getNext();
            if (node instanceof Heading found) {
                end(sections, heading, body);
                heading.append(rendered(found));
                if (found.getLevel() == 1 && title.isEmpty()) {
                    title.add(heading.toString());
                }
            } else {
                body.append(rendered(node)).append("\n\n");
            }
            node = next;
        }
        end(sections, heading, body);
        return new Read(title.stream().findFirst(), sections);
    }

    private static void end(List<Section> sections, StringBuilder heading, StringBuilder body) {
        if (!body.toString().isBlank()) {
            sections.add(new Section(heading.toString().strip(), body.toString().strip()));
        }
        heading.setLength(0);
        body.setLength(0);
    }

    private static String rendered(Node node) {
        var alone = new Document();
        alone.appendChild(node);
        var text = new StringBuilder();
        alone.accept(new AbstractVisitor() {
            @Override
            public void visit(Document all) {
                text.append(PLAIN.render(all));
            }
        });
        return text.toString().strip();
    }

    private static Read html(String text) {
        org.jsoup.nodes.Document document = Jsoup.parse(text);
        document.select("script, style, noscript, template, nav, header nav, footer nav")
                .remove();
        var sections = new ArrayList<Section>();
        var heading = new StringBuilder();
        var body = new StringBuilder();
        NodeTraversor.traverse(
                new NodeVisitor() {
                    @Override
                    public void head(org.jsoup.nodes.Node node, int depth) {
                        boolean inHeading = node.parent() instanceof Element parent
                                && isHeading(parent.closest("h1,h2,h3,h4,h5,h6"));
                        if (node instanceof TextNode words) {
                            (inHeading ? heading : body).append(words.text());
                        } else if (node instanceof Element element && isHeading(element)) {
                            end(sections, heading, body);
                        } else if (node instanceof Element element && element.isBlock()) {
                            body.append("\n\n");
                        }
                    }

                    @Override
                    public void tail(org.jsoup.nodes.Node node, int depth) {
                        if (node instanceof Element element && element.isBlock() && !isHeading(element)) {
                            body.append("\n\n");
                        }
                    }
                },
                document.body());
        end(sections, heading, body);
        return new Read(Optional.of(document.title()).filter(title -> !title.isBlank()), sections);
    }

    private static boolean isHeading(@Nullable Element element) {
        return element != null && element.normalName().matches("h[1-6]");
    }

    private static Read pdf(byte[] bytes) {
        try (PDDocument document = Loader.loadPDF(bytes)) {
            var sections = new ArrayList<Section>();
            var stripper = new PDFTextStripper();
            stripper.setParagraphEnd("\n\n");
            for (int page = 1; page <= document.getNumberOfPages(); page++) {
                stripper.setStartPage(page);
                stripper.setEndPage(page);
                String text = stripper.getText(document);
                if (!text.isBlank()) {
                    sections.add(new Section("page " + page, text));
                }
            }
            if (sections.isEmpty()) {
                throw new InvalidInputException(
                        "The PDF holds no text; if it is scanned, have its text recognised first.");
            }
            return new Read(
                    Optional.ofNullable(document.getDocumentInformation().getTitle())
                            .filter(title -> !title.isBlank()),
                    sections);
        } catch (IOException e) {
            throw new InvalidInputException("The PDF cannot be read: " + e.getMessage());
        }
    }
}
