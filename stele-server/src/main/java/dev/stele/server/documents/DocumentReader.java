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
 * Parsers for plain text, Markdown, HTML and PDF, which split a document into sections. Stateless.
 *
 * <p>The libraries used here bound neither time nor memory. Documents from untrusted sources must be parsed with {@link
 * DocumentParser}.
 */
public final class DocumentReader {

    private static final Parser MARKDOWN = Parser.builder().build();
    private static final TextContentRenderer PLAIN = TextContentRenderer.builder()
            .lineBreakRendering(LineBreakRendering.SEPARATE_BLOCKS)
            .build();

    private DocumentReader() {}

    /** Format of a document. */
    public enum Format {
        /** Plain text in UTF-8. */
        TEXT("text/plain"),
        /** CommonMark in UTF-8. */
        MARKDOWN("text/markdown"),
        /** HTML or XHTML in UTF-8. */
        HTML("text/html"),
        /** PDF that contains text, not only scanned images. */
        PDF("application/pdf");

        private final String media;

        Format(String media) {
            this.media = media;
        }

        /** Returns the media type, such as {@code text/plain}. */
        public String media() {
            return media;
        }

        /**
         * Returns the format with a name or media type.
         *
         * @param word name such as {@code markdown}, or media type with or without parameters; case is ignored
         * @throws InvalidInputException if the format is not supported
         */
        public static Format of(String word) {
            String plain = word.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
            for (Format type : values()) {
                if (type.media.equals(plain)
                        || type.name().toLowerCase(Locale.ROOT).equals(plain)) {
                    return type;
                }
            }
            throw new InvalidInputException("Documents of the type " + Json.write(word)
                    + " are not supported; use text, markdown, html or pdf.");
        }

        /** Returns the format that the extension of a file name denotes; {@link #TEXT} for any other name. */
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
     * Text of a document.
     *
     * @param title title that the document declares; empty if it declares none
     * @param sections sections in the order of the document
     */
    public record ParsedDocument(Optional<String> title, List<Section> sections) {}

    /**
     * Parses a document without limits for time and memory.
     *
     * @param maxPages maximum number of pages of a PDF
     * @throws InvalidInputException if the content is no document of this format
     * @throws LimitExceededException if the document has too many pages or too much text
     */
    static ParsedDocument read(Format type, byte[] bytes, int maxPages) {
        ParsedDocument document = parse(type, bytes, maxPages);
        long chars = document.sections().stream()
                .mapToLong(section -> section.text().length())
                .sum();
        if (chars > ParserProcess.MAX_CHARS) {
            throw tooLong();
        }
        return document;
    }

    private static LimitExceededException tooLong() {
        return new LimitExceededException(
                "The document has more than %d characters of text; split it into several documents."
                        .formatted(ParserProcess.MAX_CHARS));
    }

    private static ParsedDocument parse(Format type, byte[] bytes, int maxPages) {
        return switch (type) {
            case TEXT -> new ParsedDocument(Optional.empty(), List.of(new Section("", text(bytes))));
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
            throw new InvalidInputException("The document is not UTF-8; convert it to UTF-8, or state its type.");
        }
    }

    private static ParsedDocument markdown(String text) {
        var sections = new ArrayList<Section>();
        Node document = MARKDOWN.parse(text);
        var heading = new StringBuilder();
        var body = new StringBuilder();
        var title = new ArrayList<String>();
        for (Node node = document.getFirstChild(); node != null; ) {
            Node next = node.getNext();
            if (node instanceof Heading headingNode) {
                end(sections, heading, body);
                heading.append(rendered(headingNode));
                if (headingNode.getLevel() == 1 && title.isEmpty()) {
                    title.add(heading.toString());
                }
            } else {
                body.append(rendered(node)).append("\n\n");
            }
            node = next;
        }
        end(sections, heading, body);
        return new ParsedDocument(title.stream().findFirst(), sections);
    }

    private static void end(List<Section> sections, StringBuilder heading, StringBuilder body) {
        if (!body.toString().isBlank()) {
            sections.add(new Section(heading.toString().strip(), body.toString().strip()));
        }
        heading.setLength(0);
        body.setLength(0);
    }

    private static String rendered(Node node) {
        var wrapper = new Document();
        wrapper.appendChild(node);
        var text = new StringBuilder();
        wrapper.accept(new AbstractVisitor() {
            @Override
            public void visit(Document all) {
                text.append(PLAIN.render(all));
            }
        });
        return text.toString().strip();
    }

    private static ParsedDocument html(String text) {
        org.jsoup.nodes.Document document = Jsoup.parse(text);
        document.select("script, style, noscript, template, nav, header nav, footer nav")
                .remove();
        var sections = new ArrayList<Section>();
        var heading = new StringBuilder();
        var body = new StringBuilder();
        document.body().traverse(new NodeVisitor() {
            // Number of heading elements that enclose the current node.
            private int headings;

            @Override
            public void head(org.jsoup.nodes.Node node, int depth) {
                if (node instanceof TextNode textNode) {
                    (headings > 0 ? heading : body).append(textNode.text());
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
        return new ParsedDocument(Optional.of(document.title()).filter(title -> !title.isBlank()), sections);
    }

    private static boolean isHeading(Element element) {
        String name = element.normalName();
        return name.length() == 2 && name.charAt(0) == 'h' && name.charAt(1) >= '1' && name.charAt(1) <= '6';
    }

    /** Sets the font mapper of PDFBox once, before the first PDF is parsed (initialization on demand). */
    private static final class Fonts {
        static {
            FontMappers.set(new BundledFonts());
        }

        static void initialize() {
            // The class initializer sets the mapper.
        }
    }

    private static ParsedDocument pdf(byte[] bytes, int maxPages) {
        Fonts.initialize();
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
                                "The PDF has more than %d pages (limits.document-pages); split it into several files."
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
                        "The PDF contains no text; if it is a scan, run text recognition (OCR) on it first.");
            }
            return new ParsedDocument(
                    Optional.ofNullable(document.getDocumentInformation().getTitle())
                            .filter(title -> !title.isBlank()),
                    sections);
        } catch (IOException e) {
            throw new InvalidInputException("The PDF cannot be read: " + e.getMessage());
        }
    }
}
