package dev.stele.server.support;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Failures of the pages of a test: exceptions of scripts, violations of the content policy, and responses with a status
 * that no request of a page should get. Used by one thread.
 */
public final class PageWatch {

    private final IntPredicate wrongStatus;
    private final List<String> failures = new ArrayList<>();

    /** @param wrongStatus accepts the status codes that are failures */
    public PageWatch(IntPredicate wrongStatus) {
        this.wrongStatus = wrongStatus;
    }

    /** Collects the failures of a page from now on, and returns the page. */
    public Page watch(Page page) {
        page.onPageError(failures::add);
        page.onResponse(response -> {
            if (wrongStatus.test(response.status())) {
                failures.add(response.request().method() + " " + response.url() + " " + response.status());
            }
        });
        page.onConsoleMessage(message -> {
            if (message.text().contains("Content Security Policy")
                    || message.text().contains("Refused to")) {
                failures.add(message.text());
            }
        });
        return page;
    }

    /** Returns the failures so far; a test may remove those that it provoked. */
    public List<String> failures() {
        return failures;
    }

    /** Returns the button of a name. */
    public static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }
}
