package dev.stele;

import dev.stele.model.AgentName;
import dev.stele.model.Interaction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The lessons of one agent that are at work: of each user one at a time, in their order, and of different users at once. Where the next
 * one of a user stands is known from the one before, so that what one costs does not grow with how many wait. Run by one thread; others
 * tell it what was recorded.
 */
final class Lanes {

    /** Users whose interactions are looked at in one go. */
    static final int MOST = 64;

    private sealed interface News {
        /** A lesson ended, well or not. */
        record Done(Interaction interaction) implements News {}

        /** There is something to learn, of some lane or of any. */
        record Recorded(Optional<String> lane) implements News {}
    }

    private final Memory memory;
    private final AgentName agent;
    private final Consumer<Interaction> learn;
    private final BlockingQueue<News> news = new LinkedBlockingQueue<>();

    // The rest is only of the thread that runs this.
    private final Map<String, Thread> at = new HashMap<>();
    /** Whether more users wait than were looked at, whose turn is to come before the next of those that had theirs. */
    private boolean more;

    private long looked;
    private Instant next = Instant.MAX;

    /** @param learn learns from one interaction and throws nothing; ends soon when interrupted */
    Lanes(Memory memory, AgentName agent, Consumer<Interaction> learn) {
        this.memory = memory;
        this.agent = agent;
        this.learn = learn;
    }

    /** Says that something was recorded, in a lane or in any. Thread-safe. */
    void recorded(Optional<String> lane) {
        news.add(new News.Recorded(lane));
    }

    /**
     * Works until nothing is due; returns when the next one is, or the end of time. Begins nothing more once it may not go on;
     * what was begun then is waited for.
     */
    Instant run(BooleanSupplier mayGoOn) {
        try {
            boolean look = true;
            while (true) {
                boolean on = mayGoOn.getAsBoolean();
                if (!on) {
                    next = Instant.MAX;
                } else if (look) {
                    look();
                }
                if (at.isEmpty() && (look || !on)) {
                    return next;
                }
                look = await(on);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return next;
        } finally {
            // None is left but of who was interrupted, or could not read on: the lease is not to be let go of before
            // them.
            at.values().forEach(Thread::interrupt);
            at.values().forEach(Learning::join);
        }
    }

    private void look() {
        looked = System.nanoTime();
        next = Instant.MAX;
        List<Interaction> firsts = memory.read(agent, view -> view.reflection().firstPending(MOST));
        more = firsts.size() == MOST;
        firsts.forEach(this::begin);
    }

    private void begin(Interaction first) {
        if (first.notBefore().isAfter(Instant.now())) {
            next = first.notBefore().isBefore(next) ? first.notBefore() : next;
            return;
        }
        at.computeIfAbsent(
                Lesson.lane(first),
                _ -> Thread.ofVirtual().name("stele-lesson").start(() -> {
                    try {
                        learn.accept(first);
                    } finally {
                        news.add(new News.Done(first));
                    }
                }));
    }

    /** Waits for news and goes on in lanes that are free; returns whether all are to be looked at. */
    private boolean await(boolean on) throws InterruptedException {
        var done = new ArrayList<Interaction>();
        boolean look = false;
        for (News one = news.poll(Learning.LOOK.toMillis(), TimeUnit.MILLISECONDS); one != null; one = news.poll()) {
            switch (one) {
                case News.Done(Interaction interaction) -> {
                    at.remove(Lesson.lane(interaction));
                    done.add(interaction);
                }
                case News.Recorded(Optional<String> lane) ->
                    look |= lane.filter(at::containsKey).isEmpty();
            }
        }
        if (more) {
            look = at.size() <= MOST / 2;
        }
        look |= at.isEmpty() || System.nanoTime() - looked >= Learning.LOOK.toNanos();
        if (on && !look && !more) {
            follow(done);
        }
        return look;
    }

    private void follow(List<Interaction> done) {
        memory.<List<Interaction>>read(
                        agent,
                        view -> done.stream()
                                .flatMap(one -> view.reflection().pendingFrom(one).stream())
                                .toList())
                .forEach(this::begin);
    }
}
