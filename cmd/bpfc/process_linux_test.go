package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"bpfc/capture"
	"bpfc/internal/netns"
)

// The test binary is bpfc too, for tests that need a process of its own: to kill, to send signals to, to take privileges from.
func TestMain(m *testing.M) {
	if os.Getenv("BPFC_TEST_AS_PROGRAM") == "1" {
		main()
	}
	// What begins with a signal ignored, as under nohup(1), hands that on to the processes that it starts. Those of the tests are to
	// begin as a shell starts them.
	for _, s := range endSignals {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	os.Exit(m.Run())
}

// process is a bpfc that runs beside the test.
type process struct {
	*osexec.Cmd
	t      *testing.T
	stderr *bytes.Buffer
	lines  chan string // of standard error
	last   string      // of these
}

// start starts bpfc, from the thread of the test and so in its network namespace.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := newProcess(t, args...)
	p.begin()
	return p
}

// newProcess is a bpfc that is still to begin.
func newProcess(t *testing.T, args ...string) *process {
	p := &process{Cmd: osexec.Command("/proc/self/exe", args...), t: t, stderr: &bytes.Buffer{}, lines: make(chan string, 100)}
	p.Env = append(os.Environ(), "BPFC_TEST_AS_PROGRAM=1")
	return p
}

// ignore makes the process begin with a signal ignored.
func (p *process) ignore(signal string) {
	p.Args = append([]string{"sh", "-c", `trap "" ` + signal + `; exec "$0" "$@"`, fmt.Sprintf("/proc/%d/exe", os.Getpid())}, p.Args[1:]...)
	p.Path = "/bin/sh"
}

func (p *process) begin() {
	t := p.t
	t.Helper()
	pipe, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.ProcessState == nil {
			p.Process.Kill()
			p.Wait()
		}
	})
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(pipe); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
}

// expect waits for a line of standard error that contains a text.
func (p *process) expect(text string) {
	p.t.Helper()
	for late := time.After(patience); ; {
		select {
		case line, more := <-p.lines:
			fmt.Fprintln(p.stderr, line)
			p.last = line
			if strings.Contains(line, text) {
				return
			}
			if !more {
				p.t.Fatalf("no %q in %s", text, p.stderr)
			}
		case <-late:
			p.t.Fatalf("no %q in time, only %s", text, p.stderr)
		}
	}
}

// patience is how long a test waits for what has to come, on a machine that may be busy.
const patience = 60 * time.Second

// captured waits until the process says that it captured as many packets.
func (p *process) captured(n int) {
	p.t.Helper()
	for late := time.Now().Add(patience); time.Now().Before(late); time.Sleep(20 * time.Millisecond) {
		p.signal(syscall.SIGUSR1)
		p.expect(" captured")
		if p.last == plural(uint64(n), "packet")+" captured" {
			return
		}
	}
	p.t.Fatalf("not %d packets in time, only %s", n, p.last)
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// end waits for the end and gives the exit status, -1 for a signal.
func (p *process) end() int {
	p.t.Helper()
	stuck := time.AfterFunc(patience, func() { p.Process.Kill() })
	defer stuck.Stop()
	for line := range p.lines {
		fmt.Fprintln(p.stderr, line)
	}
	err := p.Wait()
	var exit *osexec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

// send puts n packets of 1,000 bytes on left.
func send(t *testing.T, n int) {
	t.Helper()
	s, err := capture.OpenSender("left")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	frame := append([]byte("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x88\xb5"), make([]byte, 986)...)
	for range n {
		if _, err := s.Send(frame); err != nil {
			t.Fatal(err)
		}
	}
}

// whole counts the packets of a file up to its end, which may be in the middle of a packet only if cut says so.
func whole(t *testing.T, path string, cut bool) (n int) {
	t.Helper()
	r, err := capture.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		p, err := r.Next()
		var damage *capture.FileError
		switch {
		case err == io.EOF, cut && errors.As(err, &damage) && damage.Kind == capture.Truncated:
			return n
		case err != nil:
			t.Fatal(err)
		case len(p.Data) != 1000:
			t.Fatalf("packet %d has %d bytes", n, len(p.Data))
		}
		n++
	}
}

// A capture that is killed leaves a file that can be read up to its last whole packet.
func TestKilledWhileWriting(t *testing.T) {
	netns.Veth(t)
	file := filepath.Join(t.TempDir(), "a.pcap")
	p := start(t, "capture", "-i", "right", "-w", file)
	p.expect("listening")
	for sent := 0; sent < 1_000_000; sent += 1000 {
		send(t, 1000)
		if info, err := os.Stat(file); err == nil && info.Size() > 1<<20 {
			break
		}
	}
	p.signal(os.Kill)
	send(t, 1000)
	if status := p.end(); status != -1 {
		t.Errorf("status %d: %s", status, p.stderr)
	}
	if n := whole(t, file, true); n < 900 {
		t.Errorf("%d packets", n)
	}
}

// A disk that gets full ends a capture; what was written is whole.
func TestFullDisk(t *testing.T) {
	netns.Veth(t)
	for _, name := range []string{"a.pcap", "a.pcapng"} {
		dir := t.TempDir()
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=200k"); err != nil {
			required(t, "a small file system cannot be mounted: "+err.Error())
		}
		file := filepath.Join(dir, name)
		p := start(t, "capture", "-i", "right", "-w", file)
		p.expect("listening")
		send(t, 1000)
		if status := p.end(); status != exitRun || !strings.Contains(p.stderr.String(), "no space left on device") || !strings.Contains(p.stderr.String(), file) {
			t.Errorf("status %d: %s", status, p.stderr)
		}
		if n := whole(t, file, false); n < 150 || n > 201 {
			t.Errorf("%s: %d packets", name, n)
		}
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}
}

