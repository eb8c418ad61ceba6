package dev.stele.fault;

import dev.stele.Stele;
import dev.stele.fault.Workload.Operation;
import dev.stele.model.AgentBusyException;
import dev.stele.model.ConflictException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Process that runs each kind of operation some times on two threads while its writes are recorded: {@code data seed
 * rounds}. Each acknowledgement is written to a file of the directory, so that the record has it in its place.
 */
final class RecordedProcess {

    /** Name of the file of acknowledgements. */
    static final String ACKNOWLEDGED = "acknowledged";

    private static final int THREADS = 2;

    private RecordedProcess() {}

    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(arguments[0]);
        var random = new Random(Long.parseLong(arguments[1]));
        int rounds = Integer.parseInt(arguments[2]);
        boolean vectors = rounds > 1; // preparing them takes long
        var operations = new ArrayList<Operation>();
        for (int round = 0; round < rounds; round++) {
            List<Operation> all = new ArrayList<>(List.of(Operation.values()));
            Collections.shuffle(all, random);
            operations.addAll(all);
        }
        if (!vectors) {
            operations.removeIf(operation -> operation == Operation.VECTOR_FILE);
        }
        try (Stele stele = Workload.open(data);
                var out = new FileOutputStream(data.resolve(ACKNOWLEDGED).toFile());
                var threads = Executors.newFixedThreadPool(THREADS)) {
            var workload = new Workload(stele, data);
            workload.prepare(vectors);
            stele.startLearning();
            stele.tasks().start(1);
            var running = new ArrayList<Future<?>>();
            for (int i = 0; i < operations.size(); i++) {
                Operation operation = operations.get(i);
                String id = "r" + i + "-x";
                running.add(threads.submit(() -> {
                    write(out, workload.arrange(operation, id));
                    try {
                        write(out, workload.run(operation, id));
                    } catch (AgentBusyException | ConflictException e) {
                        System.err.println(operation + " was refused because of another writer: " + e.getMessage());
                    }
                    return null;
                }));
            }
            for (Future<?> operation : running) {
                operation.get();
            }
        }
        System.out.println("closed");
    }

    /** Writes all at once, as each write is an event of the record. */
    private static void write(OutputStream out, List<Acknowledgement> acks) throws IOException {
        var text = new StringBuilder();
        acks.forEach(ack -> text.append(ack.line()).append('\n'));
        out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    }
}
