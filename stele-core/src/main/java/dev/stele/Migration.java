package dev.stele;

import dev.stele.concurrent.PlatformThreads;
import dev.stele.io.FileErrors;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.StoreView;
import dev.stele.transfer.ExportReport;
import dev.stele.transfer.Fingerprint;
import dev.stele.transfer.ImportReport;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Copies agents from one memory to another, such as from a data directory to a database server, while the source is in
 * use. A rerun continues an interrupted copy and skips existing items. At the end both memories are read and compared.
 * Thread-safe.
 */
public final class Migration {

    /** Name of the entry in the target that marks an unfinished copy, which may be replaced. */
    private static final String MARK = "migration";

    private static final int MAX_ROUNDS = 5;
    private static final int PIPE_CHARACTERS = 1 << 16;

    private final Stele from;
    private final Stele to;

    /**
     * Creates a migration. The caller closes both memories.
     *
     * @param from the source
     * @param to the target
     */
    public Migration(Stele from, Stele to) {
        this.from = from;
        this.to = to;
    }

    /**
     * Result of copying an agent.
     *
     * @param agent the agent
     * @param things number of messages, notes, users, entities and other items that both memories have now
     * @param added number of items that this run added; 0 if all existed
     * @param rounds number of times the agent was copied; more than one if it was written to meanwhile
     */
    public record Outcome(AgentName agent, long things, long added, int rounds) {}

    /**
     * Copies an agent and compares both copies. Embeddings are computed again by the model of the target, in the
     * background if there are many.
     *
     * @param agent the agent
     * @return the result
     * @throws ConflictException if the target has an agent of that name with other content that no migration wrote
     * @throws StelePersistenceException if the agent was written to during every copy
     */
    public Outcome bring(AgentName agent) {
        long added = 0;
        for (int round = 1; ; round++) {
            boolean exists = to.exists(agent);
            if (exists && to.engine().read(agent, StoreView::lastChange) > 1) {
                Fingerprint.Of source = fingerprint(from, agent);
                Set<String> differences = source.differences(fingerprint(to, agent));
                if (differences.isEmpty()) {
                    finish(agent);
                    return new Outcome(agent, source.things(), added, round - 1);
                }
                if (!unfinished(agent)) {
                    throw new ConflictException(
                            "There is another agent \"" + agent + "\" already, which differs in " + differences
                                    + "; forget it there first, or copy it under another name by an export and an import.");
                }
                if (round > MAX_ROUNDS) {
                    throw new StelePersistenceException(
                            "Agent \"" + agent + "\" was copied " + MAX_ROUNDS + " times and differs still, in "
                                    + differences
                                    + "; if it was written to all the while, run it again when less is written.",
                            null);
                }
                if (round > 2) {
                    to.forget(agent); // copying twice is not enough if items were edited or deleted meanwhile
                }
            }
            mark(agent, "under way");
            added += copy(agent);
        }
    }

    private void mark(AgentName agent, String state) {
        to.engine().write(agent, edit -> {
            edit.reflection().put(MARK, Map.of("state", state), Instant.now());
            return null;
        });
    }

    private boolean unfinished(AgentName agent) {
        return to.engine()
                .read(agent, view -> view.reflection().entry(MARK))
                .filter(entry -> "under way".equals(entry.value().get("state")))
                .isPresent();
    }

    private void finish(AgentName agent) {
        if (unfinished(agent)) {
            mark(agent, "done");
        }
    }

    private long copy(AgentName agent) {
        CompletableFuture<Void> export;
        ImportReport report;
        try (var in = new PipedReader(PIPE_CHARACTERS)) {
            var out = new PipedWriter(in);
            export = CompletableFuture.runAsync(
                    () -> export(agent, out), action -> PlatformThreads.start("stele-migration", action));
            report = to.agent(agent).importFrom(in, _ -> {});
        } catch (IOException e) {
            throw cutShort(agent, e);
        }
        // The reader is closed now, so an unfinished writer ends. A failure of the writer takes precedence over the
        // failure that it causes in the import.
        try {
            export.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof SteleException cause ? cause : e;
        }
        return report.messages()
                + report.notes()
                + report.users()
                + report.entities()
                + report.relations()
                + report.others();
    }

    private void export(AgentName agent, PipedWriter out) {
        try (out) {
            ExportReport report = from.agent(agent).export(out);
            if (!report.damaged().isEmpty()) {
                throw new StelePersistenceException.Corrupt(
                        "Agent " + agent + " is damaged and was not copied as a whole: "
                                + String.join("; ", report.damaged()) + ".",
                        null);
            }
        } catch (IOException e) {
            throw cutShort(agent, e);
        }
    }

    private static StelePersistenceException cutShort(AgentName agent, IOException e) {
        return FileErrors.of("The copy of agent " + agent + " was cut short", e);
    }

    private static Fingerprint.Of fingerprint(Stele stele, AgentName agent) {
        var fingerprint = new Fingerprint();
        stele.agent(agent).export(fingerprint);
        return fingerprint.all();
    }
}
