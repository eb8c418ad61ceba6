package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RepetitionCounterTest {

    @Test
    void countsAsAMapDoes() {
        var random = new Random(7);
        for (int items : new int[] {1, 2, 31, 32, 33, 5_000}) {
            var counter = new RepetitionCounter(items);
            var expected = new HashMap<Long, Integer>();
            for (int i = 0; i < items; i++) {
                long statement = 1 + ((long) random.nextInt(items) << 33); // the low bits are the same
                assertThat(counter.add(statement)).isEqualTo(expected.merge(statement, 1, Integer::sum));
            }
            assertThat(counter.distinct()).isEqualTo(expected.size());
        }
    }

    @Test
    void itemsWithoutAKnownStatementRepeatNoOther() {
        var counter = new RepetitionCounter(3);
        assertThat(counter.add(0)).isEqualTo(1);
        assertThat(counter.add(0)).isEqualTo(1);
        assertThat(counter.distinct()).isEqualTo(2);
    }
}
