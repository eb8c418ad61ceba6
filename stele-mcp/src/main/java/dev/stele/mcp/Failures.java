package dev.stele.mcp;

/** Report of failures that a client did not cause. Stateless. */
final class Failures {

    private static final System.Logger LOG = System.getLogger(Failures.class.getName());

    private Failures() {}

    /**
     * Logs a failure and returns the description of it that the client may see.
     *
     * @param operation what failed, as the subject of a sentence
     */
    static String report(String operation, Throwable e) {
        LOG.log(System.Logger.Level.ERROR, operation + " failed", e);
        return switch (e) {
            case OutOfMemoryError _ -> operation + " needed more memory than there is; ask for less.";
            case StackOverflowError _ -> operation + " is nested too deeply; make it flatter.";
            default -> operation + " failed; the server's log has the reason.";
        };
    }
}
