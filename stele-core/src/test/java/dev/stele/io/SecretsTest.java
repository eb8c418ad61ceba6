package dev.stele.io;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Incorrect API key provided: sk-proj-abcDEF0123456789. You can find your key | sk-proj-abcDEF0123456789",
                "Authorization: Bearer abcdef.123456 was refused | abcdef.123456",
                "GET /v1?key=AIzaSyA1234567890abcdefghijk failed | AIzaSyA1234567890abcdefghijk",
                "jdbc:postgresql://ana:hunter2@db:5432/stele | hunter2",
                "jdbc:postgresql://db/stele?user=ana&password=hunter22&ssl=true | hunter22",
                "{\"api_key\": \"0123456789abcdef\", \"model\": \"m\"} | 0123456789abcdef",
                "x-api-key: zzz999yyy888 | zzz999yyy888",
                "key stele_0123456789ab_00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff | 00112233445566778899",
                "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl | c2lnbmF0dXJl",
                "password = \"p4ss word\" | p4ss",
            })
    void textThatLooksLikeASecretIsHidden(String text, String secret) {
        assertThat(Secrets.hide(text)).doesNotContain(secret).contains("(hidden)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "No turn to write agent kira within 30 s: 5 writes wait here.",
                "The key \"laptop\" may read; this needs write.",
                "jdbc:postgresql://db:5432/stele",
                "http://127.0.0.1:7077/v1/agents",
                "There is no message \"01m8k5advevtde7myrzzkmmn9t\".",
                "The basic idea of bearers is simple.",
            })
    void textWithoutSecretsIsUnchanged(String text) {
        assertThat(Secrets.hide(text)).isEqualTo(text);
    }

    @Test
    void registeredSecretOfAnyFormIsHidden() {
        Secrets.register("correct horse battery");
        Secrets.register(" ");
        Secrets.register("ab");
        assertThat(Secrets.hide("it said: correct horse battery, twice: correct horse battery; ab"))
                .isEqualTo("it said: (hidden), twice: (hidden); ab");
    }

    @Test
    @Timeout(60)
    void hostileTextIsProcessedInLinearTime() {
        for (String part :
                new String[] {"password=", "//a:b", "sk-", "eyJa.", "bearer ", "//:@", "key: \"", "bearer x1"}) {
            assertThat(Secrets.hide(part.repeat(2_000_000 / part.length())).length())
                    .isLessThan(1_000_000);
        }
    }
}
