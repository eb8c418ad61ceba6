package dev.stele.index;

import dev.stele.analysis.Analyzer;
import dev.stele.analysis.Analyzers;
import dev.stele.analysis.ItemTexts;
import dev.stele.analysis.StatementForm;
import dev.stele.analysis.TextTraits;
import dev.stele.arena.OverBudgetPolicy;
import dev.stele.arena.Reservation;
import dev.stele.arena.TypedArena;
import dev.stele.embedding.CheckedEmbeddings;
import dev.stele.embedding.Embedder;
import dev.stele.language.ExtractiveModel;
import dev.stele.model.AgentName;
import dev.stele.model.EntityRef;
import dev.stele.model.Message;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.Observation;
import dev.stele.model.Passage;
import dev.stele.store.Embedding;
import dev.stele.store.IndexEntry;
import dev.stele.store.StoreEdit;
import dev.stele.store.StoreView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Converter of items to index entries (terms, text traits and vector) before the items are written. Thread-safe.
 *
 * <p>If the embedding model fails, items are written without vectors, and the vectors are backfilled later, since a
 * note that can only be found by its terms is better than a lost note.
 */
public final class Indexer {

    private static final System.Logger LOG = System.getLogger(Indexer.class.getName());

    /** Maximum time that a batch waits for a memory reservation. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(10);
    /** Estimated number of bytes per vector. */
    private static final long VECTOR_BYTES = 4_096;

    /** Maximum number of characters of a text that is not shortened any further if the model refuses it. */
    private static final int MAX_UNSHORTENED_CHARS = 256;

    /** Text without meaning that every available model accepts. */
    private static final String MEANINGLESS_TEXT = ".";

    private final Analyzers analyzers;
    private final Optional<Embedder> embedder;
    private final TypedArena reservations;

    /**
     * @param analyzers analyzers of the agents
     * @param embedder embedding model; empty for none
     * @param reservations budget in which a batch reserves memory while the model processes the batch; a batch waits
     *     while the budget is used up
     */
    public Indexer(Analyzers analyzers, Optional<Embedder> embedder, TypedArena reservations) {
        this.analyzers = analyzers;
        this.embedder = embedder;
        this.reservations = reservations;
    }

    /**
     * Index entry of one item, with the text to embed in place of the vector.
     *
     * @param rules version of the analysis rules, see {@link Analyzer#rules}
     * @param body terms of the content, separated by spaces
     * @param context terms of the context, such as speaker and date, separated by spaces
     * @param length number of terms in {@code body} and {@code context}
     * @param traits text traits of the content, see {@link TextTraits}
     * @param form hash of what the content says, see {@link StatementForm#hash}
     * @param dense text to embed
     */
    public record Draft(String rules, String body, String context, int length, int traits, long form, String dense) {}

    /** Returns the name of the embedding model; empty text if there is none. */
    public String model() {
        return embedder.map(Embedder::model).orElse("");
    }

    /**
     * Analyzes a message.
     *
     * @param agent agent to which the message belongs
     * @param message message as it will be written; its number is not used
     * @param answered previous turn of the session; empty if there is none
     * @return draft of the index entry
     */
    public Draft draft(AgentName agent, Message message, Optional<Message> answered) {
        String body = ItemTexts.body(message.content(), message.metadata().get("caption"));
        Optional<Message> context = answered.filter(previous -> isContext(previous, message));
        int withheld = ExtractiveModel.wrote(message) ? TextTraits.WITHHELD : 0;
        return draft(
                analyzers.of(agent),
                body,
                ItemTexts.context(message.speaker(), message.at()),
                TextTraits.of(message.content()) | withheld,
                message.content(),
                ItemTexts.dense(message.speaker(), body, context));
    }

    /**
     * Returns whether a turn belongs to the meaning of the next one. A question of the same speaker does not, since the
     * next turn is no answer to it.
     */
    private static boolean isContext(Message previous, Message next) {
        boolean ownQuestion = previous.speaker().equals(next.speaker()) && TextTraits.onlyAsks(previous.content());
        return !ownQuestion && !ExtractiveModel.wrote(previous);
    }

