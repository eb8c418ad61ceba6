/** Reading the text out of documents of the usual kinds. */
@NullMarked
package dev.stele.server.documents;

import org.jspecify.annotations.NullMarked;
