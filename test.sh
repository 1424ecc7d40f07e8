#!/bin/bash
# Runs every check of this repository that the machine can run, and says which it cannot and why.
#
#   ./test.sh            all of it
#   ./test.sh go race    only the named steps
#
# As root on Debian or Ubuntu it installs the tools it lacks first. With BPFC_REQUIRE_ALL=1 (continuous integration) a
# step that cannot run is a failure, and so is a test that would skip itself.
set -u
cd "$(dirname "$0")" || exit 1

steps=(format vet staticcheck go race libpcap cross arm64 fuzz)
fuzztime=${FUZZTIME:-2000x}
export GOFLAGS=${GOFLAGS:--trimpath}
failed=() skipped=() passed=()

have() { command -v "$1" >/dev/null 2>&1; }
has_module() { for p in python3 /usr/bin/python3; do "$p" -c "import $1" 2>/dev/null && return 0; done; return 1; }

# lacking prints the Debian packages for what is missing.
lacking() {
    have gcc || echo gcc libc6-dev
    [ -e /usr/include/pcap/pcap.h ] || echo libpcap-dev
    have tcpdump || echo tcpdump
    has_module z3 || echo python3-z3
    have qemu-aarch64-static || have qemu-aarch64 || echo qemu-user-static
    have ip && have tc || echo iproute2
    have bpftool || echo bpftool
    have iptables || echo iptables
    have clang || echo clang
    have llvm-objdump || echo llvm
}

install_lacking() {
    local packages
    packages=$(lacking | tr '\n' ' ')
    [ -n "$packages" ] || return 0
    if [ "$(id -u)" != 0 ] || ! have apt-get; then
        echo "missing: $packages(installed only as root, with apt-get)"
        return 0
    fi
    echo "installing: $packages"
    # shellcheck disable=SC2086 # a list of words
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $packages; } >/dev/null ||
        echo "could not install all of them; what needs them will be skipped"
}

# skip ends a step that cannot run here.
skip() { echo "SKIP: $*"; exit 77; }

step_format() {
    local files
    files=$(git ls-files -z '*.go' | xargs -0 -r gofmt -l)
    [ -z "$files" ] || { echo "not formatted by gofmt:"; echo "$files"; return 1; }
}

step_vet() { go vet ./...; }

step_staticcheck() { go tool staticcheck ./...; }

step_go() { CGO_ENABLED=0 go test ./...; }

step_race() {
    have gcc || skip "the race detector needs cgo, and there is no gcc"
    CGO_ENABLED=1 go test -race ./...
}

# The packages that have code of their own for the build tag; the others are the same with it.
step_libpcap() {
    have gcc || skip "no gcc"
    [ -e /usr/include/pcap/pcap.h ] || skip "no libpcap headers (libpcap-dev)"
    local packages
    packages=$(git grep -lE '^//go:build .*libpcap' -- '*.go' | xargs -n1 dirname | sort -u | sed 's#^#./#')
    # shellcheck disable=SC2086 # a list of words
    CGO_ENABLED=1 go vet -tags libpcap $packages && CGO_ENABLED=1 go test -tags libpcap $packages
}

step_cross() {
    local target bad=0
    for target in linux/{amd64,arm64,386,arm,riscv64,ppc64le,s390x,mips64} darwin/{amd64,arm64} windows/{amd64,arm64} freebsd/amd64 js/wasm wasip1/wasm; do
        if GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0 go build -o /dev/null ./... 2>"$tmp/cross"; then
            echo "$target ok"
        else
            echo "$target FAILS"
            head -20 "$tmp/cross"
            bad=1
        fi
    done
    return $bad
}

# The native code for the other architecture, and what runs beside it, in an emulator.
step_arm64() {
    local qemu
    qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64) || skip "no qemu-aarch64 (qemu-user-static)"
    # The system calls are this machine's and not all of them are emulated: tests that need those may skip themselves here.
    BPFC_REQUIRE_ALL='' GOARCH=arm64 CGO_ENABLED=0 go test -exec "$qemu" ./vm/... .
}

# Every native fuzz target, for a number of inputs beyond its seeds and corpus. A duration would do as well for longer runs
# (FUZZTIME=10m), but its end can be taken for a failure, "context deadline exceeded", before Go 1.27 (go.dev/issue/75804).
step_fuzz() {
    local package target bad=0
    for package in $(go list ./...); do
        for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
            go test -run '^$' -fuzz "^$target\$" -fuzztime "$fuzztime" -fuzzminimizetime 10x "$package" >"$tmp/fuzz" 2>&1 &&
                echo "ok   $package $target: $(grep -o 'execs: [0-9]*' "$tmp/fuzz" | tail -1)" ||
                { echo "FAIL $package $target"; tail -40 "$tmp/fuzz"; bad=1; }
        done
    done
    return $bad
}

run_step() {
    local name=$1 start=$SECONDS status
    echo "=== $name"
    ( "step_$name" )
    status=$?
    if [ $status = 77 ] && [ "${BPFC_REQUIRE_ALL:-}" = 1 ]; then
        echo "BPFC_REQUIRE_ALL=1: a step that cannot run is a failure"
        status=1
    fi
    case $status in
        0) passed+=("$name") ;;
        77) skipped+=("$name") ;;
        *) failed+=("$name") ;;
    esac
    echo "--- $name: $(case $status in 0) echo ok ;; 77) echo skipped ;; *) echo FAILED ;; esac), $((SECONDS - start)) s"
}

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
[ $# = 0 ] || steps=("$@")
for name in "${steps[@]}"; do
    declare -F "step_$name" >/dev/null || { echo "no step $name; there are: format vet staticcheck go race libpcap cross arm64 fuzz" >&2; exit 2; }
done
install_lacking
for name in "${steps[@]}"; do run_step "$name"; done

echo "=== summary, $SECONDS s"
echo "passed:  ${passed[*]:-none}"
echo "skipped: ${skipped[*]:-none}"
echo "failed:  ${failed[*]:-none}"
[ ${#failed[@]} = 0 ]
