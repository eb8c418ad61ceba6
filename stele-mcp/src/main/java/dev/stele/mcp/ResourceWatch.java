package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.change.ChangeFollower;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.Change;
import dev.stele.model.ChangeKind;
import dev.stele.model.NotFoundException;
import dev.stele.model.SteleException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Watch of resources of an agent. Follows the change log, which contains the writes of all processes, on a thread of
 * its own from the first resource until it is closed. Thread-safe.
 */
final class ResourceWatch implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ResourceWatch.class.getName());

    /** Maximum time of one wait for changes, after which the thread checks whether the watch was closed. */
    private static final Duration MAX_CHANGE_WAIT = Duration.ofSeconds(5);

    /** Time between two attempts to read the change log after a failure. */
    private static final Duration RETRY_DELAY = Duration.ofMillis(200);

    /** Maximum number of changes that are read at once. */
    private static final int CHANGE_PAGE_SIZE = 500;

    private final AgentMemory memory;
    private final Consumer<String> changed;
    private final Set<String> uris = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Creates a watch of no resources.
     *
     * @param memory memory of the agent
     * @param changed receives the URI of each watched resource that changed; called on the thread of the watch
     */
    ResourceWatch(AgentMemory memory, Consumer<String> changed) {
        this.memory = memory;
        this.changed = changed;
    }

    void add(String uri) {
        uris.add(uri);
        if (started.compareAndSet(false, true)) {
            // The position is read here, so that the watch reports every change after this call.
            Optional<ChangeFollower> changes = latest();
            PlatformThreads.start("stele-mcp-watch", () -> follow(changes));
        }
    }

    void remove(String uri) {
        uris.remove(uri);
    }

    boolean contains(String uri) {
        return uris.contains(uri);
    }

    int size() {
        return uris.size();
    }

    /** Returns a follower of the changes from now on; empty if the log cannot be read. */
    private Optional<ChangeFollower> latest() {
        try {
            return Optional.of(memory.follow());
        } catch (SteleException e) {
            LOG.log(System.Logger.Level.DEBUG, "The change log cannot be read yet", e);
            return Optional.empty();
        }
    }

    private void follow(Optional<ChangeFollower> from) {
        Optional<ChangeFollower> changes = from;
        while (!closed.get()) {
            try {
                if (changes.isEmpty()) {
                    changes = Optional.of(memory.follow());
                }
                changes.get().await(MAX_CHANGE_WAIT);
                List<Change> read = changes.get().next(CHANGE_PAGE_SIZE);
                if (!read.isEmpty() && !closed.get()) {
                    report(read);
                }
            } catch (NotFoundException e) {
                pause(); // the first write creates the agent
            } catch (RuntimeException | Error e) {
                // All resources of the watch depend on this thread, so no error may end it.
                LOG.log(
                        e instanceof SteleException ? System.Logger.Level.DEBUG : System.Logger.Level.ERROR,
                        "A read of the change log for MCP subscriptions failed",
                        e);
                pause();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY_DELAY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void report(List<Change> changes) {
        if (changes.stream().anyMatch(change -> change.kind() == ChangeKind.AGENT_REPLACED)) {
            uris.forEach(changed);
            return;
        }
        Set<String> affected = new LinkedHashSet<>();
        changes.forEach(change -> affected.addAll(Resources.affectedBy(memory.name(), change)));
        uris.stream().filter(affected::contains).forEach(changed);
    }

    /** Ends the watch; a report that is in progress still ends. */
    @Override
    public void close() {
        closed.set(true);
    }
}
