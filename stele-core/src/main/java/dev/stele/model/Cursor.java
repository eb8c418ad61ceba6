package dev.stele.model;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Position in an ordered listing. Clients receive it as an opaque text. Immutable.
 *
 * @param key sort key of the last listed item
 * @param number number of the last listed item
 */
public record Cursor(long key, long number) {

    private static final Pattern FORM = Pattern.compile("(-?\\d{1,19})\\.(-?\\d{1,19})");

    /** Returns the cursor as an opaque, URL-safe text. */
    public String encode() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((key + "." + number).getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Parses the result of {@link #encode()}.
     *
     * @throws InvalidInputException if the text is no cursor
     */
    public static Cursor decode(String text) {
        try {
            var form = FORM.matcher(new String(Base64.getUrlDecoder().decode(text), StandardCharsets.US_ASCII));
            if (form.matches()) {
                return new Cursor(Long.parseLong(form.group(1)), Long.parseLong(form.group(2)));
            }
        } catch (IllegalArgumentException e) {
            throw refused(text);
        }
        throw refused(text);
    }

    /** Parses an optional cursor; see {@link #decode(String)}. */
    public static Optional<Cursor> decode(Optional<String> text) {
        return text.map(Cursor::decode);
    }

    private static InvalidInputException refused(String text) {
        return new InvalidInputException(
                "The cursor " + Json.write(text) + " is invalid; use the value of \"next\" of an earlier page.");
    }
}
