package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class AgentDirectoryPropertyTest {

    @Property(tries = 500)
    void everyNameIsRefusedOrMapsToAUniqueSafeDirectory(@ForAll String a, @ForAll String b) {
        AgentName first;
        AgentName second;
        try {
            first = new AgentName(a);
            second = new AgentName(b);
        } catch (InvalidInputException e) {
            assertThat(e).hasMessageContaining("agent name");
            return;
        }
        String one = AgentDirectory.nameFor(first);
        String two = AgentDirectory.nameFor(second);
        assertThat(one).matches("[a-z0-9_-]{0,64}(~[0-9a-f]{33})?");
        assertThat(one.equals(two)).isEqualTo(first.equals(second));
        // Also where the file system folds case.
        assertThat(one).isEqualTo(one.toLowerCase(Locale.ROOT));
    }
}
