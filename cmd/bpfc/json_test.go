package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// objects reads an object from each line.
func objects(t *testing.T, text string) (list []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		list = append(list, o)
	}
	return list
}

// capture --json: an object a packet, with its headers.
func TestFieldPacketsAsJSON(t *testing.T) {
	tagged := append(append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0x20, 5}, 8, 0), udpPacket(53, []byte{1})[14:]...)
	file := fileOf(t, tagged, tcpPacket(443, nil, []byte("hello")), []byte{1, 2, 3})
	got := exec(t, "", "capture", "-n", "-r", file, "--json")
	list := objects(t, got.stdout)
	if got.status != exitOK || len(list) != 3 {
		t.Fatalf("%+v", got)
	}
	if want := `{"protocol":"vlan","id":5,"priority":1,"type":2048}`; !strings.Contains(got.stdout, want) {
		t.Errorf("no %s in %s", want, got.stdout)
	}
	for _, want := range []string{`"time":"1970-01-01T00:00:01Z","timestamp":1000000000,"link_type":"EN10MB","captured":47,"length":47`, `{"protocol":"udp","src_port":4000,"dst_port":53,"payload_length":1}`,
		`"src":"192.0.2.1","dst":"192.0.2.2","protocol":6`, `"flags":"P."`, `"text":"IP 192.0.2.1.4000 \u003e 192.0.2.2.443: Flags [P.], seq 1:6, ack 1, win 9, length 5"`} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("no %s in %s", want, got.stdout)
		}
	}
	if layers := list[2]["layers"].([]any); len(layers) != 0 {
		t.Errorf("three bytes of Ethernet have layers: %v", layers)
	}
	for _, flags := range []string{"--json -x", "--json --count", "--duration 5s", "--duration -1s"} {
		if got := exec(t, "", append([]string{"capture", "-r", file}, strings.Fields(flags)...)...); got.status != exitUsage {
			t.Errorf("%s: %+v", flags, got)
		}
	}
}

func TestFieldVerdictsAsJSON(t *testing.T) {
	file := fileOf(t, udpPacket(53, nil), tcpPacket(443, nil, nil))
	got := exec(t, "", "verdicts", "-r", file, "--json", "-s", "96", "udp")
	if want := "{\"number\":1,\"verdict\":96,\"length\":42,\"captured\":42}\n{\"number\":2,\"verdict\":0,\"length\":54,\"captured\":54}\n"; got.stdout != want || got.status != exitOK {
		t.Errorf("%+v, want %s", got, want)
	}
	got = exec(t, "", "verdicts", "-r", file, "-r", file, "--json", "udp")
	if list := objects(t, got.stdout); len(list) != 4 || list[2]["file"] != file {
		t.Errorf("two files: %+v", got)
	}
	got = exec(t, "", "verify", "-r", file, "--json", "udp")
	list := objects(t, got.stdout)
	if len(list) < 2 || list[len(list)-1]["agree"] != true || list[0]["engine"] == "" || list[0]["packets"] != 2.0 || list[0]["kept"] != 1.0 {
		t.Errorf("verify: %+v", got)
	}
	if got := exec(t, "", "stats", "-r", file, "--json"); len(objects(t, got.stdout)) != 1 {
		t.Errorf("stats: %+v", got)
	}
}

// filter -w says how many packets it kept, on standard error, unless that is not wanted.
func TestFieldSummaryOfFilter(t *testing.T) {
	file, out := fileOf(t, udpPacket(53, nil), tcpPacket(443, nil, nil), tcpPacket(80, nil, nil)), t.TempDir()+"/out.pcap"
	for flags, want := range map[string]string{"": "kept 2 of 3 packets\n", "-q": "", "--count": ""} {
		got := exec(t, "", append([]string{"filter", "-r", file, "-w", out, "tcp"}, strings.Fields(flags)...)...)
		if got.status != exitOK || got.stderr != want {
			t.Errorf("%q: %+v, want %q", flags, got, want)
		}
	}
	again := fileOf(t, udpPacket(53, nil), tcpPacket(443, nil, nil), tcpPacket(80, nil, nil))
	if got := exec(t, "", "filter", "-r", file, "-r", again, "-w", out, "tcp"); got.stderr != "kept 4 of the packets of 2 files\n" {
		t.Errorf("two files: %+v", got)
	}
	if got := grouped(1021) + " " + grouped(7) + " " + grouped(1234567); got != "1,021 7 1,234,567" {
		t.Errorf("numbers: %s", got)
	}
}
