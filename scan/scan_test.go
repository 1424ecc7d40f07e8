package scan_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"bpfc"
	"bpfc/capture"
	"bpfc/diag"
	"bpfc/linktype"
	"bpfc/scan"
)

// frame is an Ethernet frame of UDP to a port, of so many bytes.
func frame(port uint16, size int) []byte {
	b := make([]byte, max(size, 42))
	copy(b[12:], []byte{8, 0, 0x45})
	b[23] = 17
	binary.BigEndian.PutUint16(b[36:], port)
	return b
}

// file writes packets to ports 0 to 9 in turn, of sizes that differ.
func file(t testing.TB, format capture.Format, packets int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace."+format.String())
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := capture.NewWriter(f, capture.WriterOptions{Format: format, LinkType: linktype.EN10MB})
	if err != nil {
		t.Fatal(err)
	}
	for i := range packets {
		data := frame(uint16(i%10), 60+i*7%1400)
		if err := w.WritePacket(&capture.Packet{Data: data, WireLen: uint32(len(data)) + 4, Timestamp: int64(i) * 1000}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// sources are the ways to get at a file: as one of its own, and as a stream that nothing is known of.
var sources = map[string]func(t *testing.T, path, filter string) *scan.Scanner{
	"file": func(t *testing.T, path, filter string) *scan.Scanner {
		s, err := scan.Open(context.Background(), path, filter)
		if err != nil {
			t.Fatal(err)
		}
		return s
	},
	"stream": func(t *testing.T, path, filter string) *scan.Scanner {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scan.NewReader(context.Background(), bytes.NewBuffer(data), filter)
		if err != nil {
			t.Fatal(err)
		}
		return s
	},
}

// each runs a test on files of both formats, from every source.
func each(t *testing.T, packets int, f func(t *testing.T, path string, open func(filter string) *scan.Scanner)) {
	for _, format := range []capture.Format{capture.Pcap, capture.Pcapng} {
		path := file(t, format, packets)
		for name, open := range sources {
			t.Run(fmt.Sprintf("%v from a %s", format, name), func(t *testing.T) {
				f(t, path, func(filter string) *scan.Scanner {
					s := open(t, path, filter)
					t.Cleanup(func() {
						if err := s.Close(); err != nil {
							t.Error(err)
						}
					})
					return s
				})
			})
		}
	}
}

const many = 5000 // packets: several windows

// The packets that match come in the order of the file, with all that is known of them.
func TestPackets(t *testing.T) {
	each(t, many, func(t *testing.T, path string, open func(string) *scan.Scanner) {
		s := open("udp dst port 3")
		n := 0
		for p, err := range s.Packets() {
			if err != nil {
				t.Fatal(err)
			}
			i := 3 + 10*n
			want := frame(3, 60+i*7%1400)
			if p.Number != uint64(i+1) || !bytes.Equal(p.Data, want) || p.WireLen != uint32(len(want))+4 || p.Timestamp != int64(i)*1000 ||
				p.From.LinkType != linktype.EN10MB || p.Verdict != 262144 {
				t.Fatalf("packet %d: %+v", i+1, p)
			}
			n++
		}
		if n != many/10 {
			t.Errorf("%d packets, want %d", n, many/10)
		}
	})
}

// All gives every packet, and tells those that do not match by their verdict.
func TestAll(t *testing.T) {
	each(t, many, func(t *testing.T, path string, open func(string) *scan.Scanner) {
		n, matches := 0, 0
		for p, err := range open("udp dst port 3 or udp dst port 5").All() {
			if err != nil {
				t.Fatal(err)
			}
			if (p.Verdict != 0) != (n%10 == 3 || n%10 == 5) {
				t.Fatalf("packet %d has the verdict %d", n+1, p.Verdict)
			}
			if n++; p.Verdict != 0 {
				matches++
			}
		}
		if n != many || matches != many/5 {
			t.Errorf("%d packets, %d match", n, matches)
		}
	})
}

func TestCount(t *testing.T) {
	each(t, many, func(t *testing.T, path string, open func(string) *scan.Scanner) {
		s := open("udp dst port 3")
		var packets, matches uint64
		s.OnProgress(func(_ int64, p, m uint64) { packets, matches = p, m })
		if n, err := s.Count(); n != many/10 || err != nil {
			t.Errorf("counted %d: %v", n, err)
		}
		if packets != many || matches != many/10 {
			t.Errorf("the progress ends with %d packets, %d matches", packets, matches)
		}
		if n, err := s.Count(); n != 0 || err != nil {
			t.Errorf("counted %d at the end of the file: %v", n, err)
		}
	})
	if n, err := scan.Count(context.Background(), file(t, capture.Pcap, 20), "udp dst port 3"); n != 2 || err != nil {
		t.Errorf("counted %d: %v", n, err)
	}
}

// What is copied matches, in a file of the same format, and is all that matches.
func TestCopy(t *testing.T) {
	each(t, many, func(t *testing.T, path string, open func(string) *scan.Scanner) {
		s := open("udp dst port 3")
		var out bytes.Buffer
		if n, err := s.Copy(&out); n != many/10 || err != nil {
			t.Fatalf("copied %d: %v", n, err)
		}
		copied, err := scan.NewReader(context.Background(), &out, "udp dst port 3")
		if err != nil {
			t.Fatal(err)
		}
		defer copied.Close()
		if got, want := copied.Reader().Format(), s.Reader().Format(); got != want {
			t.Errorf("a copy of %v is %v", want, got)
		}
		n := 0
		for p, err := range copied.All() {
			if err != nil {
				t.Fatal(err)
			}
			i := 3 + 10*n
			if want := frame(3, 60+i*7%1400); p.Verdict == 0 || !bytes.Equal(p.Data, want) || p.Timestamp != int64(i)*1000 {
				t.Fatalf("packet %d: %+v", n+1, p)
			}
			n++
		}
		if n != many/10 {
			t.Errorf("%d packets in the copy", n)
		}
	})
}

// A loop can be left, by break and by a panic; neither leaves a goroutine or a descriptor.
func TestLeave(t *testing.T) {
	path := file(t, capture.Pcap, 20*many)
	leave := func() {
		for p, err := range scan.Packets(context.Background(), path, "udp") {
			if err != nil {
				t.Fatal(err)
			}
			if p.Number == 5 {
				break
			}
		}
		defer func() {
			if recover() != "left" {
				t.Error("the panic of the loop's body was lost")
			}
		}()
		for p := range scan.Packets(context.Background(), path, "udp") {
			if p.Number == 5 {
				panic("left")
			}
		}
	}
	leave()
	goroutines, descriptors := runtime.NumGoroutine(), openFiles(t)
	for range 50 {
		leave()
	}
	for range 100 { // those that are ending
		if runtime.NumGoroutine() <= goroutines {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines, %d before", n, goroutines)
	}
	if n := openFiles(t); n > descriptors {
		t.Errorf("%d open files, %d before", n, descriptors)
	}
}

// openFiles is how many files this process has open; 0 where the system does not tell.
func openFiles(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if errors.Is(err, os.ErrNotExist) {
		t.Log("no /proc/self/fd: open files are not counted")
	}
	return len(list)
}

// A file that is cut off gives everything before that, and then the place.
func TestCutFile(t *testing.T) {
	each(t, many, func(t *testing.T, path string, open func(string) *scan.Scanner) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		cut := filepath.Join(t.TempDir(), "cut")
		if err := os.WriteFile(cut, data[:len(data)-1], 0o600); err != nil {
			t.Fatal(err)
		}
		n, last := 0, error(nil)
		for p, err := range scan.Packets(context.Background(), cut, "udp") {
			if last = err; err != nil {
				if p != nil {
					t.Error("an error with a packet")
				}
				continue
			}
			n++
		}
		var broken *capture.FileError
		if !errors.As(last, &broken) || broken.Packet != many || n != many-1 {
			t.Errorf("%d packets, then %v", n, last)
		}
		if n, err := scan.Count(context.Background(), cut, "udp"); n != many-1 || !errors.As(err, &broken) {
			t.Errorf("counted %d: %v", n, err)
		}
		var out bytes.Buffer
		if n, err := scan.Copy(context.Background(), &out, cut, "udp"); n != many-1 || !errors.As(err, &broken) {
			t.Errorf("copied %d: %v", n, err)
		}
		s, err := scan.NewReader(context.Background(), &out, "udp")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if n, err := s.Count(); n != many-1 || err != nil {
			t.Errorf("%d packets in the copy: %v", n, err)
		}
	})
}

// A mistake in the filter is told before the first packet, even where there is none.
func TestBadFilter(t *testing.T) {
	for _, packets := range []int{0, 1} {
		for _, format := range []capture.Format{capture.Pcap, capture.Pcapng} {
			path := file(t, format, packets)
			if _, err := scan.Open(context.Background(), path, "tcp prot 80"); diag.As(err) == nil {
				t.Errorf("%v with %d packets: %v", format, packets, err)
			}
			n := 0
			for p, err := range scan.Packets(context.Background(), path, "tcp prot 80") {
				if n++; p != nil || diag.As(err) == nil {
					t.Errorf("got %v, %v", p, err)
				}
			}
			if n != 1 {
				t.Errorf("the error came %d times", n)
			}
		}
	}
	if _, err := scan.Open(context.Background(), filepath.Join(t.TempDir(), "none"), "tcp"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
}

// twoTypes is a pcapng file with an Ethernet interface and, described behind its first packet, one of raw IP.
func twoTypes(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := capture.NewWriter(&out, capture.WriterOptions{Format: capture.Pcapng, LinkType: linktype.EN10MB, Name: "eth0"})
	if err != nil {
		t.Fatal(err)
	}
	write := func(iface int, data []byte) {
		if err := w.WritePacket(&capture.Packet{Data: data, WireLen: uint32(len(data)), Interface: iface}); err != nil {
			t.Fatal(err)
		}
	}
	write(0, frame(3, 60))
	tun, err := w.AddInterface(capture.Interface{LinkType: linktype.RAW, Snaplen: 1000, Name: "tun0", FCSLen: -1})
	if err != nil {
		t.Fatal(err)
	}
	write(tun, frame(3, 60)[14:])
	write(0, frame(4, 60))
	write(tun, frame(4, 60)[14:])
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// The filter is compiled for each link-layer type, and may be another for each interface.
func TestInterfaces(t *testing.T) {
	data := twoTypes(t)
	s, err := scan.NewReader(context.Background(), bytes.NewReader(data), "udp dst port 3")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var got []string
	for p, err := range s.Packets() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %v %d", p.Number, p.From.LinkType, p.Verdict))
	}
	if want := []string{"1 EN10MB 262144", "2 RAW 1000"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}

	filters := map[string]string{"eth0": "port 4"}
	asked := 0
	byName := scan.FilterByInterface(func(i *capture.Interface) (*bpfc.Program, error) {
		asked++
		expr, ok := filters[i.Name]
		if !ok {
			return nil, nil
		}
		return bpfc.Compile(expr, scan.TargetOf(i).Options()...)
	})
	defer byName.Close()
	r, err := capture.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	s, err = scan.New(context.Background(), r, byName)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []uint64
	for p, err := range s.Packets() {
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, p.Number)
	}
	if !slices.Equal(numbers, []uint64{3}) {
		t.Errorf("packets %v by a filter for eth0 alone, want the third", numbers)
	}
	if asked > 3 { // before the file described any, and for the two
		t.Errorf("asked %d times for two interfaces", asked)
	}
}

// A filter that does not compile for an interface in the middle of a file ends the scan there.
func TestFilterFailsLater(t *testing.T) {
	for name, run := range map[string]func(*scan.Scanner) (int, error){
		"packets": func(s *scan.Scanner) (n int, err error) {
			for _, err := range s.Packets() {
				if err != nil {
					return n, err
				}
				n++
			}
			return n, nil
		},
		"count": func(s *scan.Scanner) (int, error) { n, err := s.Count(); return int(n), err },
	} {
		s, err := scan.NewReader(context.Background(), bytes.NewReader(twoTypes(t)), "ether host 00:00:00:00:00:00")
		if err != nil {
			t.Fatal(err)
		}
		if n, err := run(s); diag.As(err) == nil || n > 1 {
			t.Errorf("%s: %d packets, then %v", name, n, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The context ends a scan: the reading of a file, and the wait for a pipe.
func TestContext(t *testing.T) {
	path := file(t, capture.Pcap, 20*many)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n, last := 0, error(nil)
	for _, err := range scan.Packets(ctx, path, "udp") {
		last = err
		if n++; n == 10 {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) || n == 20*many {
		t.Errorf("%d packets, then %v", n, last)
	}

	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	data, err := os.ReadFile(file(t, capture.Pcap, 3))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	s, err := scan.NewReader(ctx, r, "udp")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n = 0
	for _, err := range s.Packets() {
		if last = err; err != nil {
			break
		}
		if n++; n == 3 {
			time.AfterFunc(10*time.Millisecond, cancel)
		}
	}
	if !errors.Is(last, context.Canceled) || n != 3 {
		t.Errorf("%d packets from the pipe, then %v", n, last)
	}
}

// A file that shrinks while its packets are looked at is an error and no fault.
func TestShrinkingFile(t *testing.T) {
	path := file(t, capture.Pcap, 40*many)
	last := error(nil)
	sum := 0
	for p, err := range scan.Packets(context.Background(), path, "udp") {
		if last = err; err != nil {
			break
		}
		if p.Number == 1 {
			if err := os.Truncate(path, 100); err != nil {
				t.Fatal(err)
			}
		}
		for _, b := range p.Data {
			sum += int(b)
		}
	}
	var broken *capture.FileError
	if !errors.As(last, &broken) || sum == 0 {
		t.Errorf("the file was cut and the scan ended with %v", last)
	}
}

// What is copied of a pipe is flushed before the pipe is waited for.
func TestCopyOfPipe(t *testing.T) {
	data, err := os.ReadFile(file(t, capture.Pcapng, 3))
	if err != nil {
		t.Fatal(err)
	}
	in, feed := io.Pipe()
	out, drain := io.Pipe()
	go func() { _, _ = feed.Write(data) }() // and no more, but the end does not come
	s, err := scan.NewReader(context.Background(), in, "udp")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	done := make(chan error)
	go func() { _, err := s.Copy(drain); done <- errors.Join(err, drain.Close()) }()
	r, err := capture.NewReader(out)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	feed.Close()
	if _, err := r.Next(); err != io.EOF {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Who goes on where a loop was left gets the rest, or an error where that is lost, but never a part that looks whole.
func TestGoOn(t *testing.T) {
	each(t, many, func(t *testing.T, path string, open func(string) *scan.Scanner) {
		s := open("udp")
		for range s.Packets() {
			break
		}
		n, last := uint64(0), error(nil)
		for _, err := range s.Packets() {
			if last = err; err == nil {
				n++
			}
		}
		if lost := s.Reader().Parallel() && s.Reader().Format() == capture.Pcap; lost != (last != nil) || !lost && n != many-1 || lost && n != 0 {
			t.Errorf("%d packets, then %v", n, last)
		}
		if n, err := s.Count(); n != 0 || (err != nil) != (last != nil) {
			t.Errorf("counted %d, %v", n, err)
		}
	})
}
