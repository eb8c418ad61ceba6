/** API keys with scopes and the agents that they may access. */
@NullMarked
package dev.stele.server.auth;

import org.jspecify.annotations.NullMarked;
