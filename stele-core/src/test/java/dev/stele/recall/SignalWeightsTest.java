package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.analysis.TextTraits;
import dev.stele.recall.Fusion.Signal;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignalWeightsTest {

    private static float weight(float medianLength) {
        return SignalWeights.of(true, true, medianLength, Map.of()).of(Signal.TURN);
    }

    @Test
    void weightsOfMessagesOfMediumLengthLieBetweenThoseOfBriefAndLongOnes() {
        assertThat(weight(0)).isEqualTo(weight(20));
        assertThat(weight(60)).isEqualTo(weight(10_000)).isGreaterThan(weight(20));
        assertThat(weight(40)).isEqualTo((weight(20) + weight(60)) / 2, Offset.offset(1e-5f));
    }

    @Test
    void signalsThatAQueryDoesNotUseHaveNoWeight() {
        assertThat(SignalWeights.of(true, false, 30, Map.of()).of(Signal.MEANING))
                .isZero();
        assertThat(SignalWeights.of(false, true, 30, Map.of()).of(Signal.COVERED))
                .isZero();
    }

    @Test
    void weightsOfTheQueryReplaceTheDefaults() {
        SignalWeights weights = SignalWeights.of(true, true, 30, Map.of("turn", 7.0, "recency", 2.0));
        assertThat(weights.of(Signal.TURN)).isEqualTo(7);
        assertThat(weights.of(Signal.RECENCY, 0.5f)).isEqualTo(2);
        assertThat(weights.of(Signal.PHRASE)).isEqualTo(1.5f);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "What did you suggest for the garden?",
                "Which book had you recommended?",
                "What was it that you told me about tides?",
                "Remind me of your advice on the lease."
            })
    void questionsAboutAReplyAskForTheAssistant(String question) {
        assertThat(TextTraits.asksForReply(question)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "What would you suggest for the garden?",
                "Which tea do I like?",
                "When you are in Porto, where do you eat?",
                "Which libraries are used in this project?"
            })
    void otherQuestionsDoNot(String question) {
        assertThat(TextTraits.asksForReply(question)).isFalse();
    }
}
