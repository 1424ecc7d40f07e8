package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bpfc/capture"
)

// archiveOf copies packetsFile a few times, compressed and not, in a directory and one below.
func archiveOf(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	plain, err := os.ReadFile(packetsFile)
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "sub"), 0o777)
	}
	for name, kind := range map[string]capture.Compression{"1.pcap": capture.Uncompressed, "2.pcap.gz": capture.Gzip, "sub/3.pcap.zst": capture.Zstd} {
		var b bytes.Buffer
		w, e := capture.NewCompressor(&b, kind)
		if e == nil {
			_, e = w.Write(plain)
		}
		err = errors.Join(err, e, w.Close(), os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o666))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Every command that reads says of three times the same file what three times reading it says.
func TestArchives(t *testing.T) {
	dir := archiveOf(t)
	list := write(t, "list", filepath.Join(dir, "1.pcap")+"\n\n"+filepath.Join(dir, "sub", "*")+"\n")
	plain := packetsFile
	for _, ways := range [][]string{
		{"-r", dir}, {"-r", filepath.Join(dir, "*.*"), "-r", filepath.Join(dir, "sub")}, {"-r", plain, "-r", plain, "-r", plain},
		{"-V", list, "-r", filepath.Join(dir, "2.pcap.gz")},
	} {
		for _, args := range [][]string{{"verdicts"}, {"capture", "-n", "-tt", "-S"}} {
			want := exec(t, "", append(args, "-r", plain, "tcp")...)
			got := exec(t, "", append(append(args, ways...), "tcp")...)
			if got.status != 0 || got.stdout != strings.Repeat(want.stdout, 3) {
				t.Errorf("%q %q: status %d, %d and %d bytes, stderr %s", args, ways, got.status, len(got.stdout), len(want.stdout), got.stderr)
			}
		}
		want := 3 * number(t, exec(t, "", "filter", "--count", "-r", plain, "tcp").stdout)
		for _, args := range [][]string{{"filter", "--count"}, {"verdicts", "--count"}} {
			if got := exec(t, "", append(append(args, ways...), "tcp")...); got.status != 0 || number(t, got.stdout) != want {
				t.Errorf("%q %q: %+v, not %d", args, ways, got, want)
			}
		}
		for _, args := range [][]string{{"stats", "--json"}, {"explain", "--json"}} {
			if got := exec(t, "", append(append(args, ways...), "tcp")...); got.status != 0 || !strings.Contains(got.stdout, fmt.Sprint(want)) {
				t.Errorf("%q %q: %+v, without %d", args, ways, got, want)
			}
		}
	}
}

