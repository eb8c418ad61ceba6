package dev.stele.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.io.Secrets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An address of a database for people, and what others say of it. */
class DatabaseConfigTest {

    @ParameterizedTest
    @CsvSource({
        "jdbc:postgresql://ana:tea-and-milk@db:5432/stele, tea-and-milk",
        "jdbc:postgresql://ana:tea@milk/and@db:5432/stele, tea@milk/and",
        "jdbc:postgresql://ana:tea%40milk%2Fand@db:5432/stele, tea@milk/and",
        "jdbc:postgresql://:tea-and-milk@db/stele, tea-and-milk",
        "jdbc:postgresql://tea-and-milk@db/stele, tea-and-milk",
        "jdbc:postgresql://db/stele?user=ana&password=tea-and-milk, tea-and-milk",
        "jdbc:postgresql://db/stele?PassWord=tea%20and%20milk&user=ana, tea and milk",
        "jdbc:postgresql://db/stele?sslpassword=tea-and-milk, tea-and-milk",
        "jdbc:postgresql://ana:one-thing@db/stele?password=tea-and-milk, one-thing",
    })
    void passwordIsHiddenInTheConfigAndInDriverErrors(String url, String secret) {
        DatabaseConfig config = DatabaseConfig.at(url);
        assertThat(config.toString())
                .startsWith("jdbc:postgresql://")
                .contains("db")
                .doesNotContain(secret);
        assertThat(Secrets.hide("no connection to (" + secret + ")")).isEqualTo("no connection to ((hidden))");
    }

    @ParameterizedTest
    @CsvSource({"a:pw1@db, jdbc:postgresql://a:pw1@db/x", "ana:1@db, jdbc:postgresql://ana:1@db/x"})
    void shortPasswordIsHiddenTogetherWithItsUser(String part, String url) {
        assertThat(DatabaseConfig.at(url).toString()).isEqualTo("jdbc:postgresql://...@db/x");
        assertThat(Secrets.hide("no connection to " + part)).isEqualTo("no connection to (hidden)db");
    }

    @ParameterizedTest
    @CsvSource({
        "jdbc:postgresql://db:5432/stele",
        "jdbc:postgresql://db/stele?ssl=true&ApplicationName=x",
        "jdbc:postgresql://one:5432,two:5432/stele"
    })
    void urlWithoutAPasswordIsUnchanged(String url) {
        assertThat(DatabaseConfig.at(url).toString()).isEqualTo(url);
    }
}
