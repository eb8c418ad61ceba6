package dev.stele.support;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.Ids;
import dev.stele.model.MessageDraft;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Main class of a process that writes: {@code data agent threads millis}. Prints a line for each acknowledged message
 * after it was acknowledged, its id; at the end {@code worst} and the longest wait in milliseconds. With 0 milliseconds
 * it goes on until it is killed.
 */
public final class MessageWriterProcess {

    private MessageWriterProcess() {}

    public static void main(String[] arguments) throws Exception {
        int threads = Integer.parseInt(arguments[2]);
        long millis = Long.parseLong(arguments[3]);
        long worst = 0;
        try (Stele stele =
                Stele.open(Stores.at(Path.of(arguments[0])).withRetention(0, true), Optional.of(new WordEmbedder()))) {
            AgentMemory memory = stele.agent(arguments[1]);
            System.out.println("ready");
            long end = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
            try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Long>> running = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    String session = "session-" + ProcessHandle.current().pid() + "-" + i;
                    running.add(pool.submit(() -> write(memory, session, end)));
                }
                for (Future<Long> one : running) {
                    worst = Math.max(worst, one.get());
                }
            }
        }
        System.out.println("worst " + worst / 1_000_000);
    }

    private static long write(AgentMemory memory, String session, long end) {
        long worst = 0;
        for (int n = 0; System.nanoTime() < end; n++) {
            String id = Ids.next();
            long began = System.nanoTime();
            memory.remember(
                    MessageDraft.user(session, "ana", "message " + n + " of " + session + " at " + Instant.now())
                            .withId(id));
            worst = Math.max(worst, System.nanoTime() - began);
            synchronized (System.out) {
                System.out.println(id);
            }
        }
        return worst;
    }
}
