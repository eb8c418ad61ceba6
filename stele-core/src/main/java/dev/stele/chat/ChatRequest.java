package dev.stele.chat;

import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import dev.stele.profile.Access.Who;
import java.util.Optional;

/**
 * A message to an agent that wants an answer. Immutable.
 *
 * @param session the conversation
 * @param user who says it; empty for somebody without a name
 * @param who what kind of somebody that is
 * @param message what is said
 * @param id the caller's identifier of the message; said again under it, it is answered as before
 */
public record ChatRequest(String session, Optional<String> user, Who who, String message, Optional<String> id) {

    /** Whom nobody knows by a name. */
    public static final String NOBODY = "guest";

    public ChatRequest {
        Ids.check("session", session);
        user.ifPresent(given -> Ids.check("user", given));
        id.ifPresent(given -> Ids.check("message id", given));
        if (message.isBlank()) {
            throw new InvalidInputException("The message is blank; say something.");
        }
    }

    public static ChatRequest of(String session, String user, String message) {
        return new ChatRequest(session, Optional.of(user), Who.PEOPLE, message, Optional.empty());
    }

    public ChatRequest withId(String newId) {
        return new ChatRequest(session, user, who, message, Optional.of(newId));
    }

    /** The fields a message takes in JSON. */
    public static ChatRequest fromJson(JsonObject json) {
        json.only("session", "user", "message", "id");
        Optional<String> user = json.optionalString("user");
        return new ChatRequest(
                json.optionalString("session").orElseGet(() -> "chat-" + user.orElse(NOBODY)),
                user,
                user.isPresent() ? Who.PEOPLE : Who.PUBLIC,
                json.string("message"),
                json.optionalString("id"));
    }

    String userOrNobody() {
        return user.orElse(NOBODY);
    }
}
