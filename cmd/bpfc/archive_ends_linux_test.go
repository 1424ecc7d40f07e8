package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"bpfc/capture"
)

// repeated is packetsFile with its packets so many times, compressed or not.
func repeated(t *testing.T, times int, kind capture.Compression) []byte {
	t.Helper()
	plain, err := os.ReadFile(packetsFile)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := capture.NewCompressor(&b, kind)
	if err == nil {
		_, err = w.Write(append(slices.Clone(plain[:24]), bytes.Repeat(plain[24:], times)...))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// files writes files into a new directory that everybody may read.
func filesIn(t *testing.T, files map[string][]byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o777))
	for name, data := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// contents are the files of a directory that are not hidden.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = string(data)
	}
	return got
}

// eventually waits for something to become true.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for late := time.Now().Add(patience); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("%s: not in time", what)
		}
	}
}

// What is killed leaves whole files under the names of -w DIR/ and of -w OUT, or none; run again it makes all of them.
func TestArchiveKilled(t *testing.T) {
	dir := filesIn(t, map[string][]byte{"1.pcap": repeated(t, 3, capture.Uncompressed), "2.pcap.gz": repeated(t, 3, capture.Gzip)})
	pipe := filepath.Join(dir, "3.pcap")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	names := []string{"-r", filepath.Join(dir, "1.pcap"), "-r", filepath.Join(dir, "2.pcap.gz"), "-r", pipe}
	old := []byte("what was there before")
	out, one := filepath.Join(dir, "out"), filepath.Join(dir, "one.pcap")
	if err := os.WriteFile(one, old, 0o600); err != nil {
		t.Fatal(err)
	}
	whole := repeated(t, 3, capture.Uncompressed)
	for _, to := range []string{out + "/", one} {
		p := start(t, append([]string{"filter", "-w", to, "tcp or udp"}, names...)...)
		w, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits for the process
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(whole[:len(whole)/2]); err != nil { // more than a pipe holds: it is being read
			t.Fatal(err)
		}
		eventually(t, "files under way", func() bool {
			parts, err := filepath.Glob(filepath.Join(filepath.Dir(to), ".*.part"))
			return err == nil && len(parts) > 0 && (to == one || len(contents(t, out)) == 2)
		})
		p.signal(os.Kill)
		if status := p.end(); status != -1 {
			t.Errorf("status %d: %s", status, p.stderr)
		}
		w.Close()
	}
	if now, err := os.ReadFile(one); err != nil || !bytes.Equal(now, old) {
		t.Errorf("-w OUT of a process that was killed has %d bytes, %v", len(now), err)
	}
	killed := contents(t, out)
	if err := errors.Join(os.Remove(pipe), os.WriteFile(pipe, whole, 0o600)); err != nil {
		t.Fatal(err)
	}
	again := exec(t, "", append([]string{"filter", "-w", out + "/", "tcp or udp"}, names...)...)
	if got := contents(t, out); again.status != exitOK || len(got) != 3 || len(killed) != 2 || killed["1.pcap"] != got["1.pcap"] ||
		got["1.pcap"] != got["3.pcap"] || killed["2.pcap.gz"] != got["2.pcap.gz"] {
		t.Errorf("killed with %d files, then %d: %+v", len(killed), len(got), again)
	}
}

// The same wherever in its work it is killed.
func TestArchiveKilledAnywhere(t *testing.T) {
	input := map[string][]byte{}
	for i := range 12 {
		input[fmt.Sprintf("%02d.pcap", i)] = repeated(t, 4, capture.Uncompressed)
	}
	dir := filesIn(t, input)
	if got := exec(t, "", "filter", "-r", dir, "-w", filepath.Join(dir, ".whole")+"/", "not port 53"); got.status != exitOK {
		t.Fatalf("%+v", got)
	}
	want := contents(t, filepath.Join(dir, ".whole"))
	out := filepath.Join(dir, ".out")
	for round := range 8 {
		p := start(t, "filter", "-r", dir, "-w", out+"/", "not port 53")
		eventually(t, "files", func() bool { return len(contents(t, out)) > round })
		p.signal(os.Kill)
		p.end() // it may have been faster
		for name, data := range contents(t, out) {
			if data != want[name] {
				t.Errorf("%s has %d bytes of %d", name, len(data), len(want[name]))
			}
		}
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
	}
}

