package dev.stele.adk;

import com.google.adk.memory.BaseMemoryService;
import com.google.adk.memory.MemoryEntry;
import com.google.adk.memory.SearchMemoryResponse;
import com.google.adk.sessions.Session;
import com.google.genai.types.Content;
import com.google.genai.types.Part;
import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.ItemKind;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.TextPrefix;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallQuery;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Memory service over a memory: ranked recall of what a user and the agent said in all sessions of the user, and of the
 * notes about the user. Thread-safe. The calls run when the returned value is subscribed to, on the subscribing thread,
 * which they block.
 *
 * <p>Events of a {@link SteleSessionService} are found as soon as they are appended. Sessions of another session service
 * are found after {@link #addSessionToMemory}.
 */
public final class SteleMemoryService implements BaseMemoryService {

    /** Number of entries that a search returns unless the caller chooses another. */
    public static final int DEFAULT_LIMIT = 10;

    /** Entries without text, such as calls of tools, are left out, so that more are asked for. */
    private static final int OVERSAMPLING = 2;

    /** Maximum length of the text that is searched for, in UTF-16 chars. */
    private static final int MAX_QUERY_CHARS = 2_000;

    /** Maximum number of bytes of a UTF-16 char in UTF-8. */
    private static final int BYTES_PER_CHAR = 3;

    private final Stele stele;
    private final int limit;

    /**
     * Creates the service.
     *
     * @param stele the memory; not closed by the service
     */
    public SteleMemoryService(Stele stele) {
        this(stele, Math.min(DEFAULT_LIMIT, stele.config().limits().results()));
    }

    /**
     * Creates the service.
     *
     * @param stele the memory; not closed by the service
     * @param limit maximum number of entries that a search returns, from 1 to {@code limits.results}
     */
    public SteleMemoryService(Stele stele, int limit) {
        this.stele = Objects.requireNonNull(stele, "stele is null");
        this.limit = limit;
        if (limit < 1 || limit > stele.config().limits().results()) {
            throw new IllegalArgumentException("The limit is %d; it must be from 1 to %d (limits.results)."
                    .formatted(limit, stele.config().limits().results()));
        }
    }

    /** Stores the events of a session that have text and are not stored yet. Adding a session again is harmless. */
    @Override
    public Completable addSessionToMemory(Session session) {
        Objects.requireNonNull(session, "session is null");
        Objects.requireNonNull(session.appName(), "the appName of the session is null");
        Objects.requireNonNull(session.userId(), "the userId of the session is null");
        return Completable.fromAction(() -> {
            AgentMemory memory = stele.agent(session.appName());
            List<MessageDraft> drafts = session.events().stream()
                    .filter(event -> !event.partial().orElse(false)
                            && !event.stringifyContent().isBlank())
                    .map(event -> EventCodec.draft(session.userId(), session.id(), event))
                    .toList();
            Set<String> existing = memory.exists()
                    ? memory.existing(drafts.stream()
                            .flatMap(draft -> draft.id().stream())
                            .toList())
                    : Set.of();
            List<MessageDraft> added = drafts.stream()
                    .filter(draft -> !existing.contains(draft.id().orElseThrow()))
                    .toList();
            int batch = stele.config().limits().batchMessages();
            for (int from = 0; from < added.size(); from += batch) {
                memory.remember(added.subList(from, Math.min(added.size(), from + batch)));
            }
        });
    }

    /**
     * Searches the memory of a user.
     *
     * @param query text of the query, which may be a message of any length: its first 2,000 chars are
     *     searched for, and quotation marks mean nothing. The result of a blank one is empty
     * @return the best entries, best first; empty if nothing is known of the user
     */
    @Override
    public Single<SearchMemoryResponse> searchMemory(String appName, String userId, String query) {
        Objects.requireNonNull(appName, "appName is null");
        Objects.requireNonNull(userId, "userId is null");
        Objects.requireNonNull(query, "query is null");
        return Single.fromCallable(() -> {
            AgentMemory memory = stele.agent(appName);
            String text = searched(query);
            if (text.isBlank() || !memory.exists()) {
                return SearchMemoryResponse.builder().build();
            }
            RecallFilter filter = RecallFilter.builder()
                    .kinds(Set.of(ItemKind.MESSAGE, ItemKind.NOTE))
                    .user(userId)
                    .build();
            int asked = (int) Math.min((long) limit * OVERSAMPLING, limits().results());
            List<MemoryEntry> entries =
                    memory.recall(RecallQuery.of(text).withFilter(filter).withLimit(asked)).hits().stream()
                            .flatMap(hit -> entry(memory, hit).stream())
                            .limit(limit)
                            .toList();
            return SearchMemoryResponse.builder().memories(entries).build();
        });
    }

    /** Returns what is searched for: the beginning of a text, without quotes, whose number is limited in a query. */
    private String searched(String text) {
        return TextPrefix.of(
                text.replace('"', ' ').strip(), Math.min(MAX_QUERY_CHARS, limits().queryBytes() / BYTES_PER_CHAR));
    }

    private Limits limits() {
        return stele.config().limits();
    }

    private static Optional<MemoryEntry> entry(AgentMemory memory, Hit hit) {
        if (hit.kind() == ItemKind.NOTE) {
            return Optional.of(MemoryEntry.builder()
                    .content(Content.fromParts(Part.fromText(hit.content())))
                    .author("memory")
                    .timestamp(hit.at().toString())
                    .build());
        }
        return memory.message(hit.id()) // empty if it was erased meanwhile
                .filter(EventCodec::hasText)
                .map(SteleMemoryService::entry);
    }

    private static MemoryEntry entry(Message message) {
        Content content = EventCodec.event(message)
                .flatMap(event -> event.content())
                .orElseGet(() -> EventCodec.content(message, message.role().label()));
        String author = message.metadata().get(EventCodec.AUTHOR) instanceof String name && !name.isEmpty()
                ? name
                : message.role().label();
        return MemoryEntry.builder()
                .content(content)
                .author(author)
                .timestamp(message.at().toString())
                .build();
    }
}
