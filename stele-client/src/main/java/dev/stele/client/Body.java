package dev.stele.client;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON object that a request contains. Implementations are immutable. */
public interface Body {

    /** Returns the fields in the names of the HTTP interface; those without a value are absent. */
    Map<String, @Nullable Object> toJson();
}
