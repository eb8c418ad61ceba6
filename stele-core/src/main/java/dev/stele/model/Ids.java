package dev.stele.model;

import java.security.SecureRandom;
import java.text.Normalizer;
import java.time.Instant;
import java.util.regex.Pattern;

/** Generation and validation of identifiers. Thread-safe; stateless except for the random source. */
public final class Ids {

    /** Maximum length of the identifier of a message, note, session or user, in UTF-16 chars. */
    public static final int MAX_LENGTH = 256;

    private static final Pattern LONE_SURROGATE = Pattern.compile("\\p{Cs}");
    private static final char[] ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\\p{Cs}\\u2028\\u2029]");
    private static final SecureRandom RANDOM = new SecureRandom();

    private Ids() {}

    /**
     * Returns a new identifier of 26 characters: 48 bits of time followed by 80 random bits, so that identifiers sort
     * roughly by age.
     */
    public static String next() {
        var out = new char[26];
        long time = Instant.now().toEpochMilli();
        for (int i = 9; i >= 0; i--) {
            out[i] = ALPHABET[(int) (time & 31)];
            time >>>= 5;
        }
        var random = new byte[16];
        RANDOM.nextBytes(random);
        for (int i = 0; i < 16; i++) {
            out[10 + i] = ALPHABET[random[i] & 31];
        }
        return new String(out);
    }

    /**
     * Checks a caller-defined identifier and returns its normal form, see {@link #normal}.
     *
     * @param label label of the identifier in error messages, such as {@code "session"}
     * @param id identifier to check
     * @throws InvalidInputException if the identifier is empty, begins or ends with whitespace, is longer than
     *     {@link #MAX_LENGTH}, contains control characters, or is {@code .} or {@code ..}, which HTTP clients remove
     *     from a path
     */
    public static String check(String label, String id) {
        if (id.isEmpty() || id.length() > MAX_LENGTH) {
            throw new InvalidInputException(
                    "The %s has %d characters; give it 1 to %d.".formatted(label, id.length(), MAX_LENGTH));
        }
        if (!id.strip().equals(id) || UNPRINTABLE.matcher(id).find()) {
            throw new InvalidInputException(
                    "The %s %s begins or ends with a blank or holds a control character; remove it."
                            .formatted(label, Json.write(id)));
        }
        if (id.equals(".") || id.equals("..")) {
            throw new InvalidInputException(
                    "The %s is \"%s\", which no path of a URL can hold; use another one.".formatted(label, id));
        }
        return normal(id);
    }

    /**
     * Returns the normal form of an identifier, in which it is stored and compared: Unicode's normalization form C. A
     * letter with an accent can be typed as one character or as two, and both name the same user.
     *
     * @param id identifier, valid or not
     */
    public static String normal(String id) {
        return Normalizer.normalize(id, Normalizer.Form.NFC);
    }

    /**
     * Checks and returns free text of a caller.
     *
     * @param label label of the text in error messages
     * @param text text to check
     * @throws InvalidInputException if the text contains half of a surrogate pair, which UTF-8 cannot store
     */
    public static String checkText(String label, String text) {
        if (LONE_SURROGATE.matcher(text).find()) {
            throw new InvalidInputException(
                    "The %s holds half of a surrogate pair, which is no character; remove it.".formatted(label));
        }
        return text;
    }

    /**
     * Returns the identifier that belongs to another one under a prefix. It is the prefix and the identifier, or the
     * prefix and a hash of the identifier where that would be longer than {@link #MAX_LENGTH}.
     *
     * @param prefix start of the result, at most 100 characters
     * @param id valid identifier
     */
    public static String derived(String prefix, String id) {
        return prefix + (prefix.length() + id.length() <= MAX_LENGTH ? id : Sha256.hex(normal(id)));
    }
}
