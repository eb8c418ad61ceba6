package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeExpressionsTest {

    /** A Wednesday. */
    private static final Instant NOW = Instant.parse("2026-10-14T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "What happened on 8 May 2023?, 2023-05-08, 2023-05-09",
        "the 3rd of June, 2026-06-03, 2026-06-04",
        "on December 25th, 2025-12-25, 2025-12-26",
        "'on May 8, 2023', 2023-05-08, 2023-05-09",
        "on 2024-02-29, 2024-02-29, 2024-03-01",
        "in June 2023, 2023-06-01, 2023-07-01",
        "last May, 2026-05-01, 2026-06-01",
        "in November, 2025-11-01, 2025-12-01",
        "last October, 2025-10-01, 2025-11-01",
        "in 2022, 2022-01-01, 2023-01-01",
        "yesterday, 2026-10-13, 2026-10-14",
        "today, 2026-10-14, 2026-10-15",
        "two weeks ago, 2026-09-27, 2026-10-04",
        "3 days ago, 2026-10-11, 2026-10-12",
        "last week, 2026-10-05, 2026-10-12",
        "this month, 2026-10-01, 2026-11-01",
        "last year, 2025-01-01, 2026-01-01",
        "last weekend, 2026-10-10, 2026-10-12",
        "last Monday, 2026-10-12, 2026-10-13",
    })
    void timeExpressionsAreResolvedAgainstTheQueryTime(String question, LocalDate first, LocalDate beyond) {
        assertThat(TimeExpressions.of(question, NOW)).containsExactly(new TimeExpressions.Range(first, beyond));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "What may Ana like?",
                "the 40 May",
                "on 2024-13-01",
                "2023-02-29",
                "march on",
                "room 2022",
                "What is new?"
            })
    void textWithoutATimeExpressionYieldsNoRange(String question) {
        assertThat(TimeExpressions.of(question, NOW)).isEmpty();
    }

    @Test
    void severalTimeExpressionsYieldSeveralRanges() {
        assertThat(TimeExpressions.of("between 1 May 2026 and 3 June 2026", NOW))
                .hasSize(2);
    }

    @Test
    void timeExpressionAnchoredToAnEventIsParsed() {
        TimeExpressions.AnchoredTime anchored = TimeExpressions.anchored(
                        "What did she buy two weeks before the trip to Porto?")
                .orElseThrow();
        assertThat(anchored.event()).isEqualTo("the trip to Porto");
        assertThat(anchored.from(Instant.parse("2026-09-24T10:00:00Z")))
                .isEqualTo(new TimeExpressions.Range(LocalDate.parse("2026-09-07"), LocalDate.parse("2026-09-14")));
        assertThat(TimeExpressions.anchored("the day after her birthday")
                        .orElseThrow()
                        .amount())
                .isEqualTo(1);
        assertThat(TimeExpressions.anchored("two weeks ago")).isEmpty();
        assertThat(List.of(TimeExpressions.anchored("before the trip"))).allMatch(java.util.Optional::isEmpty);
    }
}
