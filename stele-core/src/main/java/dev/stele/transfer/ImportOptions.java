package dev.stele.transfer;

import dev.stele.model.Ids;
import java.util.Optional;

/**
 * Options of an import. Immutable; each {@code with} method returns a copy.
 *
 * @param format format of the file; empty to detect it by the content
 * @param user user of the messages and notes for which the file names none; empty for no user
 * @param session session of the messages for which the file names none; empty for the default session of their user
 * @param learn whether the imported exchanges of a user and the agent become interactions, from which the reflection
 *     worker distills notes
 * @param keepAll whether the import raises the maximum number of live messages of the agent by the number of messages
 *     it adds, so that retention archives none because of the import
 * @param vectors when the items get their vectors
 */
public record ImportOptions(
        Optional<ImportFormat> format,
        Optional<String> user,
        Optional<String> session,
        boolean learn,
        boolean keepAll,
        VectorTime vectors) {

    /** Options that detect the format and set nothing. */
    public static final ImportOptions DEFAULT = new ImportOptions(
            Optional.empty(), Optional.empty(), Optional.empty(), false, false, VectorTime.DURING_IMPORT);

    public ImportOptions {
        user.ifPresent(id -> Ids.check("user", id));
        session.ifPresent(id -> Ids.check("session", id));
    }

    /** Returns a copy with a format. */
    public ImportOptions withFormat(ImportFormat newFormat) {
        return new ImportOptions(Optional.of(newFormat), user, session, learn, keepAll, vectors);
    }

    /** Returns a copy with a user. */
    public ImportOptions withUser(String newUser) {
        return new ImportOptions(format, Optional.of(newUser), session, learn, keepAll, vectors);
    }

    /** Returns a copy with a session. */
    public ImportOptions withSession(String newSession) {
        return new ImportOptions(format, user, Optional.of(newSession), learn, keepAll, vectors);
    }

    /** Returns a copy whose exchanges become interactions. */
    public ImportOptions withLearn() {
        return new ImportOptions(format, user, session, true, keepAll, vectors);
    }

    /** Returns a copy that raises the maximum number of live messages of the agent. */
    public ImportOptions withKeepAll() {
        return new ImportOptions(format, user, session, learn, true, vectors);
    }

    /** Returns a copy whose items get their vectors at another time. */
    public ImportOptions withVectors(VectorTime newVectors) {
        return new ImportOptions(format, user, session, learn, keepAll, newVectors);
    }
}
