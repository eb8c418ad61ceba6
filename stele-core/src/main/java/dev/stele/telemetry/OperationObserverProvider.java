package dev.stele.telemetry;

import java.util.Optional;
import java.util.ServiceLoader;

/** Service provider of an observer. {@link ServiceLoader} finds implementations. */
public interface OperationObserverProvider {

    /**
     * Returns an observer.
     *
     * @param content whether the observer may record texts of queries and items
     */
    OperationObserver observer(boolean content);

    /**
     * Returns the observer of the first provider on the class path; empty if there is none.
     *
     * @param content whether the observer may record texts of queries and items
     */
    static Optional<OperationObserver> find(boolean content) {
        return ServiceLoader.load(OperationObserverProvider.class, OperationObserverProvider.class.getClassLoader())
                .findFirst()
                .map(provider -> provider.observer(content));
    }
}
