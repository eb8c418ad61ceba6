package dev.stele.server.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Issuer of the tokens that prove a login with an API key in a browser. Thread-safe.
 *
 * <p>A token names the key and the end of its validity, and is signed with a secret of the data directory. The server
 * stores no token, so a login outlives a restart and is valid on every server of the data directory. A token is invalid
 * as soon as its key is revoked. A token contains no part of the secret of the key.
 */
public final class LoginTokens {

    private static final int PARTS = 3;

    private final ApiKeys keys;
    private final Duration lifetime;

    /**
     * @param keys keys of the data directory
     * @param lifetime time from a login to its end
     */
    public LoginTokens(ApiKeys keys, Duration lifetime) {
        this.keys = keys;
        this.lifetime = lifetime;
    }

    /**
     * Valid login.
     *
     * @param key key that the login used
     * @param expiresAt end of the validity, in whole seconds
     */
    public record Login(ApiKey key, Instant expiresAt) {}

    /**
     * Token with its login.
     *
     * @param text text for the cookie; letters, digits and full stops
     */
    public record Issued(String text, Login login) {}

    /** Returns a new token for a key that was checked before. */
    public Issued issue(ApiKey key, Instant now) {
        long expiry = now.plus(lifetime).getEpochSecond();
        String text = key.id() + "." + expiry;
        return new Issued(text + "." + keys.sign(signed(key, text)), new Login(key, Instant.ofEpochSecond(expiry)));
    }

    /** Returns the login that a token proves; empty if the token is invalid or expired or its key was revoked. */
    public Optional<Login> check(String token, Instant now) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != PARTS || !parts[1].matches("\\d{1,12}")) {
            return Optional.empty();
        }
        Instant expiresAt = Instant.ofEpochSecond(Long.parseLong(parts[1]));
        if (!expiresAt.isAfter(now)) {
            return Optional.empty();
        }
        return keys.list().stream()
                .filter(key -> key.id().equals(parts[0]))
                .filter(key -> MessageDigest.isEqual(
                        parts[2].getBytes(StandardCharsets.UTF_8),
                        keys.sign(signed(key, parts[0] + "." + parts[1])).getBytes(StandardCharsets.UTF_8)))
                .findFirst()
                .map(key -> new Login(key, expiresAt));
    }

    /** The hash of the key makes a token invalid if another key has received the same id. */
    private static String signed(ApiKey key, String text) {
        return "login " + text + " " + key.hash();
    }
}
