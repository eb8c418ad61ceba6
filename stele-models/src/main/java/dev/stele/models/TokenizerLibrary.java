package dev.stele.models;

/** Settings of the library of the tokenizers, which reads them when it is loaded. */
final class TokenizerLibrary {

    private TokenizerLibrary() {}

    /** Keeps the library offline, unless its properties are set already. Called before its first use. Idempotent. */
    static void configure() {
        // It would otherwise report its use to the address of a cloud's metadata service.
        setIfAbsent("OPT_OUT_TRACKING", "true");
        // Without this it looks for libraries of graphics processors and for newer versions of itself.
        setIfAbsent("ai.djl.offline", "true");
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
