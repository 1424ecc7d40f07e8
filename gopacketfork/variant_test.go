package pcap_test

import (
	"io"
	"os"
	"testing"

	"github.com/gopacket/gopacket"
)

// What the two APIs differ in, as the tests see it.
const (
	gopacketModule = "github.com/gopacket/gopacket"
	ourPackage     = "bpfc/gopacketfork"

	closesFile     = false // closing a handle of OpenOfflineFile closes the file
	errorsAreFinal = true  // after a read error a file is over
)

// What Resolution gives.
var (
	ofMicroseconds = gopacket.TimestampResolutionMicrosecond
	ofNanoseconds  = gopacket.TimestampResolutionNanosecond
)

// The file stays the caller's: it is still open after the handle was closed, and after an error, and it may be closed before the handle
// is done with it.
func TestFileStaysOpen(t *testing.T) {
	path := write(t, pcapFile(micro, 65535, 1, udp(t, 1, 2, 3)))
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := openOfflineFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h.Close()
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Errorf("after Close: %v", err)
	}
	if h, err = openOfflineFile(file); err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	if n := count(t, h); n != 1 {
		t.Errorf("%d packets of a file that was closed", n)
	}
	empty, err := os.Open(write(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openOfflineFile(empty); err == nil {
		t.Error("an empty file is one")
	}
	if err := empty.Close(); err != nil {
		t.Errorf("after an error: %v", err)
	}
}

// SetWantPktap is there on every system.
func TestWantPktap(t *testing.T) {
	p, err := newInactiveHandle("lo")
	if err != nil {
		t.Fatal(err)
	}
	defer p.CleanUp()
	if err := p.SetWantPktap(false); err != nil {
		t.Error(err)
	}
}
