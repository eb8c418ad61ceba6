package dev.stele.postgres;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Allowed dependencies of the PostgreSQL store: the packages of stores and nothing above them. */
@AnalyzeClasses(packages = "dev.stele.postgres", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule postgresStoreDependsOnlyOnStorePackages = classes()
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