// smallDisk mounts a file system of so many bytes.
func smallDisk(t *testing.T, size int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		required(t, "a small file system cannot be mounted: "+err.Error())
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// A disk that gets full ends an archive with an error, and with none but whole files.
func TestArchiveFullDisk(t *testing.T) {
	input := map[string][]byte{}
	for i := range 9 {
		input[fmt.Sprint(i, ".pcap")] = repeated(t, 1, capture.Uncompressed)
	}
	dir := filesIn(t, input)
	size := len(input["0.pcap"])
	out := filepath.Join(smallDisk(t, 4*size), "files")
	got := exec(t, "", "filter", "-r", dir, "-w", out+"/")
	made := contents(t, out)
	if says := fmt.Sprintf("note: %s of 9 written to", plural(uint64(len(made)), "file")); got.status != exitRun ||
		!strings.Contains(got.stderr, "no space left on device") || strings.Contains(got.stderr, ".part") || !strings.Contains(got.stderr, says) {
		t.Errorf("%d files: %+v", len(made), got)
	}
	if hidden, err := filepath.Glob(filepath.Join(out, ".*")); err != nil || len(hidden) > 0 {
		t.Errorf("left behind %q, %v", hidden, err)
	}
	for name, data := range made {
		if data != string(input[name]) {
			t.Errorf("%s has %d bytes, not %d", name, len(data), size)
		}
	}
	if len(made) < 2 || len(made) > 4 {
		t.Errorf("%d files", len(made))
	}
}

// longGzip writes packetsFile with its packets so many times, which takes a while to read.
func longGzip(t *testing.T, path string, times int) {
	t.Helper()
	plain := repeated(t, 1, capture.Uncompressed)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := capture.NewCompressor(file, capture.Gzip)
	if err == nil {
		_, err = w.Write(plain[:24])
	}
	for range times {
		if err == nil {
			_, err = w.Write(plain[24:])
		}
	}
	if err = errors.Join(err, w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
}

// unfinishedWays are the ways to make one file of others: of PACKED, a long one, and of DIR, which has it and a short one.
var unfinishedWays = []string{"filter -r PACKED -w OUT.pcap", "filter -r PACKED -w OUT.pcapng", "filter -r PACKED -w OUT.pcap.gz", "filter -r DIR -w OUT.pcap", "filter -r DIR -w OUT.pcapng",
	"filter -r DIR -w OUT.pcap.zst", "filter -r DIR --merge -w OUT.pcap", "capture -r PACKED -w OUT.pcap", "capture -r PACKED -w OUT.pcapng.gz", "capture -r DIR -w OUT.pcap", "capture -r DIR -w OUT.pcapng"}

// A file that cannot be finished, since the disk gets full or somebody interrupts, is not written: what had its name stays as it is,
// nothing is left beside it, all that is said is about the file that was asked for, and the status is 1.
func TestUnfinishedOutputs(t *testing.T) {
	noise := repeated(t, 1, capture.Uncompressed)
	dir := filesIn(t, map[string][]byte{"1.pcap": noise, "2.pcap.gz": nil})
	longGzip(t, filepath.Join(dir, "2.pcap.gz"), 1500)
	for _, interrupt := range []bool{false, true} {
		for _, way := range unfinishedWays {
			for _, exists := range []bool{true, false} {
				to := t.TempDir()
				if !interrupt {
					to = smallDisk(t, map[bool]int{true: 64 << 10, false: 32 << 10}[exists])
				}
				args := strings.Fields(strings.NewReplacer("PACKED", filepath.Join(dir, "2.pcap.gz"), "DIR", dir, "OUT", filepath.Join(to, "out")).Replace(way))
				out := args[len(args)-1]
				if exists {
					if err := os.WriteFile(out, noise, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				p := start(t, args...)
				if interrupt {
					eventually(t, way, func() bool {
						parts, err := filepath.Glob(filepath.Join(to, ".*.part"))
						return err == nil && len(parts) == 1
					})
					p.signal(os.Interrupt)
				}
				status, says := p.end(), p.stderr.String()
				left, err := os.ReadDir(to)
				kept, e := os.ReadFile(out)
				if exists != (len(left) == 1) || exists != (e == nil) || err != nil || exists && !bytes.Equal(kept, noise) {
					t.Errorf("%s, interrupted %v, exists %v: left %v, %d bytes, %v %v", way, interrupt, exists, left, len(kept), err, e)
				}
				why := map[bool]string{true: "bpfc: interrupted\n", false: out + ": no space left on device"}[interrupt]
				if status != exitRun || !strings.Contains(says, why) || strings.Contains(says, ".part") || !strings.Contains(says, out+" is not written, and what was begun of it is removed") ||
					exists != strings.Contains(says, "the file that was there is as it was") {
					t.Errorf("%s, interrupted %v, exists %v: status %d: %s", way, interrupt, exists, status, says)
				}
			}
		}
	}
}

// A count that was interrupted is said to be of a part, and is the sum of what is listed.
func TestInterruptedCount(t *testing.T) {
	dir := filesIn(t, map[string][]byte{"1.pcap": repeated(t, 3, capture.Uncompressed)})
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	one := number(t, exec(t, "", "filter", "--count", "-r", filepath.Join(dir, "1.pcap")).stdout)
	for _, way := range []string{"filter --count --per-file", "filter --count", "verdicts --count", "capture --count", "filter --merge --count"} {
		p := newProcess(t, append(strings.Fields(way), "-r", filepath.Join(dir, "1.pcap"), "-r", pipe)...)
		var out bytes.Buffer
		p.Stdout = &out
		p.begin()
		w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(repeated(t, 1, capture.Uncompressed)); err != nil {
			t.Fatal(err)
		}
		p.untilAsleep(w)
		p.signal(os.Interrupt)
		status := p.end()
		w.Close()
		text := strings.Fields(out.String())
		if status != exitRun || !strings.Contains(p.stderr.String(), "interrupted") || len(text) == 0 {
			t.Errorf("%s: status %d, %q: %s", way, status, text, p.stderr)
			continue
		}
		if way == "filter --count --per-file" && (len(text) != 3 || text[2] != fmt.Sprint(one) || text[0] != text[2]) {
			t.Errorf("%s: %q, of one file %d", way, text, one)
		}
	}
}

// packetsOf counts the packets of a file that has to be whole.
func packetsOf(t *testing.T, path string) (n int) {
	t.Helper()
	r, err := capture.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		if _, err := r.Next(); err == io.EOF {
			return n
		} else if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		n++
	}
}

// A file that may not be read, a link that leads to itself, a cut file, a cut stream and an empty file are told by their names,
// and all that is good is there.
func TestArchiveUnreadable(t *testing.T) {
	plain, packed := repeated(t, 1, capture.Uncompressed), repeated(t, 1, capture.Gzip)
	dir := filesIn(t, map[string][]byte{"good.pcap": plain, "secret.pcap": plain, "cut.pcap": plain[:len(plain)-7], "cut.pcap.gz": packed[:len(packed)/2],
		"empty.pcap": nil, "notes": []byte("no capture"), "flag": []byte("1")})
	if err := errors.Join(os.Chmod(filepath.Join(dir, "secret.pcap"), 0), os.Symlink("loop", filepath.Join(dir, "loop")),
		os.Symlink("..", filepath.Join(dir, "up"))); err != nil {
		t.Fatal(err)
	}
	nobody := func(args ...string) *process {
		p := newProcess(t, args...)
		if os.Getuid() == 0 {
			p.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		p.Dir = dir
		p.begin()
		return p
	}
	p := nobody("filter", "-r", ".", "-w", ".out/") // with a dot, which the search leaves out
	status := p.end()
	for _, want := range []string{"secret.pcap: permission denied", "loop: ", "cut.pcap: packet ", "cut.pcap.gz: packet ", "the gzip stream ends too early",
		"empty.pcap: ", "4 of 7 files could not be read", "2 files found in directories, which are no captures"} {
		if !strings.Contains(p.stderr.String(), want) {
			t.Errorf("no %q", want)
		}
	}
	out := filepath.Join(dir, ".out")
	good, cut, stream := packetsOf(t, filepath.Join(out, "good.pcap")), packetsOf(t, filepath.Join(out, "cut.pcap")), packetsOf(t, filepath.Join(out, "cut.pcap.gz"))
	if status != exitRun || cut != good-1 || stream == 0 || stream >= good || len(contents(t, out)) != 3 {
		t.Errorf("status %d; %d, %d and %d packets: %s", status, good, cut, stream, p.stderr)
	}
}

// A file that grows while it is read gives the packets that it has at some time, and an end in the middle of one is told.
func TestArchiveGrows(t *testing.T) {
	whole := repeated(t, 40, capture.Uncompressed)
	dir := filesIn(t, map[string][]byte{"a.pcap": whole[:len(whole)/4], "b.pcap": whole})
	path := filepath.Join(dir, "a.pcap")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan error)
	go func() {
		rest := whole[len(whole)/4:]
		for len(rest) > 0 {
			n := min(len(rest), 100_001)
			if _, err := file.Write(rest[:n]); err != nil {
				written <- err
				return
			}
			rest = rest[n:]
			time.Sleep(time.Millisecond)
		}
		written <- file.Close()
	}()
	all := packetsOf(t, filepath.Join(dir, "b.pcap"))
	for ended := false; !ended; {
		select {
		case err := <-written:
			if ended = true; err != nil {
				t.Fatal(err)
			}
		default:
		}
		out := filepath.Join(dir, ".out.pcap")
		got := exec(t, "", "filter", "-r", dir, "-w", out)
		n := packetsOf(t, out)
		switch {
		case ended && (got.status != exitOK || n != 2*all):
			t.Errorf("whole: %d packets of %d, %+v", n, 2*all, got)
		case n < all+all/5 || n > 2*all, got.status != exitOK && !strings.Contains(got.stderr, "a.pcap: packet "):
			t.Errorf("%d packets of %d, %+v", n, 2*all, got)
		}
	}
}

// Names of every kind are names: one that is not UTF-8 is printed as it is, and one that would break a line or move the cursor
// of a terminal is not. The limit of open files of a shell is enough for any number of files.
func TestArchiveNames(t *testing.T) {
	plain := repeated(t, 1, capture.Uncompressed)
	input := map[string][]byte{"caf\xe9": plain, "line\nend": plain, "\x1b[2Jclear": plain[:len(plain)-1], "a b 'c'": plain}
	for i := range 100 {
		input[fmt.Sprint("many", i)] = plain
	}
	dir := filesIn(t, input)
	p := newProcess(t, "filter", "-r", dir, "--count", "--per-file")
	var out bytes.Buffer
	p.Stdout = &out
	p.Args = append([]string{"sh", "-c", `ulimit -n 40; exec "$0" "$@"`, fmt.Sprintf("/proc/%d/exe", os.Getpid())}, p.Args[1:]...)
	p.Path = "/bin/sh"
	p.begin()
	status := p.end()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if status != exitRun || len(lines) != len(input)+1 || !strings.Contains(out.String(), "/caf\xe9\n") || !strings.Contains(out.String(), `/line\x0aend`+"\n") ||
		strings.Contains(out.String()+p.stderr.String(), "\x1b") || !strings.Contains(p.stderr.String(), `\x1b[2Jclear: packet `) || strings.Count(p.stderr.String(), "2Jclear") != 1 {
		t.Errorf("status %d, %d lines: %q\n%s", status, len(lines), out.String(), p.stderr)
	}
	if got := exec(t, "", "filter", "-r", dir, "--count", "--per-file", "-w", filepath.Join(dir, ".out")+"/"); got.status != exitRun {
		t.Errorf("%+v", got)
	}
	if got := contents(t, filepath.Join(dir, ".out")); len(got) != len(input) || got["caf\xe9"] != string(plain) {
		t.Errorf("%d files", len(got))
	}
}

// What is taken of memory and descriptors does not grow with the number of files. With BPFC_LONG=1 there are 100,000.
func TestArchiveBounded(t *testing.T) {
	many := 800
	if os.Getenv("BPFC_LONG") == "1" {
		many = 100_000
	}
	plain := repeated(t, 1, capture.Uncompressed)
	record := plain[24 : 24+16+int(plain[24+8])+int(plain[24+9])<<8]
	dir := t.TempDir()
	for i := range many {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%06d", i)), append(slices.Clone(plain[:24]), record...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"--count"}, {"-w", "/dev/null"}, {"-w", "/dev/null", "--merge"}, {"-w", filepath.Join(t.TempDir(), "out") + "/"}} {
		p := newProcess(t, append([]string{"filter", "-q", "-r", dir}, args...)...)
		p.Args = append([]string{"sh", "-c", `ulimit -n 60; exec "$0" "$@"`, fmt.Sprintf("/proc/%d/exe", os.Getpid())}, p.Args[1:]...)
		p.Path = "/bin/sh"
		p.begin()
		status := p.end()
		used, ok := p.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			t.Fatal("no resource usage")
		}
		if megabytes := used.Maxrss >> 10; status != exitOK || megabytes > 300 {
			t.Errorf("%q: status %d, %d MB: %s", args, status, megabytes, p.stderr)
		} else {
			t.Logf("%q: %d files, %d MB", args, many, megabytes)
		}
	}
}

// Making an index that is killed, or whose capture grows meanwhile, leaves the sidecar that was there, which is used if it is right;
// run again it makes a new one.
func TestArchiveIndexKilled(t *testing.T) {
	dir := filesIn(t, map[string][]byte{"1.pcap": repeated(t, 400, capture.Uncompressed)})
	file := filepath.Join(dir, "1.pcap")
	if got := exec(t, "", "index", file); got.status != exitOK {
		t.Fatalf("%+v", got)
	}
	before := contents(t, dir)
	same := func(when string) {
		for _, expr := range []string{"tcp", "host 203.0.113.77"} {
			if with, without := exec(t, "", "filter", "-r", file, "--count", expr), exec(t, "", "filter", "-r", file, "--count", "--no-index", expr); with != without {
				t.Errorf("%s: %+v, without index %+v", when, with, without)
			}
		}
	}
	underWay := func() bool {
		parts, err := filepath.Glob(filepath.Join(dir, ".*.part"))
		return err == nil && len(parts) > 0
	}
	p := start(t, "index", "--force", file)
	eventually(t, "the sidecar is being written", underWay) // for a tenth of a second or more
	p.signal(os.Kill)
	p.end()
	if after := contents(t, dir); len(after) != 2 || after["1.pcap.bpfci"] != before["1.pcap.bpfci"] {
		t.Errorf("%d files, the sidecar %d bytes, not %d", len(after), len(after["1.pcap.bpfci"]), len(before["1.pcap.bpfci"]))
	}
	same("killed")
	whole := repeated(t, 1, capture.Uncompressed)
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = f.Write(whole[24 : len(whole)-5])
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	same("grown, in the middle of a packet")
	if f, err = os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0); err == nil {
		_, err = f.Write(whole[len(whole)-5:])
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	same("grown")
	if got := exec(t, "", "index", file); got.status != exitOK || !strings.HasPrefix(got.stdout, "1 file indexed") {
		t.Errorf("again: %+v", got)
	}
	same("indexed again")
}

// screen is what lines of text leave on a terminal.
func screen(text string) (lines []string) {
	for line := range strings.SplitSeq(text, "\n") {
		var cells []rune
		column := 0
		for _, r := range line {
			switch {
			case r == '\r':
				column = 0
				continue
			case column == len(cells):
				cells = append(cells, r)
			default:
				cells[column] = r
			}
			column++
		}
		lines = append(lines, strings.TrimRight(string(cells), " "))
	}
	return lines
}

// On a terminal much to read is shown as a line that is gone before anything else is printed, and that is not there where the
// command prints all the time.
func TestArchiveOnTerminal(t *testing.T) {
	dir := filesIn(t, map[string][]byte{"1.pcap": repeated(t, 1, capture.Uncompressed), "zeros": nil})
	if err := os.Truncate(filepath.Join(dir, "zeros"), longFile); err != nil { // no capture, but it counts
		t.Fatal(err)
	}
	for command, shown := range map[string]bool{"filter --count": true, "filter -w /dev/null": true, "filter --merge -w /dev/null": true, "verdicts --count": true, "stats": true, "index --force": true,
		"capture -w /dev/null": true, "capture -n": false, "verdicts": false, "verdicts --json": false, "filter --count --per-file": false} {
		outer, inner := terminal(t)
		p := newProcess(t, append(strings.Fields(command), map[bool][]string{true: {"-r", dir}, false: {dir}}[!strings.HasPrefix(command, "index")]...)...)
		p.Stdin, p.Stdout, p.Stderr = inner, inner, inner
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		inner.Close()
		raw, _ := io.ReadAll(outer) // ends with an error when the other end is closed
		if err := p.Wait(); err != nil {
			t.Errorf("%s: %v: %s", command, err, raw)
		}
		outer.Close()
		if strings.Contains(string(raw), " of 268.5 MB") != shown {
			t.Errorf("%s: a line of progress is shown: %v; %q", command, !shown, raw[:min(len(raw), 300)])
		}
		for _, line := range screen(string(raw)) {
			if strings.Contains(line, " %") {
				t.Errorf("%s: it leaves %q", command, line)
			}
		}
	}
}
