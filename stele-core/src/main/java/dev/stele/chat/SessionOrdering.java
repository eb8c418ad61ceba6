package dev.stele.chat;

import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.Durations;
import dev.stele.model.Json;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Lets the messages of a conversation be remembered and answered one after the other, in the order in which they came, so that a later one
 * knows the answer to the one before. Whoever comes waits for who came before, for a bounded time; nobody waits for anything else, and no
 * lock is held meanwhile. Within one process. Thread-safe.
 */
final class SessionOrdering {

    private static final CompletableFuture<Boolean> DONE = CompletableFuture.completedFuture(true);

    private record Key(AgentName agent, String session) {}

    /** The last who came to each conversation that anybody is in. */
    private final Map<Key, Place> last = new ConcurrentHashMap<>();

    /** One message's place in its conversation; closed exactly once. */
    final class Place implements AutoCloseable {
        private final Key key;
        private final CompletableFuture<Boolean> remembered = new CompletableFuture<>();
        private final CompletableFuture<Boolean> answered = new CompletableFuture<>();
        /** Of whom came before; none of the place itself, or each would hold all that ever came. */
        private final CompletableFuture<Boolean> rememberedBefore;

        private final CompletableFuture<Boolean> answeredBefore;

        private Place(Key key, @Nullable Place before) {
            this.key = key;
            this.rememberedBefore = before == null ? DONE : before.remembered;
            this.answeredBefore = before == null ? DONE : before.answered;
        }

        /** Whether all who came before are answered. */
        boolean isNext() {
            return answeredBefore.isDone();
        }

        /** Waits until those who came before are remembered. */
        void awaitRemembered(Duration most) {
            await(rememberedBefore, most, "nothing was done; say it again");
        }

        /** This one is remembered: the next may be. */
        void remembered() {
            remembered.complete(true);
        }

        /** Waits until those who came before are answered. */
        void awaitAnswered(Duration most) {
            await(answeredBefore, most, "it is remembered and not answered; say it again under its id");
        }

        private void await(CompletableFuture<Boolean> what, Duration most, String state) {
            try {
                what.get(most.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                throw busy(most, state);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw busy(most, state);
            } catch (ExecutionException e) {
                throw new IllegalStateException("a place in a conversation ends well or not at all", e);
            }
        }

        private AgentBusyException busy(Duration most, String state) {
            return new AgentBusyException(
                    "The message waited up to %s for the answers before it in session %s: %s (chat.turn-wait)."
                            .formatted(Durations.text(most), Json.write(key.session()), state));
        }

        /** Lets the next one go on, once those before this one are done too. */
        @Override
        public void close() {
            // Who gave up waiting does not let the next one pass those it waited for.
            CompletableFuture<Void> _ = rememberedBefore.thenAccept(remembered::complete);
            CompletableFuture<Void> _ = answeredBefore.thenAccept(done -> {
                remembered.complete(done);
                answered.complete(done);
            });
            last.remove(key, this);
        }
    }

    /** Takes the next place of a conversation; waits for nothing. */
    Place take(AgentName agent, String session) {
        var key = new Key(agent, session);
        return last.compute(key, (_, there) -> new Place(key, there));
    }
}