// The end of -W is a regular one, and said.
func TestFieldRotationEnds(t *testing.T) {
	netns.Veth(t)
	dir := t.TempDir()
	p := start(t, "capture", "-i", "right", "-w", filepath.Join(dir, "a"), "-G", "1", "-W", "1")
	p.expect("listening")
	send(t, 2)
	time.Sleep(1500 * time.Millisecond) // the packets above are of the first period, and that is over
	send(t, 1)
	if status := p.end(); status != exitOK || !strings.Contains(p.stderr.String(), "bpfc: the end of -W 1 is reached") || !strings.Contains(p.stderr.String(), "packets received by filter") {
		t.Errorf("status %d: %s", status, p.stderr)
	}
	if got := counted(t, dir); !strings.HasPrefix(got, "a:") || strings.Contains(got, " ") {
		t.Errorf("%s", got)
	}
}

// SIGUSR1 tells the counts meanwhile; an interrupt ends the capture regularly, also one that began with interrupts ignored,
// as shells begin their background jobs.
func TestSignals(t *testing.T) {
	netns.Veth(t)
	file := filepath.Join(t.TempDir(), "a.pcap")
	p := newProcess(t, "capture", "-i", "right", "-w", file, "-U")
	p.ignore("INT")
	p.begin()
	p.expect("listening")
	send(t, 5)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline) && whole(t, file, true) < 5; {
		time.Sleep(10 * time.Millisecond)
	}
	p.signal(syscall.SIGUSR1)
	p.expect("5 packets captured")
	p.expect("5 packets received by filter")
	p.expect("0 packets dropped by kernel")
	send(t, 2)
	p.signal(os.Interrupt)
	if status := p.end(); status != exitOK || !strings.Contains(p.stderr.String(), "packets captured") {
		t.Errorf("status %d: %s", status, p.stderr)
	}
}

// A reader that waits for a pipe ends at an interrupt, too, with everything that came written out.
func TestInterruptOfPipe(t *testing.T) {
	dir := t.TempDir()
	pipe, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "a.pcap")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "capture", "-r", pipe, "-w", file)
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	text, err := os.ReadFile(trace(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text[:len(text)-1]); err != nil { // the last packet never gets whole
		t.Fatal(err)
	}
	p.expect("reading from file")
	time.Sleep(300 * time.Millisecond) // now it waits for more
	p.signal(os.Interrupt)
	if status := p.end(); status != exitOK {
		t.Errorf("status %d: %s", status, p.stderr)
	}
	got := exec(t, "", "capture", "-r", file, "--count")
	if got.stdout != "2 packets\n" {
		t.Errorf("%+v", got)
	}
}

// -Z gives up every privilege, before files are written.
func TestRelinquishPrivileges(t *testing.T) {
	netns.Veth(t)
	dir, err := os.MkdirTemp("/tmp", "bpfc") // t.TempDir is in a directory of root's alone
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "a.pcap")
	p := start(t, "capture", "-i", "right", "-Z", "nobody", "-w", file)
	p.expect("listening")
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; owner == 0 {
		t.Error("the file is root's")
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		fields := strings.Fields(line)
		switch fields[0] {
		case "Uid:", "Gid:", "Groups:":
			for _, id := range fields[1:] {
				if id == "0" {
					t.Errorf("still %s", line)
				}
			}
		case "CapEff:", "CapPrm:":
			if strings.Trim(fields[1], "0") != "" {
				t.Errorf("still %s", line)
			}
		}
	}
	p.signal(os.Interrupt)
	if status := p.end(); status != exitOK {
		t.Errorf("status %d: %s", status, p.stderr)
	}
}

// Without the privilege capturing and sending end with plain words.
func TestNoPermission(t *testing.T) {
	if os.Geteuid() != 0 {
		required(t, "becoming somebody else needs root")
	}
	for _, args := range [][]string{{"capture", "-i", "lo"}, {"stats", "-i", "lo"}, {"send", "-i", "lo", "--ip", "dst=127.0.0.1"}} {
		p := osexec.Command("/proc/self/exe", args...)
		p.Env = append(os.Environ(), "BPFC_TEST_AS_PROGRAM=1")
		p.Dir = "/"
		p.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, _ := p.CombinedOutput() // the status is checked below
		if p.ProcessState.ExitCode() != exitRun || !strings.Contains(string(out), "no permission") || !strings.Contains(string(out), "CAP_NET_RAW") {
			t.Errorf("%q: status %d: %s", args, p.ProcessState.ExitCode(), out)
		}
	}
}

