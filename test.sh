#!/bin/bash
# Runs every check of this repository that the machine can run, and says which it cannot and why.
#
#   ./test.sh            all of it, in minutes
#   ./test.sh go race    only the named steps
#   ./test.sh long       what takes too long for every day: ten times the random batteries, and millions of pairs
#
# What a step runs in part only it runs in part because another step runs it in full: the random batteries
# (internal/battery) and the proofs are gone through in full by the step go, and a tenth of each again by race and arm64,
# where they are ten times as slow and would find nothing else. Concurrency is tested in full with the race detector.
#
# As root on Debian or Ubuntu it installs the tools it lacks first. With BPFC_REQUIRE_ALL=1 (continuous integration) a
# step that cannot run is a failure, and so is a test that would skip itself.
set -u
cd "$(dirname "$0")" || exit 1

steps=(format vet staticcheck go modules race libpcap cross rename arm64 fuzz)
fuzztime=${FUZZTIME:-2000x}
# How long the tests of one package may take, ten times what they take on two free cores: only what hangs is ended.
limit=-timeout=20m
export GOFLAGS=${GOFLAGS:--trimpath}
failed=() skipped=() passed=()

have() { command -v "$1" >/dev/null 2>&1; }
has_module() { for p in python3 /usr/bin/python3; do "$p" -c "import $1" 2>/dev/null && return 0; done; return 1; }

# lacking prints the Debian packages for what is missing.
lacking() {
    have gcc || echo gcc libc6-dev
    [ -e /usr/include/pcap/pcap.h ] || echo libpcap-dev
    have tcpdump || echo tcpdump
    have tshark || echo tshark
    has_module z3 || echo python3-z3
    have qemu-aarch64-static || have qemu-aarch64 || echo qemu-user-static
    have ip && have tc || echo iproute2
    have bpftool || echo bpftool
    have iptables || echo iptables
    have clang || echo clang
    have llvm-objdump || echo llvm
    have chromium || have chromium-browser || have google-chrome || echo chromium
    have npm || echo nodejs npm
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

# The page's module is checked with the same tool, what runs in the browser too.
step_staticcheck() {
    local tool
    tool=$(go tool -n staticcheck) && "$tool" ./... && cd web && export CGO_ENABLED=0 && "$tool" ./... && GOOS=js GOARCH=wasm "$tool" ./wasm/... ./rpc
}

# The steps that run tests leave vet to the step of its name.
step_go() { CGO_ENABLED=0 go test -vet=off "$limit" ./...; }

# The modules of their own in this repository, which ./... does not reach: the comparison with cbpfc, the fork of gopacket, Beam,
# and the page for browsers.
step_modules() {
    local module bad=0
    for module in $(git ls-files '*/go.mod' | xargs -n1 dirname); do
        echo "module $module"
        ( cd "$module" && export CGO_ENABLED=0 && go build -o /dev/null ./... && go vet ./... && go test -vet=off "$limit" ./... ) || bad=1
    done
    ( cd web && GOOS=js GOARCH=wasm CGO_ENABLED=0 go vet ./rpc ./wasm/... ) || bad=1
    cd gopacketfork || return 1
    local target
    for target in darwin/arm64 windows/amd64 freebsd/amd64 js/wasm wasip1/wasm; do
        GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0 go vet . || bad=1
    done
    ( need_libpcap; CGO_ENABLED=1 go test -tags libpcapfork -vet=off "$limit" . && CGO_ENABLED=1 go test -race -short -vet=off "$limit" . ) || { local status=$?; [ $bad != 0 ] || bad=$status; }
    return $bad
}

# The packages that start goroutines or share something, in their code or in their tests: the detector can find nothing in
# the tests of the others. What those compute at the same time for several goroutines is tested by the packages that use them.
step_race() {
    have gcc || skip "the race detector needs cgo, and there is no gcc"
    local packages
    packages=$(git grep -lE '\bgo (func|[A-Za-z.]+)\(|\.Go\(|"sync"|"sync/atomic"' -- '*.go' ':!gopacketfork' ':!beam' ':!web' ':!internal/cbpfcompare' |
        xargs -n1 dirname | sort -u | sed 's#^#./#')
    # shellcheck disable=SC2086 # a list of words
    CGO_ENABLED=1 go test -race -short -vet=off "$limit" $packages
}

need_libpcap() {
    have gcc || skip "no gcc"
    [ -e /usr/include/pcap/pcap.h ] || skip "no libpcap headers (libpcap-dev)"
}

# The packages that have code of their own for the build tag; the others are the same with it.
step_libpcap() {
    need_libpcap
    local packages
    packages=$(git grep -lE '^//go:build .*libpcap' -- '*.go' ':!gopacketfork' | xargs -n1 dirname | sort -u | sed 's#^#./#')
    # shellcheck disable=SC2086 # a list of words
    CGO_ENABLED=1 go vet -tags libpcap $packages && CGO_ENABLED=1 go test -tags libpcap -vet=off "$limit" $packages
}

# Every package compiles on every system and the program links, on processors of 32 and 64 bits and of either byte order. The step
# long has the processors beside these, for which no file differs.
step_cross() {
    build_for linux/{arm64,386,s390x} darwin/arm64 windows/amd64 freebsd/amd64 js/wasm wasip1/wasm &&
        vet_pcap darwin/arm64 windows/amd64 freebsd/amd64
}

# build_for builds for systems and processors.
build_for() {
    local target bad=0
    for target in "$@"; do
        if (
            export GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0
            go list -export ./... >/dev/null && go build -ldflags=-w -o /dev/null ./cmd/bpfc
        ) 2>"$tmp/cross"; then
            echo "$target ok"
        else
            echo "$target FAILS"
            head -20 "$tmp/cross"
            bad=1
        fi
    done
    return $bad
}

# vet_pcap vets the live captures that are not run here.
vet_pcap() {
    local target bad=0
    for target in "$@"; do
        if GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0 go vet ./pcap; then
            echo "vet $target ok"
        else
            bad=1
        fi
    done
    return $bad
}

# The module under another path, as README says: in a copy it builds, and programs and tests find their packages.
step_rename() {
    local copy=$tmp/renamed
    mkdir "$copy" && git ls-files -z | xargs -0 cp --parents -t "$copy" &&
        go run ./internal/rename -dir "$copy" example.org/you/bpfc && cd "$copy" &&
        CGO_ENABLED=0 go build -o /dev/null ./cmd/bpfc && go vet . ./scan ./pcap &&
        CGO_ENABLED=0 go test -vet=off ./internal/apidoc ./linktype
}

# The native code for the other architecture, and what runs beside it, in an emulator.
step_arm64() {
    local qemu
    qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64) || skip "no qemu-aarch64 (qemu-user-static)"
    # The system calls are this machine's and not all of them are emulated: tests that need those may skip themselves here.
    BPFC_REQUIRE_ALL='' GOARCH=arm64 CGO_ENABLED=0 go test -short -vet=off "$limit" -exec "$qemu" ./vm/... .
}

