package dev.stele.store;

import dev.stele.model.ConsolidationRecord;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Write access to the data of {@link ReflectionView} within one write transaction, see {@link StoreEdit}. */
public interface ReflectionEdit extends ReflectionView {

    /**
     * Adds an interaction; the caller has checked that its id is unused.
     *
     * @return the stored interaction with its assigned number
     */
    Interaction add(InteractionDraft draft, Instant at);

    /** Updates the state of an interaction. */
    void update(Interaction interaction);

    /** For erasure: replaces an interaction in place. Appends nothing to the change log. */
    void rewrite(Interaction interaction);

    /** For import: adds an interaction in its exported state. */
    void importInteraction(Interaction interaction);

    /** Deletes an interaction. */
    void delete(Interaction interaction);

    /**
     * Adds a consolidation.
     *
     * @param consolidation the consolidation; its number is ignored
     * @return the stored consolidation with its assigned number
     */
    ConsolidationRecord add(ConsolidationRecord consolidation);

    /** Deletes a consolidation. */
    void delete(ConsolidationRecord consolidation);

    /** Updates the state of a consolidation. */
    void update(ConsolidationRecord consolidation);

    /**
     * Adds to the use count of a note. Appends nothing to the change log, because no remembered content changes.
     *
     * @param note number of the note
     * @param times number of uses to add
     * @param last time of the latest use
     */
    void used(long note, long times, Instant last);

    /**
     * Writes an entry about the agent itself under a name.
     *
     * @return version of the entry
     */
    long put(String name, Map<String, ? extends @Nullable Object> value, Instant at);
}
