package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.MessageWindow;
import dev.stele.model.NotFoundException;
import dev.stele.model.Role;
import dev.stele.model.WindowRemoval;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Stores;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionWindowTest {

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;
    private Sessions sessions;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
        sessions = memory.sessions();
    }

    @AfterEach
    void close() {
        assertThat(stele.agents())
                .allSatisfy(agent ->
                        assertThat(stele.agent(agent).verify().problems()).isEmpty());
        stele.close();
    }

    private static List<MessageDraft> said(String... texts) {
        return Stream.of(texts).map(text -> MessageDraft.user("s", "ana", text)).toList();
    }

    private static List<String> texts(List<Message> messages) {
        return messages.stream().map(Message::content).toList();
    }

    @Test
    void windowOfWhatIsUnknownIsEmpty() {
        assertThat(sessions.window("nobody")).isEmpty();
        assertThat(sessions.replaceWindow("nobody", List.of(), WindowRemoval.ERASE))
                .isEmpty();
        assertThat(sessions.windows()).isEmpty();
        assertThat(stele.agents()).isEmpty();
    }

    @Test
    void messagesThatLeaveTheWindowStayInTheSessionAndAreRecalled() {
        List<Message> first =
                sessions.replaceWindow("s", said("my dog is called Rex", "two", "three"), WindowRemoval.KEEP);
        List<Message> second = sessions.replaceWindow("s", said("two", "three", "four"), WindowRemoval.KEEP);
        assertThat(texts(sessions.window("s"))).containsExactly("two", "three", "four");
        assertThat(sessions.windows()).containsExactly("s");
        assertThat(second.subList(0, 2)).isEqualTo(first.subList(1, 3));
        assertThat(texts(sessions.last("s", 10))).containsExactly("my dog is called Rex", "two", "three", "four");
        assertThat(memory.recall(RecallQuery.of("dog")).hits().getFirst().content())
                .isEqualTo("my dog is called Rex");
    }

    @Test
    void messagesThatLeaveAreErasedOnRequest() {
        sessions.replaceWindow("s", said("one secret", "two", "three"), WindowRemoval.KEEP);
        sessions.replaceWindow("s", said("two", "four"), WindowRemoval.ERASE);
        assertThat(texts(sessions.last("s", 10))).containsExactly("two", "four");
        sessions.replaceWindow("s", List.of(), WindowRemoval.ERASE);
        assertThat(sessions.window("s")).isEmpty();
        assertThat(memory.messageCount()).isZero();
    }

    @Test
    void messageOfTheNewWindowIsNotErasedWhateverItsPlace() {
        List<List<String>> orders = List.of(
                List.of("a", "b", "c"),
                List.of("b", "a", "c"),
                List.of("c", "b", "a"),
                List.of("c", "a"),
                List.of("b", "d", "a"));
        for (List<String> from : orders) {
            for (List<String> to : orders) {
                sessions.replaceWindow("s", drafts(from), WindowRemoval.KEEP);
                List<Message> written = sessions.replaceWindow("s", drafts(to), WindowRemoval.ERASE);
                assertThat(written).extracting(Message::id).isEqualTo(to);
                assertThat(sessions.window("s")).as(from + " " + to).isEqualTo(written);
                assertThat(sessions.last("s", 10)).extracting(Message::id).containsExactlyInAnyOrderElementsOf(to);
                sessions.delete("s");
            }
        }
    }

    private static List<MessageDraft> drafts(List<String> ids) {
        return ids.stream().map(id -> draft(id, "text of " + id)).toList();
    }

    @Test
    void replyThatIsErasedWithItsSourceIsNotReturned() {
        sessions.replaceWindow("s", List.of(draft("q", "my dog is called Rex")), WindowRemoval.KEEP);
        MessageDraft reply =
                MessageDraft.assistant("s", "Rex is a dog").withId("r").withSources(List.of("q"));
        sessions.replaceWindow("s", List.of(draft("q", "my dog is called Rex"), reply), WindowRemoval.KEEP);
        List<Message> written = sessions.replaceWindow("s", List.of(reply, draft("n", "hello")), WindowRemoval.ERASE);
        assertThat(written).extracting(Message::id).containsExactly("n");
        assertThat(sessions.window("s")).isEqualTo(written);
    }

    @Test
    void everyWindowIsReadAsItWasWritten() {
        var random = new Random(7);
        for (int round = 0; round < 25; round++) {
            String[] texts = IntStream.range(0, random.nextInt(7))
                    .mapToObj(i -> "text " + random.nextInt(4))
                    .toArray(String[]::new);
            List<Message> before = sessions.window("s");
            List<Message> written = sessions.replaceWindow("s", said(texts), WindowRemoval.KEEP);
            assertThat(texts(written)).containsExactly(texts);
            assertThat(sessions.window("s")).isEqualTo(written);
            // a new message can be put before the kept ones
            var withSystem = new ArrayList<MessageDraft>(said(texts));
            withSystem.addFirst(MessageDraft.of("s", Role.SYSTEM, "round " + round));
            List<Message> led = sessions.replaceWindow("s", withSystem, WindowRemoval.KEEP);
            assertThat(led.subList(1, led.size())).isEqualTo(written);
            assertThat(written).filteredOn(before::contains).hasSizeLessThanOrEqualTo(before.size());
        }
    }

    @Test
    void erasureReachesTheWindow() {
        List<Message> window = sessions.replaceWindow("s", said("one", "two"), WindowRemoval.KEEP);
        memory.deleteMessage(window.getFirst().id());
        assertThat(texts(sessions.window("s"))).containsExactly("two");
        sessions.delete("s");
        assertThat(sessions.window("s")).isEmpty();
        var exported = new StringWriter();
        memory.export(exported);
        assertThat(exported.toString()).doesNotContain(window.getFirst().id(), "windows:");

        sessions.replaceWindow("s", said("three"), WindowRemoval.KEEP);
        memory.users().forget("ana");
        assertThat(sessions.window("s")).isEmpty();
    }

    @Test
    void writersAtTheSameTimeLeaveOneWholeWindow() throws Exception {
        Threads.atOnce(5, writer -> () -> {
            for (int i = 0; i < 4; i++) {
                sessions.replaceWindow(
                        "s", said(writer + " a " + i, writer + " b " + i, writer + " c " + i), WindowRemoval.ERASE);
            }
            return writer;
        });
        List<String> window = texts(sessions.window("s"));
        assertThat(window).hasSize(3);
        assertThat(window.stream().map(text -> text.charAt(0)).distinct()).hasSize(1);
        assertThat(memory.messageCount()).isEqualTo(3);
    }

    @Test
    void aMessageOfAnotherSessionIsRefused() {
        assertThatThrownBy(() -> sessions.replaceWindow("other", said("one"), WindowRemoval.KEEP))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("session");
        assertThat(sessions.window("other")).isEmpty();
    }

    @Test
    void windowsAreExportedAndImported() {
        sessions.replaceWindow("s", said("one", "two", "three"), WindowRemoval.KEEP);
        sessions.replaceWindow("s", said("two", "three"), WindowRemoval.KEEP);
        var exported = new StringWriter();
        memory.export(exported);
        AgentMemory copy = stele.agent("copy");
        copy.importFrom(new StringReader(exported.toString()), _ -> {});
        assertThat(texts(copy.sessions().window("s"))).containsExactly("two", "three");
        assertThat(copy.documents().list(Optional.empty(), 10, Optional.empty()).items())
                .isEmpty();
        assertThat(copy.documents().collections()).isEmpty();
    }

    private static MessageDraft draft(String id, String text) {
        return MessageDraft.user("s", "ana", text).withId(id);
    }

    private MessageWindow window() {
        return sessions.findWindow("s").orElseThrow();
    }

    @Test
    void openedWindowStaysWithItsPropertiesAndCountsItsChanges() {
        assertThat(sessions.findWindow("s")).isEmpty();
        sessions.openWindow("s", Optional.of("ana"), Map.of("plan", "a"));
        assertThat(window()).isEqualTo(new MessageWindow("s", List.of(), 0, Optional.of("ana"), Map.of("plan", "a")));
        sessions.appendToWindow("s", List.of(draft("m1", "one"), draft("m2", "two")));
        assertThat(window().messages()).containsExactly("m1", "m2");
        assertThat(window().version()).isEqualTo(1);
        sessions.appendToWindow("s", List.of(draft("m2", "two")));
        assertThat(window().version()).as("nothing was added").isEqualTo(1);
        sessions.openWindow("s", Optional.of("ana"), Map.of("plan", "b"));
        assertThat(window())
                .isEqualTo(new MessageWindow("s", List.of("m1", "m2"), 1, Optional.of("ana"), Map.of("plan", "b")));
        assertThat(sessions.replaceWindow("s", 1, List.of(), Set.of("m1", "m2")))
                .isTrue();
        assertThat(window().messages()).isEmpty();
        assertThat(sessions.findWindows()).extracting(MessageWindow::session).containsExactly("s");
        sessions.closeWindow("s");
        assertThat(sessions.findWindow("s")).isEmpty();
        assertThat(sessions.last("s", 10)).hasSize(2);
        sessions.closeWindow("s");
    }

    @Test
    void versionedReplacementChangesNothingOfAWindowThatSomeoneElseChanged() {
        sessions.openWindow("s", Optional.of("ana"), Map.of());
        sessions.appendToWindow("s", List.of(draft("m1", "one"), draft("m2", "old summary"), draft("m3", "three")));
        assertThat(sessions.replaceWindow("s", 0, List.of(draft("m4", "summary")), Set.of()))
                .isFalse();
        assertThat(texts(sessions.window("s"))).containsExactly("one", "old summary", "three");
        assertThat(memory.message("m4")).isEmpty();
        assertThat(sessions.replaceWindow("s", 1, List.of(draft("m4", "summary"), draft("m3", "three")), Set.of("m1")))
                .isTrue();
        assertThat(texts(sessions.window("s"))).containsExactly("summary", "three");
        assertThat(memory.message("m1")).isPresent();
        assertThat(memory.message("m2")).as("neither in the window nor kept").isEmpty();
        assertThat(window().version()).isEqualTo(2);
    }

    @Test
    void windowThatIsNotOpenIsNotAppendedTo() {
        assertThatThrownBy(() -> stele.agent("nobody").sessions().appendToWindow("s", List.of(draft("m1", "one"))))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("open it first");
        assertThat(stele.agent("nobody").exists()).isFalse();
        sessions.openWindow("t", Optional.of("ana"), Map.of());
        assertThatThrownBy(() -> sessions.appendToWindow("s", List.of(draft("m1", "one"))))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> sessions.appendToWindow("t", List.of(draft("m1", "one"))))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> sessions.replaceWindow("t", 0, List.of(MessageDraft.user("t", "ana", "x")), Set.of()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("id");
        assertThatThrownBy(() -> sessions.openWindow("s", Optional.empty(), Map.of()))
                .isInstanceOf(InvalidInputException.class);
        assertThat(memory.message("m1")).isEmpty();
    }

    @Test
    void appendersOfTwoInstancesLoseNothingBesideReplacements() throws Exception {
        sessions.openWindow("s", Optional.of("ana"), Map.of());
        try (var other = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            List<Sessions> both = List.of(sessions, other.agent("kira").sessions());
            Threads.atOnce(6, thread -> () -> {
                Sessions own = both.get(thread % 2);
                for (int i = 0; i < 10; i++) {
                    if (thread < 4) {
                        own.appendToWindow("s", List.of(draft("m" + thread + "-" + i, "text " + thread + " " + i)));
                    } else {
                        MessageWindow seen = own.findWindow("s").orElseThrow();
                        own.replaceWindow("s", seen.version(), List.of(), Set.copyOf(seen.messages()));
                    }
                }
                return null;
            });
        }
        assertThat(sessions.messages("s", 100, Optional.empty(), true).items()).hasSize(40);
        assertThat(window().messages()).doesNotHaveDuplicates();
    }

    @Test
    void erasureTakesTheWindowAndWhatTheUserIsToIt() {
        sessions.openWindow("s", Optional.of("ana"), Map.of("phone", "123"));
        sessions.appendToWindow("s", List.of(draft("m1", "one"), draft("m2", "two")));
        memory.deleteMessage("m1");
        assertThat(window().messages()).containsExactly("m2");
        assertThat(window().version()).isEqualTo(2);
        sessions.openWindow("empty", Optional.of("ana"), Map.of("phone", "123"));
        memory.users().forget("ana");
        assertThat(sessions.findWindows()).isEmpty();
        sessions.openWindow("s", Optional.of("ben"), Map.of());
        sessions.appendToWindow("s", List.of(draft("m3", "three").withUser("ben")));
        sessions.delete("s");
        assertThat(sessions.findWindow("s")).isEmpty();
    }

    @Test
    void openedWindowsAreExportedAndImported() throws Exception {
        sessions.openWindow("s", Optional.of("ana"), Map.of("plan", "a"));
        sessions.appendToWindow("s", List.of(draft("m1", "one")));
        var file = new StringWriter();
        memory.export(file);
        stele.agent("copy").importFrom(new StringReader(file.toString()), _ -> {});
        assertThat(stele.agent("copy").sessions().findWindow("s")).contains(window());
    }
}
