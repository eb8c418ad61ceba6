package dev.stele.cli;

import dev.stele.model.InvalidInputException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Subcommand that prints the script that lets a shell complete commands, options and their values. */
@Command(
        name = "completion",
        description = {
            "Print a script that completes commands, options and values in bash, zsh or fish.",
            "Values are agents, users, sessions, entities and others of the memory."
        },
        mixinStandardHelpOptions = true,
        footer = {"  stele completion bash > ~/.local/share/bash-completion/completions/stele"})
final class CompletionCommand implements Callable<Integer> {

    /** Names of the shells, for completion. */
    static final java.util.List<String> SHELLS = java.util.List.of("bash", "zsh", "fish");

    private static final String BASH = """
            _stele() {
              local line=${COMP_LINE:0:COMP_POINT} IFS=$'\\n' word candidate
              local raw=${line##*[[:space:]]}
              # Bash replaces only what follows the last of the characters that divide words.
              local kept=${raw%"${raw##*[=:]}"}
              COMPREPLY=()
              for candidate in $("${COMP_WORDS[0]/#\\~/$HOME}" complete -- "$line" 2>/dev/null); do
                printf -v word %q "$candidate"
                case $candidate in *=) word=$candidate; compopt -o nospace ;; esac
                COMPREPLY+=("${word#"$kept"}")
              done
            }
            complete -o default -F _stele stele
            """;

    private static final String ZSH = """
            _stele() {
              local -a candidates
              candidates=("${(@f)$("${words[1]/#\\~/$HOME}" complete -- "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
              candidates=(${candidates:#})
              if (( ${#candidates} )); then
                compadd -- "${candidates[@]}"
              else
                _files
              fi
            }
            (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
            compdef _stele stele
            """;

    private static final String FISH = """
            complete -c stele -e
            complete -c stele -a '(stele complete -- (commandline -cp) 2>/dev/null)'
            """;

    @Parameters(
            arity = "0..1",
            paramLabel = "SHELL",
            description = "bash, zsh or fish; if omitted a script for both bash and zsh.")
    @Nullable
    String shell;

    @Override
    public Integer call() {
        new Output(false).text(script(shell));
        return 0;
    }

    static String script(@Nullable String shell) {
        return switch (shell) {
            case null ->
                "if [ -n \"${ZSH_VERSION-}\" ]; then\neval '" + ZSH.replace("'", "'\\''") + "'\nelse\n" + BASH + "fi\n";
            case "bash" -> BASH;
            case "zsh" -> ZSH;
            case "fish" -> FISH;
            default ->
                throw new InvalidInputException("There is no completion for the shell \"" + shell + "\"; use one of "
                        + String.join(", ", SHELLS) + ".");
        };
    }
}
