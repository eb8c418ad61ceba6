/**
 * The HTTP server: REST resources, WebSocket chats, change feeds, the Model Context Protocol, health and metrics, on
 * Jetty.
 *
 * <p>{@link dev.stele.server.SteleServer} assembles everything. {@code RequestHandler} takes each request through
 * routing ({@code Router}), authentication ({@code AccessFilter}), rate limiting, collection of the body ({@code
 * BodyCollector}) and admission ({@code Admission}), and runs it on the pool for its kind of work ({@code
 * RequestThreads}). A {@code …Resources} class registers the routes of one subject and turns an {@code Exchange} into a
 * {@code Reply}. {@code Watchdog} enforces deadlines, minimum transfer rates and revoked keys.
 */
@NullMarked
package dev.stele.server;

import org.jspecify.annotations.NullMarked;
