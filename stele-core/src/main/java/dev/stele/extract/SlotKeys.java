package dev.stele.extract;

import dev.stele.extract.Phrases.Span;
import java.util.Locale;

/** Normalization of values and of the objects in the names of slots. Stateless. */
final class SlotKeys {

    private SlotKeys() {}

    static String clean(Span span, String text) {
        String value = text.strip();
        if (span.isEmpty()) {
            return value;
        }
        return value.replaceFirst("^(?i:the|a|an|my|our|some|any|no) (?=\\p{Ll})", "")
                .replaceFirst("[,;: ]+$", "");
    }

    /** Returns the key of an object in the name of a slot: lower case, without articles and marks. */
    static String key(String value) {
        String key = value.toLowerCase(Locale.ROOT)
                .replaceFirst("^(?:the|a|an|my|our|some|any|no|to) ", "")
                .replaceAll("[:@\\s]+", " ")
                .strip();
        return key.length() > 80 ? key.substring(0, 80) : key;
    }
}
