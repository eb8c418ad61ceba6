package dev.stele.server;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.Arenas;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Checks after every class of tests that its servers gave back all memory of requests and answers. */
public final class MemoryIsGivenBack implements BeforeAllCallback, AfterAllCallback {

    private static final List<ArenaKind> KINDS = List.of(ArenaKind.REQUEST, ArenaKind.RESPONSE);
    private static final ExtensionContext.Namespace HERE = ExtensionContext.Namespace.create(MemoryIsGivenBack.class);

    @Override
    public void beforeAll(ExtensionContext context) {
        KINDS.forEach(kind -> context.getStore(HERE).put(kind, active(kind)));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        for (ArenaKind kind : KINDS) {
            long before = context.getStore(HERE).get(kind, Long.class);
            Awaitility.await(kind + " memory in use by " + context.getDisplayName())
                    .atMost(10, TimeUnit.SECONDS)
                    .until(() -> active(kind), active -> active <= before);
        }
    }

    private static long active(ArenaKind kind) {
        return Arenas.shared().stats(kind).active();
    }
}
