package dev.stele.mcp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.model.Ids;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A tool call that runs in the background, as of the extension {@code io.modelcontextprotocol/tasks}: its status, the
 * inputs it waits for, and its result. Once it has ended, nothing changes any more. Thread-safe.
 */
final class McpTask implements ClientInput {

    /** Interval at which clients should ask for the status. */
    private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

    private enum Status {
        WORKING,
        INPUT_REQUIRED,
        COMPLETED,
        FAILED,
        CANCELLED;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        boolean isTerminal() {
            return this != WORKING && this != INPUT_REQUIRED;
        }
    }

    /** Receiver of the state of a task whenever the status has changed. */
    interface Listener {
        /** @param task the task in the form of {@code tasks/get} */
        void changed(Map<String, @Nullable Object> task);
    }

    private final String id = Ids.next();
    private final String owner;
    private final String agent;
    private final Duration keep;
    private final Instant createdAt = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition answered = lock.newCondition();

    @GuardedBy("lock")
    private Status status = Status.WORKING;

    @GuardedBy("lock")
    private Instant updatedAt = createdAt;

    @GuardedBy("lock")
    private String message = "";

    /** Requests to the client without an answer, by key. */
    @GuardedBy("lock")
    private final Map<String, InputRequest> open = new LinkedHashMap<>();

    /** Answers of the client to requests of this task and to those before the task was created, by key. */
    @GuardedBy("lock")
    private final Map<String, JsonObject> answers;

    /** Field of the state that holds the result or the error, with its name; null before the end. */
    @GuardedBy("lock")
    private Map.@Nullable Entry<String, Map<String, @Nullable Object>> ending;

    @GuardedBy("lock")
    private @Nullable Thread thread;

    /**
     * @param owner name of the caller that owns the task; empty if callers are not distinguished
     * @param agent name of the agent
     * @param keep time from now for which the task is kept
     * @param answers answers of the client from before the creation of the task
     */
    McpTask(String owner, String agent, Duration keep, Map<String, JsonObject> answers) {
        this.owner = owner;
        this.agent = agent;
        this.keep = keep;
        this.answers = new LinkedHashMap<>(answers);
    }

    /** Identifier that clients use; not guessable. */
    String id() {
        return id;
    }

    String owner() {
        return owner;
    }

    boolean belongsTo(McpSession session) {
        return owner.equals(session.owner())
                && agent.equals(session.memory().name().value());
    }

    boolean isExpired(Instant now) {
        return now.isAfter(createdAt.plus(keep));
    }

    // ---- for the thread of the task

    /** Registers the calling thread as the one that {@link #cancel} interrupts. Returns false if the task has ended. */
    boolean started() {
        lock.lock();
        try {
            thread = Thread.currentThread();
            return !status.isTerminal();
        } finally {
            lock.unlock();
        }
    }

    /** Sets the description of what the task does at present. */
    void describe(String text) {
        lock.lock();
        try {
            message = text;
            updatedAt = now();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Map<String, JsonObject> ask(Map<String, InputRequest> requests) {
        boolean waits;
        lock.lock();
        try {
            requests.forEach((key, request) -> {
                if (!answers.containsKey(key)) {
                    open.put(key, request);
                }
            });
            waits = !open.isEmpty() && change(Status.INPUT_REQUIRED);
        } finally {
            lock.unlock();
        }
        if (waits) {
            notifyListeners();
        }
        lock.lock();
        try {
            long left = Duration.between(Instant.now(), createdAt.plus(keep)).toNanos();
            while (!open.isEmpty() && !status.isTerminal() && left > 0) {
                left = answered.awaitNanos(left);
            }
            if (!open.isEmpty() || status.isTerminal()) {
                throw new RpcError(RpcError.INTERNAL, "The task ended while it waited for the client.");
            }
            return Map.copyOf(answers);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RpcError(RpcError.INTERNAL, "The task was canceled while it waited for the client.");
        } finally {
            lock.unlock();
        }
    }

    void complete(Map<String, @Nullable Object> result) {
        end(Status.COMPLETED, Map.entry("result", result), "");
    }

    void fail(RpcError error) {
        end(Status.FAILED, Map.entry("error", error.toJson()), String.valueOf(error.getMessage()));
    }

    private void end(
            Status last, Map.@Nullable Entry<String, Map<String, @Nullable Object>> content, String description) {
        boolean changed;
        lock.lock();
        try {
            changed = change(last);
            if (changed) {
                ending = content;
                message = description;
                open.clear();
                answered.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (changed) {
            notifyListeners();
        }
    }

    /** Changes the status unless the task has ended. Returns whether it did. The calling thread holds the lock. */
    @GuardedBy("lock")
    private boolean change(Status next) {
        if (status.isTerminal()) {
            return false;
        }
        status = next;
        updatedAt = now();
        return true;
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    // ---- for clients

    /** Passes answers of the client to the task; those that the task does not wait for are ignored. */
    void answer(Map<String, JsonObject> responses) {
        boolean resumed = false;
        lock.lock();
        try {
            responses.forEach((key, response) -> {
                if (open.remove(key) != null) {
                    answers.put(key, response);
                }
            });
            if (status == Status.INPUT_REQUIRED && open.isEmpty()) {
                resumed = change(Status.WORKING);
                answered.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (resumed) {
            notifyListeners();
        }
    }

    /** Ends the task as canceled and interrupts its thread. Has no effect on a task that has ended. */
    void cancel() {
        Optional<Thread> working;
        lock.lock();
        try {
            working = status.isTerminal() ? Optional.empty() : Optional.ofNullable(thread);
        } finally {
            lock.unlock();
        }
        end(Status.CANCELLED, null, "");
        working.ifPresent(Thread::interrupt);
    }

    /** Adds a receiver of changes. It receives the present state at once if the task has ended. */
    void add(Listener listener) {
        listeners.add(listener);
        boolean ended;
        lock.lock();
        try {
            ended = status.isTerminal();
        } finally {
            lock.unlock();
        }
        if (ended) {
            listener.changed(toJson());
        }
    }

    void remove(Listener listener) {
        listeners.remove(listener);
    }

    private void notifyListeners() {
        if (!listeners.isEmpty()) {
            Map<String, @Nullable Object> state = toJson();
            listeners.forEach(listener -> listener.changed(state));
        }
    }

    /** The task as the result of the call that created it. */
    Map<String, @Nullable Object> toCreated() {
        lock.lock();
        try {
            return base().keep(Envelope.RESULT_TYPE, "task").map();
        } finally {
            lock.unlock();
        }
    }

    /** The task as the result of {@code tasks/get}. */
    Map<String, @Nullable Object> toJson() {
        lock.lock();
        try {
            var json = base();
            if (status == Status.INPUT_REQUIRED) {
                var requests = Json.fields();
                open.forEach((key, request) -> requests.keep(key, request.toJson()));
                json.keep("inputRequests", requests.map());
            }
            if (ending != null) {
                json.keep(ending.getKey(), ending.getValue());
            }
            return json.map();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private Json.Fields base() {
        return Json.fields()
                .keep("taskId", id)
                .keep("status", status.label())
                .put("statusMessage", message.isEmpty() ? null : message)
                .keep("createdAt", createdAt)
                .keep("lastUpdatedAt", updatedAt)
                .keep("ttlMs", keep.toMillis())
                .keep("pollIntervalMs", POLL_INTERVAL.toMillis());
    }
}
