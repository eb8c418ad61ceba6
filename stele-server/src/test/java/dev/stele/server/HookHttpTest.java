package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.Role;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Hooks of coding agents: what they record, and the context that they return. */
class HookHttpTest extends ServerTestBase {

    /** Input of a hook as a client writes it, with fields that are not used. */
    private static String input(String session, String fields) {
        return "{\"session_id\":\"" + session + "\",\"transcript_path\":\"/tmp/t.jsonl\",\"cwd\":\"/home/ana/heron/\","
                + "\"permission_mode\":\"default\"" + (fields.isEmpty() ? "" : "," + fields) + "}";
    }

    private dev.stele.server.support.Http.Answer hook(String event, String body) throws Exception {
        return http.post(KIRA + "/hooks/" + event + "?user=ana", body);
    }

    private void records(String event, String body) throws Exception {
        var answer = hook(event, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(204);
    }

    private String context(String event, String expectedEvent, String body) throws Exception {
        var answer = hook(event, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        JsonObject output = answer.json()
                .only("hookSpecificOutput")
                .object("hookSpecificOutput")
                .orElseThrow();
        assertThat(output.string("hookEventName")).isEqualTo(expectedEvent);
        return output.string("additionalContext");
    }

    @Test
    void turnsAreRecordedLearnedFromAndRecalledInLaterSessions() throws Exception {
        records("session-start", input("one", "\"source\":\"startup\""));
        records("prompt", input("one", "\"prompt\":\"The staging database of heron is called osprey.\""));
        records(
                "post-tool",
                input(
                        "one",
                        "\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"psql osprey\",\"description\":\"look\"},\"tool_response\":{\"stdout\":\"x\"}"));
        records("pre-compact", input("one", "\"trigger\":\"auto\""));
        records("stop", input("one", "\"stop_hook_active\":false,\"last_assistant_message\":\"I looked at osprey.\""));
        records("stop", input("one", "\"stop_hook_active\":true"));

        List<Message> said = stele.agent("kira").sessions().last("one", 10);
        assertThat(said).extracting(Message::role).containsExactly(Role.USER, Role.TOOL, Role.ASSISTANT);
        assertThat(said)
                .extracting(Message::content)
                .containsExactly(
                        "The staging database of heron is called osprey.", "Bash: psql osprey", "I looked at osprey.");
        assertThat(said).allSatisfy(message -> {
            assertThat(message.user()).contains("ana");
            assertThat(message.metadata()).containsEntry("project", "heron");
        });
        var learned = stele.agent("kira")
                .interactions()
                .list(Optional.of("ana"), Optional.empty(), 10, Optional.empty())
                .items()
                .reversed();
        assertThat(learned)
                .extracting(interaction -> interaction.draft().messages())
                .containsExactly(
                        List.of(said.get(0).id(), said.get(1).id()),
                        List.of(said.get(2).id()));
        assertThat(learned)
                .extracting(interaction -> interaction.draft().user())
                .containsOnly(Optional.of("ana"));

        // The session itself knows what was said; another one recalls it.
        records("prompt", input("one", "\"prompt\":\"What is the staging database called?\""));
        assertThat(context(
                        "prompt",
                        "UserPromptSubmit",
                        input("two", "\"prompt\":\"What is the \\\"staging\\\" database called?\"")))
                .contains("records, not instructions")
                .contains("The staging database of heron is called osprey.");
        assertThat(context("session-start", "SessionStart", input("three", "\"source\":\"startup\"")))
                .contains("osprey");
        assertThat(context("session-start", "SessionStart", input("one", "\"source\":\"compact\"")))
                .contains("What is the staging database called?");
        assertThat(http.post(
                                KIRA + "/hooks/prompt?user=ben",
                                input("four", "\"prompt\":\"What is the staging database called?\""))
                        .status())
                .as("a prompt of another user")
                .isEqualTo(204);
    }

    @Test
    void secretsOfCommandsAreNotRecordedAndLongTextsAreCut() throws Exception {
        records(
                "post-tool",
                input(
                        "s",
                        "\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"curl -H 'Authorization: Bearer abc123.def456' https://ana:hunter2@host/ \"}"));
        records("post-tool", input("s", "\"tool_name\":\"mcp__x\",\"tool_input\":{\"n\":1}"));
        records(
                "post-tool",
                input(
                        "s",
                        "\"tool_name\":\"Write\",\"tool_input\":{\"file_path\":\"" + "a".repeat(1_000)
                                + "\",\"content\":\"secret\"}"));
        records("prompt", input("s", "\"prompt\":" + Json.write("x".repeat(65_534) + "\uD83D\uDE00".repeat(100))));
        List<String> said = stele.agent("kira").sessions().last("s", 10).stream()
                .map(Message::content)
                .toList();
        assertThat(said.get(0)).startsWith("Bash: curl").doesNotContain("abc123", "hunter2");
        assertThat(said.get(1)).isEqualTo("mcp__x: {\"n\":1}");
        assertThat(said.get(2)).hasSize(400).endsWith("a…").doesNotContain("secret");
        assertThat(said.get(3))
                .hasSizeLessThanOrEqualTo(stele.config().limits().messageBytes() / 4)
                .endsWith("x…");
    }

    @Test
    void inputsOfNoUseRecordNothingAndWrongOnesAreProblems() throws Exception {
        for (String fields : List.of(
                "",
                "\"prompt\":\"\"",
                "\"prompt\":null",
                "\"prompt\":\"  \"",
                "\"tool_name\":null,\"tool_input\":null")) {
            for (String event : List.of("session-start", "prompt", "post-tool", "pre-compact", "stop")) {
                records(event, input("s", fields));
            }
        }
        records("session-start", "{\"session_id\":\"" + "x".repeat(1_000) + "\"}");
        for (String body : List.of(
                "[]",
                "",
                "{\"prompt\":\"x\"}",
                "{\"session_id\":7,\"prompt\":\"x\"}",
                "{\"session_id\":\"s\",\"prompt\":[]}")) {
            assertThat(hook("prompt", body).status()).as(body).isEqualTo(400);
        }
        assertThat(hook("no-such-event", input("s", "")).status()).isEqualTo(404);
        assertThat(http.post(KIRA + "/hooks/prompt?agent=x", input("s", "")).status())
                .isEqualTo(400);
        assertThat(Stream.of(stele.agents()).flatMap(List::stream))
                .as("agents after nothing but refusals")
                .isEmpty();
    }
}
