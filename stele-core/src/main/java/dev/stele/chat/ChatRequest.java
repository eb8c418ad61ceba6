package dev.stele.chat;

import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import dev.stele.model.Sha256;
import dev.stele.profile.Access.Who;
import java.util.Optional;

/**
 * Message to an agent that requests a reply. Immutable.
 *
 * @param session id of the session
 * @param user name of the sender; empty for an anonymous sender
 * @param who kind of the sender, which decides on access
 * @param message text of the message, not blank
 * @param id caller-defined id of the message; a repeated request with the same id returns the existing reply
 */
public record ChatRequest(String session, Optional<String> user, Who who, String message, Optional<String> id) {

    /** Start of the user names under which anonymous senders are stored, one for each session. */
    public static final String ANONYMOUS = "guest";

    public ChatRequest {
        session = Ids.check("session", session);
        user = user.map(given -> Ids.check("user", given));
        id = id.map(given -> Ids.check("message id", given));
        if (message.isBlank()) {
            throw new InvalidInputException("The message is blank; say something.");
        }
    }

    /**
     * Creates a request of a named person.
     *
     * @param session id of the session
     * @param user name of the sender
     * @param message text of the message, not blank
     */
    public static ChatRequest of(String session, String user, String message) {
        return new ChatRequest(session, Optional.of(user), Who.PEOPLE, message, Optional.empty());
    }

    /** Returns a copy with a caller-defined message id. */
    public ChatRequest withId(String newId) {
        return new ChatRequest(session, user, who, message, Optional.of(newId));
    }

    /**
     * Parses a request from the JSON fields {@code session}, {@code user}, {@code message} and {@code id}. Without a
     * session, each user has one, and each message of an anonymous sender begins one.
     *
     * @throws InvalidInputException if a field is missing or unknown
     */
    public static ChatRequest fromJson(JsonObject json) {
        json.only("session", "user", "message", "id");
        Optional<String> user = json.optionalString("user");
        return new ChatRequest(
                json.optionalString("session").orElseGet(() -> Ids.derived("chat-", user.orElseGet(Ids::next))),
                user,
                user.isPresent() ? Who.PEOPLE : Who.PUBLIC,
                json.string("message"),
                json.optionalString("id"));
    }

    /** Returns the user as which the sender is stored. Anonymous senders are told apart by their sessions. */
    String userOrAnonymous() {
        return user.orElseGet(() -> ANONYMOUS + "-" + Sha256.hex(session).substring(0, 16));
    }
}
