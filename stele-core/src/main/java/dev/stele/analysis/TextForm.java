package dev.stele.analysis;

import java.text.Normalizer;
import java.util.regex.Pattern;

/**
 * Form of a text in which terms are compared: texts that look the same have the same form. Stored texts keep their own
 * form. Stateless.
 *
 * <p>The form is Unicode's compatibility composition (NFKC), so that an accent that is a character of its own, a
 * ligature or a full-width letter does not matter; without characters that are not visible, such as soft hyphens and
 * joiners; and with one form of the letter sigma, whose form at the end of a word is no other letter.
 */
final class TextForm {

    /** Invisible characters that separate words. */
    private static final Pattern SEPARATORS = Pattern.compile("[\\u200B\\u2028\\u2029]");

    /** Invisible characters within words: hyphens and joiners, marks of direction, selectors of variants. */
    private static final Pattern INVISIBLE = Pattern.compile(
            "[\\u00AD\\u034F\\u061C\\u180E\\u200C-\\u200F\\u202A-\\u202E\\u2060-\\u2064\\uFE00-\\uFE0F\\uFEFF]");

    private static final char FINAL_SIGMA = '\u03C2';
    private static final char SIGMA = '\u03C3';

    private TextForm() {}

    /**
     * Returns the form of a text.
     *
     * @param text any text
     */
    static String of(String text) {
        if (isPlain(text)) {
            return text;
        }
        String visible =
                INVISIBLE.matcher(SEPARATORS.matcher(text).replaceAll(" ")).replaceAll("");
        return Normalizer.normalize(visible, Normalizer.Form.NFKC).replace(FINAL_SIGMA, SIGMA);
    }

    /** Returns whether a text consists of ASCII characters, which have one form only. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 128) {
                return false;
            }
        }
        return true;
    }
}
