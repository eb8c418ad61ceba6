package dev.stele.server.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.server.documents.DocumentReader.Format;
import dev.stele.support.SecondJvm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * PDFs that name fonts which they do not contain: Stele neither searches the machine for fonts nor writes a cache of
 * them.
 */
@Timeout(120)
class MissingFontsTest {

    @TempDir
    Path temporary;

    /** Reads a PDF and prints its text: {@code file}. */
    static final class Reader {
        public static void main(String[] arguments) throws Exception {
            var read = DocumentReader.read(Format.PDF, Files.readAllBytes(Path.of(arguments[0])), 10);
            System.out.println("text: " + read.sections().getFirst().text());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/Type1/BaseFont/Helvetica",
                "/Type1/BaseFont/Nowhere-Bold/Encoding/WinAnsiEncoding",
                "/TrueType/BaseFont/Arial/Encoding/WinAnsiEncoding",
                "/TrueType/BaseFont/ABCDEF+Calibri/Encoding/MacRomanEncoding",
                "/MMType1/BaseFont/Minion#20Bold/Encoding/WinAnsiEncoding",
                "/Type1/BaseFont/Times-Italic/FontDescriptor<</Type/FontDescriptor/FontName/Times-Italic/Flags 32>>"
            })
    void missingFontLeavesTheHomeDirectoryEmpty(String font) throws Exception {
        Path home = Files.createDirectory(temporary.resolve("home"));
        Path file = Files.writeString(temporary.resolve("a.pdf"), """
                %%PDF-1.4
                1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
                2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
                3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
                4 0 obj<</Length 24>>stream
                BT /F 9 Tf (tides) Tj ET
                endstream endobj
                5 0 obj<</Type/Font/Subtype%s>>endobj
                trailer<</Root 1 0 R>>
                %%%%EOF
                """.formatted(font));
        Process process = new ProcessBuilder(SecondJvm.command(
                        List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.home=" + home),
                        Reader.class,
                        file))
                .redirectErrorStream(true)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(out).contains("text: tides");
        assertThat(home).isEmptyDirectory();
    }
}
