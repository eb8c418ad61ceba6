package dev.stele.document;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Cuts sections into chunks about as long as a model reads well. Cuts are between paragraphs where they can be, else
 * between sentences, else between words; each chunk begins with the end of the one before, so that what stands across a
 * cut is found too. Immutable, thread-safe.
 *
 * @param most characters of a chunk
 * @param overlap characters that a chunk has of the one before, about
 */
public record Chunker(int most, int overlap) {

    public static final Chunker DEFAULT = new Chunker(1_000, 150);

    private static final Pattern PARAGRAPHS = Pattern.compile("\\n\\s*\\n");
    private static final Pattern SENTENCES = Pattern.compile("(?<=[.!?…。！？])\\s+|(?<=[。！？])");
    private static final Pattern WORDS = Pattern.compile("\\s+");

    public Chunker {
        if (most < 1 || overlap < 0 || overlap >= most) {
            throw new IllegalArgumentException("chunks of %d characters cannot overlap by %d".formatted(most, overlap));
        }
    }

    /** A chunk under its heading. */
    public record Chunk(String heading, String text) {}

    public List<Chunk> chunks(List<Section> sections) {
        var chunks = new ArrayList<Chunk>();
        for (Section section : sections) {
            for (String text : cut(section.text())) {
                chunks.add(new Chunk(section.heading().strip(), text));
            }
        }
        return chunks;
    }

    private List<String> cut(String text) {
        var chunks = new ArrayList<String>();
        var current = new StringBuilder();
        for (String piece : pieces(text)) {
            boolean full = !current.isEmpty() && current.length() + 1 + piece.length() > most;
            if (full) {
                chunks.add(current.toString());
                String end = end(current.toString(), piece.length());
                current.setLength(0);
                current.append(end);
            }
            if (!current.isEmpty()) {
                current.append(' ');
            }
            current.append(piece);
        }
        if (!current.toString().isBlank()) {
            chunks.add(current.toString());
        }
        return chunks;
    }

    /** The last whole sentences, or else words, of a chunk that fit the overlap and leave room for what comes. */
    private String end(String chunk, int coming) {
        int room = Math.min(overlap, most - coming - 1);
        if (room <= 0) {
            return "";
        }
        String[] sentences = SENTENCES.split(chunk, -1);
        String last = sentences[sentences.length - 1].strip();
        if (last.length() <= room) {
            return last;
        }
        String[] words = WORDS.split(last, -1);
        var end = new StringBuilder();
        for (int i = words.length - 1; i >= 0 && end.length() + words[i].length() < room; i--) {
            end.insert(0, end.isEmpty() ? words[i] : words[i] + " ");
        }
        return end.toString();
    }

    /** Pieces none of which is longer than a chunk. */
    private List<String> pieces(String text) {
        var pieces = new ArrayList<String>();
        for (String paragraph : PARAGRAPHS.split(text.strip(), -1)) {
            String whole = paragraph.strip().replaceAll("\\s+", " ");
            if (whole.length() <= most) {
                if (!whole.isEmpty()) {
                    pieces.add(whole);
                }
                continue;
            }
            for (String sentence : SENTENCES.split(whole, -1)) {
                for (int from = 0; from < sentence.length(); ) {
                    int to = until(sentence, from);
                    pieces.add(sentence.substring(from, to).strip());
                    from = to;
                }
            }
        }
        pieces.removeIf(String::isEmpty);
        return pieces;
    }

    /**
     * Returns the end of a piece of a sentence: its end, the last blank that fits, or a position within a very long
     * word.
     */
    private int until(String sentence, int from) {
        if (sentence.length() - from <= most) {
            return sentence.length();
        }
        int blank = sentence.lastIndexOf(' ', from + most);
        int to = blank > from ? blank : from + most;
        return Character.isHighSurrogate(sentence.charAt(to - 1)) ? to - 1 : to;
    }
}
