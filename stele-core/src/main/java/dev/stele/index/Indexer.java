package dev.stele.index;

import dev.stele.analysis.Analyzer;
import dev.stele.analysis.Analyzers;
import dev.stele.analysis.ItemTexts;
import dev.stele.analysis.TextTraits;
import dev.stele.arena.OverBudgetPolicy;
import dev.stele.arena.Reservation;
import dev.stele.arena.TypedArena;
import dev.stele.embedding.CheckedEmbeddings;
import dev.stele.embedding.Embedder;
import dev.stele.model.AgentName;
import dev.stele.model.EntityRef;
import dev.stele.model.Message;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.Observation;
import dev.stele.model.Passage;
import dev.stele.store.Embedding;
import dev.stele.store.IndexEntry;
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
 * Derives from items, before they are written, what they are found by. If the model fails the items are written without
 * vectors, which are made up for later, since a note that is found by its words alone is better than one lost.
 * Thread-safe.
 */
public final class Indexer {

    private static final System.Logger LOG = System.getLogger(Indexer.class.getName());

    private static final Duration MAX_WAIT = Duration.ofSeconds(10);
    private static final long VECTOR_BYTES = 4_096;

    /** A text of so many characters is not made shorter for a model that refuses it. */
    private static final int SHORT = 256;

    /** What any model takes that answers at all. */
    private static final String SAYS_NOTHING = ".";

    private final Analyzers analyzers;
    private final Optional<Embedder> embedder;
    private final TypedArena tasks;

    /** @param tasks where batches are booked while the model works on them; without room a batch waits */
    public Indexer(Analyzers analyzers, Optional<Embedder> embedder, TypedArena tasks) {
        this.analyzers = analyzers;
        this.embedder = embedder;
        this.tasks = tasks;
    }

    /**
     * What one item is found by but for its vector.
     *
     * @param rules of the analysis, see {@link Analyzer#rules}
     * @param dense the text to embed
     */
    public record Draft(String rules, String body, String context, int length, int traits, String dense) {}

    /** Name of the model in use, or empty text when there is none. */
    public String model() {
        return embedder.map(Embedder::model).orElse("");
    }

    /**
     * @param message as it will be written; its number does not matter
     * @param answered the turn before it in the session, if there is one
     */
    public Draft draft(AgentName agent, Message message, Optional<Message> answered) {
        String body = ItemTexts.body(message.content(), message.metadata().get("caption"));
        return draft(
                analyzers.of(agent),
                body,
                ItemTexts.context(message.speaker(), message.at()),
                TextTraits.of(message.content()),
                ItemTexts.dense(message.speaker(), body, answered));
    }

    public Draft draft(AgentName agent, NoteDraft note, Instant createdAt) {
        String about = note.user().orElse("") + " " + String.join(" ", note.tags()) + " " + note.category();
        return draft(
                analyzers.of(agent),
                note.content(),
                ItemTexts.context(about, note.validFrom().orElse(createdAt)),
                TextTraits.of(note.content()),
                ItemTexts.dense(note));
    }

    /** @param entity the name of what it is about; its type is {@code type}, empty text for none */
    public Draft draft(AgentName agent, String entity, String type, String observation, Instant at) {
        return draft(
                analyzers.of(agent),
                observation,
                ItemTexts.context(entity + " " + type, at),
                TextTraits.of(observation),
                entity + ": " + observation);
    }

    public Draft draft(AgentName agent, Passage passage) {
        return draft(
                analyzers.of(agent),
                passage.content(),
                passage.about(),
                TextTraits.of(passage.content()),
                passage.about() + "\n" + passage.content());
    }

    private static Draft draft(Analyzer analyzer, String body, String context, int traits, String dense) {
        List<String> bodyTerms = analyzer.terms(body);
        List<String> contextTerms = analyzer.terms(context);
        return new Draft(
                analyzer.rules(),
                String.join(" ", bodyTerms),
                String.join(" ", contextTerms),
                bodyTerms.size() + contextTerms.size(),
                traits,
                dense);
    }

    /**
     * What live items are found by, as a view sees them, by their numbers; of those that are not there nothing is said.
     *
     * @param toEmbed whether the texts to embed are wanted, which say what a turn answers; without them less is read
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

    /** Embeds all drafts at once. Holds no lock and must be called under none. */
    public List<IndexEntry> index(List<Draft> drafts) {
        List<Optional<Embedding>> vectors =
                embed(drafts.stream().map(Draft::dense).toList());
        var all = new ArrayList<IndexEntry>(drafts.size());
        for (int i = 0; i < drafts.size(); i++) {
            Draft draft = drafts.get(i);
            all.add(words(draft, vectors.get(i)));
        }
        return all;
    }

    /**
     * Embeds one draft that the model may refuse, so that it does not keep others from their vectors: with as much of the beginning of its
     * text as the model takes; if that is nothing, with the vector of a text that says nothing, so that it is found by its words. Holds no
     * lock and must be called under none.
     *
     * @return empty if the model does not answer at all
     */
    public Optional<IndexEntry> indexWhatIsTaken(Draft draft) {
        String text = draft.dense();
        Optional<Embedding> vector = embed(text);
        boolean answers = vector.isPresent() || embed(SAYS_NOTHING).isPresent();
        while (vector.isEmpty() && answers && text.length() > SHORT) {
            text = text.substring(0, text.offsetByCodePoints(0, text.codePointCount(0, text.length()) / 2));
            vector = embed(text);
        }
        if (vector.isEmpty() && answers) {
            vector = embed(SAYS_NOTHING); // asked again: it may have gone down since
        }
        return vector.map(made -> words(draft, Optional.of(made)));
    }

    /** What an item is found by, with a vector that is there already or none. */
    public static IndexEntry words(Draft draft, Optional<Embedding> vector) {
        return new IndexEntry(draft.rules(), draft.body(), draft.context(), draft.length(), draft.traits(), vector);
    }

    /** What an observation is found by before its vector is made. */
    public IndexEntry words(AgentName agent, EntityRef entity, String observation, Instant at) {
        return words(draft(agent, entity.name(), entity.type(), observation, at), Optional.empty());
    }

    /** What turns a text into the words by which an agent's items are found. */
    public Function<String, List<String>> terms(AgentName agent) {
        return analyzers.of(agent)::terms;
    }

    /** Says by which rules an agent's words are analysed. */
    public String rules(AgentName agent) {
        return analyzers.of(agent).rules();
    }

    public IndexEntry index(Draft draft) {
        return index(List.of(draft)).getFirst();
    }

    /** About what a batch takes while the model works on it: its texts, and a vector for each. */
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
            try (Reservation _ = tasks.charge(bytes(texts), new OverBudgetPolicy.Await(MAX_WAIT))) {
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
