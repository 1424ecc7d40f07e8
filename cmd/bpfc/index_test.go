package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bpfc/index"
)

// The commands say the same with an index as without, and the index is kept beside the files, for those that are captures.
func TestIndexCommand(t *testing.T) {
	dir := archiveOf(t)
	if err := os.WriteFile(filepath.Join(dir, "README"), []byte("no capture"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := exec(t, "", "index", dir); got.status != exitOK || got.stdout != "3 files indexed, 0 up to date, 1 no captures, 0 failed\n" {
		t.Fatalf("%+v", got)
	}
	if got := exec(t, "", "index", dir); got.status != exitOK || !strings.HasPrefix(got.stdout, "0 files indexed, 3 up to date") {
		t.Errorf("again: %+v", got)
	}
	if got := exec(t, "", "index"); got.status != exitUsage {
		t.Errorf("of nothing: %+v", got)
	}
	for _, expr := range []string{"tcp", "host 203.0.113.77", "udp port 4", "not ip and not ip6"} {
		for _, args := range [][]string{{"filter", "--count", "--per-file"}, {"verdicts"}, {"verdicts", "--count"}, {"capture", "-n"}, {"explain"}, {"filter", "--count", "-w", filepath.Join(t.TempDir(), "out") + "/"}} {
			args = append(args, "-r", dir, expr)
			with, without := exec(t, "", args...), exec(t, "", append(args[:len(args):len(args)], "--no-index")...)
			if with.stdout != without.stdout || with.status != without.status {
				t.Errorf("%q: %+v, without index %+v", args, with, without)
			}
		}
	}
	one := filepath.Join(dir, "1.pcap")
	whole, err := os.ReadFile(one)
	if err == nil {
		err = os.WriteFile(one, whole[:len(whole)-3], 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := exec(t, "", "index", dir); got.status != exitRun || !strings.Contains(got.stderr, "1.pcap") || !strings.Contains(got.stdout, "1 failed") {
		t.Errorf("a damaged capture: %+v", got)
	}
	if got := exec(t, "", "filter", "-r", dir, "--count", "host 203.0.113.77"); got.status != exitRun {
		t.Errorf("its sidecar of before is used: %+v (%s)", got, index.Path(one))
	}
}

// Of one file with a sidecar everything is said as of one without, also how many packets there are, and in every format.
func TestIndexOfOneFile(t *testing.T) {
	dir := t.TempDir()
	pcap := filepath.Join(dir, "many.pcap")
	if got := exec(t, "", "filter", "-r", packetsFile, "-r", packetsFile, "-r", packetsFile, "-w", pcap, ""); got.status != exitOK {
		t.Fatalf("%+v", got)
	}
	names := []string{pcap}
	for _, ending := range []string{".pcapng", ".pcap.gz", ".pcapng.zst"} {
		name := filepath.Join(dir, "many"+ending)
		if got := exec(t, "", "filter", "-r", pcap, "-w", name, ""); got.status != exitOK {
			t.Fatalf("%+v", got)
		}
		names = append(names, name)
	}
	if got := exec(t, "", "index", dir); got.status != exitOK || !strings.HasPrefix(got.stdout, "4 files indexed") {
		t.Fatalf("%+v", got)
	}
	out := filepath.Join(dir, "out")
	written := func() []byte { data, _ := os.ReadFile(out); return data } // compared, whatever it is
	for _, name := range names {
		for _, expr := range []string{"tcp", "host 203.0.113.77", "udp port 4", ""} {
			for _, args := range [][]string{{"filter", "--count"}, {"filter", "--count", "--per-file"}, {"filter", "-w", out}, {"filter", "--pcapng", "-w", out}, {"filter", "--merge", "--count"},
				{"verdicts"}, {"verdicts", "--count"}, {"verdicts", "--json"}, {"capture", "-n", "-#"}, {"capture", "--count", "-c", "2"}, {"capture", "-w", out, "-c", "3"},
				{"stats"}, {"stats", "--json", "-c", "3"}, {"explain"}, {"filter", "--count", "--since", "1970-01-02"}, {"stats", "--until", "2005-01-01"}} {
				args = append(args, "-r", name, expr)
				with := exec(t, "", args...)
				withFile := written()
				without := exec(t, "", append(args[:len(args):len(args)], "--no-index")...)
				if with != without || !bytes.Equal(withFile, written()) {
					t.Errorf("%q: %+v, without index %+v, files of %d and %d bytes", args, with, without, len(withFile), len(written()))
				}
			}
		}
	}
}
