package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The commands take both options, and a file of filters can say which language it is in.
func TestLanguageOptions(t *testing.T) {
	dir := t.TempDir()
	list, file := filepath.Join(dir, "ports"), filepath.Join(dir, "filter")
	misspelled, bad := filepath.Join(dir, "misspelled"), filepath.Join(dir, "bad")
	for name, text := range map[string]string{misspelled: "#!bpfc extnded\nport in {80}\n", bad: "\ufeff10.0.0.1\n10.0.0.300\n", list: "80\n443 # https\n", file: "#!bpfc extended\nport in { # two\n  80,\n 443}\n"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		args   []string
		status int
		out    string // in what is printed
	}{
		{[]string{"compile", "--to-libpcap", "--extended", "port in @" + list}, 0, "port 80 or port 443\n"},
		{[]string{"compile", "--to-libpcap", "-F", file}, 0, "port 80 or port 443\n"},
		{[]string{"compile", "--to-libpcap", "--see-through", "vlan", "vlan 5"}, 0, "link[14:2] & 4095 = 5"},
		{[]string{"compile", "--to-libpcap", "--extended", "gre { ip }"}, 2, "libpcap's language has no expression for `gre { … }`"},
		{[]string{"lint", "-F", file}, 0, ""},
		{[]string{"explain", "-F", file}, 0, "port is 443"},
		{[]string{"diff", "@" + file, "@" + file}, 0, "equal"},
		{[]string{"compile", "-F", misspelled}, 2, `"#!bpfc extnded": a language is named in the first line by "#!bpfc extended"`},
		{[]string{"compile", "--extended", "host in @" + bad}, 2, bad + ":2: 10.0.0.300 is not an IPv4 address"},
		{[]string{"compile", "--extended", "port in @" + bad}, 2, bad + ":1: 'port' qualifier applied to IPv4 address"},
		{[]string{"compile", "--extended", "ip[8] in @" + bad}, 2, bad + ":1: this is no number"},
		{[]string{"compile", "--extended", "ether host in @" + bad}, 2, bad + ":1: 10.0.0.1 is not a link-layer address"},
		{[]string{"compile", "--extended", "host in @" + dir}, 1, "is a directory"},
		{[]string{"compile", "port in {80}"}, 2, "`in {…}` is an extension: --extended; or write \"port (80)\""},
		{[]string{"compile", "gre { ip }"}, 2, "`gre { … }` is an extension: --extended\n"},
		{[]string{"compile", "ip.ttl < 5"}, 2, "`ip.ttl` is an extension: --extended; or write \"ip[8] < 5\""},
		{[]string{"compile", "tcp.flags & (syn|ack) = syn"}, 2, "`tcp.flags` is an extension: --extended\n"},
		{[]string{"compile", "vlan 5 { ip }"}, 2, "--extended"},
		{[]string{"compile", "--see-through", "vlna", "ip"}, 2, "vlan"},
		{[]string{"compile", "--extended", "host in @" + filepath.Join(dir, "missing")}, 1, "cannot read a list"},
		{[]string{"diff", "--whole", "--extended", "port in {80, 443}", "port 443 or port 80"}, 0, "equal"},
		{[]string{"diff", "--extended", "ip[8] in {1-5, 7}", "ip[8] >= 1 and ip[8] <= 5 or ip[8] = 7"}, 0, "equal"},
		{[]string{"explain", "--extended", "vlan 5 { ip }"}, 0, "of what is inside"},
		{[]string{"lint", "--extended", "vlan 5 { tcp[13] = 2 and tcp[13] = 18 }"}, 1, ""},
		{[]string{"explain", "--see-through", "all", "vlan 5 and ip"}, 0, "behind tags, labels and sessions"},
		{[]string{"lint", "--see-through", "vlan", "vlan 5 or host 10.0.0.1"}, 0, ""},
		{[]string{"witness", "--extended", "vlan 5 { ip }"}, 0, "VLAN 5"},
	} {
		r := exec(t, "", tt.args...)
		if r.status != tt.status || !strings.Contains(r.stdout+r.stderr, tt.out) {
			t.Errorf("%q: status %d\n%s%s", tt.args, r.status, r.stdout, r.stderr)
		}
	}
	out := exec(t, `{"filter":"host 10.0.0.1","see_through":"vlan"}`+"\n"+`{"filter":"port in {80}","extended":true}`+"\n"+`{"filter":"port in {80}"}`+"\n", "compile", "--jsonl").stdout
	lines := strings.Split(out, "\n")
	if len(lines) < 3 || !strings.Contains(lines[0], "insns") || !strings.Contains(lines[1], "insns") || !strings.Contains(lines[2], `\"extended\"`) {
		t.Errorf("--jsonl: %s", out)
	}
}
