package dev.stele.proofs;

import dev.stele.model.SteleException;
import java.util.regex.Pattern;

/** What every error message must be. */
public final class Messages {

    private static final Pattern UNCLEAR = Pattern.compile(
            "\\b(java\\.(lang|util)|dev\\.stele|org\\.antlr|org\\.snakeyaml)\\.[a-z]|Exception:|^\\s*$");

    private Messages() {}

    /** Throws if a message is blank or quotes an exception. */
    public static void requireClear(SteleException e) {
        if (e.getMessage() == null || UNCLEAR.matcher(e.getMessage()).find()) {
            throw new AssertionError("unclear message: " + e.getMessage(), e);
        }
    }
}
