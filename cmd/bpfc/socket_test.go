package main

import (
	"strings"
	"testing"
)

// TestCompileSocket compiles for kinds of socket, by flag and by field of a request.
func TestCompileSocket(t *testing.T) {
	const toTransport = "4293918720" // SKF_NET_OFF
	for _, c := range []struct {
		stdin, args, want string
	}{
		{"", "compile -ddd --socket udp host 10.0.0.1", "48 0 0 " + toTransport},
		{"", "compile -ddd --socket UDP -s 100 host 10.0.0.1", "6 0 0 100"},
		{"", "compile -ddd --socket raw4 host 10.0.0.1", "48 0 0 0"},
		{"", "compile -ddd --socket packet ip", "40 0 0 12"},
		{"", "compile -ddd --socket unix greater 10", "128 0 0 0"},
		{"", "compile -f ebpf --hook socket --socket tcp ip", "skb[-1048576]"},
		{`{"filter":"host 10.0.0.1","socket":"ping"}`, "compile --jsonl", "[48,0,0," + toTransport + "]"},
		{`{"filter":"ip","socket":"pong"}`, "compile --jsonl", `\"socket\": no kind of socket`},
		{`{"filter":"ip"}`, "compile --jsonl --socket udp", toTransport},
	} {
		if got := exec(t, c.stdin, strings.Fields(c.args)...); got.status != exitOK || !strings.Contains(got.stdout, c.want) {
			t.Errorf("%s %s: %+v; want %q", c.args, c.stdin, got, c.want)
		}
	}
	for args, says := range map[string]string{
		"compile --socket pong ip":                               "--socket: no kind of socket",
		"compile --socket udp -y EN10MB ip":                      "no link-layer header of type EN10MB",
		"compile --socket tcp -s 100 ip":                         "snapshot length",
		"compile --socket udp vlan":                              "shows no link-layer header",
		"compile --socket unix udp":                              "only the data",
		"compile --socket udp -f c ip":                           "--socket is for -f",
		"compile --socket udp -f elf --hook xdp ip":              "--hook socket",
		"compile --socket udp --stats -r " + packetsFile + " ip": "not for",
	} {
		if got := exec(t, "", strings.Fields(args)...); got.status != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, says) {
			t.Errorf("%s: %+v; want %q", args, got, says)
		}
	}
	program := write(t, "program", exec(t, "", "compile", "-ddd", "--socket", "udp", "udp").stdout)
	if got := exec(t, "", "verdicts", "-r", packetsFile, "--bytecode", program); !strings.Contains(got.stderr, "a place that only the kernel knows") {
		t.Errorf("a program for a socket on a file: %+v", got)
	}
	if got := exec(t, "", "compile", "--socket", "udp", "--bytecode", program); got.status != exitUsage || !strings.Contains(got.stderr, "--socket is for compiling") {
		t.Errorf("%+v", got)
	}
}

// What is proved for a socket is said where it is not the whole program.
func TestProveForSocket(t *testing.T) {
	for kind, whole := range map[string]bool{"tcp": false, "udp": false, "raw6": false, "ping": false, "raw4": true, "cooked": true} {
		got := exec(t, "", "compile", "--socket", kind, "--prove", "host 10.0.0.1")
		if got.status != exitOK || (got.stderr == "") != whole || !whole && !strings.Contains(got.stderr, "up to the optimizer") {
			t.Errorf("%s: status %d, %q", kind, got.status, got.stderr)
		}
	}
}
