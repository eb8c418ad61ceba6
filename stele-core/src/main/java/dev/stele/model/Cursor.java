package dev.stele.model;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/** A position in an ordered listing: a sort key and an item number. Callers see it as an opaque word. */
public record Cursor(long key, long number) {

    private static final Pattern FORM = Pattern.compile("(-?\\d{1,19})\\.(-?\\d{1,19})");

    public String encode() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((key + "." + number).getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads {@link #encode()}; anything else is refused. */
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

    public static Optional<Cursor> decode(Optional<String> text) {
        return text.map(Cursor::decode);
    }

    private static InvalidInputException refused(String text) {
        return new InvalidInputException(
                "The cursor " + Json.write(text) + " is none of ours; take it from \"next\" of an earlier page.");
    }
}
