package dev.stele.server;

import dev.stele.model.Erased;
import java.util.function.Function;

/** Replies to requests that erase: what was erased, or with {@code ?preview=true} what would be. */
final class Erasures {

    private Erasures() {}

    /**
     * Erases or previews, as the query of the request says.
     *
     * @param erase erases if its argument is false, and returns the preview if it is true
     */
    static Reply reply(Exchange exchange, Function<Boolean, Erased> erase) {
        boolean preview = exchange.queryFlag("preview");
        return Reply.json(erase.apply(preview).toJson(preview));
    }
}
