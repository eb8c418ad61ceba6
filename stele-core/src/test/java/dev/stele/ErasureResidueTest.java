package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.AgentName;
import dev.stele.model.EntityDraft;
import dev.stele.model.InteractionDraft;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.NoteDraft;
import dev.stele.store.AgentStore;
import dev.stele.store.AgentStores;
import dev.stele.store.sqlite.SqliteStores;
import dev.stele.support.SecondJvm;
import dev.stele.support.Stores;
import dev.stele.support.Threads;
import dev.stele.support.Traces;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is forgotten is gone from every file. */
class ErasureResidueTest {

    @TempDir
    Path data;

    private Stele open() {
        return Stele.open(Stores.at(data).withRetention(20, true), Optional.of(new WordEmbedder()));
    }

    /** Files under the data directory that hold a text, packed or not. */
    private List<Path> filesWith(String text) throws IOException {
        return Traces.files(data, text);
    }

    @Test
    void concurrentReadsDoNotRecreateADeletedAgent() throws Exception {
        try (Stele stele = open()) {
            AgentName kira = new AgentName("kira");
            AgentMemory memory = stele.agent(kira);
            for (int round = 0; round < 25; round++) {
                memory.remember(MessageDraft.user("s", "ana", "round " + round));
                Threads.atOnce(8, thread -> () -> {
                    if (thread == 0) {
                        stele.forget(kira);
                        return 0;
                    }
                    try {
                        for (int i = 0; i < 20; i++) {
                            memory.messageCount();
                            memory.runMaintenance();
                        }
                    } catch (NotFoundException e) {
                        return 1; // as it should be, from then on
                    }
                    return 2;
                });
                assertThat(stele.exists(kira)).as("round " + round).isFalse();
            }
        }
    }

