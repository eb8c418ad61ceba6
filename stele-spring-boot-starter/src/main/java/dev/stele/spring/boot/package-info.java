/**
 * Auto-configuration of Spring Boot: {@link dev.stele.spring.boot.SteleAutoConfiguration} opens the memory that
 * {@link dev.stele.spring.boot.SteleProperties} name and provides its Spring AI adapters; health and metrics follow if
 * the application has them.
 */
@NullMarked
package dev.stele.spring.boot;

import org.jspecify.annotations.NullMarked;
