package dev.stele.server.documents;

import dev.stele.document.Section;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.font.FontMappers;
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
import org.jsoup.select.NodeVisitor;

/**
 * Reads plain text, Markdown, HTML and PDF into sections. Stateless. Documents of strangers are read through {@link
 * DocumentParser}, which bounds what the libraries used here may do.
 */
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

    /**
     * Reads a document.
     *
     * @param maxPages maximum number of pages of a PDF
     * @throws InvalidInputException if it is none of this type
     * @throws LimitExceededException if it has too many pages or too much text
     */
    static Read read(Format type, byte[] bytes, int maxPages) {
        Read read = parse(type, bytes, maxPages);
        long chars = read.sections().stream()
                .mapToLong(section -> section.text().length())
                .sum();
        if (chars > ParserProcess.MAX_CHARS) {
            throw tooLong();
        }
        return read;
    }

    private static LimitExceededException tooLong() {
        return new LimitExceededException("The document has more than %d characters of text; cut it in parts."
                .formatted(ParserProcess.MAX_CHARS));
    }

    private static Read parse(Format type, byte[] bytes, int maxPages) {
        return switch (type) {
            case TEXT -> new Read(Optional.empty(), List.of(new Section("", text(bytes))));
            case MARKDOWN -> markdown(text(bytes));
            case HTML -> html(text(bytes));
            case PDF -> pdf(bytes, maxPages);
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
        document.body().traverse(new NodeVisitor() {
            // How many headings the current node is in.
            private int headings;

            @Override
            public void head(org.jsoup.nodes.Node node, int depth) {
                if (node instanceof TextNode words) {
                    (headings > 0 ? heading : body).append(words.text());
                } else if (node instanceof Element element && isHeading(element)) {
                    end(sections, heading, body);
                    headings++;
                } else if (node instanceof Element element && element.isBlock()) {
                    body.append("\n\n");
                }
            }

            @Override
            public void tail(org.jsoup.nodes.Node node, int depth) {
                if (node instanceof Element element && isHeading(element)) {
                    headings--;
                } else if (node instanceof Element element && element.isBlock()) {
                    body.append("\n\n");
                }
            }
        });
        end(sections, heading, body);
        return new Read(Optional.of(document.title()).filter(title -> !title.isBlank()), sections);
    }

    private static boolean isHeading(Element element) {
        String name = element.normalName();
        return name.length() == 2 && name.charAt(0) == 'h' && name.charAt(1) >= '1' && name.charAt(1) <= '6';
    }

    /** Set once, before the first PDF is read. */
    private static final class Fonts {
        static {
            FontMappers.set(new BundledFonts());
        }

        static void prepare() {
            // The class initializer did it.
        }
    }

    private static Read pdf(byte[] bytes, int maxPages) {
        Fonts.prepare();
        try (PDDocument document = Loader.loadPDF(bytes)) {
            var sections = new ArrayList<Section>();
            var text = new StringWriter();
            var stripper = new PDFTextStripper() {
                private int page;
                private int begin;
                private long chars;

                @Override
                protected void endPage(PDPage ended) {
                    if (++page > maxPages) {
                        throw new LimitExceededException(
                                "The PDF has more than %d pages (limits.document-pages); cut it in parts."
                                        .formatted(maxPages));
                    }
                    String content = text.getBuffer().substring(begin);
                    begin = text.getBuffer().length();
                    chars += content.length();
                    if (chars > ParserProcess.MAX_CHARS) {
                        throw tooLong();
                    }
                    if (!content.isBlank()) {
                        sections.add(new Section("page " + page, content));
                    }
                }
            };
            stripper.setParagraphEnd("\n\n");
            stripper.writeText(document, text);
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
