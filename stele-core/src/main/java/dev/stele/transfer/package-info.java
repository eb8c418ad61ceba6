/** Memory in and out of files: export, and import of our own form, of chats, and of LoCoMo conversations. */
@NullMarked
package dev.stele.transfer;

import org.jspecify.annotations.NullMarked;
