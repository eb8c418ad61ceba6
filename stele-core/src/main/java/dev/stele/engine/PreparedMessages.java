package dev.stele.engine;

import dev.stele.model.ConflictException;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.store.IndexEntry;
import dev.stele.store.StoreEdit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Messages that are validated, have ids and are analyzed for the index: all work of a write that needs no write lock.
 * Immutable.
 *
 * @param drafts the messages, each with an id
 * @param generatedIds the ids that were generated, which cannot exist in the store
 * @param entries the index entries of the messages, in the same order
 * @param now the time of the messages without a time
 */
record PreparedMessages(List<MessageDraft> drafts, Set<String> generatedIds, List<IndexEntry> entries, Instant now) {

    PreparedMessages {
        drafts = List.copyOf(drafts);
        generatedIds = Set.copyOf(generatedIds);
        entries = List.copyOf(entries);
    }

    /** Returns the ids of the messages. */
    List<String> ids() {
        return drafts.stream().map(draft -> draft.id().orElseThrow()).toList();
    }

    /**
     * Adds the messages in an edit. A message that exists with the same content is not added again; sources that its
     * draft names are added to its lineage.
     *
     * @return the stored messages, in the same order
     * @throws ConflictException if a different message has one of the ids
     */
    List<Message> addTo(StoreEdit edit) {
        var messages = new ArrayList<Message>(drafts.size());
        for (int i = 0; i < drafts.size(); i++) {
            MessageDraft draft = drafts.get(i);
            String id = draft.id().orElseThrow();
            Optional<Message> existing = generatedIds.contains(id) ? Optional.empty() : edit.message(id);
            if (existing.isPresent() && !existing.get().matches(draft)) {
                throw new ConflictException("There is another message with the id " + Json.write(id)
                        + "; choose another id, or edit that one.");
            }
            IndexEntry entry = entries.get(i);
            existing.ifPresent(message ->
                    edit.lineage().derive(message.number(), edit.lineage().numbers(draft.sources())));
            messages.add(existing.orElseGet(
                    () -> edit.addMessage(id, draft, draft.at().orElse(now), entry)));
        }
        return List.copyOf(messages);
    }
}
