package dev.stele.postgres;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.AgentBusyException;
import dev.stele.model.Ids;
import dev.stele.model.MessageDraft;
import dev.stele.model.SteleException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Threads that write to an agent until they are stopped, and record acknowledged writes and failures. */
final class LoadGenerator implements AutoCloseable {

    final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    final Queue<SteleException> failures = new ConcurrentLinkedQueue<>();
    final Queue<Throwable> defects = new ConcurrentLinkedQueue<>();
    final AtomicLong updates = new AtomicLong();
    final AtomicLong maxLatencyMillis = new AtomicLong();

    private final AtomicBoolean stop = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();
    private final AgentMemory memory;

    LoadGenerator(Stele stele, String agent, int count) {
        this.memory = stele.agent(agent);
        for (int i = 0; i < count; i++) {
            String session = "session " + i;
            threads.add(Thread.ofVirtual().start(() -> work(session)));
        }
    }

    private void work(String session) {
        while (!stop.get()) {
            long startNanos = System.nanoTime();
            try {
                String id = Ids.next();
                memory.remember(MessageDraft.user(session, "ana", "something was said in " + session)
                        .withId(id));
                acknowledged.add(id);
                memory.users().update("ana", context -> context.withTrust(Math.random()));
                updates.incrementAndGet();
            } catch (AgentBusyException e) {
                failures.add(e);
            } catch (Throwable e) {
                defects.add(e);
            }
            maxLatencyMillis.accumulateAndGet((System.nanoTime() - startNanos) / 1_000_000, Math::max);
        }
    }

    @Override
    public void close() {
        stop.set(true);
        threads.forEach(thread -> {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }
}