// An interface that goes down does not end a capture; one that disappears does, with what it had.
func TestFieldInterfaceDownAndGone(t *testing.T) {
	netns.Veth(t)
	file := filepath.Join(t.TempDir(), "a.pcap")
	p := start(t, "capture", "-i", "left", "-w", file)
	p.expect("listening")
	send(t, 1)
	netns.IP(t, "link set left down")
	netns.IP(t, "link set left up")
	netns.Settle(t, "left")
	send(t, 5)
	p.captured(6)
	netns.IP(t, "link set left down")
	netns.IP(t, "link del left")
	if status := p.end(); status != exitRun || !strings.Contains(p.stderr.String(), "bpfc: left: the interface disappeared") || !strings.Contains(p.stderr.String(), "6 packets captured\n6 packets received by filter\n") {
		t.Errorf("status %d: %s", status, p.stderr)
	}
	if n := whole(t, file, false); n != 6 {
		t.Errorf("%d packets in the file", n)
	}
	netns.IP(t, "link add left type veth peer name right")
	if got := exec(t, "", "capture", "-i", "right", "-c", "1"); got.status != exitRun || !strings.Contains(got.stderr, "right: the interface is down") {
		t.Errorf("%+v", got)
	}
}

// -i N is the Nth interface that -D lists, for every command, unless an interface is called N.
func TestFieldInterfaceNumbers(t *testing.T) {
	netns.Veth(t)
	netns.IP(t, "link add idle type veth peer name idler")
	netns.Pair(t, "3", "other")
	list := strings.Split(strings.TrimSpace(exec(t, "", "capture", "-D").stdout), "\n")
	if len(list) != 8 {
		t.Fatalf("%q", list)
	}
	for _, line := range list {
		number, rest, _ := strings.Cut(line, ".")
		name, state, _ := strings.Cut(rest, " ")
		want := "listening on " + name + ","
		switch {
		case strings.Contains(state, "Down"):
			want = name + ": the interface is down"
		case number == "3":
			want = "listening on 3,"
		}
		p := start(t, "capture", "-i", number)
		p.expect(want)
		p.signal(os.Interrupt)
		p.end()
		if strings.Contains(state, "Down") || name == "any" || number == "3" {
			continue
		}
		p = start(t, "capture", "-i", name, "-Q", "inout", "ether proto 0x88b5")
		p.expect("listening on")
		if got := exec(t, "", "send", "-i", number, "--eth", "type=0x88b5", "--payload", name); got.status != exitOK {
			t.Errorf("send -i %s: %+v", number, got)
		}
		p.captured(1)
		p.signal(os.Interrupt)
		p.end()
	}
	for _, args := range []string{"capture -i 9", "stats -i 9", "send -i 9 --ip dst=192.0.2.1", "capture -i 0"} {
		if got := exec(t, "", strings.Fields(args)...); got.status != exitRun || !strings.Contains(got.stderr, "no such interface: the list of them goes from 1 to 8") {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

// Without -i the first interface of -D is taken.
func TestFieldFirstInterface(t *testing.T) {
	netns.Enter(t)
	p := start(t, "capture")
	p.expect("listening on any,")
	p.signal(os.Interrupt)
	p.end()
	netns.Pair(t, "left", "right")
	p = start(t, "capture")
	p.expect("listening on right,")
	p.signal(os.Interrupt)
	p.end()
}

// -i any prints the name that an interface has when its packet comes.
func TestFieldRenamedInterface(t *testing.T) {
	netns.Veth(t)
	p := newProcess(t, "capture", "-i", "any", "-n", "-t", "-l", "-q", "-Q", "in")
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.begin()
	lines := bufio.NewScanner(out)
	p.expect("listening")
	for _, name := range []string{"right", "other", "right"} {
		send(t, 1)
		for lines.Scan() && strings.HasPrefix(lines.Text(), "\t") { // the packet before in hexadecimal
		}
		if !strings.HasPrefix(lines.Text(), name+" ") {
			t.Errorf("%q instead of %s", lines.Text(), name)
		}
		netns.IP(t, "link set "+map[string]string{"right": "right name other", "other": "other name right"}[name])
	}
	p.signal(os.Interrupt)
	p.end()
}

// -y of a type that an interface does not have is a mistake in the flags.
func TestLinkTypeOfInterface(t *testing.T) {
	netns.Veth(t)
	for _, args := range []string{"-i left -y RAW", "-i any -y EN10MB"} {
		got := exec(t, "", append([]string{"capture", "-c", "1"}, strings.Fields(args)...)...)
		if got.status != exitUsage || !strings.Contains(got.stderr, "link-layer type") {
			t.Errorf("%s: %+v", args, got)
		}
	}
}
