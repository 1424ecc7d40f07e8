package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"bpfc/internal/netns"
)

// endSignals are those that end every command in order.
var endSignals = []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGPIPE}

// A signal ends a live capture with its totals, and with everything in the file.
func TestFieldSignalEndsCapture(t *testing.T) {
	netns.Veth(t)
	for _, s := range endSignals {
		file := filepath.Join(t.TempDir(), "a.pcap")
		p := start(t, "capture", "-i", "right", "-w", file)
		p.expect("listening")
		send(t, 5)
		p.captured(5)
		p.signal(s)
		status := p.end()
		if text := p.stderr.String(); status != exitOK || !strings.HasSuffix(text, "5 packets captured\n5 packets received by filter\n0 packets dropped by kernel\n") {
			t.Errorf("%v: status %d: %s", s, status, text)
		}
		if n := whole(t, file, false); n != 5 {
			t.Errorf("%v: %d packets in the file", s, n)
		}
	}
}

// Under nohup(1) a capture outlives its terminal.
func TestFieldHangupIgnored(t *testing.T) {
	netns.Veth(t)
	file := filepath.Join(t.TempDir(), "a.pcap")
	p := newProcess(t, "capture", "-i", "right", "-w", file)
	p.ignore("HUP")
	p.begin()
	p.expect("listening")
	p.signal(syscall.SIGHUP)
	send(t, 3)
	p.captured(3)
	p.signal(syscall.SIGHUP)
	send(t, 4)
	p.captured(7)
	p.signal(syscall.SIGTERM)
	if status := p.end(); status != exitOK {
		t.Errorf("status %d: %s", status, p.stderr)
	}
	if n := whole(t, file, false); n != 7 {
		t.Errorf("%d packets in the file", n)
	}
}

// terminal opens a pair of a terminal's two ends.
func terminal(t *testing.T) (outer, inner *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		required(t, "no terminals: "+err.Error())
	}
	outer = os.NewFile(uintptr(fd), "outer end") // not blocking, so that it can be closed while it is read
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	peer, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY)
	if errno != 0 {
		required(t, "no terminals: "+errno.Error())
	}
	return outer, os.NewFile(peer, "terminal")
}

// A terminal that goes away takes nothing of the file with it.
func TestFieldLostTerminal(t *testing.T) {
	netns.Veth(t)
	outer, inner := terminal(t)
	file := filepath.Join(t.TempDir(), "a.pcap")
	p := newProcess(t, "capture", "-i", "right", "-w", file, "--print")
	p.Stdin, p.Stdout = inner, inner
	p.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p.begin()
	inner.Close()
	go io.Copy(io.Discard, outer) // what is printed waits until it is looked at
	p.expect("listening")
	send(t, 5)
	p.captured(5)
	outer.Close()
	p.end()
	if !strings.Contains(p.stderr.String(), "5 packets received by filter") {
		t.Errorf("no totals: %s", p.stderr)
	}
	if n := whole(t, file, false); n != 5 {
		t.Errorf("%d packets in the file", n)
	}
}

// A reader of the output that has enough ends a capture, with its totals and a whole file.
func TestFieldOutputGone(t *testing.T) {
	netns.Veth(t)
	file := filepath.Join(t.TempDir(), "a.pcap")
	p := newProcess(t, "capture", "-i", "right", "-w", file, "--print", "-l", "-t")
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stdout = writer
	p.begin()
	writer.Close()
	p.expect("listening")
	send(t, 1)
	if line, err := bufio.NewReader(reader).ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}
	reader.Close()
	send(t, 1)
	if status := p.end(); status != exitOK || !strings.Contains(p.stderr.String(), "2 packets captured\n2 packets received by filter\n") {
		t.Errorf("status %d: %s", status, p.stderr)
	}
	if n := whole(t, file, false); n != 2 {
		t.Errorf("%d packets in the file", n)
	}
}

// Nothing is said where the output of another command goes to a reader that has enough.
func TestFieldOutputGoneQuietly(t *testing.T) {
	for _, args := range []string{"verdicts -r FILE", "filter -r FILE -w -", "send --dry-run -r FILE", "compile -d tcp"} {
		p := newProcess(t, strings.Fields(strings.ReplaceAll(args, "FILE", trace(t, 1000)))...)
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		p.Stdout = writer
		p.begin()
		writer.Close()
		if status := p.end(); status != exitOutputGone || p.stderr.Len() != 0 {
			t.Errorf("%s: status %d: %s", args, status, p.stderr)
		}
	}
}

