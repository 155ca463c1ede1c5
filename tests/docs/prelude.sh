# Runs before every block: the rules by which commands of the pages run on a test's machine.
set -euo pipefail

# What does not end by itself (a server, something that follows) runs beside the rest of the block once it has
# said its first line, and ends with it.
flext-quality() {
    local words=() word
    for word in "$@"; do words+=("$(meant "$word")"); done
    case " $* " in
        *" serve "* | *" --follow "*)
            : >"$STAGE/first"
            command flext-quality "${words[@]}" >"$STAGE/first" &
            until [ -s "$STAGE/first" ]; do kill -0 $!; sleep 0.05; done
            ;;
        *) command flext-quality "${words[@]}" | tee -a "$STAGE/printed" ;;
    esac
}
trap 'trap - EXIT; for job in $(jobs -p); do kill $job; done; wait' EXIT

# Words in capitals stand for what the reader has: the directory, and names that were printed before.
meant() {
    case "$1" in
        PATH | PROJECT) echo . ;;
        ISSUE) printed 'projects/[^/ ]*/issues/[^ ]*' ;;
        CHANNEL) printed 'projects/[^/ ]*/notificationChannels/[^/ ]*' ;;
        DELIVERY) printed 'projects/[^/ ]*/notificationChannels/[^/ ]*/deliveries/[^ ]*' ;;
        *) printf '%s\n' "$1" ;;
    esac
}

printed() { grep --only-matching --max-count=1 "$1" "$STAGE/printed"; }

# Into a directory that commands find modules in, from the repository, without the network.
pip() {
    [ "$1" = install ]
    command uv pip install --quiet --no-deps --no-build-isolation --target "$STAGE/plugins" \
        "${2/#.\//$REPOSITORY/examples/}"
}

# Targets are looked up, since CI runs each by itself; one with a project runs. Nothing is set up anew.
make() {
    case " $* " in
        *" PROJECT="*) (cd "$REPOSITORY" && command make --old-file=.venv/.installed "$@") ;;
        *) (cd "$REPOSITORY" && command make --dry-run "$@" >/dev/null) ;;
    esac
}
