package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bpfc/capture"
)

// compressedFile is packetsFile, compressed, under a name that does not say so.
func compressedFile(t *testing.T, kind capture.Compression) string {
	t.Helper()
	plain, err := os.ReadFile(packetsFile)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := capture.NewCompressor(&b, kind)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	path := filepath.Join(t.TempDir(), "trace")
	if err == nil {
		err = os.WriteFile(path, b.Bytes(), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Every command that reads a capture file says the same of one that is compressed, from a path and from standard input.
func TestCompressedInput(t *testing.T) {
	for _, kind := range []capture.Compression{capture.Gzip, capture.Zstd} {
		path := compressedFile(t, kind)
		for _, args := range [][]string{
			{"verdicts"}, {"filter", "--count"}, {"capture", "-n"}, {"verify"}, {"explain"}, {"stats", "--json"},
		} {
			plain := exec(t, "", append(args, "-r", packetsFile, "tcp")...)
			packed := exec(t, "", append(args, "-r", path, "tcp")...)
			if packed.status != plain.status || packed.stdout != plain.stdout || plain.stdout == "" {
				t.Errorf("%v %q: status %d and %d, stderr %s", kind, args, plain.status, packed.status, packed.stderr)
			}
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := exec(t, string(data), "filter", "--count", "-r", "-", "tcp"), exec(t, "", "filter", "--count", "-r", packetsFile, "tcp"); got.stdout != want.stdout {
			t.Errorf("%v on standard input: %+v", kind, got)
		}
	}
}

// A name with the ending of a compressed file gets one, whole, with the packets that another name gets, in files of a ring too.
func TestFieldCompressedOutput(t *testing.T) {
	for ending, kind := range map[string]capture.Compression{".pcap.gz": capture.Gzip, ".GZ": capture.Gzip, ".zst": capture.Zstd, ".pcapng.zst": capture.Zstd} {
		for _, command := range [][]string{{"filter"}, {"capture"}, {"capture", "-U"}} {
			dir := t.TempDir()
			plain, packed := filepath.Join(dir, "plain"+strings.TrimSuffix(ending, ".zst")), filepath.Join(dir, "packed"+ending)
			if strings.HasSuffix(strings.ToLower(plain), ".gz") {
				plain = plain[:len(plain)-3]
			}
			for _, out := range []string{plain, packed} {
				if got := exec(t, "", append(command, "-r", packetsFile, "-w", out, "tcp")...); got.status != exitOK {
					t.Fatalf("%q %s: %+v", command, out, got)
				}
			}
			r, err := capture.Open(packed)
			if err != nil {
				t.Fatal(err)
			}
			if r.Compression() != kind || (r.Format() == capture.Pcapng) != strings.Contains(ending, "pcapng") {
				t.Errorf("%s is %v, %v", ending, r.Compression(), r.Format())
			}
			r.Close()
			want, got := exec(t, "", "capture", "-n", "-r", plain), exec(t, "", "capture", "-n", "-r", packed)
			if want.stdout == "" || got.stdout != want.stdout || got.status != exitOK {
				t.Errorf("%q %s: %+v", command, ending, got)
			}
		}
	}
}