// Whatever reads a pipe that gives no more ends by a signal, with what it has made of what came: whole records, whole lines.
func TestFieldSignalEndsReader(t *testing.T) {
	netns.Veth(t)
	pcap := trace(t, 3)
	text, err := os.ReadFile(pcap)
	if err != nil {
		t.Fatal(err)
	}
	ng := []byte(exec(t, "", "filter", "-r", pcap, "-w", "-", "--pcapng").stdout)
	tests := []struct {
		args           string
		status         int
		stdout, stderr string // a part of each
		packets        int    // in the file
	}{
		{"filter -r PIPE -w FILE", exitRun, "", "interrupted", 2},
		{"filter -r PIPE -w FILE --pcapng", exitRun, "", "interrupted", 2},
		{"filter -r PIPE -w FILE --pcapng udp", exitRun, "", "interrupted", 2},
		{"filter -r PIPE --count", exitRun, "2\n", "interrupted", 0},
		{"filter -r - -w -", exitRun, "", "interrupted", 0},
		{"capture -r PIPE -w FILE", exitOK, "", "", 2},
		{"capture -r - -n -t", exitOK, "1001 > 192.0.2.2.9: UDP, length 1\n", "", 0},
		{"verdicts -r PIPE", exitRun, "262144\n262144\n", "interrupted", 0},
		{"verify -r -", exitRun, "", "interrupted", 0},
		{"stats -r -", exitRun, "2 packets", "interrupted", 0},
		{"send -i left -r - --rate 1000", exitOK, "", "2 packets sent", 0},
		{"send -i left -r PIPE --top-speed", exitOK, "", "2 packets sent", 0},
		{"bench -r PIPE", exitRun, "", "interrupted", 0},
		{"compile -F PIPE", exitRun, "", "interrupted", 0},
		{"compile --jsonl", exitRun, "", "interrupted", 0},
	}
	for i, tt := range tests {
		s := endSignals[i%3] // SIGPIPE ends the others without a word
		dir := t.TempDir()
		pipe, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "a.pcap")
		if err := unix.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		p := newProcess(t, strings.Fields(strings.NewReplacer("PIPE", pipe, "FILE", file).Replace(tt.args))...)
		var out bytes.Buffer
		p.Stdout = &out
		var w io.WriteCloser
		if strings.Contains(tt.args, "PIPE") {
			p.begin()
			w, err = os.OpenFile(pipe, os.O_WRONLY, 0)
		} else {
			w, err = p.StdinPipe()
			p.begin()
		}
		if err != nil {
			t.Fatal(err)
		}
		input := text
		if strings.Contains(tt.args, "--pcapng udp") {
			input = ng // which is copied in another way
		}
		if _, err := w.Write(input[:len(input)-1]); err != nil { // the third packet never gets whole
			t.Fatal(err)
		}
		p.untilAsleep(w)
		p.signal(s)
		if status := p.end(); status != tt.status || !strings.Contains(out.String(), tt.stdout) || !strings.Contains(p.stderr.String(), tt.stderr) {
			t.Errorf("%s by %v: status %d: %q, %s", tt.args, s, status, out.String(), p.stderr)
		}
		w.Close()
		if tt.packets > 0 {
			if got := exec(t, "", "filter", "-r", file, "--count"); got.stdout != "2\n" {
				t.Errorf("%s: %+v", tt.args, got)
			}
		}
	}
}

// untilAsleep waits until a pipe into the process is empty, if there is one, and all threads of the process sleep, which those
// that a busy machine does not let run do not.
func (p *process) untilAsleep(pipe io.Writer) {
	p.t.Helper()
	asleep := 0
	for late := time.Now().Add(patience); time.Now().Before(late); time.Sleep(10 * time.Millisecond) {
		asleep++
		if f, ok := pipe.(*os.File); ok {
			if n, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCINQ); err != nil || n > 0 {
				asleep = 0
			}
		}
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.Process.Pid)) // fails only for a bad pattern
		for _, thread := range threads {
			text, _ := os.ReadFile(thread) // of a thread that ended meanwhile nothing
			if _, state, ok := strings.Cut(string(text), ") "); ok && state[0] != 'S' {
				asleep = 0
			}
		}
		if asleep == 5 {
			return
		}
	}
	p.t.Fatal("the process finds no rest")
}

// A command that does not open its pipe in time, or waits for a writer, ends all the same.
func TestFieldSignalEndsOpening(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "filter", "-r", pipe, "--count")
	p.untilAsleep(nil)
	p.signal(syscall.SIGTERM)
	if status := p.end(); status != exitRun || !strings.Contains(p.stderr.String(), "interrupted") {
		t.Errorf("status %d: %s", status, p.stderr)
	}
}
