package dev.stele.server;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.Arenas;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * JUnit extension that checks after every test class that its servers released all memory of requests and responses.
 */
public final class ArenaLeakExtension implements BeforeAllCallback, AfterAllCallback {

    private static final List<ArenaKind> KINDS = List.of(ArenaKind.REQUEST, ArenaKind.RESPONSE);
    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(ArenaLeakExtension.class);

    @Override
    public void beforeAll(ExtensionContext context) {
        KINDS.forEach(kind -> context.getStore(NAMESPACE).put(kind, active(kind)));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        for (ArenaKind kind : KINDS) {
            long before = context.getStore(NAMESPACE).get(kind, Long.class);
            Awaitility.await(kind + " memory in use by " + context.getDisplayName())
                    .atMost(10, TimeUnit.SECONDS)
                    .until(() -> active(kind), active -> active <= before);
        }
    }

    private static long active(ArenaKind kind) {
        return Arenas.shared().stats(kind).active();
    }
}
