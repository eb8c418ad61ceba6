package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stele.Stele;
import dev.stele.cli.config.Settings;
import dev.stele.config.SteleConfig;
import dev.stele.model.InvalidInputException;
import dev.stele.server.SteleServer;
import dev.stele.server.support.TestOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server that a command asks, by the settings of its address. */
class RunningServerTest {

    @TempDir
    Path data;

    private RunningServer at(String host, int port) {
        return new RunningServer(
                Settings.load(
                        Optional.empty(),
                        Map.of(),
                        Map.of("data", data.toString(), "server.host", host, "server.port", String.valueOf(port))),
                Optional.empty());
    }

    private static boolean isIpv6Available() {
        try (var _ = new ServerSocket(0, 1, InetAddress.ofLiteral("::1"))) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void addressOfIpv6IsInBrackets() {
        assertThat(RunningServer.address("::1", 7077)).isEqualTo("http://[::1]:7077");
        assertThat(RunningServer.address("127.0.0.1", 7077)).isEqualTo("http://127.0.0.1:7077");
        assertThat(RunningServer.address("localhost", 80)).isEqualTo("http://localhost:80");
    }

    @Test
    void serverOnIpv6IsFound() {
        assumeTrue(isIpv6Available(), "this machine has no IPv6");
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty());
                var server =
                        new SteleServer(stele, TestOptions.small().host("::1").build())) {
            assertThat(at("::1", server.port()).get("/v1/arenas").names()).isNotEmpty();
        }
    }

    @Test
    void hostThatIsNoneIsNamed() {
        assertThatThrownBy(() -> at("a b", 7077).get("/v1/arenas"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("server.host is \"a b\"");
    }
}
