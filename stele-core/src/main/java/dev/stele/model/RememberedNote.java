package dev.stele.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answer to a statement that is to be remembered. Immutable.
 *
 * @param outcome what became of the statement
 * @param note the note that has the statement
 */
public record RememberedNote(Outcome outcome, Note note) {

    /** What became of a statement. */
    public enum Outcome {
        /** A new note has the statement. */
        ADDED,
        /** A note had the statement already, and received what was new: tags, sources or a higher certainty. */
        REINFORCED,
        /** A note had the statement already, and stays as it was. */
        DUPLICATE;

        /** Returns the name of the outcome in JSON. */
        public String label() {
            return name();
        }
    }

    /** Returns the fields of the note and the outcome, in the JSON format of the REST API. */
    public Map<String, @Nullable Object> toJson() {
        var json = Json.fields();
        note.toJson().forEach(json::keep);
        return json.keep("outcome", outcome.label()).map();
    }
}
