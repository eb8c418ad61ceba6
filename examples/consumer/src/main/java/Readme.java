import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.MessageDraft;
import java.nio.file.Path;

/** The Java of the project's README. */
public class Readme {

    public static void main(String[] args) {
        try (Stele stele = Stele.open(Path.of("memory"))) {
            AgentMemory kira = stele.agent("kira");
            kira.remember(MessageDraft.user("monday", "ana", "I moved to Lisbon last week."));
            kira.recall("Where does Ana live?").hits().forEach(hit -> System.out.println(hit.content()));
            kira.users().update("ana", context -> context.withPreference("drink", "green tea"));
        }
    }
}
