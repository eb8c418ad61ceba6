package dev.stele.cli;

import dev.stele.audit.AuditedOperation;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * Command that changes or erases what is stored, or administers it, and is therefore part of the audit log. Commands
 * that only store what is said or learned are not.
 */
interface AuditedCommand extends Callable<Integer> {

    /**
     * Returns what the command does, in the words of the audit log; called when the command has ended.
     *
     * @return the operation; empty if the options make the command change nothing
     */
    Optional<AuditedOperation> operation();

    /** Returns the common options, which name the data directory of the log. */
    CommonOptions common();
}