# Every native fuzz target, for a number of inputs beyond its seeds and corpus. A duration would do as well for longer runs
# (FUZZTIME=10m), but its end can be taken for a failure, "context deadline exceeded", before Go 1.27 (go.dev/issue/75804).
# The tests of a package are built once for all its targets.
step_fuzz() {
    local package target corpus bad=0
    corpus=$(go env GOCACHE)/fuzz
    for package in $(git grep -lE '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do
        CGO_ENABLED=0 go test -c -vet=off -fuzz=Fuzz -o "$tmp/fuzz.test" "./$package" || { bad=1; continue; }
        for target in $(git grep -hoE '^func Fuzz\w+' -- ":(glob)$package/*_test.go" | cut -d' ' -f2); do
            ( cd "$package" && bounded "$tmp/fuzz.test" -test.run='^$' -test.fuzz="^$target\$" -test.fuzztime="$fuzztime" \
                -test.fuzzminimizetime=10x -test.fuzzcachedir="$corpus/bpfc/$package" ) >"$tmp/fuzz" 2>&1 &&
                echo "ok   $package $target: $(grep -o 'execs: [0-9]*' "$tmp/fuzz" | tail -1)" ||
                { echo "FAIL $package $target"; tail -40 "$tmp/fuzz"; bad=1; }
        done
    done
    return $bad
}

# bounded ends a fuzz target that hangs; go test -timeout does not. One that was given a duration ends by itself.
bounded() {
    case $fuzztime in
        *x) timeout -k 10 15m "$@" ;;
        *) "$@" ;;
    esac
}

# Not one of the default steps: more than half an hour.
step_long() {
    need_libpcap
    vet_pcap windows/386 {netbsd,openbsd,dragonfly}/amd64 &&
        build_for linux/{arm,riscv64,ppc64le,mips64} darwin/amd64 windows/arm64 &&
        BPFC_LONG=1 CGO_ENABLED=1 go test -tags libpcap -vet=off -timeout=5h ./... &&
        CGO_ENABLED=1 go build -tags libpcap -o "$tmp/bpfc" ./cmd/bpfc &&
        "$tmp/bpfc" fuzz --count 2000000 && "$tmp/bpfc" fuzz --count 2000000 --seed 2 --all-links
}

# measure sets cpu to the processor time, in seconds, that this script's children have taken so far. Not for a subshell.
measure() {
    times >"$tmp/times"
    cpu=$(awk 'NR == 2 { split($1 "m" $2, t, /[ms]+/); printf "%d", 60 * t[1] + t[2] + 60 * t[3] + t[4] }' "$tmp/times")
}

run_step() {
    local name=$1 start=$SECONDS status used
    measure
    used=$cpu
    echo "=== $name"
    ( "step_$name" )
    status=$?
    measure
    if [ $status = 77 ] && [ "${BPFC_REQUIRE_ALL:-}" = 1 ]; then
        echo "BPFC_REQUIRE_ALL=1: a step that cannot run is a failure"
        status=1
    fi
    case $status in
        0) passed+=("$name") ;;
        77) skipped+=("$name") ;;
        *) failed+=("$name") ;;
    esac
    echo "--- $name: $(case $status in 0) echo ok ;; 77) echo skipped ;; *) echo FAILED ;; esac), $((SECONDS - start)) s, $((cpu - used)) s of processor time"
}

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
steps_there_are=("${steps[@]}" long)
[ $# = 0 ] || steps=("$@")
for name in "${steps[@]}"; do
    declare -F "step_$name" >/dev/null || { echo "no step $name; there are: ${steps_there_are[*]}" >&2; exit 2; }
done
install_lacking
for name in "${steps[@]}"; do run_step "$name"; done

echo "=== summary, $SECONDS s, $cpu s of processor time"
echo "passed:  ${passed[*]:-none}"
echo "skipped: ${skipped[*]:-none}"
echo "failed:  ${failed[*]:-none}"
[ ${#failed[@]} = 0 ]
