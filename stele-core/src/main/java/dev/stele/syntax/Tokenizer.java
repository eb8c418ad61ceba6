package dev.stele.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tokenizer that separates words from punctuation as the training data of the part-of-speech models do. Contractions
 * stay whole, because the models have tags for them; {@link PartOfSpeechTagger} splits them. Numbers, times, addresses
 * and words with inner marks stay whole. Stateless.
 */
public final class Tokenizer {

    /** Matches a token. The repetitions are possessive, so a long token needs no stack. */
    private static final Pattern TOKEN = Pattern.compile("(?:https?://|www\\.)\\S++"
            + "|[#@]?[\\p{L}\\p{M}\\p{N}_]++(?:['’][\\p{L}\\p{M}]++|[.,:](?=\\p{N})[\\p{N}]++|[&/+](?=[\\p{L}\\p{N}])[\\p{L}\\p{M}\\p{N}]++|(?<=\\b\\p{Lu})\\.(?=\\p{Lu}\\.)\\p{Lu}\\.)*+"
            + "|[$€£¥]\\p{N}++(?:[.,]\\p{N}++)*+"
            + "|\\.{2,}+|[!?]{2,}+|-{2,}+|\\S");

    private Tokenizer() {}

    /** A token before it has a part of speech. */
    record Piece(String text, int start, int end) {}

    static List<Piece> pieces(String text, int limit) {
        var pieces = new ArrayList<Piece>();
        Matcher matcher = TOKEN.matcher(text);
        while (pieces.size() < limit && matcher.find()) {
            pieces.add(new Piece(matcher.group(), matcher.start(), matcher.end()));
        }
        return pieces;
    }
}
