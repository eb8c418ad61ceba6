/** HTTP: a small router on Jetty, the REST resources, the change feed, health and figures. */
@NullMarked
package dev.stele.server;

import org.jspecify.annotations.NullMarked;
