package dev.stele.mcp;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Codec of the state of a request that asks its client in several rounds. The state holds the answers of earlier rounds
 * and goes through the client, so that the server keeps nothing between two rounds. It is authenticated with
 * HMAC-SHA256 under a random key of this object, and bound to the caller, the agent, the method and the arguments; it
 * expires. Thread-safe.
 */
final class RequestState {

    /** Time for which a state is valid: that for a person to answer. */
    private static final Duration MAX_AGE = Duration.ofMinutes(10);

    private static final String ALGORITHM = "HmacSHA256";
    private static final int KEY_BYTES = 32;

    private final SecretKeySpec key;

    RequestState() {
        byte[] bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        this.key = new SecretKeySpec(bytes, ALGORITHM);
    }

    /** Returns the text for the client. */
    String seal(Request request, Map<String, JsonObject> answers) {
        var raw = Json.fields();
        answers.forEach((name, answer) -> raw.keep(name, answer.raw()));
        String payload = Json.write(Json.fields()
                .keep("expires", Instant.now().plus(MAX_AGE).toEpochMilli())
                .keep("answers", raw.map())
                .map());
        byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        return base64.encodeToString(bytes) + "." + base64.encodeToString(mac(bytes, request));
    }

    /**
     * Returns the answers that a request carries: those of earlier rounds in its {@code requestState}, and those of the
     * latest round in its {@code inputResponses}.
     *
     * @throws RpcError if the state is not one of this server for the request or has expired, or an answer is no object
     */
    Map<String, JsonObject> answers(Request request) {
        var answers = new LinkedHashMap<String, JsonObject>();
        Object state = request.params().raw("requestState");
        if (state != null) {
            answers.putAll(open(String.valueOf(state), request));
        }
        request.params().map("inputResponses").forEach((name, answer) -> answers.put(name, object(name, answer)));
        return answers;
    }

    /** Returns an answer of a client as an object. */
    static JsonObject object(String name, @Nullable Object answer) {
        if (!(answer instanceof Map<?, ?>)) {
            throw new RpcError(
                    RpcError.INVALID_PARAMS,
                    "inputResponses.%s must be an object, and is %s.".formatted(name, JsonObject.kind(answer)));
        }
        return JsonObject.of("inputResponses." + name, answer);
    }

    private Map<String, JsonObject> open(String state, Request request) {
        String[] parts = state.split("\\.", -1);
        try {
            if (parts.length == 2) {
                byte[] payload = Base64.getUrlDecoder().decode(parts[0]);
                byte[] mac = Base64.getUrlDecoder().decode(parts[1]);
                if (MessageDigest.isEqual(mac, mac(payload, request))) {
                    JsonObject json = Json.readObject("requestState", new String(payload, StandardCharsets.UTF_8));
                    if (json.optionalLong("expires").orElse(0L) >= Instant.now().toEpochMilli()) {
                        var answers = new LinkedHashMap<String, JsonObject>();
                        json.map("answers").forEach((name, answer) -> answers.put(name, object(name, answer)));
                        return answers;
                    }
                }
            }
        } catch (IllegalArgumentException | InvalidInputException e) {
            throw invalid(e); // no Base64
        }
        throw invalid(null);
    }

    private static RpcError invalid(@Nullable Exception cause) {
        var error = new RpcError(
                RpcError.INVALID_PARAMS,
                "The requestState is not one that this server gave for this request, or is older than %d minutes; send the request without it."
                        .formatted(MAX_AGE.toMinutes()));
        if (cause != null) {
            error.initCause(cause);
        }
        return error;
    }

    private byte[] mac(byte[] payload, Request request) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(payload);
            String binding = Json.write(Arrays.asList(
                    request.session().owner(),
                    request.session().memory().name().value(),
                    request.method(),
                    request.params().raw("name"),
                    request.params().raw("uri"),
                    request.params().raw("arguments")));
            return mac.doFinal(binding.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }
}
