package dev.stele.vector;

/**
 * Availability of the JDK module for SIMD instructions. The module is present if the JVM was started with {@code
 * --add-modules jdk.incubator.vector}.
 */
final class Simd {

    static final boolean PRESENT =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private Simd() {}
}
