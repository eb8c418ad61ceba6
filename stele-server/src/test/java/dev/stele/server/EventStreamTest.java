package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class EventStreamTest {

    @Test
    @Timeout(30)
    void failureOfTheWorkEndsAStreamWhoseQueueIsFull() throws Exception {
        var failed = new CountDownLatch(1);
        var released = new AtomicInteger();
        try (var threads = Executors.newCachedThreadPool()) {
            Reply.Stream stream = EventStream.of(
                    task -> threads.execute(() -> {
                        task.run();
                        failed.countDown();
                    }),
                    sink -> {
                        for (int i = 0; i <= 1_024; i++) { // one is being written
                            sink.send("delta", Map.of("number", i));
                        }
                        throw new IllegalStateException("the disk is full");
                    },
                    new Permit(released::incrementAndGet));
            var bytes = new ByteArrayOutputStream();
            stream.writer().writeTo(new OutputStream() {
                @Override
                public void write(int value) {
                    write(new byte[] {(byte) value}, 0, 1);
                }

                @Override
                public void write(byte[] from, int offset, int length) {
                    try {
                        assertThat(failed.await(20, TimeUnit.SECONDS)).isTrue(); // a client that does not read
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    bytes.write(from, offset, length);
                }
            });
            assertThat(bytes.toString(StandardCharsets.UTF_8))
                    .contains("event: error")
                    .doesNotContain("event: done");
        }
        assertThat(released).hasValue(1);
    }

    @Test
    void permitIsReleasedIfNoThreadCanBeStarted() {
        var released = new AtomicInteger();
        Reply.Stream stream = EventStream.of(
                _ -> {
                    throw new OutOfMemoryError("unable to create native thread");
                },
                _ -> Map.of(),
                new Permit(released::incrementAndGet));
        assertThatThrownBy(() -> stream.writer().writeTo(OutputStream.nullOutputStream()))
                .isInstanceOf(OutOfMemoryError.class);
        assertThat(released).hasValue(1);
    }
}
