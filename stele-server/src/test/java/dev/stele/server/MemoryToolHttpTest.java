package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.JsonObject;
import org.junit.jupiter.api.Test;

/** The memory tool over HTTP. */
class MemoryToolHttpTest extends ServerTestBase {

    private JsonObject run(String query, String input) throws Exception {
        var answer = http.post(KIRA + "/memory-tool" + query, input);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void inputOfAToolCallIsAnsweredWithTheFieldsOfItsResult() throws Exception {
        String create =
                "{\"command\":\"create\",\"path\":\"/memories/tea.md\",\"file_text\":\"Ana drinks green tea.\"}";
        JsonObject created = run("", create);
        assertThat(created.string("content")).isEqualTo("File created successfully at: /memories/tea.md");
        assertThat(created.optionalBoolean("is_error")).contains(false);
        JsonObject repeated = run("", create);
        assertThat(repeated.string("content")).isEqualTo("Error: File /memories/tea.md already exists");
        assertThat(repeated.optionalBoolean("is_error")).contains(true);
        assertThat(run("?user=ana", create).optionalBoolean("is_error")).contains(false);
        assertThat(run("?user=ana", "{\"command\":\"view\",\"path\":\"/memories\"}")
                        .string("content"))
                .endsWith("21B\t/memories\n21B\t/memories/tea.md");
        assertThat(http.post(KIRA + "/recall", "{\"query\":\"green tea\",\"filter\":{\"category\":\"file\"}}")
                        .json()
                        .objects("hits"))
                .extracting(hit -> hit.string("id"))
                .containsExactlyInAnyOrder("/memories/tea.md", "@ana/memories/tea.md");
        assertThat(http.get(KIRA + "/notes/%2Fmemories%2Ftea.md").json().optionalLong("version"))
                .contains(1L);
    }

    @Test
    void bodiesThatAreNoObjectAreProblems() throws Exception {
        for (String body : new String[] {"[]", "", "{", "\"view\""}) {
            assertThat(http.post(KIRA + "/memory-tool", body).status()).as(body).isEqualTo(400);
        }
        assertThat(http.post(KIRA + "/memory-tool?users=ana", "{}").status()).isEqualTo(400);
        assertThat(run("", "{}").optionalBoolean("is_error")).contains(true);
        assertThat(http.get(KIRA).status()).as("an agent after refusals only").isEqualTo(404);
    }
}
