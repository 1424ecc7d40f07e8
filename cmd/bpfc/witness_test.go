package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWitness(t *testing.T) {
	r := exec(t, "", "witness", "udp port 53")
	for _, part := range []string{
		"matches: IPv4, UDP, destination port 53\n  02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 71: 192.0.2.1.40000 > 198.51.100.2.53: 1+ A? www.example. (29)\n",
		"matches: IPv6, UDP, source port 53\n",
	} {
		if !strings.Contains(r.stdout, part) {
			t.Errorf("no %q in\n%s", part, r.stdout)
		}
	}
	if r.status != exitOK || r.stderr != "" || strings.Contains(r.stdout, "misses") || strings.Contains(r.stdout, "0x0000") {
		t.Errorf("%+v", r)
	}
	r = exec(t, "", "witness", "--near", "-x", "icmp")
	for _, part := range []string{"0x0000:  0200 0000 0002", "misses: IPv4, ICMP; fails in \"icmp\": protocol "} {
		if !strings.Contains(r.stdout, part) {
			t.Errorf("no %q in\n%s", part, r.stdout)
		}
	}
	r = exec(t, "", "witness", "ip[10:2] = 0")
	if !strings.Contains(r.stdout, "  malformed: IPv4 header checksum\n") {
		t.Errorf("not said to be malformed:\n%s", r.stdout)
	}
	r = exec(t, "", "witness", "-y", "FRELAY", "--near", "tcp")
	if !strings.Contains(r.stderr, "packets of link-layer type FRELAY cannot be built") || !strings.Contains(r.stdout, "matches: ") || r.status != exitOK {
		t.Errorf("a type without a builder: %+v", r)
	}
	r = exec(t, "", "witness", "--linux-extensions", "vlan 5")
	if !strings.Contains(r.stdout, "with VLAN tag 5") {
		t.Errorf("metadata: %+v", r)
	}
	if r := exec(t, "", "witness", "--socket", "udp", "port 53"); r.status != exitOK || !strings.Contains(r.stdout, "UDP, source port 53") {
		t.Errorf("for a socket: %+v", r)
	}
	if r := exec(t, "", "witness", "--most", "1", "port 53"); strings.Count(r.stdout, "matches:") != 1 || !strings.Contains(r.stderr, "more ways") {
		t.Errorf("--most 1: %+v", r)
	}
}

func TestWitnessJSON(t *testing.T) {
	r := exec(t, "", "witness", "--json", "--near", "tcp dst port 80 or ip[10:2] = 0")
	var out struct {
		LinkType      string `json:"link_type"`
		Built         bool
		Matches, Near []witnessPacket
	}
	if err := json.Unmarshal([]byte(r.stdout), &out); err != nil {
		t.Fatal(err)
	}
	if out.LinkType != "EN10MB" || !out.Built || len(out.Matches) < 3 || len(out.Near) == 0 {
		t.Errorf("%s", r.stdout)
	}
	malformed := 0
	for _, p := range out.Matches {
		if p.Way == "" || p.Printed == "" || int(p.WireLen) != len(p.Packet)/2 {
			t.Errorf("%+v", p)
		}
		malformed += len(p.Malformed)
	}
	for _, p := range out.Near {
		if p.Fails == "" || p.Found == "" {
			t.Errorf("%+v", p)
		}
	}
	if malformed == 0 {
		t.Error("no packet is malformed")
	}
}

// The file has the packets that match and then those that do not, and takes the place of the one there when all is done.
func TestWitnessWrite(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "out.pcap"), filepath.Join(dir, "link.pcap")
	if err := os.WriteFile(path, []byte("what was there"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("out.pcap", link); err != nil {
		t.Skipf("SKIPPED: no symbolic links here: %v", err)
	}
	r := exec(t, "", "witness", "-w", link, "port 53")
	if r.status != exitOK || r.stdout != "" || r.stderr != "bpfc: note: 12 packets match\n" {
		t.Errorf("%+v", r)
	}
	if got := exec(t, "", "filter", "-r", path, "--count", "port 53").stdout; got != "12\n" {
		t.Errorf("the filter counts %q", got)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v %v", info, err)
	}
	if info, err = os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v %v", info, err)
	}
	if r = exec(t, "", "witness", "--near", "-w", path, "tcp port 80"); !strings.Contains(r.stderr, "4 packets match; behind them, ") {
		t.Errorf("%+v", r)
	}
	if got := exec(t, "", "filter", "-r", path, "--count", "tcp port 80").stdout; got != "4\n" {
		t.Errorf("the filter counts %q", got)
	}
	packed := filepath.Join(t.TempDir(), "out.pcap.gz")
	if r := exec(t, "", "witness", "-w", packed, "port 53"); r.status != exitOK {
		t.Errorf("%+v", r)
	}
	if data, err := os.ReadFile(packed); err != nil || len(data) < 3 || data[0] != 0x1f || data[1] != 0x8b {
		t.Errorf("%s is not compressed: %v", packed, err)
	}
	if got := exec(t, "", "filter", "-r", packed, "--count", "port 53").stdout; got != "12\n" {
		t.Errorf("the filter counts %q in %s", got, packed)
	}
	// What goes wrong leaves what is there.
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"ip and arp"}, {"prot 80"}} {
		if r := exec(t, "", append([]string{"witness", "-w", path}, args...)...); r.status != exitUsage {
			t.Errorf("%q: %+v", args, r)
		}
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Error("the file was changed")
	}
	if r := exec(t, "", "witness", "-w", filepath.Join(dir, "none", "x.pcap"), "ip"); r.status != exitRun {
		t.Errorf("a directory that is not there: %+v", r)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 2 {
		t.Errorf("what is left: %v %v", names, err)
	}
	if r := exec(t, "", "witness", "-w", "-", "arp"); len(r.stdout) < 24+16+42 || r.stdout[:4] != "\xd4\xc3\xb2\xa1" && r.stdout[:4] != "\xa1\xb2\xc3\xd4" {
		t.Errorf("standard output: %q", r.stdout)
	}
}

func TestWitnessTrouble(t *testing.T) {
	hostile := "ip[0]"
	for range 300 {
		hostile = "(" + hostile + " * ip[1:4] + ip[7])"
	}
	if r := exec(t, "", "witness", "--time", "1s", hostile+" = 77777"); r.status == exitUsage || len(r.stdout) == 0 && !strings.Contains(r.stderr, "no packet was found") {
		t.Errorf("hostile arithmetic: %+v", r)
	}
	for _, tt := range []struct {
		args, stderr string
	}{
		{"witness|tcp prot 80", "did you mean \"port\"?\n  tcp prot 80\n      ^~~~"},
		{"witness|ip and arp", "no packet can match"},
		{"witness|--allow-reject-all|ip and arp", "no packet can match"},
		{"witness|ip[8] & 1 = 1 and ip[8] & 3 = 2", "no packet can match"},
		{"witness|--most|0|ip", "--most"},
		{"witness|--json|-w|x.pcap|ip", "json"},
		{"witness|-y|NOSUCH|ip", "NOSUCH"},
		{"witness|-w|x.pcap.xz|ip", "compress"},
	} {
		if r := exec(t, "", strings.Split(tt.args, "|")...); r.status != exitUsage || !strings.Contains(r.stderr, tt.stderr) || r.stdout != "" {
			t.Errorf("%s: status %d, %q, %q; want %q", tt.args, r.status, r.stdout, r.stderr, tt.stderr)
		}
	}
}
