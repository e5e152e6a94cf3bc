# Sourced by the scripts of this project: find_jdk prints the home of a JDK that runs it, or fails with a sentence.
least_jdk=21

# The feature number of the JDK in a folder: its release file tells without starting it.
feature() {
  local version=
  if [ -r "$1/release" ]; then
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
  elif [ -x "$1/bin/java" ]; then
    version=$("$1/bin/java" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p')
  fi
  echo "${version:-0}"
}

fits() { [ -x "$1/bin/java" ] && [ "$(feature "$1")" -ge "$least_jdk" ]; }

find_jdk() {
  if [ -n "${JAVA_HOME:-}" ] && fits "$JAVA_HOME"; then
    echo "$JAVA_HOME"
    return
  fi
  local java home candidate
  if java=$(command -v java); then
    while [ -L "$java" ]; do
      home=$(cd -P "$(dirname "$java")" && pwd)
      java=$(readlink "$java")
      case $java in /*) ;; *) java=$home/$java ;; esac
    done
    home=$(cd -P "$(dirname "$java")/.." && pwd)
    if fits "$home"; then
      echo "$home"
      return
    fi
  fi
  for candidate in /usr/lib/jvm/* /opt/* "$HOME"/.sdkman/candidates/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if fits "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  if [ -x /usr/libexec/java_home ] && home=$(/usr/libexec/java_home -v "$least_jdk+" 2>/dev/null) && fits "$home"; then
    echo "$home"
    return
  fi
  printf '%s\n' "MR-JAVA: there is no JDK of $least_jdk or newer here: install one (Debian: apt install openjdk-21-jdk-headless; others: https://adoptium.net), or set JAVA_HOME to it" >&2
  return 1
}
