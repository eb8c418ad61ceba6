/** API keys: who may do what to which agents. */
@NullMarked
package dev.stele.server.auth;

import org.jspecify.annotations.NullMarked;
