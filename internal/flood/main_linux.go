// Command flood compares `bpfc capture -w` with `tcpdump -w` under a flood: in a network namespace of its own it sends
// packets of 64 to 1,500 bytes (frame check sequence included) through a veth pair as fast as it can, while both programs
// save what arrives at the other end. Then it counts: what each program wrote, what the kernel received for it and
// dropped, and the processor time and memory it took, and how much of the time was the program's own. A second flood
// meets a filter that rejects 99 of 100 packets. A third stream is slow enough that both write everything: in a flood the
// one that drops less has more to write, so there the processor time of a packet is shown, too.
//
// The stream "hosts", which is sent if it is asked for, meets a filter of 10,000 hosts, which is too long for classic BPF in the
// kernel. bpfc, which gives it to the kernel as eBPF, is held against itself without the privilege for that, where it judges the
// packets in user space.
//
// Both run at the same time, so that they see the same packets under the same load. What the kernel does to deliver a
// packet is done in the name of the sender and counts for neither.
//
// It takes root and fails if a packet is unaccounted for, if bpfc drops more than tcpdump, if it drops anything behind
// the filter, or if it takes more processor time, whether or not it drops less.
//
//	go build -o /tmp/bpfc ./cmd/bpfc && go run ./internal/flood -bpfc /tmp/bpfc
//	go run ./internal/flood -bpfc /tmp/bpfc -streams flood,flood -dir /dev/shm
//	go run ./internal/flood -bpfc /tmp/bpfc -streams hosts
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"bpfc/capture"
	"bpfc/internal/netns"
)

func main() {
	f := flood{out: os.Stdout}
	flag.StringVar(&f.bpfc, "bpfc", "bpfc", "the bpfc to measure")
	flag.StringVar(&f.tcpdump, "tcpdump", "tcpdump", "the tcpdump to compare with")
	flag.IntVar(&f.packets, "packets", 5_000_000, "packets to send in each flood")
	flag.IntVar(&f.rate, "rate", 50_000, "packets a second of the slow stream")
	flag.IntVar(&f.slow, "slow", 1_000_000, "packets of the slow stream")
	flag.StringVar(&f.dir, "dir", os.TempDir(), "where the captures are written; removed in the end")
	flag.StringVar(&f.names, "streams", "flood,filter,slow", "which of the streams to send, in this order; hosts is one more")
	flag.IntVar(&f.buffer, "B", 0, "kernel buffer of both in KiB; 0 leaves each its default")
	flag.Parse()
	if err := f.run(); err != nil {
		fmt.Fprintln(os.Stderr, "flood:", err)
		os.Exit(1)
	}
}

// flood is one run of the command.
type flood struct {
	bpfc, tcpdump string
	packets, slow int
	rate          int
	dir           string
	names         string
	buffer        int
	out           io.Writer
}

const smallest, largest = 60, 1496 // bytes of a frame without its check sequence

// stream is one way to send.
type stream struct {
	packets int
	rate    int // a second; 0 for as fast as it goes
	filter  string
	one     int  // of so many packets passes the filter
	user    bool // the other program is bpfc that cannot load eBPF, else tcpdump
}

func (f *flood) streams() (chosen []stream, err error) {
	all := map[string]stream{
		"flood":  {packets: f.packets, one: 1},
		"filter": {packets: f.packets, one: 100, filter: "ether[14:4] % 100 = 0"},
		"slow":   {packets: f.slow, one: 1, rate: f.rate},
		"hosts":  {packets: f.packets, one: 100, filter: hosts(), user: true},
	}
	for _, name := range strings.Split(f.names, ",") {
		s, known := all[name]
		if !known {
			return nil, fmt.Errorf("no stream %q; there are flood, filter, slow and hosts", name)
		}
		chosen = append(chosen, s)
	}
	return chosen, nil
}

// sources is how many source addresses the packets have, by turns.
const sources = 1_000_000

// hosts is a filter of 10,000 hosts, which are one of 100 that packets come from.
func hosts() string {
	var terms []string
	for i := 0; i < sources; i += 100 {
		terms = append(terms, fmt.Sprintf("host 10.%d.%d.%d", i>>16, i>>8&0xff, i&0xff))
	}
	return strings.Join(terms, " or ")
}

// number puts the number of a packet into it: as one in all, behind an Ethernet header that nobody knows, or as the source
// of an IP packet.
func (s stream) number(frame []byte, i int) {
	if !s.user {
		binary.BigEndian.PutUint32(frame[14:], uint32(i))
		return
	}
	binary.BigEndian.PutUint16(frame[16:], uint16(len(frame)-14))
	binary.BigEndian.PutUint32(frame[26:], 10<<24|uint32(i%sources))
}

