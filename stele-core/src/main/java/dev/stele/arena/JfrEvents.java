package dev.stele.arena;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** What arenas tell the JDK's flight recorder. Costs nothing while nothing is recorded. */
final class JfrEvents {

    private JfrEvents() {}

    /** What concerns one block, there or only asked for. */
    abstract static class OfBlock extends Event {
        @Label("Kind")
        String kind = "";

        @Label("Owner")
        String owner = "";

        @Label("Size")
        @DataAmount
        long bytes;

        final void concerns(ArenaKind ofKind, String ofOwner, long size) {
            kind = ofKind.word();
            owner = ofOwner;
            bytes = size;
        }
    }

    /** One of many allocations, with the place in the program that asked for it. */
    @Name("dev.stele.ArenaAllocation")
    @Label("Arena Allocation Sample")
    @Category({"Stele", "Arenas"})
    @Description("One of many allocations, taken while profiling is on")
    static final class Allocation extends OfBlock {}

    /** An allocation that found no room. */
    @Name("dev.stele.ArenaRefusal")
    @Label("Arena Refusal")
    @Category({"Stele", "Arenas"})
    @Description("An allocation that found no room in a budget")
    static final class Refusal extends OfBlock {}

    /** A block that was never released. */
    @Name("dev.stele.ArenaLeak")
    @Label("Arena Leak")
    @Category({"Stele", "Arenas"})
    @Description("A block that was lost without release and taken back")
    @StackTrace(false)
    static final class Leak extends OfBlock {
        @Label("Allocated At")
        String site = "";
    }

    /** Free memory given back to the system. */
    @Name("dev.stele.ArenaPurge")
    @Label("Arena Purge")
    @Category({"Stele", "Arenas"})
    @StackTrace(false)
    static final class Purge extends Event {
        @Label("Kind")
        String kind = "";

        @Label("Given Back")
        @DataAmount
        long bytes;
    }
}
