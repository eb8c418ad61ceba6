# Sourced by ./build and ./stele. find_jdk prints the home of an installed JDK 25 or newer.

# The feature number of the JDK in $1, or 0 if there is none with a compiler.
jdk_feature() {
  feature=0
  if [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ]; then
    feature=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
  fi
  echo "${feature:-0}"
}

find_jdk() {
  on_path=
  if command -v javac >/dev/null 2>&1; then
    # Resolves links by hand: readlink -f is missing on older macOS.
    on_path=$(command -v javac)
    while [ -L "$on_path" ]; do
      link=$(readlink "$on_path")
      case $link in
        /*) on_path=$link ;;
        *) on_path=$(dirname "$on_path")/$link ;;
      esac
    done
    on_path=$(cd "$(dirname "$on_path")/.." && pwd)
  fi
  best= best_feature=0
  for home in "${STELE_JAVA_HOME:-}" "${JAVA_HOME:-}" "$on_path"; do
    if [ -n "$home" ] && [ "$(jdk_feature "$home")" -ge 25 ]; then
      echo "$home"
      return 0
    fi
  done
  # Of the other JDKs the oldest suitable one, because the tests ran on it.
  for home in /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* "${HOME:-/nonexistent}"/.sdkman/candidates/java/* \
    "${HOME:-/nonexistent}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME:-/nonexistent}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    feature=$(jdk_feature "$home")
    if [ "$feature" -ge 25 ] && { [ -z "$best" ] || [ "$feature" -lt "$best_feature" ]; }; then
      best=$home best_feature=$feature
    fi
  done
  if [ -z "$best" ]; then
    echo "There is no JDK 25 or newer; install one, such as Temurin 25, or set JAVA_HOME to it." >&2
    return 1
  fi
  echo "$best"
}
