package dev.stele;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.ForegroundGate;
import dev.stele.embedding.Embedder;
import dev.stele.extract.Extractor;
import dev.stele.graph.GraphWriter;
import dev.stele.graph.cypher.CypherQuery;
import dev.stele.index.Indexer;
import dev.stele.language.LanguageModel;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.Sha256;
import dev.stele.recall.Retriever;
import dev.stele.store.AgentStore;
import dev.stele.store.AgentStores;
import dev.stele.store.StoreEdit;
import dev.stele.store.StoreView;
import dev.stele.task.Tasks;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What all agents of one {@link Stele} share, and how their calls reach a store. Thread-safe. */
record Memory(
        SteleConfig config,
        AgentStores stores,
        OpenAgents open,
        Indexer indexer,
        Optional<Embedder> embedder,
        Retriever recall,
        UserContexts contexts,
        Tasks tasks,
        Cache<String, CypherQuery> queries,
        Unembedded unembedded,
        Extractor reflector,
        LanguageModel language,
        Learning learning,
        NoteUses uses,
        Set<AgentName> written,
        ForegroundGate foreground) {

    /** So many queries of graphs are kept parsed; agents ask the same ones with other parameters. */
    private static final int QUERIES = 256;

    /** So long, at most, a piece of work in the background waits for those who are being answered; a question takes about as long. */
    private static final Duration WAY = Duration.ofMillis(20);

    static Cache<String, CypherQuery> queriesParsed() {
        return Caffeine.newBuilder().maximumSize(QUERIES).build();
    }

    /** What writes to an agent's graph inside an edit. */
    GraphWriter graphWriter(AgentName agent, StoreEdit edit) {
        return new GraphWriter(
                edit, limits().graph(), (entity, content, at) -> indexer.words(agent, entity, content, at));
    }

    /** A query, parsed once. */
    CypherQuery query(String cypher) {
        return queries.get(cypher, CypherQuery::parse);
    }

    static Set<AgentName> namesWritten() {
        return ConcurrentHashMap.newKeySet();
    }

    Limits limits() {
        return config.limits();
    }

    /** Now, to the millisecond, which is what the store keeps. */
    static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    /** Reads an agent that must be there: reading makes nothing. */
    <T extends @Nullable Object> T read(AgentName agent, Function<? super StoreView, T> query) {
        return onExisting(agent, store -> store.read(query));
    }

    <T extends @Nullable Object> T onExisting(AgentName agent, Function<? super AgentStore, T> call) {
        return open.with(agent, false, call);
    }

    /** The same for a call that answers nothing. */
    void runOnExisting(AgentName agent, Consumer<? super AgentStore> call) {
        this.<AgentName>onExisting(agent, store -> {
            call.accept(store);
            return agent;
        });
    }

    /** Whether there is such an agent; costs nothing where it is open. */
    boolean isThere(AgentName agent) {
        return open.holds(agent) || stores.exists(agent);
    }

    /** Writes to an agent, which is made if it is not there. */
    <T extends @Nullable Object> T write(AgentName agent, Function<? super StoreEdit, T> edit) {
        return write(agent, true, edit);
    }

    private <T extends @Nullable Object> T write(AgentName agent, boolean make, Function<? super StoreEdit, T> edit) {
        T result = open.with(agent, make, store -> store.write(edit));
        written.add(agent);
        return result;
    }

    /** Writes to an agent that must be there. */
    <T extends @Nullable Object> T writeExisting(AgentName agent, Function<? super StoreEdit, T> edit) {
        return write(agent, false, edit);
    }

    /** On a thread of the background, lets those go first for whom somebody waits; for what takes long, before each piece of it. */
    void giveWay() {
        if (BackgroundThreads.isHere()) {
            foreground.giveWay(WAY);
        }
    }

    /** Makes what was just deleted unreadable in the files too. */
    void scrub(AgentName agent) {
        runOnExisting(agent, AgentStore::scrub);
    }

    /**
     * Runs an edit once for a key: a repetition with the same request is answered with what the first one made.
     *
     * @param request all that the edit depends on, as JSON values; another request under the same key is a conflict
     * @param ids the ids of what an edit made, to be kept
     * @param again what an edit had made, from its ids
     */
    static <T> T once(
            StoreEdit edit,
            Optional<String> key,
            @Nullable Object request,
            Supplier<T> make,
            Function<T, List<String>> ids,
            Function<List<String>, T> again) {
        if (key.isEmpty()) {
            return make.get();
        }
        Ids.check("idempotency key", key.get());
        String fingerprint = Sha256.hex(Json.write(request)).substring(0, 32);
        Optional<StoreView.Replay> earlier = edit.replay(key.get());
        if (earlier.isPresent()) {
            if (!earlier.get().fingerprint().equals(fingerprint)) {
                throw new ConflictException("The idempotency key " + Json.write(key.get())
                        + " was used for another request; use a new key for a new request.");
            }
            return again.apply(earlier.get().refs());
        }
        T made = make.get();
        edit.record(key.get(), fingerprint, ids.apply(made), now());
        return made;
    }

    void checkContent(String what, String content, Map<String, ? extends @Nullable Object> metadata) {
        int bytes = content.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > limits().messageBytes()) {
            throw new LimitExceededException(
                    "The content of the %s has %d bytes; at most %d are taken (limits.message-bytes)."
                            .formatted(what, bytes, limits().messageBytes()));
        }
        int more = metadata.isEmpty() ? 0 : Json.write(metadata).getBytes(StandardCharsets.UTF_8).length;
        if (more > limits().metadataBytes()) {
            throw new LimitExceededException(
                    "The metadata of the %s has %d bytes; at most %d are taken (limits.metadata-bytes)."
                            .formatted(what, more, limits().metadataBytes()));
        }
    }

    /** A number of rows to list, bounded. */
    int checkLimit(int limit) {
        if (limit < 1) {
            throw new InvalidInputException("The limit is %d; it must be at least 1.".formatted(limit));
        }
        if (limit > limits().results()) {
            throw new LimitExceededException("The limit is %d; at most %d are given at once (limits.results)."
                    .formatted(limit, limits().results()));
        }
        return limit;
    }
}
