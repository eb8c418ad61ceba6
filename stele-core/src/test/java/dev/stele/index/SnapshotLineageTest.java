package dev.stele.index;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SnapshotLineageTest {

    @Test
    void snapshotFollowsItsAncestors() {
        SnapshotLineage first = SnapshotLineage.first(1);
        SnapshotLineage second = first.next(2);
        SnapshotLineage third = second.next(5);
        assertThat(third.change()).isEqualTo(5);
        assertThat(third.follows(first)).isTrue();
        assertThat(third.follows(third)).isTrue();
        assertThat(first.follows(third)).isFalse();
    }

    @Test
    void secondSuccessorOfASnapshotStartsANewBranch() {
        SnapshotLineage base = SnapshotLineage.first(1);
        SnapshotLineage one = base.next(2);
        SnapshotLineage other = base.next(3);
        assertThat(other.follows(one)).isFalse();
        assertThat(other.follows(base)).isTrue();
        assertThat(other.isOfLine(base)).isFalse();
        assertThat(one.isOfLine(base)).isTrue();
        assertThat(one.next(4).next(5).follows(other)).isFalse();
        assertThat(one.next(4).follows(base)).isTrue(); // the second after it, which branches off
        assertThat(other.next(4).follows(other)).isTrue();
        assertThat(other.next(5).follows(base)).isTrue();
    }
}
