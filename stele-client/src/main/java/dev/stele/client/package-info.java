/**
 * Client of the HTTP interface of a server. {@link dev.stele.client.SteleClient} holds address and key,
 * {@link dev.stele.client.AgentClient} has the operations on one agent's memory, {@link dev.stele.client.Types} the
 * records of requests and answers, which are generated from the server's OpenAPI document, and
 * {@link dev.stele.client.SteleClientException} the failures. The package uses the JDK only.
 */
@NullMarked
package dev.stele.client;

import org.jspecify.annotations.NullMarked;
