package dev.stele.server.support;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Memory of an agent {@code kira} that fills every page of the dashboard. */
public final class DashboardData {

    /** Text that would run as a script if a page took it for markup. */
    public static final String HOSTILE =
            "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script> likes tea";

    private static final Instant START = Instant.parse("2026-05-04T08:30:00Z");

    private static final String[][] TALKS = {
        {
            "Lisbon",
            "I moved to Lisbon last week. The apartment is in Graça, close to the tram.",
            "Congratulations! How do you find the hills?",
            "Steep, but the view over the river pays for it. I walk to the office in forty minutes.",
            "Then you have earned your pastries. Shall I remember the address for deliveries?"
        },
        {
            "Marathon",
            "I signed up for the Porto marathon in November.",
            "That is a good goal. What is your longest run so far?",
            "Eighteen kilometers along the coast. My knee hurt afterwards.",
            "Let us plan a rest day after each long run, and ask your doctor about the knee.",
            "Doctor Pires says the knee is fine if I change my shoes."
        },
        {
            "Dinner",
            "Bruno comes for dinner on Friday. He does not eat fish.",
            "A mushroom risotto would suit. Do you have a large pan?",
            "Yes, and Bruno brings a bottle from his vineyard near Évora."
        },
        {
            "Piano",
            "My daughter Inês started to learn the piano with Marta.",
            "How old is Inês now?",
            "She is nine. Marta says she has a good ear, and they practice a piece by Satie."
        },
        {
            "Work",
            "The team at Atlas Robotics wants a demo of the gripper in June.",
            "Which part is not ready yet?",
            "The force sensor. Tomás works on it, and Atlas lends us a test bench.",
            "I will remind you of the demo two weeks before."
        }
    };

    private DashboardData() {}

    /** Stores the memory. */
    public static void fill(Stele stele) {
        AgentMemory kira = stele.agent("kira");
        for (int talk = 0; talk < TALKS.length; talk++) {
            String[] lines = TALKS[talk];
            var drafts = new ArrayList<MessageDraft>();
            for (int line = 1; line < lines.length; line++) {
                Role role = line % 2 == 1 ? Role.USER : Role.ASSISTANT;
                drafts.add(MessageDraft.of("ana-" + lines[0].toLowerCase(java.util.Locale.ROOT), role, lines[line])
                        .withUser("ana")
                        .withAt(START.plus(Duration.ofDays(talk / 2 * 3L))
                                .plus(Duration.ofHours(talk % 2 * 9L))
                                .plusSeconds(line * 95L)));
            }
            kira.remember(drafts);
            kira.sessions()
                    .change(
                            "ana-" + lines[0].toLowerCase(java.util.Locale.ROOT),
                            session -> session.withTitle(Optional.of(lines[0])));
        }
        kira.remember(
                List.of(MessageDraft.user("bruno-1", "bruno", "The harvest starts in September, weather permitting.")
                        .withAt(START.plus(Duration.ofDays(8)))));
        kira.remember(List.of(MessageDraft.user("bruno-2", "bruno", "I live in Évora and grow grapes.")
                .withAt(START.plus(Duration.ofDays(9)))));
        note(kira, "fact", "Ana lives in Lisbon, in the quarter Graça.", 0.97, "I moved to Lisbon last week.");
        note(kira, "preference", "Ana walks to work rather than take the tram.", 0.8, "I walk to the office");
        note(
                kira,
                "interest",
                "Ana trains for the Porto marathon in November.",
                0.92,
                "I signed up for the Porto marathon");
        note(kira, "behavior", "Ana plans meals around what her guests eat.", 0.55, "He does not eat fish.");
        note(kira, "learning", "Ana learns to judge force sensors.", 0.4, "The force sensor.");
        kira.notes().create(NoteDraft.of("preference", HOSTILE).withUser("ana"));
        kira.notes()
                .create(NoteDraft.of("preference", "Ana enjoys walks to work more than the tram.")
                        .withUser("ana"));
        for (int friendship : new int[] {6, 14, 21, 30}) {
            kira.users()
                    .patch(
                            "ana",
                            JsonObject.of("context", Map.of("friendship", friendship)),
                            java.util.OptionalLong.empty());
        }
        kira.users()
                .patch(
                        "ana",
                        JsonObject.of(
                                "context",
                                Map.of(
                                        "friendship",
                                        42,
                                        "trust",
                                        0.7,
                                        "traits",
                                        Map.of("curious", 0.8, "patient", 0.5),
                                        "preferences",
                                        Map.of("language", "Portuguese", "greeting", "Bom dia"))),
                        java.util.OptionalLong.empty());
        graph(kira);
        stele.agent("juno").notes().create(NoteDraft.of("fact", "Juno keeps the calendar of the team."));
    }

    private static void note(AgentMemory agent, String category, String text, double confidence, String evidence) {
        agent.notes()
                .create(NoteDraft.of(category, text)
                        .withUser("ana")
                        .withEvidence(List.of(evidence), List.of(), confidence));
    }

    private static void graph(AgentMemory kira) {
        String[][] entities = {
            {"Ana", "person"},
            {"Bruno", "person"},
            {"Inês", "person"},
            {"Marta", "person"},
            {"Tomás", "person"},
            {"Doctor Pires", "person"},
            {"Lisbon", "city"},
            {"Porto", "city"},
            {"Évora", "city"},
            {"Graça", "place"},
            {"Atlas Robotics", "company"},
            {"Gripper", "project"},
            {"Force sensor", "part"},
            {"Porto marathon", "event"},
            {"Vineyard", "place"},
            {"Piano", "hobby"},
            {"Portugal", "country"}
        };
        String[][] relations = {
            {"Ana", "lives_in", "Lisbon"},
            {"Graça", "part_of", "Lisbon"},
            {"Ana", "mother_of", "Inês"},
            {"Inês", "plays", "Piano"},
            {"Marta", "teaches", "Inês"},
            {"Ana", "friend_of", "Bruno"},
            {"Bruno", "owns", "Vineyard"},
            {"Vineyard", "near", "Évora"},
            {"Bruno", "lives_in", "Évora"},
            {"Ana", "trains_for", "Porto marathon"},
            {"Porto marathon", "takes_place_in", "Porto"},
            {"Doctor Pires", "treats", "Ana"},
            {"Ana", "works_on", "Gripper"},
            {"Tomás", "works_on", "Force sensor"},
            {"Force sensor", "part_of", "Gripper"},
            {"Atlas Robotics", "orders", "Gripper"},
            {"Tomás", "works_with", "Ana"},
            {"Lisbon", "city_of", "Portugal"},
            {"Porto", "city_of", "Portugal"},
            {"Évora", "city_of", "Portugal"}
        };
        var entityJson = new ArrayList<Map<String, ?>>();
        for (String[] entity : entities) {
            entityJson.add(Map.of(
                    "ref",
                    entity[0],
                    "name",
                    entity[0],
                    "type",
                    entity[1],
                    "observations",
                    List.of(entity[0] + " is a " + entity[1] + ".")));
        }
        var relationJson = new ArrayList<Map<String, ?>>();
        for (String[] relation : relations) {
            relationJson.add(Map.of("from", relation[0], "type", relation[1], "to", relation[2]));
        }
        kira.graph()
                .connect(
                        Json.readObject("graph", Json.write(Map.of("entities", entityJson, "relations", relationJson))),
                        Optional.empty());
    }
}
