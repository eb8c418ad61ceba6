package dev.stele.language;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;

/** Counter of the tokens that a text takes in a prompt. Thread-safe. */
public interface TokenCounter {

    /** Returns the number of tokens of a text. */
    int count(String text);

    /**
     * Returns the counter for the byte-pair encoding {@code o200k_base}, which current models of OpenAI use. The counts
     * of other models differ by some percent. The table of the encoding is loaded at the first use.
     */
    static TokenCounter standard() {
        return Lazy.STANDARD;
    }

    /** Holder of the table, which is loaded only if a token is counted. */
    final class Lazy {
        private static final Encoding ENCODING =
                Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
        private static final TokenCounter STANDARD = ENCODING::countTokensOrdinary;

        private Lazy() {}
    }
}
