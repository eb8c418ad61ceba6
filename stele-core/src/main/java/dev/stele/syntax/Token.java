package dev.stele.syntax;

import java.util.Locale;
import java.util.Set;

/**
 * Token of a text. A contraction such as "don't" consists of two tokens without a gap between them. Immutable.
 *
 * @param text characters of the token as they are in the text
 * @param start offset of the first UTF-16 char in the text
 * @param end offset after the last UTF-16 char
 * @param pos part of speech
 */
public record Token(String text, int start, int end, PartOfSpeech pos) {

    /** Returns the token in lower case, with the typewriter apostrophe instead of the typographic one. */
    public String lower() {
        return text.toLowerCase(Locale.ROOT).replace('’', '\'');
    }

    /** Returns whether the lower-case token is one of the words. */
    public boolean is(Set<String> words) {
        return words.contains(lower());
    }

    /** Returns whether the lower-case token is the word. */
    public boolean is(String word) {
        return lower().equals(word);
    }

    /** Returns whether the token has the part of speech. */
    public boolean is(PartOfSpeech other) {
        return pos == other;
    }

    /** Returns whether the first character is an upper-case letter. */
    public boolean isCapitalized() {
        return Character.isUpperCase(text.codePointAt(0));
    }

    /** Returns whether the token is a common or proper noun. */
    public boolean isNoun() {
        return pos == PartOfSpeech.NOUN || pos == PartOfSpeech.PROPN;
    }

    /** Returns a copy with another part of speech. */
    public Token withPos(PartOfSpeech other) {
        return new Token(text, start, end, other);
    }
}
