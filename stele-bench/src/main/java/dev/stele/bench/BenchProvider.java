package dev.stele.bench;

import dev.stele.cli.CommandProvider;

/** Adds {@code stele bench}. */
public final class BenchProvider implements CommandProvider {

    @Override
    public String name() {
        return "bench";
    }

    @Override
    public Object command() {
        return new BenchCommand();
    }
}
