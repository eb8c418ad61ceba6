package dev.stele.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.NotFoundException;
import dev.stele.support.Threads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeysTest {

    @TempDir
    Path data;

    @Test
    void keyIsValidUntilRevokedAndItsSecretIsNotStored() throws Exception {
        var keys = new ApiKeys(data);
        var created = keys.create("laptop", Scope.WRITE, List.of("kira"));
        assertThat(keys.check(created.text())).contains(created.key());
        assertThat(created.key().reaches(new AgentName("kira"))).isTrue();
        assertThat(created.key().reaches(new AgentName("other"))).isFalse();
        String secret = created.text().split("_", -1)[2];
        try (var files = Files.list(data)) {
            for (Path file : files.toList()) {
                assertThat(Files.readString(file)).doesNotContain(secret);
            }
        }
        assertThat(keys.check(created.text() + "0")).isEmpty();
        assertThat(keys.check(created.text().replace(secret, "0".repeat(secret.length()))))
                .isEmpty();
        assertThat(keys.check("")).isEmpty();
        assertThat(keys.check("stele_x_y")).isEmpty();

        new ApiKeys(data).revoke(created.key().id()); // as another process would
        assertThat(keys.check(created.text())).isEmpty();
        assertThatThrownBy(() -> keys.revoke("absent")).isInstanceOf(NotFoundException.class);
    }

    @Test
    void keyFilesAreReadableByTheirOwnerOnly() throws Exception {
        new ApiKeys(data).create("laptop", Scope.READ, List.of());
        for (String name : List.of("keys.json", "keys.pepper")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(name))))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void concurrentlyCreatedKeysAreAllStored() throws Exception {
        var texts = Threads.atOnce(
                20,
                i -> () -> new ApiKeys(data)
                        .create("key " + i, Scope.READ, List.of())
                        .text());
        var keys = new ApiKeys(data);
        assertThat(keys.list()).hasSize(20);
        assertThat(texts).allSatisfy(text -> assertThat(keys.check(text)).isPresent());
    }

    @Test
    void invalidScopesLabelsAndAgentsAreReported() {
        assertThatThrownBy(() -> Scope.of("root"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("root");
        assertThatThrownBy(() -> new ApiKeys(data).create(" ", Scope.READ, List.of()))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> new ApiKeys(data).create("x", Scope.READ, List.of("a/b")))
                .isInstanceOf(InvalidInputException.class);
        assertThat(new ApiKeys(data).list()).isEmpty();
    }
}
