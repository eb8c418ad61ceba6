package dev.stele.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class LengthHistogramTest {

    @Test
    void noMessagesHaveTheMedianZero() {
        assertThat(LengthHistogram.EMPTY.median()).isZero();
        LengthHistogram.Edit edit = LengthHistogram.EMPTY.edit();
        edit.add(17, 1);
        edit.add(17, -1);
        assertThat(edit.done().median()).isZero();
    }

    @Test
    void medianIsExactToAFewPercentAfterAdditionsAndRemovals() {
        var random = new Random(5);
        int[] kept = random.ints(501, 1, 5_000).toArray();
        int[] removed = random.ints(300, 0, IndexSnapshot.MAX_LENGTH).toArray();
        LengthHistogram.Edit first = LengthHistogram.EMPTY.edit();
        Arrays.stream(removed).forEach(length -> first.add(length, 1));
        LengthHistogram before = first.done();
        LengthHistogram.Edit second = before.edit();
        Arrays.stream(kept).forEach(length -> second.add(length, 1));
        Arrays.stream(removed).forEach(length -> second.add(length, -1));
        Arrays.sort(kept);
        assertThat(second.done().median()).isCloseTo(kept[250], Percentage.withPercentage(5));
        assertThat(before.median()).isGreaterThan(5_000); // an edit does not change the histogram that it starts from
    }
}
