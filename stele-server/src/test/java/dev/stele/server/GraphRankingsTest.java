package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.graph.EntityRanking;
import dev.stele.model.EntityDraft;
import dev.stele.model.InvalidInputException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rankings of graphs are kept up to their maximum, those used last; limits that cannot work are refused. */
class GraphRankingsTest {

    @TempDir
    Path data;

    @Test
    void rankingsUsedLastAreKept() {
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
            AgentMemory kira = stele.agent("kira");
            AgentMemory juno = stele.agent("juno");
            kira.graph().put(EntityDraft.of("person", "Ana"));
            juno.graph().put(EntityDraft.of("person", "Ben"));
            var one = new GraphRankings(1);
            EntityRanking ofKira = one.of(kira, Optional.empty());
            assertThat(one.of(kira, Optional.empty())).isSameAs(ofKira);
            EntityRanking ofJuno = one.of(juno, Optional.empty());
            assertThat(one.of(juno, Optional.empty())).isSameAs(ofJuno);
            assertThat(one.of(kira, Optional.empty())).isNotSameAs(ofKira);
            var two = new GraphRankings(2);
            ofKira = two.of(kira, Optional.empty());
            two.of(juno, Optional.empty());
            assertThat(two.of(kira, Optional.empty())).isSameAs(ofKira);
        }
    }

    @Test
    void limitsOutOfRangeAreRefusedWithTheirSetting() {
        var none = ServerOptions.builder();
        assertThatThrownBy(() -> none.graphRankings(0).build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("server.graph-rankings is 0");
        assertThatThrownBy(() -> ServerOptions.builder().reviewItems(0).build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("server.review-items is 0");
        assertThatThrownBy(() -> ServerOptions.builder().graphNodes(-1).build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("mcp.graph-nodes is -1");
        assertThatThrownBy(() -> ServerOptions.builder().auditBytes(-1).build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("audit.bytes is -1");
    }
}
