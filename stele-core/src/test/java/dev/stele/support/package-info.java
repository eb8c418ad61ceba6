/** What tests of every module share: second JVMs, temporary memories, a small embedder. */
package dev.stele.support;
