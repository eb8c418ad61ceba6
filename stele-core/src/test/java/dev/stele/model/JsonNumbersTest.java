package dev.stele.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.support.Stores;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers in JSON keep their value, or are refused. */
class JsonNumbersTest {

    @TempDir
    Path data;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-1",
                "9223372036854775807",
                "-9223372036854775808",
                "9223372036854775808",
                "18446744073709551615",
                "-18446744073709551616",
                "340282366920938463463374607431768211456"
            })
    void integersKeepTheirDigits(String number) {
        assertThat(Json.write(Json.read("[" + number + "]"))).isEqualTo("[" + number + "]");
        assertThat(Json.write(Json.copy(new BigInteger(number)))).isEqualTo(number);
        assertThat(Json.copy(new BigDecimal(number))).isEqualTo(Json.read(number));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e999", "-1e999"})
    void numbersOutOfRangeAreRefusedByName(String number) {
        assertThatThrownBy(() -> Json.read("{\"size\": " + number + "}"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(number);
    }

    @Test
    void decimalsThatADoubleCannotHoldAreRefused() {
        assertThat(Json.copy(new BigDecimal("0.25"))).isEqualTo(0.25);
        assertThatThrownBy(() -> Json.copy(new BigDecimal("0.12345678901234567890123")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("0.12345678901234567890123");
    }

    @Test
    void longIntegersOfMetadataAndEntitiesAreStoredExactlyAndCompared() {
        BigInteger big = new BigInteger("18446744073709551615");
        try (Stele stele = Stele.open(Stores.at(data), Optional.empty())) {
            AgentMemory memory = stele.agent("kira");
            memory.remember(MessageDraft.user("s", "ana", "hello").withId("m").withMetadata(Map.of("serial", big)));
            assertThat(memory.message("m").orElseThrow().metadata()).containsEntry("serial", big);
            memory.graph()
                    .put(
                            EntityDraft.fromJson(
                                    Json.readObject(
                                            "entity",
                                            "{\"type\":\"device\",\"name\":\"one\",\"attributes\":{\"serial\":18446744073709551615}}")));
            memory.graph()
                    .put(
                            EntityDraft.fromJson(
                                    Json.readObject(
                                            "entity",
                                            "{\"type\":\"device\",\"name\":\"two\",\"attributes\":{\"serial\":18446744073709551614}}")));
            assertThat(memory.graph()
                            .query("MATCH (d) WHERE d.serial > 1.9e19 RETURN d.name")
                            .rows())
                    .isEmpty();
            assertThat(memory.graph()
                            .query("MATCH (d) RETURN d.name ORDER BY d.serial DESC")
                            .rows())
                    .isEqualTo(List.of(List.of("one"), List.of("two")));
            assertThatThrownBy(() -> memory.graph().query("MATCH (d) RETURN d.serial + 1"))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("beyond 64 bits");
        }
    }
}
