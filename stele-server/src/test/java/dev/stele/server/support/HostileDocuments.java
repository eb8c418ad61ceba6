package dev.stele.server.support;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** Small documents that need far more time or memory to parse than ordinary ones. */
public final class HostileDocuments {

    private HostileDocuments() {}

    public record Sample(String name, String type, byte[] bytes) {

        public Sample(String name, String type, String text) {
            this(name, type, text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    public static List<Sample> all() {
        var all = new ArrayList<Sample>();
        all.addAll(pdfs());
        all.addAll(html());
        all.addAll(markdown());
        return all;
    }

    /** Ordinary short documents, as a base for mutations. */
    public static List<Sample> good() {
        return List.of(
                pdf(
                        "a page",
                        object("<</Type/Catalog/Pages 2 0 R>>"),
                        object("<</Type/Pages/Kids[3 0 R]/Count 1>>"),
                        object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources 5 0 R>>"),
                        stream("/Filter/FlateDecode", flate("BT /F 9 Tf (tides) Tj ET ", 1)),
                        object("<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>")),
                new Sample(
                        "html",
                        "text/html",
                        "<html><title>Tides</title><h1>The <b>sea</b></h1><p>It rises &amp; falls.</p><ul><li>a<li>b</ul>"),
                new Sample(
                        "markdown",
                        "text/markdown",
                        "# Tides\n\nThe **moon** pulls.\n\n- a\n  - b\n\n> said\n\n```\ncode\n```"),
                new Sample("text", "text/plain", "Tides\n\nThe moon pulls the sea."));
    }

    public static List<Sample> pdfs() {
        String page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources 5 0 R>>";
        String font = "<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>";
        byte[] words = bytes("BT /F 9 Tf (tides) Tj ET");
        List<Sample> pageTrees = List.of(
                pdf(
                        "a page tree that counts two thousand million pages",
                        object("<</Type/Catalog/Pages 2 0 R>>"),
                        object("<</Type/Pages/Kids[3 0 R]/Count 2147483647>>"),
                        object(page),
                        stream("", words),
                        object(font)),
                pdf(
                        "one page ten thousand times",
                        object("<</Type/Catalog/Pages 2 0 R>>"),
                        object("<</Type/Pages/Kids[" + "3 0 R ".repeat(10_000) + "]/Count 10000>>"),
                        object(page),
                        stream("", words),
                        object(font)),
                deepKids(),
                pdf(
                        "a page tree that is its own child",
                        object("<</Type/Catalog/Pages 2 0 R>>"),
                        object("<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"),
                        object(page),
                        stream("", words),
                        object(font)));
        var all = new ArrayList<Sample>(pageTrees);
        pageTrees.forEach(sample -> all.add(withTable(sample)));
        all.addAll(List.of(
                nestedForms(),
                pdf(
                        "a form that draws itself",
                        object("<</Type/Catalog/Pages 2 0 R>>"),
                        object("<</Type/Pages/Kids[3 0 R]/Count 1>>"),
                        object(
                                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"),
                        stream("", bytes("/X Do")),
                        stream(
                                "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>",
                                bytes("/X Do /X Do"))),
                bomb("a content stream of a thousand million spaces", " ", 1_000_000_000),
                bomb("a content stream of ten million words", "BT /F 9 Tf (tides and more of it) Tj ET ", 400_000_000),
                bomb("a content stream that only saves its state", "q ", 100_000_000),
                twiceFlate(),
                pdf("arrays in arrays", object("[".repeat(100_000))),
                pdf("dictionaries in dictionaries", object("<</A".repeat(50_000)))));
        return all;
    }

    private static Sample deepKids() {
        var objects = new ArrayList<byte[]>();
        objects.add(object("<</Type/Catalog/Pages 2 0 R>>"));
        for (int i = 2; i < 14; i++) {
            objects.add(object("<</Type/Pages/Count 100000000/Kids[" + (i + 1 + " 0 R ").repeat(10) + "]>>"));
        }
        objects.add(object("<</Type/Page/MediaBox[0 0 9 9]>>"));
        return pdf("ten to the power of twelve pages", objects.toArray(byte[][]::new));
    }

    private static Sample nestedForms() {
        var objects = new ArrayList<byte[]>();
        objects.add(object("<</Type/Catalog/Pages 2 0 R>>"));
        objects.add(object("<</Type/Pages/Kids[3 0 R]/Count 1>>"));
        objects.add(object(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"));
        objects.add(stream("", bytes("/X Do")));
        for (int i = 5; i < 17; i++) {
            objects.add(stream(
                    "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X " + (i + 1) + " 0 R>>>>",
                    bytes("/X Do ".repeat(12))));
        }
        objects.add(stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", bytes("q Q")));
        return pdf("forms that draw each other twelve times", objects.toArray(byte[][]::new));
    }

    private static Sample bomb(String name, String unit, long length) {
        return pdf(
                name,
                object("<</Type/Catalog/Pages 2 0 R>>"),
                object("<</Type/Pages/Kids[3 0 R]/Count 1>>"),
                object(
                        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"),
                stream("/Filter/FlateDecode", flate(unit, length)));
    }

    private static Sample twiceFlate() {
        var inner = new ByteArrayOutputStream();
        try (var outer = new DeflaterOutputStream(inner)) {
            outer.write(flate(" ", 2_000_000_000L));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return pdf(
                "a content stream compressed twice",
                object("<</Type/Catalog/Pages 2 0 R>>"),
                object("<</Type/Pages/Kids[3 0 R]/Count 1>>"),
                object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>"),
                stream("/Filter[/FlateDecode/FlateDecode]", inner.toByteArray()));
    }

    private static byte[] flate(String unit, long length) {
        var out = new ByteArrayOutputStream();
        byte[] block = bytes(unit.repeat((1 << 16) / unit.length()));
        try (var deflater = new DeflaterOutputStream(out, new Deflater(Deflater.BEST_SPEED))) {
            for (long left = length; left > 0; left -= block.length) {
                deflater.write(block);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return out.toByteArray();
    }

    private static byte[] object(String content) {
        return bytes(content);
    }

    private static byte[] stream(String entries, byte[] content) {
        return join(bytes("<<" + entries + "/Length " + content.length + ">>stream\n"), content, bytes("\nendstream"));
    }

    /** Returns a PDF without a cross-reference table, so that parsers search for the objects. */
    private static Sample pdf(String name, byte[]... objects) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(bytes("%PDF-1.4\n"));
        for (int i = 0; i < objects.length; i++) {
            out.writeBytes(join(bytes(i + 1 + " 0 obj"), objects[i], bytes("\nendobj\n")));
        }
        out.writeBytes(bytes("trailer<</Root 1 0 R/Size " + (objects.length + 1) + ">>\n%%EOF"));
        return new Sample(name, "application/pdf", out.toByteArray());
    }

    /** Returns the same PDF with a cross-reference table: parsers that find one do not repair the page tree. */
    private static Sample withTable(Sample plain) {
        String text = new String(plain.bytes(), StandardCharsets.ISO_8859_1);
        int trailer = text.lastIndexOf("trailer<<");
        var table = new StringBuilder();
        int count = 1;
        for (int at = text.indexOf("\n1 0 obj"); at >= 0; at = text.indexOf("\n" + count + " 0 obj", at)) {
            table.append("%010d 00000 n \n".formatted(at + 1));
            count++;
        }
        String end = "xref\n0 " + count + "\n0000000000 65535 f \n" + table
                + text.substring(trailer).replace("%%EOF", "startxref\n" + trailer + "\n%%EOF");
        return new Sample(
                plain.name() + ", with a table", plain.type(), join(Arrays.copyOf(plain.bytes(), trailer), bytes(end)));
    }

    private static byte[] join(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(out::writeBytes);
        return out.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static List<Sample> html() {
        return List.of(
                new Sample("fifty thousand <b>", "text/html", "<b>".repeat(50_000) + "tides"),
                new Sample("a hundred thousand <div>", "text/html", "<div>".repeat(100_000) + "tides"),
                new Sample("tables in links", "text/html", "<a><table>".repeat(20_000) + "tides"),
                new Sample("paragraphs in fonts", "text/html", "<font><p>".repeat(20_000) + "tides"),
                new Sample("headings in headings", "text/html", "<h1>".repeat(50_000) + "tides"),
                new Sample("attributes without end", "text/html", "<p " + "a=b ".repeat(200_000) + "tides"),
                new Sample("ampersands", "text/html", "&".repeat(300_000) + "tides"),
                new Sample("comments never ended", "text/html", "<!--".repeat(100_000) + "tides"));
    }

    public static List<Sample> markdown() {
        var indented = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            indented.append("  ".repeat(i)).append("- a\n");
        }
        return List.of(
                new Sample("lists in lists on one line", "text/markdown", "- ".repeat(5_000) + "tides"),
                new Sample("lists in lists", "text/markdown", indented.toString()),
                new Sample("quotations in quotations", "text/markdown", "> ".repeat(20_000) + "tides"),
                new Sample("open brackets", "text/markdown", "[".repeat(50_000) + "tides"),
                new Sample("open emphasis", "text/markdown", "*a_".repeat(50_000) + "tides"),
                new Sample("runs of backticks", "text/markdown", backticks()),
                new Sample("links in links", "text/markdown", "[a](".repeat(50_000) + "tides"));
    }

    private static String backticks() {
        var text = new StringBuilder();
        for (int i = 1; i < 1_000; i++) {
            text.append("`".repeat(i)).append(' ');
        }
        return text.toString();
    }
}