// header is what all packets begin with. That of the IP packets is to another host, so that the kernel makes nothing of them.
func (s stream) header() string {
	if !s.user {
		return "\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x88\xb5"
	}
	return "\x02\x00\x00\x00\x00\x99\x02\x00\x00\x00\x00\x01\x08\x00\x45\x00\x00\x00\x00\x00\x00\x00\x40\x11\x00\x00\x00\x00\x00\x00\xc0\x00\x02\x01"
}

// expected is how many packets pass the filter.
func (s stream) expected() uint64 { return uint64((s.packets + s.one - 1) / s.one) }

func (f *flood) run() error {
	streams, err := f.streams()
	if err != nil {
		return err
	}
	if err := namespace(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(f.dir, "flood")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var faults []error
	for _, s := range streams {
		ours, theirs, err := f.round(dir, s)
		if err != nil {
			return err
		}
		f.show(s, ours, theirs)
		faults = append(faults, s.account(ours), s.compare(ours, theirs))
	}
	return errors.Join(faults...)
}

// namespace makes this thread's own network, in which left and right face each other.
func namespace() error {
	runtime.LockOSThread() // for good: what is started from here is in the namespace, too
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("a network namespace: %w", err)
	}
	_ = os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0) // else the system sends packets of its own
	for _, arguments := range []string{"link add left type veth peer name right", "link set left up", "link set right up"} {
		if out, err := exec.Command("ip", strings.Fields(arguments)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", arguments, err, out)
		}
	}
	return errors.Join(netns.AwaitUp("left"), netns.AwaitUp("right"))
}

// result is what is known of a program in the end.
type result struct {
	written, received, dropped uint64
	cpu, user                  time.Duration // user is the part of cpu that is not the kernel's
	start                      time.Duration // the part of cpu that was before it listened, in hundredths of a second
	resident                   int64         // KiB
}

// round sends one stream.
func (f *flood) round(dir string, s stream) (ours, theirs result, err error) {
	arguments := []string{"-i", "right", "-p", "-Q", "in"}
	if f.buffer > 0 {
		arguments = append(arguments, "-B", strconv.Itoa(f.buffer))
	}
	if s.filter != "" { // too long for an argument, maybe
		file := filepath.Join(dir, "filter")
		if err := os.WriteFile(file, []byte(s.filter), 0o600); err != nil {
			return ours, theirs, err
		}
		arguments = append(arguments, "-F", file)
	}
	capture := append([]string{"capture"}, arguments...)
	a, err := begin(filepath.Join(dir, "ours.pcap"), f.bpfc, capture...)
	if err != nil {
		return ours, theirs, err
	}
	defer a.kill()
	name, other := f.tcpdump, append([]string{"-Z", "root"}, arguments...)
	if s.user {
		// CAP_SYS_ADMIN is taken for CAP_BPF, too (capabilities(7)).
		name, other = "setpriv", append([]string{"--bounding-set", "-bpf,-sys_admin", f.bpfc}, capture...)
	}
	b, err := begin(filepath.Join(dir, "theirs.pcap"), name, other...)
	if err != nil {
		return ours, theirs, err
	}
	defer b.kill()
	started := time.Now()
	if err := s.send(); err != nil {
		return ours, theirs, err
	}
	fmt.Fprintf(f.out, "\n%d packets of %d to %d bytes in %.1f s, filter %.40q\n", s.packets, smallest+4, largest+4, time.Since(started).Seconds(), s.filter)
	time.Sleep(2 * time.Second) // what is queued is read by then
	if ours, err = a.end(); err != nil {
		return ours, theirs, err
	}
	theirs, err = b.end()
	return ours, theirs, err
}

// send puts numbered packets of every length on the wire.
func (s stream) send() error {
	out, err := capture.OpenSender("left")
	if err != nil {
		return err
	}
	defer out.Close()
	frames := make([][]byte, 256)
	for i := range frames {
		frames[i] = make([]byte, largest)
		copy(frames[i], s.header())
	}
	batch := make([][]byte, 0, len(frames))
	started := time.Now()
	for i := 0; i < s.packets; i += len(batch) {
		if s.rate > 0 {
			time.Sleep(time.Until(started.Add(time.Duration(i) * time.Second / time.Duration(s.rate))))
		}
		batch = batch[:0]
		for j := range min(len(frames), s.packets-i) {
			b := frames[j][:smallest+(i+j)*7919%(largest-smallest+1)]
			s.number(b, i+j)
			batch = append(batch, b)
		}
		if _, err := out.Send(batch...); err != nil {
			return err
		}
	}
	return nil
}

