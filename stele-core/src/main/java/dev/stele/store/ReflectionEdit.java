package dev.stele.store;

import dev.stele.model.ConsolidationRecord;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes to what {@link ReflectionView} reads. As {@link StoreEdit}. */
public interface ReflectionEdit extends ReflectionView {

    /** Records an interaction; the caller has seen that the id is free. */
    Interaction add(InteractionDraft draft, Instant at);

    /** Writes how an interaction stands now. */
    void update(Interaction interaction);

    /** For import: adds an interaction as it was. */
    void importInteraction(Interaction interaction);

    void delete(Interaction interaction);

    /** Records a consolidation; its number is given here. */
    ConsolidationRecord add(ConsolidationRecord consolidation);

    void update(ConsolidationRecord consolidation);

    /** Counts uses of a note; no entry of the change log, for it changes nothing that is remembered. */
    void used(long note, long times, Instant last);

    /** Writes something about the agent itself under a name; returns its version. */
    long put(String name, Map<String, ? extends @Nullable Object> value, Instant at);
}
