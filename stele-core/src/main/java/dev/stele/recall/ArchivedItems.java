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

/**
 * Archived messages of an agent, read and analyzed for one query. Archived messages have no index, because they are
 * queried rarely. For one thread.
 */
final class ArchivedItems {

    /** Messages by item number. */
    private static final System.Logger LOG = System.getLogger(ArchivedItems.class.getName());

    private final Map<Long, Message> messages = new HashMap<>();

    private final List<ItemRow> rows = new ArrayList<>();
    /** Analyzed texts by item number; terms are separated and surrounded by spaces. */
    private final Map<Long, String> texts = new HashMap<>();

    /** Item numbers by query term, one for each occurrence. */
    private final Map<String, List<Long>> occurrences = new HashMap<>();

    /**
     * Reads and analyzes the archive of an agent.
     *
     * @param agent name of the agent
     * @param view read transaction
     * @param indexer analyzer of the messages
     * @param terms terms whose occurrences are recorded
     */
    static ArchivedItems read(AgentName agent, StoreView view, Indexer indexer, List<String> terms) {
        var archived = new ArchivedItems();
        Set<String> queryTerms = Set.copyOf(terms);
        view.forEachArchived(
                entry -> {
                    Message message = entry.message();
                    Indexer.Draft draft = indexer.draft(agent, message, Optional.empty());
                    archived.messages.put(message.number(), message);
                    archived.rows.add(new ItemRow(
                            message.number(),
                            ItemKind.MESSAGE,
                            message.id(),
                            message.session(),
                            message.user().orElse(""),
                            message.role().label(),
                            message.speaker(),
                            message.at(),
                            draft.length(),
                            draft.traits(),
                            draft.form(),
                            0.5,
                            Set.of(),
                            false,
                            Optional.empty(),
                            Optional.empty(),
                            entry.embedding()
                                    .filter(embedding -> embedding.model().equals(indexer.model()))
                                    .map(embedding -> embedding.vector())));
                    archived.texts.put(message.number(), " " + draft.body() + " ");
                    archived.note(draft.body(), queryTerms, message.number());
                    archived.note(draft.context(), queryTerms, message.number());
                },
                damage -> LOG.log(
                        System.Logger.Level.WARNING, () -> "recall of agent " + agent + " leaves out " + damage));
        return archived;
    }

    /** Records the occurrences of query terms in an analyzed text. */
    private void note(String text, Set<String> queryTerms, long number) {
        for (String term : text.split(" ", -1)) {
            if (queryTerms.contains(term)) {
                occurrences.computeIfAbsent(term, _ -> new ArrayList<>()).add(number);
            }
        }
    }

    /**
     * Returns an index snapshot that contains the live and the archived items.
     *
     * @param live snapshot of the live items
     */
    IndexSnapshot with(IndexSnapshot live) {
        return live.with(rows);
    }

    /**
     * Returns the postings of a term in the live and the archived items.
     *
     * @param term term of the keyword index
     * @param live postings of the term in the live items
     * @param both snapshot of the live and the archived items, in which live items keep their ordinals
     */
    Postings with(String term, Postings live, IndexSnapshot both) {
        return Postings.of(
                both,
                IntStream.concat(
                                IntStream.of(live.slots()),
                                occurrences.getOrDefault(term, List.of()).stream()
                                        .mapToInt(both::ordinalOf))
                        .toArray());
    }

    /**
     * Returns the numbers of the archived items that contain a phrase.
     *
     * @param terms terms of the phrase, in order
     */
    long[] phrase(List<String> terms) {
        String phrase = " " + String.join(" ", terms) + " ";
        return texts.entrySet().stream()
                .filter(text -> text.getValue().contains(phrase))
                .mapToLong(Map.Entry::getKey)
                .toArray();
    }

    /** Returns the archived message with a number, or empty if there is none. */
    Optional<Message> message(long number) {
        return Optional.ofNullable(messages.get(number));
    }
}
