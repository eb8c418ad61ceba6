package dev.stele.fault;

import dev.stele.Stele;
import dev.stele.fault.Workload.Operation;
import dev.stele.model.AgentBusyException;
import dev.stele.model.ConflictException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;

/**
 * Process that runs operations at random on two threads until it is killed: {@code data seed}. Begins when it gets a
 * line. Prints the begin and the end of each operation and what it acknowledged.
 */
final class KillableProcess {

    private static final int THREADS = 2;

    private KillableProcess() {}

    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(arguments[0]);
        long seed = Long.parseLong(arguments[1]);
        if (System.in.read() < 0) {
            return;
        }
        Stele stele = Workload.open(data); // it is never closed
        var workload = new Workload(stele, data);
        workload.prepare(true);
        stele.startLearning();
        stele.tasks().start(1);
        say("ready");
        List<Operation> operations = List.of(Operation.values());
        var threads = Executors.newFixedThreadPool(THREADS);
        for (int thread = 0; thread < THREADS; thread++) {
            var random = new Random(seed * THREADS + thread);
            String name = seed + "-" + thread + "-";
            int number = thread;
            threads.execute(() -> {
                try {
                    for (int i = 0; ; i++) {
                        Operation operation = operations.get(random.nextInt(operations.size()));
                        workload.arrange(operation, name + i).forEach(ack -> say(ack.line()));
                        say("begin\t" + number + "\t" + operation);
                        try {
                            workload.run(operation, name + i).forEach(ack -> say(ack.line()));
                            say("did\t" + number + "\t" + operation);
                        } catch (AgentBusyException | ConflictException e) {
                            say("refused\t" + number + "\t" + operation); // nothing was acknowledged
                        }
                    }
                } catch (Throwable e) {
                    say("violation\t" + e);
                    e.printStackTrace();
                }
            });
        }
    }

    private static void say(String line) {
        synchronized (System.out) {
            System.out.println(line);
            if (System.out.checkError()) {
                Runtime.getRuntime().halt(1); // the test has ended, and nobody kills this process any more
            }
        }
    }
}
