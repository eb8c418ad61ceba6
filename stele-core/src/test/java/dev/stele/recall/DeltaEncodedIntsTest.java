package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class DeltaEncodedIntsTest {

    @Property
    void decodingReturnsTheEncodedNumbers(@ForAll @Size(max = 60) List<@IntRange(max = 300_000) Integer> steps) {
        var numbers = new int[steps.size() + 3]; // of which the last do not count
        int sum = 0;
        for (int i = 0; i < steps.size(); i++) {
            sum += steps.get(i);
            numbers[i] = sum;
        }
        var rising = DeltaEncodedInts.of(numbers, steps.size());
        var each = new ArrayList<Integer>();
        rising.each(each::add);
        assertThat(rising.toArray()).hasSize(steps.size());
        assertThat(rising.toArray()).isEqualTo(Arrays.copyOf(numbers, steps.size()));
        assertThat(each.stream().mapToInt(i -> i).toArray()).isEqualTo(rising.toArray());
    }

    @Test
    void largeDeltasAreSplit() {
        int[] numbers = {0, 0, 65_534, 131_069, 131_069 + 65_536, Integer.MAX_VALUE};
        assertThat(DeltaEncodedInts.of(numbers, numbers.length).toArray()).isEqualTo(numbers);
        assertThat(DeltaEncodedInts.of(new int[] {1, 2, 2, 9}, 4).bytes()).isEqualTo(8);
    }
}
