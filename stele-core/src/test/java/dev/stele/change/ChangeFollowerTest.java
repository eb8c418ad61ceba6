package dev.stele.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.Change;
import dev.stele.model.ChangeKind;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.support.Stores;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reader that follows the change log notices that another log took its place, and misses nothing of it. */
class ChangeFollowerTest {

    @TempDir
    Path data;

    private static void say(AgentMemory memory, int times) {
        for (int i = 0; i < times; i++) {
            memory.remember(MessageDraft.user("s", "ana", "message " + i));
        }
    }

    private static List<Optional<String>> messages(List<Change> changes) {
        return changes.stream()
                .filter(change -> change.kind() == ChangeKind.MESSAGE_CREATED)
                .map(Change::ref)
                .toList();
    }

    @Test
    void restorationIsNoticedHoweverManyChangesFollow() {
        try (Stele stele = Stele.open(Stores.at(data), Optional.empty())) {
            AgentMemory kira = stele.agent("kira");
            say(kira, 2);
            Path backup = data.resolve("old.zip");
            kira.backup(backup);
            say(kira, 3);
            ChangeFollower fromStart = kira.follow(0);
            ChangeFollower fromNow = kira.follow();
            ChangeFollower fromNumber = kira.follow(kira.lastChange());
            long seen = fromStart.next(100).getLast().number();
            assertThat(seen).isEqualTo(kira.lastChange());
            assertThat(fromNow.next(100)).isEmpty();
            stele.restore(backup, Optional.of(kira.name()), true);
            assertThat(kira.lastChange()).isLessThan(seen);
            String first = kira.remember(MessageDraft.user("s", "ana", "after the restoration"))
                    .id();
            for (ChangeFollower follower : List.of(fromStart, fromNow)) {
                assertThat(follower.next(100)).extracting(Change::kind).containsExactly(ChangeKind.AGENT_REPLACED);
                assertThat(messages(follower.next(100))).containsExactly(Optional.of(first));
                assertThat(follower.next(100)).isEmpty();
            }
            assertThat(fromNumber.next(100)).extracting(Change::number).containsExactly(kira.lastChange());

            stele.restore(backup, Optional.of(kira.name()), true);
            say(kira, 20);
            assertThat(kira.lastChange()).isGreaterThan(seen);
            assertThat(fromStart.next(100)).extracting(Change::kind).containsExactly(ChangeKind.AGENT_REPLACED);
            assertThat(messages(fromStart.next(100))).hasSize(20);
        }
    }

    @Test
    void agentThatIsErasedAndCreatedAgainIsReadFromItsStart() {
        try (Stele stele = Stele.open(Stores.at(data), Optional.empty())) {
            AgentMemory kira = stele.agent("kira");
            ChangeFollower before = kira.follow();
            assertThatThrownBy(() -> before.next(10)).isInstanceOf(NotFoundException.class);
            say(kira, 4);
            assertThat(messages(before.next(100))).hasSize(4);
            stele.forget(kira.name());
            assertThatThrownBy(() -> before.next(10)).isInstanceOf(NotFoundException.class);
            say(kira, 2);
            assertThat(before.next(100)).extracting(Change::number).containsExactly(0L);
            assertThat(messages(before.next(100))).hasSize(2);
            assertThat(before.position()).isEqualTo(kira.lastChange());
        }
    }
}
