package dev.stele.postgres;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What this room knows of the house. */
@AnalyzeClasses(packages = "dev.stele.postgres", importOptions = ImportOption.DoNotIncludeTests.class)
class HouseTest {

    @ArchTest
    static final ArchRule aStoreKnowsWhatAStoreIsAndNothingAboveIt = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.stele.postgres",
                    "dev.stele.model",
                    "dev.stele.concurrent",
                    "dev.stele.io",
                    "dev.stele.store",
                    "dev.stele.store.sql",
                    "java..",
                    "org.postgresql..",
                    "com.zaxxer.hikari..",
                    "org.jspecify..");
}