    /**
     * Analyzes a note.
     *
     * @param agent agent to which the note belongs
     * @param note note as it will be written
     * @param createdAt creation time, used as the date of a note whose validity has no start
     * @return draft of the index entry
     */
    public Draft draft(AgentName agent, NoteDraft note, Instant createdAt) {
        String about = note.user().orElse("") + " " + String.join(" ", note.tags()) + " " + note.category();
        return draft(
                analyzers.of(agent),
                note.content(),
                ItemTexts.context(about, note.validFrom().orElse(createdAt)),
                TextTraits.of(note.content()),
                note.content(),
                ItemTexts.dense(note));
    }

    /**
     * Analyzes an observation.
     *
     * @param agent agent to which the observation belongs
     * @param entity name of the entity that the observation is about
     * @param type type of the entity; empty text for none
     * @param observation content of the observation
     * @param at time of the observation
     * @return draft of the index entry
     */
    public Draft draft(AgentName agent, String entity, String type, String observation, Instant at) {
        return draft(
                analyzers.of(agent),
                observation,
                ItemTexts.context(entity + " " + type, at),
                TextTraits.of(observation),
                observation,
                entity + ": " + observation);
    }

    /**
     * Analyzes a passage of a document.
     *
     * @param agent agent to which the passage belongs
     * @param passage passage as it will be written
     * @return draft of the index entry
     */
    public Draft draft(AgentName agent, Passage passage) {
        return draft(
                analyzers.of(agent),
                passage.content(),
                passage.about(),
                TextTraits.of(passage.content()),
                passage.content(),
                passage.about() + "\n" + passage.content());
    }

    private static Draft draft(
            Analyzer analyzer, String body, String context, int traits, String content, String dense) {
        List<String> bodyTerms = analyzer.terms(body);
        List<String> contextTerms = analyzer.terms(context);
        return new Draft(
                analyzer.rules(),
                String.join(" ", bodyTerms),
                String.join(" ", contextTerms),
                bodyTerms.size() + contextTerms.size(),
                traits,
                StatementForm.hash(content),
                dense);
    }

    /**
     * Analyzes live items of a view.
     *
     * @param agent agent to which the items belong
     * @param view store view
     * @param numbers item numbers
     * @param toEmbed whether the texts to embed are needed. The text of a turn contains the previous turn, so less is
     *     read if false
     * @return drafts by item number, without items that do not exist
     */
    public Map<Long, Draft> drafts(AgentName agent, StoreView view, Collection<Long> numbers, boolean toEmbed) {
        var drafts = new LinkedHashMap<Long, Draft>();
        for (Message message : view.messagesByNumber(numbers).values()) {
            drafts.put(message.number(), draft(agent, message, toEmbed ? view.previous(message) : Optional.empty()));
        }
        for (Note note : view.notesByNumber(numbers).values()) {
            drafts.put(note.number(), draft(agent, note.body(), note.createdAt()));
        }
        for (Observation observation :
                view.graph().observationsByNumber(numbers).values()) {
            drafts.put(
                    observation.number(),
                    draft(
                            agent,
                            observation.entity().name(),
                            observation.entity().type(),
                            observation.content(),
                            observation.at().orElse(observation.recordedAt())));
        }
        for (Passage passage : view.documents().passagesByNumber(numbers).values()) {
            drafts.put(passage.number(), draft(agent, passage));
        }
        return drafts;
    }

    /**
     * Embeds drafts in one batch. Holds no lock, and the caller must not hold one.
     *
     * @param drafts drafts
     * @return index entries in the order of {@code drafts}; all without vectors if there is no model or if it failed
     */
    public List<IndexEntry> index(List<Draft> drafts) {
        List<Optional<Embedding>> vectors =
                embed(drafts.stream().map(Draft::dense).toList());
        var entries = new ArrayList<IndexEntry>(drafts.size());
        for (int i = 0; i < drafts.size(); i++) {
            Draft draft = drafts.get(i);
            entries.add(words(draft, vectors.get(i)));
        }
        return entries;
    }

