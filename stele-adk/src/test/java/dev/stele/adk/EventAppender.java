package dev.stele.adk;

import com.google.adk.events.Event;
import com.google.adk.sessions.Session;
import com.google.genai.types.Content;
import com.google.genai.types.Part;
import dev.stele.Stele;
import dev.stele.support.Stores;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Process that appends events to a session and prints the id of each when it is durable, until it is killed. */
final class EventAppender {

    static final String APP = "planner";

    private EventAppender() {}

    /**
     * Appends without end.
     *
     * @param arguments data directory, and a name that is part of the ids of the events
     */
    public static void main(String[] arguments) {
        try (var stele = Stele.open(Stores.at(Path.of(arguments[0])), Optional.empty())) {
            var sessions = new SteleSessionService(stele);
            Session session =
                    sessions.getSession(APP, "ana", "s", Optional.empty()).blockingGet();
            if (session == null) {
                session = sessions.createSession(APP, "ana", Map.of(), "s").blockingGet();
            }
            for (int i = 0; ; i++) {
                Event event = Event.builder()
                        .id(arguments[1] + i)
                        .author("user")
                        .invocationId("i")
                        .timestamp(i)
                        .content(Content.builder()
                                .role("user")
                                .parts(List.of(Part.fromText("text " + i)))
                                .build())
                        .build();
                sessions.appendEvent(session, event).ignoreElement().blockingAwait();
                System.out.println(event.id());
            }
        }
    }
}
