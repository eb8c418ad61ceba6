package dev.stele.reflect;

import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operation of a consolidation plan on the notes of a user. Immutable. */
public sealed interface Operation {

    /** Maximum length of a reason that a caller gives, in UTF-16 chars. */
    int MAX_REASON_LENGTH = 2_000;

    /** Returns the reason of the operation in prose. */
    String reason();

    /** Returns the ids of the notes that the operation changes. */
    List<String> notes();

    /** Merges several notes into one with the given content. The merged notes are kept as superseded. */
    record Merge(List<String> notes, String content, String reason) implements Operation {
        public Merge {
            notes = List.copyOf(notes);
        }
    }

    /** Replaces the content of a note. The previous content is kept in the history of the note. */
    record Rewrite(String note, String content, String reason) implements Operation {
        @Override
        public List<String> notes() {
            return List.of(note);
        }
    }

    /** Retires a note that no longer holds. The note is kept but excluded from recall. */
    record Retire(String note, String reason) implements Operation {
        @Override
        public List<String> notes() {
            return List.of(note);
        }
    }

    /** Returns the name of the operation: {@code merge}, {@code rewrite} or {@code retire}. */
    default String action() {
        return switch (this) {
            case Merge _ -> "merge";
            case Rewrite _ -> "rewrite";
            case Retire _ -> "retire";
        };
    }

    /**
     * Reads an operation in the form of {@link #toJson}.
     *
     * @throws InvalidInputException if the action is unknown or a field is missing
     */
    static Operation fromJson(JsonObject json) {
        json.only("action", "notes", "content", "reason");
        List<String> notes = json.strings("notes");
        String reason = Ids.checkText("reason", json.optionalString("reason").orElse(""));
        if (reason.length() > MAX_REASON_LENGTH) {
            throw new InvalidInputException("The reason of an operation has " + reason.length()
                    + " characters; it may have " + MAX_REASON_LENGTH + ".");
        }
        String action = json.string("action");
        if (notes.size() != 1 && !action.equals("merge")) {
            throw new InvalidInputException("The operation " + Json.write(action) + " names " + notes.size()
                    + " notes; only a merge names more than one.");
        }
        return switch (action) {
            case "merge" -> new Merge(notes, json.string("content"), reason);
            case "rewrite" -> new Rewrite(notes.getFirst(), json.string("content"), reason);
            case "retire" -> new Retire(notes.getFirst(), reason);
            default ->
                throw new InvalidInputException(
                        "There is no operation " + Json.write(action) + "; there are merge, rewrite and retire.");
        };
    }

    /** Returns the operation as JSON fields. */
    default Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("action", action())
                .put("notes", notes())
                .put(
                        "content",
                        switch (this) {
                            case Merge merge -> merge.content();
                            case Rewrite rewrite -> rewrite.content();
                            case Retire _ -> null;
                        })
                .put("reason", reason())
                .map();
    }
}
