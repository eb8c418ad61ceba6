package dev.stele.io;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Removes secrets from text that people or logs will see. Known secrets, such as the key of a language model's service,
 * are registered when they are read from a setting and are removed wherever they appear; what looks like a secret is
 * removed as well, because services quote the key they were sent in their errors. Every log record and every error
 * message of a server goes through here. Thread-safe.
 */
public final class Secrets {

    private static final String HIDDEN = "(hidden)";

    /** Shorter values would remove ordinary words. */
    private static final int MIN_LENGTH = 6;

    /** Longest text that is looked through; longer ones are cut, so that no error message costs more than it tells. */
    private static final int MAX_TEXT = 64 * 1024;

    private static final Set<String> KNOWN = ConcurrentHashMap.newKeySet();

    /** Keys of well-known forms: of Stele, OpenAI and Anthropic, Google, GitHub, Slack, AWS, and signed tokens. */
    private static final Pattern KEYS =
            Pattern.compile("\\b(?:stele_[0-9a-f]{8,64}_[0-9a-f]{8,128}|sk-[A-Za-z0-9_*-]{8,256}"
                    + "|AIza[A-Za-z0-9_-]{20,80}|gh[pousr]_[A-Za-z0-9]{20,120}|xox[abprs]-[A-Za-z0-9-]{10,120}"
                    + "|AKIA[A-Z0-9]{16}|eyJ[A-Za-z0-9_-]{10,2000}\\.[A-Za-z0-9_-]{10,4000}\\.[A-Za-z0-9_-]{0,1000})");

    /** Values behind a word that says what they are, in headers, addresses, settings and JSON. */
    private static final Pattern NAMED = Pattern.compile(
            "(?i)\\b((?:password|passwd|pwd|api[_-]?key|apikey|x-api-key|access[_-]?token|secret|authorization|[?&]key)"
                    + "[\"']?\\s{0,4}[=:]\\s{0,4}[\"']?(?:(?:bearer|basic)\\s{1,4})?|(?:bearer|basic)\\s{1,4}(?=\\S{0,4096}[0-9._/+=-]))"
                    + "[^\\s\"'&;,}]{1,4096}");

    /** User and password in the authority of an address. */
    private static final Pattern AUTHORITY = Pattern.compile("(//)[^/\\s:@\"']{0,256}:[^/\\s@\"']{1,256}@");

    private Secrets() {}

    /** Registers a secret for as long as the process lives; blank and very short values are ignored. */
    public static void register(String secret) {
        String value = secret.strip();
        if (value.length() >= MIN_LENGTH) {
            KNOWN.add(value);
        }
    }

    /** The text without secrets; text without any is returned as it is. */
    public static String hide(String text) {
        String shown = text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) + "…" : text;
        for (String secret : KNOWN) {
            shown = shown.replace(secret, HIDDEN);
        }
        shown = AUTHORITY.matcher(shown).replaceAll("$1" + HIDDEN + "@");
        shown = NAMED.matcher(shown).replaceAll("$1" + HIDDEN);
        return KEYS.matcher(shown).replaceAll(HIDDEN);
    }
}
