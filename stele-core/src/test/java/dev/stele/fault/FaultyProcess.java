package dev.stele.fault;

import dev.stele.Stele;
import dev.stele.fault.Faults.Fault;
import dev.stele.fault.Workload.Operation;
import dev.stele.model.SteleException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Process that runs every operation while the n-th system call of it fails: {@code data fault} or {@code data seed}.
 * With a fault, n goes from 1 on until the operation has no n-th call, above 80 in growing steps; with a seed, n is
 * drawn once for each operation and fault. One live instance does it all. Prints each acknowledgement, each
 * {@code violation}, and a table.
 */
final class FaultyProcess {

    /** Java names, class names and errors about the handling of the error must not be in what a user reads. */
    private static final Pattern UNCLEAR = Pattern.compile(
            "\\b(java|org\\.sqlite|dev\\.stele)\\.|Exception|no transaction is active|^\\s*$|\\bnull\\b");

    /** Number of calls of an operation that all fail in turn; of later ones some fail, at growing distances. */
    private static final int DENSE_CALLS = 40;

    /** Maximum number of a call that is drawn by chance; most operations have so many. */
    private static final int MAX_DRAWN_CALL = 27;

    private final Faults faults;
    private final Stele stele;
    private final Workload workload;
    private final Optional<Random> random;
    private final Map<Operation, Map<Fault, Integer>> runs = new EnumMap<>(Operation.class);
    private final Set<String> violations = new HashSet<>();
    private final List<Acknowledgement> acknowledged = new ArrayList<>();
    private int count;

    private FaultyProcess(Faults faults, Stele stele, Workload workload, Optional<Random> random) {
        this.faults = faults;
        this.stele = stele;
        this.workload = workload;
        this.random = random;
    }

    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(arguments[0]);
        Optional<Fault> swept = Stream.of(Fault.values())
                .filter(fault -> fault.name().equals(arguments[1]))
                .findFirst();
        Optional<Random> random =
                swept.isPresent() ? Optional.empty() : Optional.of(new Random(Long.parseLong(arguments[1])));
        try (Stele stele = Workload.open(data)) {
            var workload = new Workload(stele, data);
            workload.prepare(random.isEmpty());
            var process = new FaultyProcess(Faults.ofThisProcess(), stele, workload, random);
            process.sweep(swept.map(List::of).orElse(List.of(Fault.values())));
            process.printRuns();
        }
        System.out.println("closed");
    }

    private void sweep(List<Fault> faults) throws Exception {
        for (Fault fault : faults) {
            for (Operation operation : Operation.values()) {
                if (random.isEmpty()) {
                    sweep(operation, fault);
                    System.out.println("done\t" + operation + "\t" + runs.get(operation));
                } else if (operation != Operation.VECTOR_FILE) { // to prepare it takes long
                    draw(operation, fault);
                }
            }
            Workload.damage(stele).forEach(problem -> report(fault + ": damage: " + problem));
        }
    }

    private void sweep(Operation operation, Fault fault) throws Exception {
        int call = 1;
        while (attempt(operation, fault, call) > 0) {
            // The later calls of a long operation are alike, as those that read the archive.
            call += Math.max(1, call / DENSE_CALLS);
        }
    }

    /** Lets a call fail that is drawn by chance; an earlier one if the operation does not have so many. */
    private void draw(Operation operation, Fault fault) throws Exception {
        int call = 1 + random.orElseThrow().nextInt(MAX_DRAWN_CALL);
        while (attempt(operation, fault, call) == 0 && call > 1) {
            call = Math.max(1, call / 3);
        }
    }

    /** Runs an operation while a call fails, and then without a fault on the same instance. */
    private long attempt(Operation operation, Fault fault, int call) throws Exception {
        runs.computeIfAbsent(operation, _ -> new EnumMap<>(Fault.class)).merge(fault, 1, Integer::sum);
        String place = operation + " with " + fault + " at call " + call;
        boolean succeeded = false;
        String id = "n" + count++;
        acknowledge(workload.arrange(operation, id));
        faults.begin(fault, call);
        try {
            acknowledge(workload.run(operation, id));
            succeeded = true;
        } catch (SteleException e) {
            if (UNCLEAR.matcher(String.valueOf(e.getMessage())).find()) {
                report("unclear: " + operation + ": " + e.getMessage());
            }
        } catch (Throwable e) {
            report(place + ": foreign exception " + trace(e));
        }
        long injected = faults.end();
        if (!succeeded && (injected == 0 || fault.isHarmless())) {
            report(place + ": failed without a fault");
        }
        int before = acknowledged.size();
        try {
            String next = "n" + count++;
            acknowledge(workload.arrange(operation, next));
            acknowledge(workload.run(operation, next));
        } catch (Throwable e) {
            report(place + ": does not work again: " + trace(e));
        }
        for (Acknowledgement ack : acknowledged.subList(Math.max(0, before - 3), acknowledged.size())) {
            Workload.broken(stele, ack).ifPresent(problem -> report(place + ": " + problem));
        }
        return injected;
    }

    private void acknowledge(List<Acknowledgement> acks) {
        acknowledged.addAll(acks);
        acks.forEach(ack -> System.out.println(ack.line()));
    }

    private static String trace(Throwable failure) {
        var text = new StringBuilder(failure.toString());
        for (int i = 0; i < Math.min(6, failure.getStackTrace().length); i++) {
            text.append(" < ").append(failure.getStackTrace()[i]);
        }
        if (failure.getCause() != null) {
            text.append(" caused by ").append(failure.getCause());
        }
        return text.toString().replace('\n', ' ');
    }

    private void report(String violation) {
        if (violations.add(violation)) {
            System.out.println("violation\t" + violation.replace('\n', ' '));
        }
    }

    private void printRuns() {
        var totals = new TreeMap<Fault, Integer>();
        runs.forEach((operation, byFault) -> {
            System.out.println("runs\t" + operation + "\t" + byFault);
            byFault.forEach((fault, number) -> totals.merge(fault, number, Integer::sum));
        });
        System.out.println("totals\t" + totals);
    }
}
