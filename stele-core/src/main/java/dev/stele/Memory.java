package dev.stele;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.ForegroundGate;
import dev.stele.embedding.Embedder;
import dev.stele.erasure.Erasure;
import dev.stele.extract.Extractor;
import dev.stele.graph.GraphWriter;
import dev.stele.graph.cypher.CypherQuery;
import dev.stele.index.Indexer;
import dev.stele.language.LanguageModel;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Erased;
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
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Shared state of one {@link Stele}: the components that all agents use, and access to the agents' stores. Thread-safe.
 */
record Memory(
        SteleConfig config,
        AgentStores stores,
        StorePool open,
        Indexer indexer,
        Optional<Embedder> embedder,
        Retriever recall,
        UserContextCache contexts,
        Tasks tasks,
        Cache<String, CypherQuery> queries,
        EmbeddingQueue unembedded,
        Extractor reflector,
        LanguageModel language,
        ReflectionWorker learning,
        NoteUsage uses,
        Set<AgentName> written,
        ForegroundGate foreground) {

    /** Maximum number of parsed graph queries in the cache; agents repeat queries with other parameters. */
    private static final int MAX_PARSED_QUERIES = 256;

    /** Maximum time that a piece of background work waits for foreground requests; a query takes about as long. */
    private static final Duration MAX_FOREGROUND_WAIT = Duration.ofMillis(20);

    static Cache<String, CypherQuery> queriesParsed() {
        return Caffeine.newBuilder().maximumSize(MAX_PARSED_QUERIES).build();
    }

    /** Returns a writer of an agent's graph within an edit. */
    GraphWriter graphWriter(AgentName agent, StoreEdit edit) {
        return new GraphWriter(
                edit, limits().graph(), (entity, content, at) -> indexer.words(agent, entity, content, at));
    }

    /** Returns the parsed form of a query, from the cache if possible. */
    CypherQuery query(String cypher) {
        return queries.get(cypher, CypherQuery::parse);
    }

    static Set<AgentName> namesWritten() {
        return ConcurrentHashMap.newKeySet();
    }

    Limits limits() {
        return config.limits();
    }

    /** Returns the current time in milliseconds, the precision of the store. */
    static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    /**
     * Runs a query on an existing agent; reading never creates an agent.
     *
     * @throws NotFoundException if the agent does not exist
     */
    <T extends @Nullable Object> T read(AgentName agent, Function<? super StoreView, T> query) {
        return onExisting(agent, store -> store.read(query));
    }

    <T extends @Nullable Object> T onExisting(AgentName agent, Function<? super AgentStore, T> call) {
        return open.with(agent, false, call);
    }

    /** Runs a call without result on the store of an existing agent. */
    void runOnExisting(AgentName agent, Consumer<? super AgentStore> call) {
        this.<AgentName>onExisting(agent, store -> {
            call.accept(store);
            return agent;
        });
    }

    /** Returns whether an agent exists; cheap if the agent is open. */
    boolean isThere(AgentName agent) {
        return open.holds(agent) || stores.exists(agent);
    }

    /** Runs an edit on an agent, which is created if it does not exist. */
    <T extends @Nullable Object> T write(AgentName agent, Function<? super StoreEdit, T> edit) {
        return write(agent, true, edit);
    }

    private <T extends @Nullable Object> T write(AgentName agent, boolean make, Function<? super StoreEdit, T> edit) {
        T result = open.with(agent, make, store -> store.write(edit));
        written.add(agent);
        return result;
    }

    /**
     * Runs an edit on an existing agent.
     *
     * @throws NotFoundException if the agent does not exist
     */
    <T extends @Nullable Object> T writeExisting(AgentName agent, Function<? super StoreEdit, T> edit) {
        return write(agent, false, edit);
    }

    /**
     * On a background thread, waits briefly for foreground requests. Long work calls this method before each of its
     * steps.
     */
    void giveWay() {
        if (BackgroundThreads.isHere()) {
            foreground.giveWay(MAX_FOREGROUND_WAIT);
        }
    }

    /**
     * Number of changes up to which an erasure waits until the bytes are gone from the files. In a larger memory,
     * rewriting the indexes takes long, and maintenance does it.
     */
    private static final long MAX_CHANGES_SCRUBBED_AT_ONCE = 50_000;

    /** Carries the result of a preview out of an edit, which it rolls back. */
    private static final class Previewed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Erased erased;

        Previewed(Erased erased) {
            super("a preview changes nothing", null, false, false);
            this.erased = erased;
        }
    }

    /**
     * Erases items of an existing agent with all that was derived from them.
     *
     * @param preview whether nothing is changed and the result only tells what would be erased
     * @param roots erases the roots; it may run more than once
     */
    Erased erase(AgentName agent, boolean preview, BiConsumer<StoreEdit, Erasure> roots) {
        if (preview) {
            try {
                return this.<Erased>onExisting(
                        agent,
                        store -> store.write(edit -> {
                            throw new Previewed(erased(edit, agent, roots));
                        }));
            } catch (Previewed e) {
                return e.erased;
            }
        }
        Erased erased = writeExisting(agent, edit -> erased(edit, agent, roots));
        boolean scrubbed = onExisting(
                agent, store -> store.read(StoreView::lastChange) <= MAX_CHANGES_SCRUBBED_AT_ONCE && store.scrub());
        if (erased.reduced().isEmpty()) {
            return erased.withScrubbed(scrubbed);
        }
        stores().markDue(agent); // interactions may be pending again
        learning().wake(agent, Optional.empty());
        return erased.withScrubbed(scrubbed);
    }

    private Erased erased(StoreEdit edit, AgentName agent, BiConsumer<StoreEdit, Erasure> roots) {
        var erasure = new Erasure(edit, agent, indexer);
        roots.accept(edit, erasure);
        return erasure.complete();
    }

    /** Overwrites the residue of deleted data in the files. */
    void scrub(AgentName agent) {
        runOnExisting(agent, AgentStore::scrub);
    }

    /**
     * Runs an edit at most once for an idempotency key. A repeated call with the same request returns the result of the
     * first call.
     *
     * @param key the idempotency key; empty to run the edit always
     * @param request all values that the edit depends on, as JSON values; a different request under the same key is a
     *     conflict
     * @param make runs the edit
     * @param ids returns the ids of the items in a result, which are stored with the key
     * @param again returns the result of the first call from the stored ids
     * @throws ConflictException if the key was used for another request
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
        T result = make.get();
        edit.record(key.get(), fingerprint, ids.apply(result), now());
        return result;
    }

    void checkContent(String kind, String content, Map<String, ? extends @Nullable Object> metadata) {
        int contentBytes = content.getBytes(StandardCharsets.UTF_8).length;
        if (contentBytes > limits().messageBytes()) {
            throw new LimitExceededException(
                    "The content of the %s has %d bytes; at most %d are taken (limits.message-bytes)."
                            .formatted(kind, contentBytes, limits().messageBytes()));
        }
        int metadataBytes = metadata.isEmpty() ? 0 : Json.write(metadata).getBytes(StandardCharsets.UTF_8).length;
        if (metadataBytes > limits().metadataBytes()) {
            throw new LimitExceededException(
                    "The metadata of the %s has %d bytes; at most %d are taken (limits.metadata-bytes)."
                            .formatted(kind, metadataBytes, limits().metadataBytes()));
        }
    }

    /**
     * Validates a limit of rows: from 1 to {@code limits.results}.
     *
     * @return {@code limit}
     */
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