    @Test
    @Tag("directory")
    void erasedUserLeavesNoByteBehind() throws IOException {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            for (int i = 0; i < 60; i++) {
                String user = i % 2 == 0 ? "zebulon" : "ana";
                memory.remember(
                        List.of(MessageDraft.user(user + "-talk", user, user + " plays the xylophone, says " + user)));
            }
            memory.sessions().setParticipants("shared", List.of("zebulon", "ana"));
            memory.remember(List.of(
                    MessageDraft.user("shared", "zebulon", "zebulon sings alone"),
                    MessageDraft.user("shared", "ana", "ana claps")));
            String first = memory.remember(MessageDraft.user("more", "zebulon", "zebulon has a quagga"))
                    .id();
            memory.editMessage(first, "zebulon has two quaggas");
            memory.notes().create(NoteDraft.of("fact", "keeps quaggas").withProvenance(List.of(first)));
            memory.notes().create(NoteDraft.of("fact", "zebulon is musical").withUser("zebulon"));
            memory.users().update("zebulon", context -> context.withPreference("drink", "retsina"));
            memory.users().update("ana", context -> context.withPreference("drink", "water"));
            memory.runMaintenance();
            assertThat(memory.stats().archived()).isPositive();
            assertThat(filesWith("zebulon")).hasSizeGreaterThan(1);

            var gone = memory.users().forget("zebulon");
            assertThat(gone.context()).isTrue();
            assertThat(gone.notes()).isEqualTo(2);
            assertThat(gone.messages()).isEqualTo(32);
        }
        assertThat(filesWith("zebulon")).isEmpty();
        assertThat(filesWith("quagga")).isEmpty();
        assertThat(filesWith("retsina")).isEmpty();
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            assertThat(memory.verify().problems()).isEmpty();
            assertThat(memory.recall("zebulon quagga").hits())
                    .noneMatch(hit -> hit.content().contains("zebulon"));
            assertThat(memory.sessions().last("shared", 5)).hasSize(1);
            assertThat(memory.stats().messages() + memory.stats().archived()).isEqualTo(31);
            assertThat(memory.users().get("ana").orElseThrow().preferences()).containsEntry("drink", "water");
            assertThatThrownBy(() -> memory.users().forget("zebulon")).isInstanceOf(NotFoundException.class);
        }
    }

    @Test
    @Tag("directory")
    void messageDeletedDuringAReadIsScrubbedAfterTheReadEnds() throws IOException {
        try (Stele stele = open();
                AgentStores stores = SqliteStores.open(data, Limits.DEFAULT, true)) {
            AgentMemory memory = stele.agent("kira");
            memory.remember(MessageDraft.user("s", "ana", "the okapi hides").withId("m"));
            try (AgentStore store = stores.openExisting(new AgentName("kira"))) {
                assertThat(store.<Boolean>read(view -> {
                            assertThat(view.message("m")).isPresent();
                            memory.deleteMessage("m");
                            memory.runMaintenance();
                            return view.message("m").isPresent();
                        }))
                        .isTrue();
                assertThat(filesWith("okapi")).isNotEmpty(); // or it could not have been read
            }
            memory.runMaintenance();
            assertThat(filesWith("okapi")).isEmpty();
        }
    }

    /** Terms of the trigram index of an agent's graph, as its tables hold them. */
    private long trigrams(String trigram) throws SQLException {
        try (var db = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("agents/kira/memory.db"));
                var statement = db.createStatement()) {
            statement.execute("create virtual table temp.terms using fts5vocab(main, graph_text, row)");
            try (var rows = statement.executeQuery("select count(*) from terms where term = '" + trigram + "'")) {
                return rows.next() ? rows.getLong(1) : 0;
            }
        }
    }

    @Test
    @Tag("directory")
    void deletedEntitiesLeaveNoTrigramBehind() throws SQLException {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            memory.graph().put(EntityDraft.of("person", "Qxjavier"));
            memory.graph().put(EntityDraft.of("person", "Wolfgang"));
        }
        assertThat(trigrams("qxj")).isEqualTo(1);
        try (Stele stele = open()) {
            stele.agent("kira").graph().delete("Qxjavier");
        }
        assertThat(trigrams("qxj")).isZero();
        assertThat(trigrams("wol")).isEqualTo(1);
    }

    @Test
    void userWithOnlyInteractionsIsErased() {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            memory.remember(MessageDraft.user("s", "ben", "the cat stays"));
            memory.interactions().record(InteractionDraft.of("visit", "ana"));
            memory.interactions().record(InteractionDraft.of("visit", "ben"));
            assertThat(memory.users().forget("ana").interactions()).isEqualTo(1);
            assertThat(memory.interactions()
                            .list(Optional.empty(), Optional.empty(), 10, Optional.empty())
                            .items())
                    .extracting(one -> one.draft().user())
                    .containsExactly(Optional.of("ben"));
            assertThatThrownBy(() -> memory.users().forget("ana")).isInstanceOf(NotFoundException.class);
        }
    }

    @Test
    @Tag("directory")
    void deletedMessagesNotesAndSessionsLeaveNoByteBehind() throws IOException {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            String message = memory.remember(MessageDraft.user("s", "ana", "the okapi hides"))
                    .id();
            String note = memory.notes()
                    .create(NoteDraft.of("fact", "an axolotl smiles"))
                    .id();
            memory.remember(MessageDraft.user("doomed", "ana", "the narwhal dives"));
            memory.remember(MessageDraft.user("s", "ana", "the cat stays"));
            memory.deleteMessage(message);
            memory.notes().delete(note);
            assertThat(memory.sessions().delete("doomed").messages()).isEqualTo(1);
            assertThat(memory.verify().problems()).isEmpty();
            assertThatThrownBy(() -> memory.deleteMessage(message)).isInstanceOf(NotFoundException.class);
        }
        assertThat(filesWith("okapi")).isEmpty();
        assertThat(filesWith("axolotl")).isEmpty();
        assertThat(filesWith("narwhal")).isEmpty();
        assertThat(filesWith("the cat stays")).isNotEmpty();
    }

    /** Counts the messages of an agent whenever it is told to: {@code data}. */
    static final class Watcher {
        public static void main(String[] arguments) throws Exception {
            try (Stele stele = Stele.open(Stores.at(Path.of(arguments[0])), Optional.empty())) {
                for (int ask = 0; ask >= 0; ask = System.in.read()) {
                    long count = stele.exists(new AgentName("kira"))
                            ? stele.agent("kira").messageCount()
                            : -1;
                    System.out.println(count);
                }
            }
        }
    }

    @Test
    void agentThatAnotherInstanceErasedIsReadAsAbsentAndWrittenAnew() {
        try (Stele stele = open();
                Stele other = open()) {
            for (int i = 0; i < 8; i++) {
                stele.agent("a" + i).remember(MessageDraft.user("s", "ana", "one"));
                other.forget(new AgentName("a" + i));
            }
            assertThat(stele.agent("a0").sessions().window("s")).isEmpty();
            assertThat(stele.agent("a1").sessions().findWindow("s")).isEmpty();
            assertThat(stele.agent("a2").sessions().findWindows()).isEmpty();
            assertThat(stele.agent("a3").profile().persona().version()).isZero();
            assertThat(stele.agent("a4").segments().count("c")).isZero();
            assertThat(stele.agent("a5")
                            .users()
                            .update("ana", user -> user.withPreference("drink", "tea"))
                            .version())
                    .isEqualTo(1);
            assertThat(stele.agent("a6").follow().position()).isZero();
            assertThat(stele.agent("a7").exists()).isFalse();
        }
    }

    @Test
    void anotherProcessDetectsThatAnAgentWasDeletedAndRecreated() {
        try (Stele stele = open()) {
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "one"));
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "two"));
            try (SecondJvm watcher = SecondJvm.start(Watcher.class, data)) {
                assertThat(watcher.line()).isEqualTo("2");
                stele.forget(new AgentName("kira"));
                assertThat(stele.agents()).isEmpty();
                watcher.send("x");
                assertThat(watcher.line()).isEqualTo("-1");
                stele.agent("kira").remember(MessageDraft.user("s", "ana", "anew"));
                watcher.send("x");
                assertThat(watcher.line()).isEqualTo("1");
            }
        }
    }
}
