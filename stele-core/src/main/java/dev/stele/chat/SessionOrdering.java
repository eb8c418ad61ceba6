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
 * FIFO ordering of the messages of each session: messages are stored and answered one after the other, so that each
 * prompt includes the replies to the earlier messages. A message waits for its predecessors for a bounded time. Other
 * sessions do not affect it, and no lock is held while it waits. Ordering holds within one process. Thread-safe.
 */
final class SessionOrdering {

    private static final CompletableFuture<Boolean> DONE = CompletableFuture.completedFuture(true);

    private record Key(AgentName agent, String session) {}

    /** Latest ticket of each session that has open tickets. */
    private final Map<Key, Place> last = new ConcurrentHashMap<>();

    /** Ticket of one message in its session. The caller must close it exactly once. */
    final class Place implements AutoCloseable {
        private final Key key;
        private final CompletableFuture<Boolean> remembered = new CompletableFuture<>();
        private final CompletableFuture<Boolean> answered = new CompletableFuture<>();
        /**
         * Futures of the predecessor. The ticket refers to these instead of the predecessor itself; otherwise each
         * ticket would retain all earlier ones.
         */
        private final CompletableFuture<Boolean> rememberedBefore;

        private final CompletableFuture<Boolean> answeredBefore;

        private Place(Key key, @Nullable Place before) {
            this.key = key;
            this.rememberedBefore = before == null ? DONE : before.remembered;
            this.answeredBefore = before == null ? DONE : before.answered;
        }

        /** Returns whether all earlier messages are answered. */
        boolean isNext() {
            return answeredBefore.isDone();
        }

        /**
         * Waits until the earlier messages are stored.
         *
         * @param maxWait maximum time to wait
         * @throws AgentBusyException if the time runs out or the thread is interrupted
         */
        void awaitRemembered(Duration maxWait) {
            await(rememberedBefore, maxWait, "nothing was done; say it again");
        }

        /** Marks this message as stored, so that the next one may be stored. */
        void remembered() {
            remembered.complete(true);
        }

        /**
         * Waits until the earlier messages are answered.
         *
         * @param maxWait maximum time to wait
         * @throws AgentBusyException if the time runs out or the thread is interrupted
         */
        void awaitAnswered(Duration maxWait) {
            await(answeredBefore, maxWait, "it is remembered and not answered; say it again under its id");
        }

        private void await(CompletableFuture<Boolean> future, Duration maxWait, String state) {
            try {
                future.get(maxWait.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                throw busy(maxWait, state);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw busy(maxWait, state);
            } catch (ExecutionException e) {
                throw new IllegalStateException("a place in a conversation ends well or not at all", e);
            }
        }

        private AgentBusyException busy(Duration maxWait, String state) {
            return new AgentBusyException(
                    "The message waited up to %s for the answers before it in session %s: %s (chat.turn-wait)."
                            .formatted(Durations.text(maxWait), Json.write(key.session()), state));
        }

        /** Releases the next message as soon as the earlier messages are released too. */
        @Override
        public void close() {
            // A message that stops waiting must not let a successor overtake the messages before it, whether the
            // successor is there already or comes later.
            CompletableFuture<Void> _ = rememberedBefore.thenAccept(remembered::complete);
            CompletableFuture<Void> _ = answeredBefore.thenAccept(done -> {
                remembered.complete(done);
                answered.complete(done);
                last.remove(key, this);
            });
        }
    }

    /** Returns a ticket at the end of the session's queue without waiting. */
    Place take(AgentName agent, String session) {
        var key = new Key(agent, session);
        return last.compute(key, (_, previous) -> new Place(key, previous));
    }
}
