package dev.stele.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.AgentName;
import org.junit.jupiter.api.Test;

class SessionOrderingTest {

    private static final AgentName KIRA = new AgentName("kira");

    private final SessionOrdering ordering = new SessionOrdering();

    @Test
    void messageWaitsForAllBeforeItAlsoIfOneInBetweenGaveUp() {
        SessionOrdering.Place first = ordering.take(KIRA, "s");
        SessionOrdering.Place second = ordering.take(KIRA, "s");
        SessionOrdering.Place third = ordering.take(KIRA, "s");
        second.close();
        SessionOrdering.Place fourth = ordering.take(KIRA, "s");
        third.close();
        fourth.close();
        SessionOrdering.Place fifth = ordering.take(KIRA, "s");
        assertThat(fifth.isNext()).isFalse();
        assertThat(ordering.take(KIRA, "other").isNext()).isTrue();
        first.close();
        assertThat(fifth.isNext()).isTrue();
        fifth.close();
        assertThat(ordering.take(KIRA, "s").isNext()).isTrue();
    }
}
