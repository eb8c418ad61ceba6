package dev.stele.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stele.Stele;
import dev.stele.fault.DiskRecord.Event;
import dev.stele.fault.DiskRecord.Kind;
import dev.stele.fault.SimulatedDisk.Loss;
import dev.stele.io.DurableFiles;
import dev.stele.model.AgentName;
import dev.stele.support.SecondJvm;
import dev.stele.support.Traces;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The writes of a process are recorded and replayed up to some moment. Of what was not forced to the disk until then a
 * part is lost, and an independent reader checks what had been acknowledged.
 */
@Tag("directory")
class PowerLossTest {

    @TempDir
    Path directory;

    /**
     * @param rounds number of times that each kind of operation is recorded
     * @param losses number of moments at which power is lost
     */
    private void lose(int rounds, int losses, long seed) throws Exception {
        System.out.println("seed " + seed);
        Path library = directory.resolve("writes.so");
        assumeTrue(DiskRecord.compile(library), "a C compiler on Linux");
        Path data = Files.createDirectory(directory.resolve("data")).toRealPath();
        Path log = directory.resolve("record");
        try (SecondJvm process = SecondJvm.start(
                DiskRecord.environment(library, data, log), RecordedProcess.class, data, seed, rounds)) {
            assertThat(process.lines()).containsExactly("closed");
            assertThat(process.await()).isZero();
        }
        List<Event> events = DiskRecord.read(log).events();
        var random = new Random(seed);
        Map<Loss, Integer> count = new EnumMap<>(Loss.class);
        var moments = new TreeSet<Integer>();
        while (moments.size() < losses) {
            moments.add(moment(events, random));
        }
        var disk = new SimulatedDisk(data);
        var acknowledged = new ArrayList<Acknowledgement>();
        long acknowledgedInode = 0;
        var broken = new ArrayList<String>();
        for (int i = 0; i < events.size(); i++) {
            Event event = events.get(i);
            disk.execute(event);
            if (event.kind() == Kind.CREATE
                    && event.path()
                            .equals(data.resolve(RecordedProcess.ACKNOWLEDGED).toString())) {
                acknowledgedInode = event.inode();
            } else if (event.kind() == Kind.WRITE && event.inode() == acknowledgedInode) {
                event.path().lines().map(Acknowledgement::parse).forEach(acknowledged::add);
            }
            if (moments.contains(i)) {
                Loss loss = Loss.values()[random.nextInt(Loss.values().length)];
                count.merge(loss, 1, Integer::sum);
                String place = "event " + i + " of " + events.size() + ", loss of " + loss + ": ";
                for (String problem : check(disk, loss, random, acknowledged)) {
                    broken.add(place + problem);
                    System.out.println("broken\t" + place + problem);
                }
            }
        }
        System.out.printf(
                "loss of power: %d events, %d acknowledgements, losses of unforced writes %s, broken: %d%n",
                events.size(), acknowledged.size(), count, broken.size());
        assertThat(acknowledged).isNotEmpty();
        assertThat(broken).isEmpty();
    }

    /** Half of the moments are just before or after something is forced, where most depends on the order. */
    private static int moment(List<Event> events, Random random) {
        int moment = random.nextInt(events.size());
        if (random.nextBoolean()) {
            while (moment > 0
                    && events.get(moment).kind() != Kind.SYNC
                    && events.get(moment).kind() != Kind.SYNC_DIRECTORY) {
                moment--;
            }
            return Math.max(0, moment - random.nextInt(2));
        }
        return moment;
    }

    private List<String> check(SimulatedDisk disk, Loss loss, Random random, List<Acknowledgement> acknowledged)
            throws Exception {
        Path image = directory.resolve("image");
        disk.writeAfterLoss(image, loss, random);
        var problems = new ArrayList<String>();
        try {
            try (Stele stele = Workload.open(image)) {
                Workload.migrate(stele, stele.agents().stream().map(AgentName::value));
                if (stele.exists(Workload.KIRA)) {
                    stele.agent(Workload.KIRA).runMaintenance(); // which completes the erasure
                }
            }
            for (Acknowledgement ack : acknowledged) {
                if (ack.claim() == Acknowledgement.Claim.NO_MESSAGE) {
                    String text = "message " + ack.argument(1).substring("m-".length());
                    Traces.files(image.resolve("agents"), text)
                            .forEach(file -> problems.add("trace of " + ack + " in " + file));
                }
            }
            try (Stele reader = Workload.openForReading(image)) {
                for (Acknowledgement ack : acknowledged) {
                    // The paths of backups are those of the recorded directory.
                    if (ack.claim() != Acknowledgement.Claim.BACKUP) {
                        Workload.broken(reader, ack).ifPresent(problems::add);
                    } else if (!Files.exists(image.resolve("backups")
                            .resolve(Path.of(ack.argument(1)).getFileName().toString()))) {
                        problems.add("broken: " + ack);
                    }
                }
                problems.addAll(Workload.damage(reader));
            }
        } catch (RuntimeException e) {
            problems.add("the directory cannot be opened: " + e);
        }
        DurableFiles.deleteTree(image);
        return problems;
    }

    @Test
    void lossesOfPowerAtAnyMomentLoseNothingAcknowledged() throws Exception {
        lose(1, 15, System.nanoTime());
    }

    @Test
    @Tag("proof")
    void manyLossesOfPowerLoseNothingAcknowledged() throws Exception {
        lose(8, 1_000, System.nanoTime());
    }
}
