package dev.stele.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineReaderTest {

    private static List<String> lines(Reader in, int max) throws IOException {
        var lines = new ArrayList<String>();
        var reader = new LineReader(in, max);
        while (true) {
            switch (reader.next()) {
                case LineReader.Line.Text text -> lines.add(reader.lineNumber() + ":" + text.text());
                case LineReader.Line.TooLong _ -> lines.add(reader.lineNumber() + "!");
                case LineReader.Line.End _ -> {
                    return lines;
                }
            }
        }
    }

    @Test
    void linesAreCountedAndOverlongLinesSkipped() throws IOException {
        assertThat(lines(new StringReader(""), 5)).isEmpty();
        assertThat(lines(new StringReader("\n"), 5)).containsExactly("1:");
        assertThat(lines(new StringReader("a\r\nbb\n\nccc"), 5)).containsExactly("1:a", "2:bb", "3:", "4:ccc");
        assertThat(lines(new StringReader("12345\n123456\nx\n1234567"), 5))
                .containsExactly("1:12345", "2!", "3:x", "4!");
        String around = "a".repeat(65_534);
        assertThat(lines(new StringReader(around + "\n" + around + "b\n" + around + "bc\nd"), 65_535))
                .containsExactly("1:" + around, "2:" + around + "b", "3!", "4:d");
    }

    @Test
    void lineOfAnyLengthUsesBoundedMemory() throws IOException {
        var endless = new Reader() {
            private long left = 3L << 30;

            @Override
            public int read(char[] to, int from, int length) {
                if (left <= 0) {
                    return -1;
                }
                left -= length;
                return length;
            }

            @Override
            public void close() {}
        };
        assertThat(lines(endless, 1_000)).containsExactly("1!");
    }
}
