package dev.stele.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Splitter of a text into sentences. A sentence ends at a line break, and at a full stop, exclamation mark, question
 * mark or ellipsis that is followed by whitespace. A full stop after an abbreviation or an initial ends no sentence,
 * and neither does a mark inside a quotation. Stateless.
 */
public final class SentenceSplitter {

    /** Maximum length in UTF-16 chars of a quotation that keeps its sentence together. */
    private static final int MAX_QUOTATION_LENGTH = 300;

    private static final Set<String> ABBREVIATIONS = Set.of(
            "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "etc", "e.g", "i.e", "approx", "no", "dept", "inc",
            "ltd", "co", "ave", "mt", "fig", "a.m", "p.m", "u.s", "u.k", "ph.d", "d.c");

    private SentenceSplitter() {}

    /**
     * Returns the sentences of a text with their final punctuation, without surrounding whitespace.
     *
     * @param text text to split
     * @param limit maximum number of sentences; the rest of the text is ignored
     */
    public static List<String> sentences(String text, int limit) {
        var sentences = new ArrayList<String>();
        int begin = 0;
        int i = 0;
        while (i < text.length() && sentences.size() < limit) {
            char c = text.charAt(i);
            int end = -1;
            if (c == '\n' || c == '\r') {
                end = i + 1;
            } else if (isMark(c)) {
                int after = i + 1;
                while (after < text.length() && (isMark(text.charAt(after)) || isClosing(text.charAt(after)))) {
                    after++;
                }
                boolean atEnd = after == text.length() || Character.isWhitespace(text.charAt(after));
                if (atEnd && !(c == '.' && after == i + 1 && isAbbreviation(text, begin, i))) {
                    end = after;
                } else {
                    i = after;
                    continue;
                }
            } else if (isOpeningQuote(text, i)) {
                int closing = closingQuote(text, i);
                if (closing > 0) {
                    boolean ends = isMark(text.charAt(closing - 1))
                            && (closing + 1 == text.length() || startsSentence(text, closing + 1));
                    i = closing + 1;
                    if (ends) {
                        end = i;
                    } else {
                        continue;
                    }
                }
            }
            if (end >= 0) {
                add(sentences, text.substring(begin, end));
                begin = end;
                i = end;
            } else {
                i++;
            }
        }
        if (sentences.size() < limit) {
            add(sentences, text.substring(begin));
        }
        return sentences;
    }

    private static void add(List<String> sentences, String sentence) {
        String stripped = sentence.strip();
        if (!stripped.isEmpty()) {
            sentences.add(stripped);
        }
    }

    private static boolean isMark(char c) {
        return c == '.' || c == '!' || c == '?' || c == '…';
    }

    private static boolean isClosing(char c) {
        return c == '"' || c == '”' || c == ')' || c == '\'' || c == '’';
    }

    private static boolean startsSentence(String text, int from) {
        int i = from;
        while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
            i++;
        }
        return i > from && (i == text.length() || Character.isUpperCase(text.codePointAt(i)));
    }

    private static boolean isAbbreviation(String text, int begin, int dot) {
        int i = dot;
        while (i > begin && !Character.isWhitespace(text.charAt(i - 1))) {
            i--;
        }
        String word = text.substring(i, dot).toLowerCase(Locale.ROOT);
        boolean initial = word.length() == 1 && Character.isUpperCase(text.charAt(i)) && word.charAt(0) != 'i';
        return initial || (ABBREVIATIONS.contains(word) && dot + 1 < text.length());
    }

    /** Returns whether a quotation opens here; an apostrophe inside or after a word opens none. */
    static boolean isOpeningQuote(String text, int i) {
        char c = text.charAt(i);
        if (c == '“' || c == '„' || c == '«') {
            return true;
        }
        boolean afterGap = i == 0 || !Character.isLetterOrDigit(text.charAt(i - 1));
        boolean beforeWord = i + 1 < text.length() && !Character.isWhitespace(text.charAt(i + 1));
        return (c == '"' || c == '\'' || c == '‘') && afterGap && beforeWord;
    }

    /** Returns the offset of the quotation mark that closes the quotation, or -1. */
    static int closingQuote(String text, int open) {
        char close = switch (text.charAt(open)) {
            case '“', '„' -> '”';
            case '«' -> '»';
            case '‘' -> '’';
            default -> text.charAt(open);
        };
        int last = Math.min(text.length(), open + MAX_QUOTATION_LENGTH);
        for (int i = open + 1; i < last; i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                return -1;
            }
            boolean apostrophe = (close == '\'' || close == '’')
                    && i + 1 < text.length()
                    && Character.isLetterOrDigit(text.charAt(i + 1));
            if (!apostrophe && (c == close || (close == '”' && c == '“'))) {
                return i;
            }
        }
        return -1;
    }
}
