package dev.stele.reflect;

import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One thing to do to notes when they are consolidated. Immutable. */
public sealed interface Operation {

    /** Why, in words. */
    String reason();

    /** The notes it is done to. */
    List<String> notes();

    /** Several notes become one of this content; they are kept as superseded. */
    record Merge(List<String> notes, String content, String reason) implements Operation {
        public Merge {
            notes = List.copyOf(notes);
        }
    }

    /** A note gets another content; the one before is kept in its history. */
    record Rewrite(String note, String content, String reason) implements Operation {
        @Override
        public List<String> notes() {
            return List.of(note);
        }
    }

    /** A note holds no more; it is kept and out of recall. */
    record Retire(String note, String reason) implements Operation {
        @Override
        public List<String> notes() {
            return List.of(note);
        }
    }

    default String action() {
        return switch (this) {
            case Merge _ -> "merge";
            case Rewrite _ -> "rewrite";
            case Retire _ -> "retire";
        };
    }

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
