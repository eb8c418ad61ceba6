package dev.stele.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.model.AgentName;
import dev.stele.support.SecondJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process is killed in the middle of writes of every kind; an independent reader checks what it acknowledged. */
@Tag("directory")
class KillTest {

    /** Number of kills after which all acknowledgements so far are checked, and not only the latest. */
    private static final int KILLS_BETWEEN_FULL_CHECKS = 50;

    private static final int MAX_MILLIS_BEFORE_KILL = 12;

    @TempDir
    Path data;

    private void kill(int times) throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        var acknowledged = new ArrayList<Acknowledgement>();
        Map<String, Integer> completed = new TreeMap<>();
        Map<String, Integer> killed = new TreeMap<>();
        SecondJvm next = SecondJvm.start(KillableProcess.class, data, 0);
        for (int round = 0; round < times; round++) {
            var fresh = new ArrayList<Acknowledgement>();
            try (SecondJvm process = next) {
                process.send("go\n");
                assertThat(process.line()).isEqualTo("ready");
                var lines = new ArrayList<String>();
                int enough = 1 + random.nextInt(80);
                for (int i = 0; i < enough; i++) {
                    lines.add(process.line());
                }
                // Some operations take less than this, and some more, so that each is hit in its beginning, middle and
                // end.
                Thread.sleep(random.nextInt(MAX_MILLIS_BEFORE_KILL));
                process.kill();
                lines.addAll(process.lines()); // it printed these before it died
                assertThat(lines).noneMatch(line -> line.startsWith("violation"));
                Map<String, String> running = new HashMap<>();
                for (String line : lines) {
                    String[] parts = line.split("\t", -1);
                    switch (parts[0]) {
                        case "ack" -> fresh.add(Acknowledgement.parse(line));
                        case "begin" -> running.put(parts[1], parts[2]);
                        default -> {
                            running.remove(parts[1]);
                            completed.merge(parts[0] + " " + parts[2], 1, Integer::sum);
                        }
                    }
                }
                running.values().forEach(operation -> killed.merge(operation, 1, Integer::sum));
            }
            acknowledged.addAll(fresh);
            // Its start takes longer than the work, so the next process starts beside the checks.
            next = SecondJvm.start(KillableProcess.class, data, round + 1);
            boolean all = round == times - 1 || round % KILLS_BETWEEN_FULL_CHECKS == KILLS_BETWEEN_FULL_CHECKS - 1;
            check(all ? acknowledged : fresh, all);
            if (all) {
                report(round + 1, acknowledged, killed, completed);
            }
        }
        next.close();
        restoreLatestBackup(acknowledged);
    }

    private static void report(
            int kills, List<Acknowledgement> acks, Map<String, Integer> killed, Map<String, Integer> completed) {
        System.out.printf(
                "kill -9: %d kills, %d acknowledgements; killed during %s; completed %s%n",
                kills, acks.size(), killed, completed);
    }

    /** Checks acknowledgements by a reader that changes nothing, after the next start completed what was cut off. */
    private void check(List<Acknowledgement> acks, boolean verify) {
        try (Stele stele = Workload.open(data)) {
            Stream<String> agents = verify
                    ? stele.agents().stream().map(AgentName::value)
                    : acks.stream().map(Acknowledgement::agent);
            Workload.migrate(stele, agents);
        }
        try (Stele reader = Workload.openForReading(data)) {
            assertThat(acks.stream().flatMap(ack -> Workload.broken(reader, ack).stream()))
                    .isEmpty();
            if (verify) {
                assertThat(Workload.damage(reader)).isEmpty();
            }
        }
    }

    private void restoreLatestBackup(List<Acknowledgement> acks) {
        Optional<Acknowledgement> backup = acks.stream()
                .filter(ack -> ack.claim() == Acknowledgement.Claim.BACKUP)
                .reduce((_, later) -> later);
        try (Stele stele = Workload.open(data)) {
            backup.ifPresent(ack -> {
                AgentName copy = stele.restore(Path.of(ack.argument(1)), Optional.of(new AgentName("restored")), false);
                assertThat(stele.agent(copy).verify().problems()).isEmpty();
                assertThat(stele.agent(copy).messageCount()).isPositive();
            });
        }
    }

    @Test
    void tenKillsInTheMiddleOfEveryKindOfWriteLoseNothing() throws Exception {
        kill(10);
    }

    @Test
    @Tag("proof")
    void aThousandKillsInTheMiddleOfEveryKindOfWriteLoseNothing() throws Exception {
        kill(1_000);
    }
}
