package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"bpfc/capture"
	"bpfc/internal/netns"
	"bpfc/linktype"
)

// frame makes an Ethernet frame of a length, which carries a number.
func frame(number byte, length int) []byte {
	b := make([]byte, length)
	copy(b, "\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x88\xb5")
	b[14] = number
	return b
}

// listen captures what arrives on right; the function returned gives the packets that came since.
func listen(t *testing.T) func() [][]byte {
	t.Helper()
	h, err := capture.OpenLive(capture.LiveOptions{Interface: "right", Direction: capture.In, Immediate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	arrived := make(chan []byte, 10_000) // read at once: kernel buffers are few in immediate mode
	go func() {
		defer close(arrived)
		for {
			p, err := h.Next(context.Background())
			if err != nil { // the test is over
				return
			}
			arrived <- bytes.Clone(p.Data)
		}
	}()
	end := frame(255, 60)
	return func() (got [][]byte) {
		t.Helper()
		s, err := capture.OpenSender("left")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.Send(end); err != nil { // comes after all the others
			t.Fatal(err)
		}
		for late := time.After(time.Minute); ; {
			select {
			case b, more := <-arrived:
				if !more || bytes.Equal(b, end) {
					return got
				}
				got = append(got, b)
			case <-late:
				t.Fatalf("only %d packets in time", len(got))
			}
		}
	}
}

func TestSendLive(t *testing.T) {
	netns.Veth(t)
	came := listen(t)
	file := trace(t, 20)
	got := exec(t, "", "send", "-i", "left", "-r", file, "--top-speed", "--repeat", "3", "not src port 1000")
	if n := len(came()); got.status != exitOK || !strings.HasPrefix(got.stderr, "57 packets sent, 3.4 kB in ") || n != 57 {
		t.Errorf("%d came: %+v", n, got)
	}
	started := time.Now()
	got = exec(t, "", "send", "-i", "left", "-r", file, "--rate", "100", "-c", "11")
	d := time.Since(started)
	if n := len(came()); got.status != exitOK || !strings.HasPrefix(got.stderr, "11 packets sent") || n != 11 || d < 100*time.Millisecond {
		t.Errorf("after %v %d came: %+v", d, n, got)
	}
	if got := exec(t, "", "send", "-i", "no-such-interface", "-r", file); got.status != exitRun || !strings.Contains(got.stderr, "no such interface") {
		t.Errorf("%+v", got)
	}
	if got := exec(t, "", "send", "-i", "any", "-r", file); got.status != exitRun || !strings.Contains(got.stderr, "cannot send") {
		t.Errorf("%+v", got)
	}
}

// What is counted as sent is what arrives, and an error names the packet that was refused, by its number in the file, with
// and without pauses.
func TestFieldSendCounts(t *testing.T) {
	netns.Veth(t) // with an MTU of 1,500 bytes
	came := listen(t)
	whole, long, cut := sample{frame(1, 60), 0}, sample{frame(2, 2000), 0}, sample{frame(3, 60), 100}
	ip := sample{append([]byte{0x45}, make([]byte, 39)...), 0}
	var many []sample
	for i := range 600 {
		many = append(many, sample{frame(byte(i), 60+i%2), 0})
	}
	late := append(append([]sample(nil), many...), long)
	tests := []struct {
		name   string
		link   linktype.Type
		file   []sample
		args   string
		sent   int
		stderr string
	}{
		{"refused for its length", linktype.EN10MB, []sample{long, whole}, "", 0, "packet 1 on left: a packet of 2000 bytes is longer"},
		{"refused for its length, later", linktype.EN10MB, []sample{whole, whole, long, whole}, "", 2, "packet 3 on left"},
		{"counted in the file, not among what matches", linktype.EN10MB, late, "len != 60", 300, "packet 601 on left"},
		{"in the middle of a batch", linktype.EN10MB, []sample{whole, cut, whole, long, whole}, "--cut skip ether[14] != 3", 2, "packet 4 on left"},
		{"refused for what is missing", linktype.EN10MB, []sample{cut}, "", 0, "packet 1 was captured in part only, 60 of 100 bytes"},
		{"refused for what is missing, later", linktype.EN10MB, append(append([]sample(nil), many...), cut), "", 600, "packet 601 was captured"},
		{"refused for its type", linktype.RAW, []sample{ip}, "", 0, "packet 1 is of link-layer type RAW, and left takes EN10MB: it has no Ethernet header; send it on a tun device"},
		{"no more than asked for", linktype.EN10MB, many, "-c 300", 300, ""},
		{"the second time", linktype.EN10MB, []sample{whole, whole}, "--repeat 3 -c 5", 5, ""},
	}
	for _, tt := range tests {
		file := pcapOf(t, tt.link, tt.file...)
		for _, speed := range []string{"--speed=1000", "--top-speed"} {
			got := exec(t, "", append([]string{"send", "-i", "left", "-r", file, speed}, strings.Fields(tt.args)...)...)
			n := len(came())
			status := exitOK
			if tt.stderr != "" {
				status = exitRun
			}
			if !strings.Contains(got.stderr, plural(uint64(tt.sent), "packet")+" sent") || n != tt.sent || got.status != status || !strings.Contains(got.stderr, tt.stderr) {
				t.Errorf("%s, %s: %d arrived, want %d: %+v", tt.name, speed, n, tt.sent, got)
			}
		}
	}
}

// Packets captured in part, beside whole ones that are shorter and longer: skipped, or filled up.
func TestFieldSendCut(t *testing.T) {
	netns.Veth(t)
	came := listen(t)
	file := pcapOf(t, linktype.EN10MB, sample{frame(1, 80), 0}, sample{frame(2, 96), 1000}, sample{frame(3, 300), 0}, sample{frame(4, 96), 97})
	padded := func(b []byte, n int) []byte { return append(b, make([]byte, n-len(b))...) }
	for _, tt := range []struct {
		cut, stderr string
		want        [][]byte
	}{
		{"refuse", "packet 2 was captured in part only, 96 of 1000 bytes: leave such packets out with --cut skip, or fill them up with zeros with --cut pad", [][]byte{frame(1, 80)}},
		{"skip", "\n2 packets captured in part skipped\n", [][]byte{frame(1, 80), frame(3, 300)}},
		{"pad", "\n2 packets captured in part padded\n", [][]byte{frame(1, 80), padded(frame(2, 96), 1000), frame(3, 300), padded(frame(4, 96), 97)}},
	} {
		got := exec(t, "", "send", "-i", "left", "-r", file, "--top-speed", "--cut", tt.cut)
		if !strings.Contains(got.stderr, tt.stderr) || (got.status == exitOK) != (tt.cut != "refuse") {
			t.Errorf("%s: %+v", tt.cut, got)
		}
		if arrived := came(); fmt.Sprint(arrived) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %d packets arrived: %x", tt.cut, len(arrived), arrived)
		}
	}
}

// A tun device gets packets from their IP header on.
func TestFieldSendTun(t *testing.T) {
	netns.Enter(t)
	tun := netns.Tun(t, "tun9")
	next := func() []byte {
		t.Helper()
		b := make([]byte, 2000)
		if err := tun.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := tun.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return b[:n]
	}
	nothing := func() {
		t.Helper()
		if err := tun.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if n, err := tun.Read(make([]byte, 2000)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%d bytes came, %v", n, err)
		}
	}
	four := described(t, "--ip", "src=192.0.2.1,dst=192.0.2.2", "--udp", "sport=1,dport=2", "--payload", "x")[14:43] // without what Ethernet fills up with
	six := described(t, "--ip", "src=2001:db8::1,dst=2001:db8::2", "--udp", "sport=1,dport=2", "--payload", "x")[14:]
	for link, packets := range map[linktype.Type][][]byte{linktype.IPV4: {four}, linktype.IPV6: {six}, linktype.RAW: {four, six}} {
		var samples []sample
		for _, b := range packets {
			samples = append(samples, sample{b, 0})
		}
		got := exec(t, "", "send", "-i", "tun9", "-r", pcapOf(t, link, samples...))
		if got.status != exitOK || !strings.HasPrefix(got.stderr, plural(uint64(len(packets)), "packet")+" sent") {
			t.Errorf("%v: %+v", link, got)
			continue
		}
		for _, want := range packets {
			if b := next(); !bytes.Equal(b, want) {
				t.Errorf("%v: %x arrived, want %x", link, b, want)
			}
		}
	}
	for args, want := range map[string][]byte{
		"--ip src=192.0.2.1,dst=192.0.2.2 --udp sport=1,dport=2 --payload x":     four,
		"--ip src=2001:db8::1,dst=2001:db8::2 --udp sport=1,dport=2 --payload x": six,
		"--payload-hex " + hex.EncodeToString(four):                              four,
	} {
		got := exec(t, "", append([]string{"send", "-i", "tun9"}, strings.Fields(args)...)...)
		if got.status != exitOK || !strings.HasPrefix(got.stderr, "1 packet sent") {
			t.Errorf("%s: %+v", args, got)
			continue
		}
		if b := next(); !bytes.Equal(b, want) {
			t.Errorf("%s: %x arrived, want %x", args, b, want)
		}
	}
	got := exec(t, "", "send", "-i", "tun9", "--dry-run", "--ip", "src=192.0.2.1,dst=192.0.2.2", "--udp", "")
	if got.status != exitOK || !strings.Contains(got.stdout, "0x0000:  4500") {
		t.Errorf("a dry run: %+v", got)
	}
	ethernet := pcapOf(t, linktype.EN10MB, sample{frame(1, 60), 0})
	for args, message := range map[string]string{
		"-r " + ethernet:                                 "packet 1 is of link-layer type EN10MB, and tun9 takes RAW: send on an Ethernet interface, or take the Ethernet headers off",
		"--dry-run -r " + ethernet:                       "packet 1 is of link-layer type EN10MB",
		"--eth dst=02:00:00:00:00:01 --ip dst=192.0.2.1": "leave out --eth",
		"--vlan id=1 --ip dst=192.0.2.1":                 "leave out --eth",
		"--arp target=192.0.2.1":                         "leave out --eth",
		"--payload hello":                                "--ip",
	} {
		got := exec(t, "", append([]string{"send", "-i", "tun9"}, strings.Fields(args)...)...)
		if got.status == exitOK || !strings.Contains(got.stderr, message) || strings.Contains(got.stderr, "1 packet sent") {
			t.Errorf("%s: %+v", args, got)
		}
	}
	nothing()
}
