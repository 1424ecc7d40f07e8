// Package examples holds runnable programs, one a directory; this test runs
// them all.
package examples

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bpfc/capture"
)

// programs is where TestMain puts the programs of all examples.
var programs string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	var err error
	if programs, err = os.MkdirTemp("", "examples"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(programs)
	if out, err := exec.Command("go", "build", "-ldflags=-w", "-o", programs, "./...").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the examples: %v: %s\n", err, out)
		return 1
	}
	return m.Run()
}

// run runs an example to its end and gives its standard output.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	c := exec.CommandContext(ctx, filepath.Join(programs, name), args...)
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, &errs)
	}
	return out.String()
}

// trace writes a file with TCP packets to the ports given.
func trace(t *testing.T, ports ...uint16) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace.pcap")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w, err := capture.NewWriter(file, capture.WriterOptions{LinkType: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, port := range ports {
		b := append(make([]byte, 12), 8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2)
		b = binary.BigEndian.AppendUint16(b, 50000)
		b = binary.BigEndian.AppendUint16(b, port)
		b = append(b, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 1, 0, 0, 0, 0, 0)
		if err := w.WritePacket(&capture.Packet{Data: b, WireLen: uint32(len(b))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFiles(t *testing.T) {
	file := trace(t, 80, 443, 80)
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"read", []string{file, "tcp", "port", "80"}, "2\n2\n"},
		{"decode", []string{file, "port", "443"}, "2 Ethernet IPv4 TCP\n"},
		{"fastdecode", []string{trace(t, 80, 80)}, "80 108\n"},
		{"gopacket", []string{file, "tcp port 443"}, "1\n"},
		{"customlayer", nil, "counter 101\ncounter 70000\n"},
	}
	for _, tt := range tests {
		if got := run(t, tt.name, tt.args...); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := run(t, "devices"); !strings.Contains(got, "loopback=true") {
		t.Errorf("devices: %q", got)
	}
}