// program is a capture that runs.
type program struct {
	cmd   *exec.Cmd
	file  string
	start time.Duration
	mu    sync.Mutex
	text  strings.Builder // its standard error
	eof   chan struct{}
}

// begin starts a capture and waits until it listens.
func begin(file, name string, arguments ...string) (*program, error) {
	p := &program{file: file, eof: make(chan struct{})}
	p.cmd = exec.Command(name, append(arguments, "-w", file)...)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	listening := make(chan bool, 1)
	go func() {
		defer close(p.eof)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			p.mu.Lock()
			fmt.Fprintln(&p.text, lines.Text())
			p.mu.Unlock()
			if strings.Contains(lines.Text(), "listening") {
				listening <- true
			}
		}
	}()
	select {
	case <-listening:
		if p.start, err = processorTime(p.cmd.Process.Pid); err != nil {
			p.kill()
		}
		return p, err
	case <-p.eof:
	case <-time.After(time.Minute): // it compiles 10,000 hosts, maybe beside other work
		p.kill()
	}
	return nil, fmt.Errorf("%s does not listen: %s", name, p.stderr())
}

// processorTime returns what a process has taken so far (proc_pid_stat(5)).
func processorTime(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), ") ") // behind the name, the third field
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat: %q", pid, b)
	}
	const tick = time.Second / 100 // USER_HZ
	user, err := strconv.Atoi(fields[11])
	system, e := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick, errors.Join(err, e)
}

func (p *program) stderr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

func (p *program) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill() // it may have ended by itself
		_ = p.cmd.Wait()
	}
}

// end interrupts the program and reads what it counted.
func (p *program) end() (r result, err error) {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return r, err
	}
	<-p.eof
	if err := p.cmd.Wait(); err != nil {
		return r, fmt.Errorf("%s: %w: %s", p.cmd.Path, err, p.stderr())
	}
	if r.received, err = number(p.stderr(), "received by filter"); err != nil {
		return r, err
	}
	if r.dropped, err = number(p.stderr(), "dropped by kernel"); err != nil {
		return r, err
	}
	usage := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	r.user, r.resident = p.cmd.ProcessState.UserTime(), int64(usage.Maxrss) // 32 bits on some systems
	r.cpu, r.start = r.user+p.cmd.ProcessState.SystemTime(), p.start
	r.written, err = count(p.file)
	return r, errors.Join(err, os.Remove(p.file))
}

// number finds "n packets WHAT".
func number(text, what string) (uint64, error) {
	m := regexp.MustCompile(`(\d+) packets? ` + what).FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("no count of packets %s in %q", what, text)
	}
	return strconv.ParseUint(m[1], 10, 64)
}

// count counts the packets of a file.
func count(path string) (n uint64, err error) {
	r, err := capture.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		switch _, err := r.Next(); err {
		case nil:
			n++
		case io.EOF:
			return n, nil
		default:
			return n, err
		}
	}
}

// show prints a round.
func (f *flood) show(s stream, ours, theirs result) {
	other := "tcpdump"
	if s.user {
		other = "in user space"
	}
	fmt.Fprintf(f.out, "%-13s %10s %10s %10s %8s %8s %8s %14s %12s\n", "", "written", "received", "dropped", "cpu s", "user s", "start s", "cpu ns/written", "resident KiB")
	for _, row := range []struct {
		name string
		result
	}{{"bpfc", ours}, {other, theirs}} {
		fmt.Fprintf(f.out, "%-13s %10d %10d %10d %8.3f %8.3f %8.2f %14d %12d\n", row.name, row.written, row.received, row.dropped, row.cpu.Seconds(), row.user.Seconds(),
			row.start.Seconds(), row.cpu.Nanoseconds()/int64(max(row.written, 1)), row.resident)
	}
}

// account finds packets that are unaccounted for.
func (s stream) account(ours result) error {
	switch {
	case ours.received != s.expected():
		return fmt.Errorf("%d packets had to reach bpfc, and %d did", s.expected(), ours.received)
	case ours.written+ours.dropped != ours.received:
		return fmt.Errorf("of %d packets %d were written and %d dropped", ours.received, ours.written, ours.dropped)
	case s.one > 1 && ours.dropped != 0:
		return fmt.Errorf("bpfc dropped %d packets of the few that it had to take", ours.dropped)
	}
	return nil
}

// compare finds where tcpdump does better.
func (s stream) compare(ours, theirs result) error {
	switch {
	case ours.dropped > theirs.dropped:
		return fmt.Errorf("bpfc dropped %d packets, tcpdump %d", ours.dropped, theirs.dropped)
	case ours.cpu > theirs.cpu:
		return fmt.Errorf("bpfc took %v of the processor, tcpdump %v", ours.cpu, theirs.cpu)
	}
	return nil
}
