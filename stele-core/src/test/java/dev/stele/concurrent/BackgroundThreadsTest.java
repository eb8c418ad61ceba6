package dev.stele.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class BackgroundThreadsTest {

    @Test
    @EnabledOnOs(OS.LINUX)
    void backgroundThreadsHaveLowPriorityAndOthersKeepTheirs() throws Exception {
        var nice = new AtomicInteger();
        BackgroundThreads.run("stele-test", () -> nice.set(nice()));
        assertThat(nice).hasValue(10);
        assertThat(nice()).isZero();
    }

    /** Of this thread, as the kernel has it. */
    private static int nice() {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            // After the name, which may hold anything, comes the third field; this is the nineteenth.
            return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void onlyBackgroundThreadsAreReportedAsBackground() throws Exception {
        var here = new AtomicBoolean();
        BackgroundThreads.run("stele-test", () -> here.set(BackgroundThreads.isHere()));
        assertThat(here).isTrue();
        assertThat(BackgroundThreads.isHere()).isFalse();
        Thread.ofVirtual().start(() -> here.set(BackgroundThreads.isHere())).join();
        assertThat(here).isFalse();
    }

    @Test
    void interruptedCallerInterruptsTheWorkAndWaitsForItsEnd() throws Exception {
        var begun = new CountDownLatch(1);
        var ended = new AtomicBoolean();
        var told = new AtomicBoolean();
        Thread caller = Thread.ofVirtual().start(() -> {
            assertThatThrownBy(() -> BackgroundThreads.run("stele-test", () -> {
                        begun.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            ended.set(true);
                        }
                    }))
                    .isInstanceOf(InterruptedException.class);
            told.set(ended.get());
        });
        begun.await();
        caller.interrupt();
        caller.join();
        assertThat(told).isTrue();
    }
}
