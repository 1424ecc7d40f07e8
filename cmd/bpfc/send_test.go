package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"bpfc/capture"
	"bpfc/linktype"
)

// sample is a packet for a file: its bytes, and its length on the wire if it was longer.
type sample struct {
	data []byte
	wire int
}

// pcapOf writes a file of a link-layer type.
func pcapOf(t *testing.T, link linktype.Type, samples ...sample) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "samples.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := capture.NewWriter(f, capture.WriterOptions{LinkType: link})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		if err := w.WritePacket(&capture.Packet{Data: s.data, WireLen: uint32(max(s.wire, len(s.data)))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return path
}

// A built packet decodes to what was asked for, and -v finds its checksums right.
func TestBuild(t *testing.T) {
	tests := []struct {
		flags []string
		want  []gopacket.LayerType
	}{
		{[]string{"--ip", "src=192.0.2.1,dst=192.0.2.2,ttl=3", "--tcp", "sport=1,dport=2,flags=SA,seq=7"}, []gopacket.LayerType{layers.LayerTypeEthernet, layers.LayerTypeIPv4, layers.LayerTypeTCP}},
		{[]string{"--ip", "src=2001:db8::1,dst=2001:db8::2", "--udp", "", "--payload", "odd"}, []gopacket.LayerType{layers.LayerTypeEthernet, layers.LayerTypeIPv6, layers.LayerTypeUDP}},
		{[]string{"--vlan", "id=9", "--ip", "src=192.0.2.1,dst=192.0.2.2", "--icmp", "id=5"}, []gopacket.LayerType{layers.LayerTypeEthernet, layers.LayerTypeDot1Q, layers.LayerTypeIPv4, layers.LayerTypeICMPv4}},
		{[]string{"--ip", "src=fe80::1,dst=fe80::2", "--icmp", "seq=2"}, []gopacket.LayerType{layers.LayerTypeEthernet, layers.LayerTypeIPv6, layers.LayerTypeICMPv6}},
		{[]string{"--arp", "sender=192.0.2.1,target=192.0.2.2"}, []gopacket.LayerType{layers.LayerTypeEthernet, layers.LayerTypeARP}},
		{[]string{"--eth", "type=0x88b5,src=02:00:00:00:00:09", "--payload-hex", "00 01:02"}, []gopacket.LayerType{layers.LayerTypeEthernet}},
	}
	for _, tt := range tests {
		b := described(t, tt.flags...)
		p := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.Default)
		for _, l := range tt.want {
			if p.Layer(l) == nil {
				t.Errorf("%q: no %v in %v", tt.flags, l, p)
			}
		}
		got := exec(t, "", append([]string{"send", "--dry-run"}, tt.flags...)...)
		if got.status != exitOK || !strings.Contains(got.stdout, "0x0000:") {
			t.Errorf("%q: %+v", tt.flags, got)
		}
	}
}

func TestSendErrors(t *testing.T) {
	tests := []struct{ args, stderr string }{
		{"--dry-run", "nothing to send"},
		{"--ip src=192.0.2.1", "-i"},
		{"--dry-run --tcp dport=1", "--ip"},
		{"--dry-run --ip src=x", "no IP address"},
		{"--dry-run --ip src=::1,dst=192.0.2.1", "versions"},
		{"--dry-run --ip ttl=256", "8 bits"},
		{"--dry-run --ip color=red", "color"},
		{"--dry-run --ip ttl=1,ttl=2", "once"},
		{"--dry-run --ip ttl=1 --tcp flags=XY", "letters"},
		{"--dry-run --ip ttl=1 --tcp dport=1 --udp dport=1", "one of them"},
		{"--dry-run --payload-hex 0", "--payload-hex"},
		{"--dry-run --eth src=1:2", "Ethernet address"},
		{"--dry-run --payload x tcp", "filter"},
		{"--dry-run --payload x --rate -1", "negative"},
		{"--dry-run --payload x --cut off", "refuse, skip or pad"},
	}
	for _, tt := range tests {
		got := exec(t, "", append([]string{"send"}, strings.Fields(tt.args)...)...)
		if got.status != exitUsage || !strings.Contains(got.stderr, tt.stderr) {
			t.Errorf("%s: %+v", tt.args, got)
		}
	}
}

func TestSendDryRunOfFile(t *testing.T) {
	got := exec(t, "", "send", "--dry-run", "-r", trace(t, 4), "--repeat", "2", "src", "port", "1002")
	if got.status != exitOK || strings.Count(got.stdout, "192.0.2.1.1002 >") != 2 {
		t.Errorf("%+v", got)
	}
}

// A dry run shows what would be sent, and refuses what would be refused.
func TestFieldSendDryRunOfCut(t *testing.T) {
	whole, cut := described(t, "--ip", "src=192.0.2.1,dst=192.0.2.2", "--udp", "sport=1"), described(t, "--ip", "src=192.0.2.1,dst=192.0.2.2", "--udp", "sport=2")
	file := pcapOf(t, linktype.EN10MB, sample{whole, 0}, sample{cut, len(cut) + 4})
	endless := pcapOf(t, linktype.EN10MB, sample{whole, math.MaxInt32})
	for _, tt := range []struct {
		file, cut string
		status    int
		shown     string // ports
		stderr    string
	}{
		{file, "refuse", exitRun, "1", "packet 2 was captured in part only"},
		{file, "skip", exitOK, "1", "1 packet captured in part skipped"},
		{file, "pad", exitOK, "1 2", "1 packet captured in part padded"},
		{endless, "pad", exitRun, "", "packet 1 is said to have had 2147483647 bytes"},
	} {
		got := exec(t, "", "send", "--dry-run", "-r", tt.file, "--cut", tt.cut)
		for _, port := range []string{"1", "2"} {
			if strings.Contains(got.stdout, "192.0.2.1."+port+" >") != strings.Contains(tt.shown, port) {
				t.Errorf("%s: port %s in %s", tt.cut, port, got.stdout)
			}
		}
		if got.status != tt.status || !strings.Contains(got.stderr, tt.stderr) {
			t.Errorf("%s: %+v", tt.cut, got)
		}
		if padded := strings.Contains(got.stdout, fmt.Sprintf("length %d:", len(cut)+4)); tt.cut == "pad" && tt.shown != "" && !padded {
			t.Errorf("not shown with all its bytes: %s", got.stdout)
		}
	}
}
