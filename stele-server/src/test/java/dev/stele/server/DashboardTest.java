package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.InteractionDraft;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import dev.stele.server.support.TestOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard in Chromium. */
class DashboardTest {

    private static final String HOSTILE =
            "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script> likes tea";

    @TempDir
    Path work;

    @Test
    void dashboardShowsLearnedNotesAndEscapesHostileTextWhenKeysAreRequired() throws Exception {
        Optional<Path> chromium = Browser.installed();
        assumeTrue(chromium.isPresent(), "no Chromium is installed");
        Path data = work.resolve("data");
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
            var key = new ApiKeys(data).create("page", Scope.ADMIN, List.of());
            AgentMemory kira = stele.agent("kira");
            kira.notes().create(NoteDraft.of("preference", HOSTILE).withUser("ana"));
            kira.recordInteraction(
                    "ana",
                    List.of(MessageDraft.user("s", "ana", "I live in Lisbon.")),
                    Optional.of(InteractionDraft.of("chat", "ana")),
                    Optional.empty());
            kira.reflect();
            try (var server = new SteleServer(
                            stele, TestOptions.small().host("0.0.0.0").build());
                    var browser = new Browser(chromium.orElseThrow(), work.resolve("profile"))) {
                browser.open("http://127.0.0.1:" + server.port() + "/");
                shows(browser, "document.getElementById('key-form').hidden", "false");
                browser.run("document.getElementById('key').value = '" + key.text()
                        + "'; document.getElementById('key-form').requestSubmit()");
                shows(browser, "document.querySelector('#agents button')?.textContent", "kira");
                browser.run("document.querySelector('#agents button').click()");
                shows(browser, "document.getElementById('notes').textContent", "onerror=");
                shows(browser, "document.getElementById('notes').textContent", "ana lives in Lisbon.");
                shows(browser, "document.getElementById('interactions').textContent", "processed");
                browser.run("document.getElementById('user').value = 'ana';"
                        + " document.getElementById('whose').requestSubmit()");
                shows(browser, "document.getElementById('insights').textContent", "interactions chat 1");
                assertThat(browser.run("document.querySelectorAll('#notes img, #notes script').length"))
                        .contains("0");
                assertThat(browser.run("document.title")).contains("Stele");
                assertThat(browser.run("document.getElementById('problem').hidden"))
                        .contains("true");
            }
        }
    }

    private static void shows(Browser browser, String script, String what) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(browser.run(script)).contains(what));
    }
}
