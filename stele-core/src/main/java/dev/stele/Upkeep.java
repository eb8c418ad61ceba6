package dev.stele;

import dev.stele.index.Indexer;
import dev.stele.model.Message;
import dev.stele.model.Note;
import dev.stele.store.AgentStore;
import dev.stele.store.Indexing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The work that keeps one agent's memory in shape: retention, missing vectors, old keys, unreadable leftovers. */
record Upkeep(Memory memory) {

    private static final int BATCH = 32;

    void run(AgentStore store) {
        SteleConfig config = memory.config();
        if (config.maxMessages() > 0) {
            store.retain(config.maxMessages(), config.archive());
        }
        Instant old = Memory.now().minus(config.replayTime());
        if (store.read(view -> view.hasReplaysBefore(old))) {
            store.write(edit -> edit.dropReplays(old));
        }
        embedMissing(store);
        store.scrub();
        memory.recall().save(store);
    }

    /** Makes the vectors of items that were written while there was no model, or another one, or it failed. */
    void embedMissing(AgentStore store) {
        if (memory.embedder().isEmpty()) {
            return;
        }
        Indexer indexer = memory.indexer();
        record Seen(long change, Map<Long, Indexer.Draft> drafts) {}
        while (true) {
            Seen seen = store.read(view -> {
                List<Long> numbers = view.unembedded(indexer.model(), BATCH);
                var drafts = new LinkedHashMap<Long, Indexer.Draft>();
                for (Message message : view.messagesByNumber(numbers).values()) {
                    drafts.put(
                            message.number(),
                            indexer.draft(
                                    message,
                                    view.latestMessage(
                                            message.session(), message.at().minusMillis(1))));
                }
                for (Note note : view.notesByNumber(numbers).values()) {
                    drafts.put(note.number(), indexer.draft(note.body(), note.createdAt()));
                }
                return new Seen(view.lastChange(), drafts);
            });
            if (seen.drafts().isEmpty()) {
                return;
            }
            List<Long> numbers = new ArrayList<>(seen.drafts().keySet());
            List<Indexing> made = indexer.index(new ArrayList<>(seen.drafts().values()));
            if (made.stream().map(Indexing::embedding).anyMatch(Optional::isEmpty)) {
                return; // the model fails; another time
            }
            store.write(edit -> {
                for (int i = 0; i < numbers.size(); i++) {
                    edit.addEmbedding(
                            numbers.get(i),
                            seen.change(),
                            made.get(i).embedding().orElseThrow());
                }
                return numbers.size();
            });
        }
    }
}
