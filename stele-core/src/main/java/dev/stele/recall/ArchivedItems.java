package dev.stele.recall;

import dev.stele.index.IndexSnapshot;
import dev.stele.index.Indexer;
import dev.stele.model.AgentName;
import dev.stele.model.ItemKind;
import dev.stele.model.Message;
import dev.stele.store.ItemRow;
import dev.stele.store.StoreView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** The archive's messages, read and analysed for one query. They have no index: they are asked for seldom. */
final class ArchivedItems {

    private final Map<Long, Message> messages = new HashMap<>();
    private final List<ItemRow> rows = new ArrayList<>();
    /** Analysed, by number. */
    private final Map<Long, String> texts = new HashMap<>();

    private final Map<String, List<Long>> occurrences = new HashMap<>();

    static ArchivedItems read(AgentName agent, StoreView view, Indexer indexer, List<String> terms) {
        var archived = new ArchivedItems();
        Set<String> wanted = Set.copyOf(terms);
        view.eachArchived(old -> {
            Message message = old.message();
            Indexer.Draft draft = indexer.draft(agent, message, Optional.empty());
            archived.messages.put(message.number(), message);
            archived.rows.add(new ItemRow(
                    message.number(),
                    ItemKind.MESSAGE,
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
            archived.texts.put(message.number(), " " + draft.body() + " ");
            archived.note(draft.body(), wanted, message.number());
            archived.note(draft.context(), wanted, message.number());
        });
        return archived;
    }

    private void note(String text, Set<String> wanted, long number) {
        for (String term : text.split(" ", -1)) {
            if (wanted.contains(term)) {
                occurrences.computeIfAbsent(term, _ -> new ArrayList<>()).add(number);
            }
        }
    }

    /** Live and archived items together. */
    IndexSnapshot with(IndexSnapshot live) {
        return live.with(rows);
    }

    /**
     * Where a term occurs in live items, which is given, and in these.
     *
     * @param both the picture of live and archived items, in which slots of live ones are as in theirs
     */
    Postings with(String term, Postings live, IndexSnapshot both) {
        return Postings.of(
                both,
                IntStream.concat(
                                IntStream.of(live.slots()),
                                occurrences.getOrDefault(term, List.of()).stream()
                                        .mapToInt(both::slotOf))
                        .toArray());
    }

    /** The numbers of these items that hold terms one after another. */
    long[] phrase(List<String> terms) {
        String wanted = " " + String.join(" ", terms) + " ";
        return texts.entrySet().stream()
                .filter(text -> text.getValue().contains(wanted))
                .mapToLong(Map.Entry::getKey)
                .toArray();
    }

    Optional<Message> message(long number) {
        return Optional.ofNullable(messages.get(number));
    }
}
