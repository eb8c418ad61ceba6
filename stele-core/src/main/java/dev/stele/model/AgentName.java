package dev.stele.model;

import java.text.Normalizer;
import java.util.regex.Pattern;

/**
 * Name of an agent: 1 to 128 letters of any script, digits, {@code .}, {@code _}, {@code -} and inner spaces. Names are
 * normalized to Unicode NFC, so that names which look alike after composition are equal. A name is never a path:
 * {@code .} and {@code ..} are refused. Immutable.
 *
 * @param value normalized name
 */
public record AgentName(String value) implements Comparable<AgentName> {

    /** Maximum length of a name in code points. */
    public static final int MAX_LENGTH = 128;

    private static final Pattern ALLOWED = Pattern.compile("[\\p{L}\\p{M}\\p{N}._\\- ]+");

    public AgentName {
        value = Normalizer.normalize(value, Normalizer.Form.NFC);
        int length = value.codePointCount(0, value.length());
        if (length < 1 || length > MAX_LENGTH) {
            throw new InvalidInputException(
                    "The agent name has %d characters; give it 1 to %d.".formatted(length, MAX_LENGTH));
        }
        if (!ALLOWED.matcher(value).matches()
                || value.strip().length() != value.length()
                || value.chars().allMatch(c -> c == '.')) {
            throw new InvalidInputException("The agent name " + Json.write(value)
                    + " is not allowed; use letters, digits, '.', '_', '-' and spaces between them.");
        }
    }

    @Override
    public int compareTo(AgentName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
