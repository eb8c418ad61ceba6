package dev.stele.vector;

/** Whether the JDK's module for vector instructions is there; it is when the JVM was told to add it. */
final class Simd {

    static final boolean PRESENT =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private Simd() {}
}
