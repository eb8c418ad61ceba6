package dev.stele.index;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MomentTest {

    @Test
    void aPictureFollowsThoseItWasMadeFrom() {
        Moment first = Moment.first(1);
        Moment second = first.next(2);
        Moment third = second.next(5);
        assertThat(third.change()).isEqualTo(5);
        assertThat(third.follows(first)).isTrue();
        assertThat(third.follows(third)).isTrue();
        assertThat(first.follows(third)).isFalse();
    }

    @Test
    void ofTwoThatWereMadeFromTheSameOneTheSecondFollowsNone() {
        Moment base = Moment.first(1);
        Moment one = base.next(2);
        Moment other = base.next(3);
        assertThat(other.follows(one)).isFalse();
        assertThat(other.follows(base)).isFalse();
        assertThat(one.next(4).follows(base)).isTrue();
        assertThat(other.next(4).follows(other)).isTrue();
    }
}
