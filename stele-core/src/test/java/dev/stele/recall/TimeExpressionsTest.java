package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeExpressionsTest {

    /** A Wednesday. */
    private static final Instant NOW = Instant.parse("2026-10-14T12:00:00Z");

    /** Rows: expression; first day, or empty for all days before; day after the last, or empty for all days after. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            What happened on 8 May 2023? | 2023-05-08 | 2023-05-09
            the 3rd of June | 2026-06-03 | 2026-06-04
            on December 25th | 2025-12-25 | 2025-12-26
            on May 8, 2023 | 2023-05-08 | 2023-05-09
            on 2024-02-29 | 2024-02-29 | 2024-03-01
            in June 2023 | 2023-06-01 | 2023-07-01
            last May | 2026-05-01 | 2026-06-01
            in November | 2025-11-01 | 2025-12-01
            last October | 2025-10-01 | 2025-11-01
            in 2022 | 2022-01-01 | 2023-01-01
            yesterday | 2026-10-13 | 2026-10-14
            today | 2026-10-14 | 2026-10-15
            two weeks ago | 2026-09-27 | 2026-10-04
            3 days ago | 2026-10-11 | 2026-10-12
            last week | 2026-10-05 | 2026-10-12
            this month | 2026-10-01 | 2026-11-01
            last year | 2025-01-01 | 2026-01-01
            last weekend | 2026-10-10 | 2026-10-12
            last Monday | 2026-10-12 | 2026-10-13
            What happened since May 2026? | 2026-05-01 |
            since 2024 | 2024-01-01 |
            since yesterday | 2026-10-13 |
            since last Monday | 2026-10-12 |
            since the 3rd of June | 2026-06-03 |
            since June | 2026-06-01 |
            since last summer | 2026-06-01 |
            starting in March 2026 | 2026-03-01 |
            from 2025 on | 2025-01-01 |
            after 8 May 2023 | 2023-05-09 |
            after May | 2026-06-01 |
            after 2022 | 2023-01-01 |
            after last week | 2026-10-12 |
            before May 2024 | | 2024-05-01
            before 2020 | | 2020-01-01
            before yesterday | | 2026-10-13
            before 8 May | | 2026-05-08
            prior to June 2025 | | 2025-06-01
            until March 2025 | | 2025-04-01
            till 2024 | | 2025-01-01
            by 3 June 2026 | | 2026-06-04
            by August | | 2026-09-01
            up to 2024-05-08 | | 2024-05-09
            through 2025 | | 2026-01-01
            between 1 May 2026 and 3 June 2026 | 2026-05-01 | 2026-06-04
            between March and June | 2026-03-01 | 2026-07-01
            between 2019 and 2021 | 2019-01-01 | 2022-01-01
            between November and February | 2025-11-01 | 2026-03-01
            from 3 May to 8 May | 2026-05-03 | 2026-05-09
            from March until May 2026 | 2026-03-01 | 2026-06-01
            from 2019 through 2020 | 2019-01-01 | 2021-01-01
            from Monday to Tuesday | 2026-10-12 | 2026-10-14
            from Monday to Wednesday | 2026-10-05 | 2026-10-08
            between last Friday and Tuesday | 2026-10-09 | 2026-10-14
            from Sunday to yesterday | 2026-10-11 | 2026-10-14
            from 3 May to 8 May 2024 | 2024-05-03 | 2024-05-09
            from November to 2020 | 2020-11-01 | 2021-01-01
            from late November to early February | 2025-11-21 | 2026-02-10
            from winter to spring | 2025-12-01 | 2026-06-01
            2024-05-10 to 2024-05-08 | 2024-05-08 | 2024-05-11
            between 2021 and 2019 | 2019-01-01 | 2022-01-01
            between yesterday and last week | 2026-10-05 | 2026-10-14
            2024-05-08/2024-05-10 | 2024-05-08 | 2024-05-11
            2024-05-08 to 2024-05-10 | 2024-05-08 | 2024-05-11
            3 May - 8 May 2026 | 2026-05-03 | 2026-05-09
            on 2024-05-08T10:00:00Z | 2024-05-08 | 2024-05-09
            in 2024-05 | 2024-05-01 | 2024-06-01
            on 8.5.2024 | 2024-05-08 | 2024-05-09
            in the last 3 days | 2026-10-12 | 2026-10-15
            in the last three weeks | 2026-09-24 | 2026-10-15
            over the past two months | 2026-08-15 | 2026-10-15
            during the last few days | 2026-10-12 | 2026-10-15
            in the past couple of weeks | 2026-10-01 | 2026-10-15
            in the last 10 years | 2016-10-15 | 2026-10-15
            within the last year | 2025-01-01 | 2026-01-01
            in early 2024 | 2024-01-01 | 2024-05-01
            in mid-2024 | 2024-05-01 | 2024-09-01
            in late 2024 | 2024-09-01 | 2025-01-01
            early last year | 2025-01-01 | 2025-05-01
            late May | 2026-05-21 | 2026-06-01
            in early June 2023 | 2023-06-01 | 2023-06-11
            in mid May | 2026-05-11 | 2026-05-21
            at the end of 2025 | 2025-09-01 | 2026-01-01
            at the beginning of March | 2026-03-01 | 2026-03-11
            in the middle of last month | 2026-09-11 | 2026-09-21
            since early 2026 | 2026-01-01 |
            this weekend | 2026-10-17 | 2026-10-19
            past weekend | 2026-10-10 | 2026-10-12
            in Q1 2024 | 2024-01-01 | 2024-04-01
            Q4 2025 | 2025-10-01 | 2026-01-01
            in the first quarter of 2026 | 2026-01-01 | 2026-04-01
            in the third quarter | 2026-07-01 | 2026-10-01
            last quarter | 2026-07-01 | 2026-10-01
            this quarter | 2026-10-01 | 2027-01-01
            in the 1990s | 1990-01-01 | 2000-01-01
            in the 90s | 1990-01-01 | 2000-01-01
            in the 2010s | 2010-01-01 | 2020-01-01
            last decade | 2010-01-01 | 2020-01-01
            the day before 8 May 2023 | 2023-05-07 | 2023-05-08
            the day after Christmas 2023 | 2023-12-27 | 2023-12-28
            two days after 3 June | 2026-06-05 | 2026-06-06
            the day before yesterday | 2026-10-12 | 2026-10-13
            a week before 2024-05-08 | 2024-04-28 | 2024-05-05
            two weeks after May 8, 2023 | 2023-05-19 | 2023-05-26
            the month before June 2023 | 2023-04-16 | 2023-05-17
            on Christmas | 2025-12-24 | 2025-12-27
            on Christmas Eve 2023 | 2023-12-24 | 2023-12-25
            on New Year's Eve | 2025-12-31 | 2026-01-01
            on New Year's Day 2024 | 2024-01-01 | 2024-01-02
            at Halloween | 2025-10-31 | 2025-11-01
            on Valentine's Day | 2026-02-14 | 2026-02-15
            last summer | 2026-06-01 | 2026-09-01
            in the summer of 2024 | 2024-06-01 | 2024-09-01
            in spring 2025 | 2025-03-01 | 2025-06-01
            last winter | 2025-12-01 | 2026-03-01
            this autumn | 2026-09-01 | 2026-12-01
            last fall | 2025-09-01 | 2025-12-01
            last night | 2026-10-13 | 2026-10-14
            this morning | 2026-10-14 | 2026-10-15
            tonight | 2026-10-14 | 2026-10-15
            the other day | 2026-10-07 | 2026-10-15
            on Monday | 2026-10-12 | 2026-10-13
            this Friday | 2026-10-09 | 2026-10-10
            a month ago | 2026-08-30 | 2026-09-30
            a year ago | 2025-04-14 | 2026-04-16
            a couple of days ago | 2026-10-12 | 2026-10-13
            a few weeks ago | 2026-09-20 | 2026-09-27
            ten days ago | 2026-10-04 | 2026-10-05
            in May of last year | 2025-05-01 | 2025-06-01
            in September | 2026-09-01 | 2026-10-01
            in Sept. 2025 | 2025-09-01 | 2025-10-01
            on the 14th of February 2025 | 2025-02-14 | 2025-02-15
            on Feb 29 | 2024-02-29 | 2024-03-01
            previous month | 2026-09-01 | 2026-10-01
            past year | 2025-01-01 | 2026-01-01
            during 2023 | 2023-01-01 | 2024-01-01
            What did the crew paint since May 2026 | 2026-05-01 |
            Who called by Tuesday | | 2026-10-14
            """)
    void timeExpressionsAreResolvedAgainstTheQueryTime(String question, LocalDate first, LocalDate beyond) {
        assertThat(TimeExpressions.of(question, NOW, ZoneOffset.UTC))
                .containsExactly(new TimeExpressions.Range(
                        first == null ? TimeExpressions.FIRST_DAY : first,
                        beyond == null ? TimeExpressions.BEYOND_ALL : beyond));
    }

    @Test
    void daysBetweenWeekdaysAreTheLatestThatHavePassed() {
        var today = LocalDate.of(2026, 10, 12);
        for (LocalDate asked = today; asked.isBefore(today.plusWeeks(1)); asked = asked.plusDays(1)) {
            for (DayOfWeek first : DayOfWeek.values()) {
                for (DayOfWeek last : DayOfWeek.values()) {
                    String question = "What did I do from %s to %s?".formatted(first, last);
                    LocalDate end = asked.with(TemporalAdjusters.previous(last));
                    LocalDate begin = end.with(TemporalAdjusters.previous(first));
                    assertThat(TimeExpressions.of(
                                    question, asked.atTime(12, 0).toInstant(ZoneOffset.UTC), ZoneOffset.UTC))
                            .as(question + " asked on a " + asked.getDayOfWeek())
                            .containsExactly(new TimeExpressions.Range(begin, end.plusDays(1)));
                }
            }
        }
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
                "by the sea",
                "the last three of them",
                "in the middle of nowhere",
                "for a year",
                "Where does the summer house stand?",
                "What is new?"
            })
    void textWithoutATimeExpressionYieldsNoRange(String question) {
        assertThat(TimeExpressions.of(question, NOW, ZoneOffset.UTC)).isEmpty();
    }

    @Test
    void severalTimeExpressionsYieldSeveralRanges() {
        assertThat(TimeExpressions.of("Was it on 1 May 2026 or on 3 June 2026?", NOW, ZoneOffset.UTC))
                .hasSize(2);
    }

    @Test
    void daysBeginInTheTimeZoneOfTheQuery() {
        ZoneId auckland = ZoneId.of("Pacific/Auckland"); // 13 hours ahead of UTC in October
        TimeExpressions.Range today = TimeExpressions.of("today", NOW, auckland).getFirst();
        assertThat(today.first()).isEqualTo("2026-10-15");
        assertThat(today.holds(Instant.parse("2026-10-14T11:00:00Z").toEpochMilli()))
                .isTrue();
        assertThat(today.holds(Instant.parse("2026-10-14T10:59:59Z").toEpochMilli()))
                .isFalse();
    }

    @Test
    void timeExpressionAnchoredToAnEventIsParsed() {
        TimeExpressions.AnchoredTime anchored = TimeExpressions.anchored(
                        "What did she buy two weeks before the trip to Porto?", NOW, ZoneOffset.UTC)
                .orElseThrow();
        assertThat(anchored.event()).isEqualTo("the trip to Porto");
        assertThat(anchored.from(Instant.parse("2026-09-24T10:00:00Z")))
                .isEqualTo(new TimeExpressions.Range(LocalDate.parse("2026-09-07"), LocalDate.parse("2026-09-14")));
        assertThat(TimeExpressions.anchored("the day after her birthday", NOW, ZoneOffset.UTC)
                        .orElseThrow()
                        .amount())
                .isEqualTo(1);
        assertThat(TimeExpressions.anchored("two weeks ago", NOW, ZoneOffset.UTC))
                .isEmpty();
        assertThat(List.of(TimeExpressions.anchored("before the trip", NOW, ZoneOffset.UTC)))
                .allMatch(java.util.Optional::isEmpty);
    }

    @ParameterizedTest
    @ValueSource(strings = {"the day before ", "early ", "between 2 May and ", "last 3 days ", "since ", "a "})
    void longRepetitionsAreRead(String part) {
        assertThat(TimeExpressions.of(part.repeat(5_000) + "May 2026", NOW, ZoneOffset.UTC))
                .isNotNull();
    }
}
