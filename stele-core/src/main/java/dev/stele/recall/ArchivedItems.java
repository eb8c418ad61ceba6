package dev.stele.recall;

import dev.stele.index.Indexer;
import dev.stele.index.LiveItems;
import dev.stele.model.Message;
import dev.stele.store.ItemRow;
import dev.stele.store.Postings;
import dev.stele.store.StoreView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The archive's messages, read and analysed for one query. They have no index: they are asked for seldom. */
final class ArchivedItems {

    private final Map<Long, Message> messages = new HashMap<>();
    private final List<ItemRow> rows = new ArrayList<>();
    private final Map<String, List<Occurrence>> occurrences = new HashMap<>();

    private record Occurrence(long number, boolean inContext) {}

    static ArchivedItems read(StoreView view, Indexer indexer, List<String> terms) {
        var archived = new ArchivedItems();
        Set<String> wanted = Set.copyOf(terms);
        view.eachArchived(old -> {
            Message message = old.message();
            Indexer.Draft draft = indexer.draft(message, Optional.empty());
            archived.messages.put(message.number(), message);
            archived.rows.add(new ItemRow(
                    message.number(),
                    true,
                    message.id(),
                    message.session(),
                    message.user().orElse(""),
                    message.role().word(),
                    message.speaker(),
                    message.at(),
                    draft.length(),
                    draft.traits(),
                    0.5,
                    Set.of(),
                    false,
                    Optional.empty(),
                    Optional.empty(),
                    old.embedding()
                            .filter(embedding -> embedding.model().equals(indexer.model()))
                            .map(embedding -> embedding.vector())));
            archived.note(draft.body(), wanted, message.number(), false);
            archived.note(draft.context(), wanted, message.number(), true);
        });
        return archived;
    }

    private void note(String text, Set<String> wanted, long number, boolean inContext) {
        for (String term : text.split(" ", -1)) {
            if (wanted.contains(term)) {
                occurrences.computeIfAbsent(term, _ -> new ArrayList<>()).add(new Occurrence(number, inContext));
            }
        }
    }

    /** Live and archived items together. */
    LiveItems with(LiveItems live) {
        return live.with(rows);
    }

    /** Occurrences in live items and in these. */
    Postings with(String term, Postings live) {
        List<Occurrence> here = occurrences.getOrDefault(term, List.of());
        int before = live.items().length;
        long[] items = Arrays.copyOf(live.items(), before + here.size());
        boolean[] inContext = Arrays.copyOf(live.inContext(), before + here.size());
        for (int i = 0; i < here.size(); i++) {
            items[before + i] = here.get(i).number();
            inContext[before + i] = here.get(i).inContext();
        }
        return new Postings(items, inContext);
    }

    Optional<Message> message(long number) {
        return Optional.ofNullable(messages.get(number));
    }
}
