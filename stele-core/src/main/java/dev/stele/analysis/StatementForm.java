package dev.stele.analysis;

import dev.stele.model.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Form in which texts that say the same are equal. It leaves out differences of encoding, of spaces, of the final mark
 * and of the case of the first letter, and nothing else: the order of words, numbers, signs and negations decide what a
 * text says. Stateless.
 */
public final class StatementForm {

    /** Space and the marks that end a sentence, at the end of a text; a question mark is part of what is said. */
    private static final Pattern END = Pattern.compile("[\\s.!,;:\u2026\u3002\uFF01\uFF0C]+$");

    private static final Pattern SPACE = Pattern.compile("\\s+");

    private StatementForm() {}

    /**
     * Returns a hash of the form of a text: the first eight bytes of its SHA-256 digest, because collisions of a weaker
     * hash are easy to construct, and one would hide a text behind another.
     *
     * @param text any text
     * @return hash; never 0
     */
    public static long hash(String text) {
        long hash = ByteBuffer.wrap(Sha256.digest().digest(of(text).getBytes(StandardCharsets.UTF_8)))
                .getLong();
        return hash == 0 ? 1 : hash;
    }

    /**
     * Returns the form of a text.
     *
     * @param text any text
     */
    public static String of(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFKC);
        String plain =
                END.matcher(SPACE.matcher(composed).replaceAll(" ").strip()).replaceFirst("");
        if (plain.isEmpty()) {
            return plain;
        }
        int second = plain.offsetByCodePoints(0, 1);
        return plain.substring(0, second).toLowerCase(Locale.ROOT) + plain.substring(second);
    }
}
