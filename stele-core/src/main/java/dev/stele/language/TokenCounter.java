package dev.stele.language;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;

/** Counts the tokens a text takes in a prompt. Thread-safe. */
public interface TokenCounter {

    int count(String text);

    /**
     * Byte-pair encoding {@code o200k_base}, which current models of OpenAI use; others' counts differ by some percent. Its
     * table is read at the first use.
     */
    static TokenCounter standard() {
        return Lazy.STANDARD;
    }

    /** Holds the table apart, so that who never counts never reads it. */
    final class Lazy {
        private static final Encoding ENCODING =
                Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
        private static final TokenCounter STANDARD = ENCODING::countTokensOrdinary;

        private Lazy() {}
    }
}