    /**
     * Embeds one draft that the model may refuse, so that the draft does not keep other items from their vectors.
     * Embeds the longest beginning of the text that the model accepts after repeated halving. If the model accepts
     * none, the entry gets the vector of a text without meaning, so that the item can be found by its terms. Holds no
     * lock, and the caller must not hold one.
     *
     * @param draft draft
     * @return index entry with a vector; empty if the model does not respond at all
     */
    public Optional<IndexEntry> indexWhatIsTaken(Draft draft) {
        String text = draft.dense();
        Optional<Embedding> vector = embed(text);
        boolean responds = vector.isPresent() || embed(MEANINGLESS_TEXT).isPresent();
        while (vector.isEmpty() && responds && text.length() > MAX_UNSHORTENED_CHARS) {
            text = text.substring(0, text.offsetByCodePoints(0, text.codePointCount(0, text.length()) / 2));
            vector = embed(text);
        }
        if (vector.isEmpty() && responds) {
            vector = embed(MEANINGLESS_TEXT); // embedded again: the model may have failed since
        }
        return vector.map(embedding -> words(draft, Optional.of(embedding)));
    }

    /**
     * Returns the index entry of an item with an existing vector or without one.
     *
     * @param draft draft
     * @param vector vector; empty for none
     */
    public static IndexEntry words(Draft draft, Optional<Embedding> vector) {
        return new IndexEntry(
                draft.rules(), draft.body(), draft.context(), draft.length(), draft.traits(), draft.form(), vector);
    }

    /**
     * Returns the index entry of an observation without a vector.
     *
     * @param agent agent to which the observation belongs
     * @param entity entity that the observation is about
     * @param observation content of the observation
     * @param at time of the observation
     */
    public IndexEntry words(AgentName agent, EntityRef entity, String observation, Instant at) {
        return words(draft(agent, entity.name(), entity.type(), observation, at), Optional.empty());
    }

    /**
     * Returns the function from a text to the terms by which items of an agent are found.
     *
     * @param agent agent
     */
    public Function<String, List<String>> terms(AgentName agent) {
        return analyzers.of(agent)::terms;
    }

    /**
     * Returns the function from a text to its terms without those of function words.
     *
     * @param agent agent
     */
    public Function<String, List<String>> subjectTerms(AgentName agent) {
        return analyzers.of(agent)::queryTerms;
    }

    /**
     * Returns the version of the analysis rules of an agent, see {@link Analyzer#rules}.
     *
     * @param agent agent
     */
    public String rules(AgentName agent) {
        return analyzers.of(agent).rules();
    }

    /**
     * Embeds one draft, like {@link #index(List)}.
     *
     * @param draft draft
     */
    public IndexEntry index(Draft draft) {
        return index(List.of(draft)).getFirst();
    }

    /**
     * Indexes a passage again that another document has taken over, since it was found by the title of the former one.
     * Its vector is computed later.
     *
     * @param edit write transaction in which the passage was taken over
     * @param agent agent to which the passage belongs
     * @param passage the passage as the other document has it
     */
    public void reindex(StoreEdit edit, AgentName agent, Passage passage) {
        edit.reindex(passage.number(), edit.lastChange(), words(draft(agent, passage), Optional.empty()));
        edit.removeEmbedding(passage.number());
    }

    /**
     * Returns the estimated bytes of a batch while the model processes the batch: its texts, and a vector for each
     * text.
     */
    private static long bytes(List<String> texts) {
        return texts.stream()
                .mapToLong(text -> VECTOR_BYTES + 4L * text.length())
                .sum();
    }

    private Optional<Embedding> embed(String text) {
        return embed(List.of(text)).getFirst();
    }

    private List<Optional<Embedding>> embed(List<String> texts) {
        if (embedder.isPresent() && !texts.isEmpty()) {
            try (Reservation _ = reservations.charge(bytes(texts), new OverBudgetPolicy.Await(MAX_WAIT))) {
                String model = embedder.get().model();
                return CheckedEmbeddings.of(embedder.get(), texts).stream()
                        .map(vector -> Optional.of(new Embedding(model, vector)))
                        .toList();
            } catch (RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0} items get their vectors later: {1}",
                        texts.size(),
                        e.getMessage());
            }
        }
        return texts.stream().map(_ -> Optional.<Embedding>empty()).toList();
    }
}