// A filter that is refused leaves a file that is there, and makes none; what one file's link-layer type does not know is told
// on one line.
func TestArchiveRefused(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out.pcap")
	if err := os.WriteFile(out, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{out, filepath.Join(dir, "new.pcap")} {
		if r := exec(t, "", "filter", "-r", packetsFile, "-r", packetsFile, "-w", name, "ip and arp"); r.status != 2 {
			t.Errorf("%+v", r)
		}
	}
	if text, err := os.ReadFile(out); string(text) != "old" {
		t.Errorf("%q, %v", text, err)
	}
	if list, err := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	// An empty capture of IP over InfiniBand, LINKTYPE 242.
	other := write(t, "other.pcap", "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\xf2\x00\x00\x00")
	for _, files := range [][]string{{packetsFile, other}, {other, packetsFile}} {
		r := exec(t, "", "filter", "-r", files[0], "-r", files[1], "--count", "tcp")
		if r.status != 1 || number(t, r.stdout) == 0 || strings.Contains(r.stderr, `\x0a`) || !strings.Contains(r.stderr, "other.pcap: left out: the protocol cannot be told") || strings.Contains(r.stderr, "could not be read") {
			t.Errorf("%v: %+v", files, r)
		}
	}
	if r := exec(t, "", "filter", "-r", other, "-r", other, "--count", "tcp"); r.status != 2 || !strings.Contains(r.stderr, "the protocol cannot be told") {
		t.Errorf("%+v", r)
	}
}

func number(t *testing.T, text string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return n
}

// The ways to write what matches in many files, and the counts for each of them.
func TestArchiveOutputs(t *testing.T) {
	dir := archiveOf(t)
	one := number(t, exec(t, "", "filter", "--count", "-r", packetsFile, "tcp").stdout)
	count := func(path string) int { return number(t, exec(t, "", "filter", "--count", "-r", path).stdout) }
	out := t.TempDir()
	for _, args := range [][]string{{"all.pcap"}, {"all.pcapng"}, {"all.pcap.gz"}, {"merged.pcap", "--merge"}, {"merged.pcapng", "--merge"}} {
		path := filepath.Join(out, args[0])
		if got := exec(t, "", append([]string{"filter", "-r", dir, "-w", path, "tcp"}, args[1:]...)...); got.status != 0 || count(path) != 3*one {
			t.Errorf("%q: %+v, %d packets", args, got, count(path))
		}
	}
	files := filepath.Join(out, "files") + "/"
	got := exec(t, "", "filter", "-r", dir, "-w", files, "--count", "--per-file", "tcp")
	var want strings.Builder
	for _, name := range []string{"1.pcap", "2.pcap.gz", "sub/3.pcap.zst"} {
		if n := count(filepath.Join(files, filepath.FromSlash(name))); n != one {
			t.Errorf("%s has %d packets, not %d", name, n, one)
		}
		fmt.Fprintf(&want, "%d\t%s\n", one, filepath.Join(dir, filepath.FromSlash(name)))
	}
	fmt.Fprintln(&want, 3*one)
	if got.status != 0 || got.stdout != want.String() {
		t.Errorf("-w DIR/: %+v, not %s", got, &want)
	}
	if list, err := filepath.Glob(filepath.Join(files, ".*")); err != nil || len(list) > 0 {
		t.Errorf("left behind: %q, %v", list, err)
	}
}

// What cannot be is refused before anything is written, and a damaged file gives status 1 when all others are done.
func TestArchiveErrors(t *testing.T) {
	dir := archiveOf(t)
	one := filepath.Join(dir, "1.pcap")
	whole, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"-r", dir, "-w", dir}, exitUsage, "is read from and written to"},
		{[]string{"-r", dir, "-w", one}, exitUsage, "is read from and written to"},
		{[]string{"-r", one, "-r", one, "-w", filepath.Join(dir, "new") + "/"}, exitUsage, "would both be written"},
		{[]string{"-r", dir, "-w", filepath.Join(dir, "new") + "/", "--merge"}, exitUsage, "--merge"},
		{[]string{"-r", dir, "--per-file", "-w", "x"}, exitUsage, "--count"},
		{[]string{"-r", dir, "-r", "-", "-F", "-", "--count"}, exitUsage, "only one of them"},
		{[]string{"-r", dir, "--count", "--since", "yesterday"}, exitUsage, "--since yesterday"},
		{[]string{"-r", dir, "--count", "--since", "2", "--until", "1"}, exitUsage, "no time at all"},
		{[]string{"-r", dir, "--count", "tcp prt 5"}, exitUsage, "prt"},
		{[]string{"-r", filepath.Join(dir, "none*"), "--count"}, exitRun, "none*"},
		{[]string{"-V", one, "--count"}, exitRun, "1.pcap: line 1 has a zero byte"},
		{[]string{"-V", write(t, "long", strings.Repeat("x", 70_000)), "--count"}, exitRun, "no list of names"},
	} {
		if got := exec(t, "", append([]string{"filter"}, c.args...)...); got.status != c.status || !strings.Contains(got.stderr, c.says) {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
	if now, err := os.ReadFile(one); err != nil || !bytes.Equal(now, whole) {
		t.Errorf("an input was changed: %v", err)
	}
	if err := os.WriteFile(one, whole[:len(whole)-7], 0o666); err != nil {
		t.Fatal(err)
	}
	all := number(t, exec(t, "", "filter", "--count", "-r", packetsFile).stdout)
	got := exec(t, "", "filter", "-r", dir, "--count")
	if got.status != exitRun || number(t, got.stdout) != 3*all-1 || !strings.Contains(got.stderr, "1.pcap") || !strings.Contains(got.stderr, "1 of 3 files") {
		t.Errorf("a damaged file: %+v", got)
	}
	if got := exec(t, "", "filter", "-r", dir, "--count", "--strict"); got.status != exitRun || strings.Contains(got.stderr, "1 of 3") {
		t.Errorf("--strict: %+v", got)
	}
}
