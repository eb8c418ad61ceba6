package dev.stele.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Map;

/** Layers above the library: MCP, the server and the command. */
@AnalyzeClasses(
        packages = {"dev.stele.mcp", "dev.stele.server", "dev.stele.cli"},
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {

    /** Classes of tests of other modules come in jars. */
    static final class NoTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    /** Packages above the library, and those above the library that each may use. */
    private static final Map<String, List<String>> USES = Map.of(
            "dev.stele.mcp", List.of(),
            "dev.stele.server.auth", List.of(),
            "dev.stele.server.documents", List.of(),
            "dev.stele.server",
                    List.of("dev.stele.mcp", "dev.stele.server.auth", "dev.stele.server.documents", "dev.stele.models"),
            "dev.stele.cli.config", List.of("dev.stele.server", "dev.stele.server.documents", "dev.stele.models"),
            "dev.stele.cli",
                    List.of(
                            "dev.stele.cli.config",
                            "dev.stele.mcp",
                            "dev.stele.server",
                            "dev.stele.server.auth",
                            "dev.stele.server.documents"));

    private static final List<String> ABOVE_THE_LIBRARY =
            List.of("dev.stele.mcp", "dev.stele.server", "dev.stele.cli", "dev.stele.models", "dev.stele.postgres");

    @ArchTest
    static final ArchRule packagesUseOnlyThoseBelowThem = classes().should(useOnlyPackagesBelowThem());

    private static ArchCondition<JavaClass> useOnlyPackagesBelowThem() {
        return new ArchCondition<>("use only the packages below their own") {
            @Override
            public void check(JavaClass from, ConditionEvents events) {
                String own = from.getPackageName();
                for (var dependency : from.getDirectDependenciesFromSelf()) {
                    String used =
                            dependency.getTargetClass().getBaseComponentType().getPackageName();
                    boolean isAbove = ABOVE_THE_LIBRARY.stream()
                            .anyMatch(root -> used.equals(root) || used.startsWith(root + "."));
                    if (isAbove
                            && !used.equals(own)
                            && !USES.getOrDefault(own, List.of()).contains(used)) {
                        events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                    }
                }
            }
        };
    }

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("dev.stele.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule internalsOfTheLibraryStayInside = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.stele.index..",
                    "dev.stele.vector..",
                    "dev.stele.engine..",
                    "dev.stele.maintenance..",
                    "dev.stele.store.sql..",
                    "dev.stele.store.sqlite..",
                    "java.sql..",
                    "org.sqlite..");

    @ArchTest
    static final ArchRule onlyTheServerKnowsTheWebServer = noClasses()
            .that()
            .resideOutsideOfPackage("dev.stele.server..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.eclipse.jetty..");

    @ArchTest
    static final ArchRule onlyTheCommandParsesArgumentsAndSettings = noClasses()
            .that()
            .resideOutsideOfPackage("dev.stele.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("picocli..", "org.snakeyaml..");
}
