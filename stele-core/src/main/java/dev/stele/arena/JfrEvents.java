package dev.stele.arena;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Events that arenas record in the JDK Flight Recorder. They cost nothing while no recording is active. */
final class JfrEvents {

    private JfrEvents() {}

    /** Base class of events about one block, allocated or only requested. */
    abstract static class OfBlock extends Event {
        @Label("Kind")
        String kind = "";

        @Label("Owner")
        String owner = "";

        @Label("Size")
        @DataAmount
        long bytes;

        final void concerns(ArenaKind ofKind, String ofOwner, long size) {
            kind = ofKind.label();
            owner = ofOwner;
            bytes = size;
        }
    }

    /** Event of one sampled allocation, with the place in the program that requested it. */
    @Name("dev.stele.ArenaAllocation")
    @Label("Arena Allocation Sample")
    @Category({"Stele", "Arenas"})
    @Description("One of many allocations, taken while profiling is on")
    static final class Allocation extends OfBlock {}

    /** Event of an allocation that a budget refused. */
    @Name("dev.stele.ArenaRefusal")
    @Label("Arena Refusal")
    @Category({"Stele", "Arenas"})
    @Description("An allocation that found no room in a budget")
    static final class Refusal extends OfBlock {}

    /** Event of a block that was never released. */
    @Name("dev.stele.ArenaLeak")
    @Label("Arena Leak")
    @Category({"Stele", "Arenas"})
    @Description("A block that was lost without release and taken back")
    @StackTrace(false)
    static final class Leak extends OfBlock {
        @Label("Allocated At")
        String site = "";
    }

    /** Event of free memory that was returned to the system. */
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
