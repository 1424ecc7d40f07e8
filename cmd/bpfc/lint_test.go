package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bpfc/explain/lint"
)

// Lint is silent where there is nothing to say, and else says it with a name, a caret line and status 1.
func TestLint(t *testing.T) {
	for _, tt := range []struct {
		args   []string
		status int
		stdout []string // parts of it
		stderr string
	}{
		{[]string{"tcp port 80"}, exitOK, nil, ""},
		{[]string{}, exitOK, nil, ""},
		{[]string{"net 10.1.2.0"}, lintWarned, []string{"warning: ", "10.1.2.0/24", "[host-net]\n  net 10.1.2.0\n  ^~~~~~~~~~~~\n"}, ""},
		{[]string{"net", "10.1.2.0", "or", "tcp[13]", "=", "2"}, lintWarned, []string{"[host-net]", "[flags-equal]"}, ""},
		{[]string{"-W", "no-host-net", "net 10.1.2.0"}, exitOK, nil, ""},
		{[]string{"-W", "none", "net 10.1.2.0"}, exitOK, nil, ""},
		{[]string{"-W", "none", "-W", "host-net", "net 10.1.2.0"}, lintWarned, []string{"[host-net]"}, ""},
		{[]string{"-W", "no-host-nte", "net 10.1.2.0"}, exitUsage, nil, `did you mean "host-net"?`},
		{[]string{"-y", "RAW", "arp or icmp"}, lintWarned, []string{"[link-type]"}, ""},
		{[]string{"-s", "20", "icmp or tcp port 80"}, lintWarned, []string{"[snaplen]"}, ""},
		{[]string{"ip and arp"}, lintWarned, []string{"[never]"}, ""},
		{[]string{"tcp src port > 23"}, exitUsage, nil, "tcp[0:2] > 23"},
		{[]string{"tcp and"}, exitUsage, nil, "unexpected end"},
		{[]string{"--filters", "x", "tcp"}, exitUsage, nil, "--filters"},
	} {
		got := exec(t, "", append([]string{"lint"}, tt.args...)...)
		if got.status != tt.status || (got.stdout == "") != (tt.stdout == nil) || (got.stderr == "") != (tt.stderr == "") || !strings.Contains(got.stderr, tt.stderr) {
			t.Errorf("%q: %+v", tt.args, got)
		}
		for _, part := range tt.stdout {
			if !strings.Contains(got.stdout, part) {
				t.Errorf("%q: no %q in %s", tt.args, part, got.stdout)
			}
		}
	}
}

func TestLintJSON(t *testing.T) {
	type answer struct {
		Expr     string         `json:"expr"`
		Warnings []lint.Warning `json:"warnings"`
	}
	for expr, want := range map[string]int{"net 10.1.2.0": 1, "tcp": 0} {
		got := exec(t, "", "lint", "--json", expr)
		var a answer
		if err := json.Unmarshal([]byte(got.stdout), &a); err != nil {
			t.Fatal(err, got)
		}
		if a.Expr != expr || len(a.Warnings) != want || a.Warnings == nil || got.status != want {
			t.Errorf("%s: %+v", expr, got)
		}
		if want > 0 && (a.Warnings[0].Name != "host-net" || a.Warnings[0].End != len(expr) || a.Warnings[0].Suggestion != "net 10.1.2.0/24" || a.Warnings[0].Relation != "A implies B") {
			t.Errorf("%+v", a)
		}
	}
}

// The counts over a list of filters name what is warned of; a filter that is wrong is counted, not an end.
func TestLintFilters(t *testing.T) {
	file := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(file, []byte("# a list\nnet 10.1.2.0\ntcp port 80 # the web\n\nsrc net 10.0.0.0\ntcp port\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := exec(t, "", "lint", "--filters", file); got.status != lintWarned || got.stdout != "     2 host-net\n4 filters, of which 1 are wrong; the budget was too small for 0\n" {
		t.Errorf("%+v", got)
	}
}

// What compiles filters warns on standard error, and does its work all the same, unless warnings are errors.
func TestWarningsElsewhere(t *testing.T) {
	warning := "bpfc: warning: net 10.1.2.0 is one host"
	for _, command := range [][]string{{"compile"}, {"filter", "-r", packetsFile, "--count"}, {"capture", "-r", packetsFile, "-n"}} {
		clean := exec(t, "", append(command, "tcp port 80")...)
		if clean.status != exitOK || strings.Contains(clean.stderr, "warning") {
			t.Errorf("%q: %+v", command, clean)
		}
		got := exec(t, "", append(command, "net 10.1.2.0")...)
		if got.status != exitOK || strings.Count(got.stderr, warning) != 1 || !strings.Contains(got.stderr, "[host-net]\n  net 10.1.2.0\n  ^~~~~~~~~~~~\n") {
			t.Errorf("%q: %+v", command, got)
		}
		quiet := exec(t, "", append(command, "-W", "none", "net 10.1.2.0")...)
		if quiet.status != exitOK || quiet.stdout != got.stdout || strings.Contains(quiet.stderr, "warning") {
			t.Errorf("%q: %+v", command, quiet)
		}
		if got := exec(t, "", append(command, "-W", "no-host-net", "net 10.1.2.0")...); got.status != exitOK || strings.Contains(got.stderr, "warning") {
			t.Errorf("%q: %+v", command, got)
		}
		if got := exec(t, "", append(command, "-W", "error", "net 10.1.2.0")...); got.status != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, "[host-net]") {
			t.Errorf("%q: %+v", command, got)
		}
	}
	// A filter that no packet can match is an error, and the warning says why.
	if got := exec(t, "", "compile", "ip6 and tcp[13] & 2 != 0"); got.status != exitUsage || !strings.Contains(got.stderr, "[ipv4-only]") || !strings.Contains(got.stderr, "no packet can match") {
		t.Errorf("%+v", got)
	}
	// tcpdump's -W still takes a number.
	if got := exec(t, "", "capture", "-r", packetsFile, "-w", filepath.Join(t.TempDir(), "x"), "-C", "1", "-W", "2"); got.status != exitOK {
		t.Errorf("%+v", got)
	}
	if got := exec(t, "", "capture", "-r", packetsFile, "-w", "x", "-W", "0"); got.status != exitUsage {
		t.Errorf("%+v", got)
	}
}
