package dev.stele.server.support;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An installed Chromium that Playwright drives. Used by one thread. */
public final class Chromium implements AutoCloseable {

    private static final List<Path> EXECUTABLES = List.of(
            Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromium-browser"), Path.of("/usr/bin/google-chrome"));

    private final Playwright playwright;
    private final Browser browser;

    private Chromium(Path executable) {
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(executable)
                        .setArgs(List.of("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")));
    }

    /** Starts the installed Chromium; skips the test if there is none. */
    public static Chromium start() {
        Optional<Path> executable =
                EXECUTABLES.stream().filter(Files::isExecutable).findFirst();
        assumeTrue(
                executable.isPresent(),
                "The dashboard is not tested, because no Chromium is installed (Debian: apt install chromium).");
        return new Chromium(executable.orElseThrow());
    }

    /** Returns the browser. Its contexts do not share cookies. */
    public Browser browser() {
        return browser;
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
