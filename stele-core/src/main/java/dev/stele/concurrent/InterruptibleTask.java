package dev.stele.concurrent;

/**
 * A task that others may interrupt while it runs on a thread of a pool, and only then: the interrupt reaches neither
 * the task that the thread ran before nor the one it runs next. A task that is interrupted before it begins still runs,
 * on an interrupted thread, so that what it holds is given back in one place. Thread-safe.
 */
public final class InterruptibleTask implements Runnable {

    private final Runnable work;
    private final InterruptibleSection section = new InterruptibleSection();

    public InterruptibleTask(Runnable work) {
        this.work = work;
    }

    @Override
    public void run() {
        section.enter();
        try {
            work.run();
        } finally {
            section.leave();
        }
    }

    /** Interrupts the task now, or as soon as it begins; does nothing once it has ended. */
    public void interrupt() {
        section.interrupt();
    }
}
