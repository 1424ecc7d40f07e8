package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bpfc/capture"
)

// toPipe runs the program with standard output a pipe, which nothing in a file could be corrected on, and standard input
// a file if path is not empty.
func toPipe(t *testing.T, path string, args ...string) (status int, stdout []byte, stderr string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	stdin := os.Stdin
	if path != "" {
		if stdin, err = os.Open(path); err != nil {
			t.Fatal(err)
		}
		defer stdin.Close()
	}
	var errs bytes.Buffer
	done := make(chan int)
	go func() {
		status := run(context.Background(), args, stdin, w, &errs)
		w.Close()
		done <- status
	}()
	var out bytes.Buffer
	if _, err := out.ReadFrom(r); err != nil {
		t.Error(err)
	}
	return <-done, out.Bytes(), errs.String()
}

// An output that is an input is refused and stays as it is, whatever it is called by.
func TestFieldOutputIsInput(t *testing.T) {
	precious := readFile(t, packetsFile)
	path := write(t, "in1", string(precious))
	dir := filepath.Dir(path)
	name := func(s string) string { return filepath.Join(dir, s) }
	if err := os.Symlink("in1", name("symbolic")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path, name("hard")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("symbolic", name("twice")); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"filter", "capture"} {
		for _, in := range []string{path, "-", name("symbolic"), name("hard")} {
			for _, out := range []string{path, dir + "/./in1", name("symbolic"), name("hard"), name("twice")} {
				status, _, stderr := toPipe(t, path, command, "-r", in, "-w", out, "tcp")
				if status != exitUsage || !strings.Contains(stderr, "is read from and written to") {
					t.Errorf("%s -r %s -w %s: status %d, %s", command, in, out, status, stderr)
				}
				if !bytes.Equal(readFile(t, path), precious) {
					t.Fatalf("%s -r %s -w %s destroyed its input", command, in, out)
				}
			}
		}
	}
}

// So is the file that a filter is read from, and a name that a rotation comes to.
func TestFieldOutputIsAnotherInput(t *testing.T) {
	filter := write(t, "filter", "tcp")
	for _, command := range []string{"filter", "capture"} {
		got := exec(t, "", command, "-r", packetsFile, "-F", filter, "-w", filter)
		if got.status != exitUsage || string(readFile(t, filter)) != "tcp" {
			t.Errorf("%s: %+v, %q", command, got, readFile(t, filter))
		}
	}
	big := longPackets(t, 3000)
	path := write(t, "ring1", string(big))
	for _, args := range [][]string{{"-C", "1"}, {"-C", "1", "-W", "3"}} {
		got := exec(t, "", append([]string{"capture", "-r", path, "-w", strings.TrimSuffix(path, "1")}, args...)...)
		if got.status != exitUsage || !bytes.Equal(readFile(t, path), big) {
			t.Errorf("%q: %+v, %d bytes", args, got, len(readFile(t, path)))
		}
	}
}

// What is appended to the file that is read would be read again: every command that reads one refuses.
func TestFieldStandardOutputIsInput(t *testing.T) {
	precious := readFile(t, packetsFile)
	path := write(t, "in", string(precious))
	filter := write(t, "filter", "tcp")
	requests := write(t, "requests", `{"filter":"tcp"}`)
	for _, tt := range []struct{ file, args string }{
		{path, "filter -w - -r FILE"}, {path, "filter --count -r FILE"}, {path, "capture -w - -r FILE"}, {path, "capture -n -r FILE"},
		{path, "verdicts -r FILE tcp"}, {path, "verify -r FILE tcp"}, {path, "stats -r FILE"}, {path, "bench -r FILE"},
		{path, "compile --stats -r FILE tcp"}, {path, "send --dry-run -r FILE"},
		{filter, "compile -F FILE"}, {filter, "bench -r " + packetsFile + " --filters FILE"}, {requests, "compile --jsonl"},
	} {
		before := readFile(t, tt.file)
		in, err := os.Open(tt.file)
		if err != nil {
			t.Fatal(err)
		}
		out, err := os.OpenFile(tt.file, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		var errs bytes.Buffer
		status := run(context.Background(), strings.Fields(strings.ReplaceAll(tt.args, "FILE", tt.file)), in, out, &errs)
		if status != exitUsage || !strings.Contains(errs.String(), "is read from and written to") || !bytes.Equal(readFile(t, tt.file), before) {
			t.Errorf("%s: status %d, %s", tt.args, status, errs.String())
		}
		in.Close()
		out.Close()
	}
}

// From pcapng to pcapng all is kept but the packets that do not match: by filter and by capture -r, into a file and into a pipe.
func TestFieldPcapngIsKept(t *testing.T) {
	packets := build(t)
	whole, less := richCapture(packets[0], packets[1]) // TCP and UDP
	path := write(t, "rich.pcapng", string(whole))
	for _, tt := range []struct {
		filter string
		want   []byte
	}{{"", whole}, {"tcp", less}, {"ip", whole}} {
		for _, command := range []string{"filter", "capture"} {
			out := filepath.Join(t.TempDir(), "out.pcapng")
			if got := exec(t, "", command, "-r", path, "-w", out, tt.filter); got.status != exitOK {
				t.Fatalf("%+v", got)
			}
			if got := readFile(t, out); !bytes.Equal(got, tt.want) {
				t.Errorf("%s %q: %d bytes, want %d", command, tt.filter, len(got), len(tt.want))
			}
			status, got, stderr := toPipe(t, "", command, "-r", path, "-w", "-", "--pcapng", tt.filter)
			if status != exitOK || !bytes.Equal(got, tt.want) {
				t.Errorf("%s %q into a pipe: %d bytes, want %d; %s", command, tt.filter, len(got), len(tt.want), stderr)
			}
		}
	}
}

// Files that a rotation makes of a pcapng file each have what describes their packets.
func TestFieldRotationOfPcapng(t *testing.T) {
	f := &ng{}
	f.section(binary.BigEndian, "a long one")
	f.iface(1, 0, f.option(2, "eth7"))
	f.iface(101, 0, f.option(2, "tun0"))
	f.block(10, []byte("secrets"))
	data := make([]byte, 1400)
	for i := range 2000 {
		f.packet(uint32(i%2), uint64(i), data, f.option(1, fmt.Sprint("number ", i)), f.option(0, ""))
		if i == 1000 {
			f.iface(113, 0, f.option(2, "late"))
		}
	}
	path := write(t, "in.pcapng", string(f.file))
	dir := t.TempDir()
	if got := exec(t, "", "capture", "-r", path, "-w", filepath.Join(dir, "part.pcapng"), "-C", "1"); got.status != exitOK {
		t.Fatalf("%+v", got)
	}
	names, packets := written(t, dir)
	if len(names) != 3 || packets != 2000 {
		t.Fatalf("%q, %d packets", names, packets)
	}
	comments := 0
	for i, name := range names {
		part := readFile(t, filepath.Join(dir, name))
		for _, kept := range []string{"a long one", "eth7", "tun0", "secrets"} {
			if bytes.Count(part, []byte(kept)) != 1 {
				t.Errorf("%s: %q is there %d times", name, kept, bytes.Count(part, []byte(kept)))
			}
		}
		if late := bytes.Contains(part, []byte("late")); late != (i > 0) {
			t.Errorf("%s: late interface %v", name, late)
		}
		comments += bytes.Count(part, []byte("number "))
	}
	if comments != 2000 {
		t.Errorf("%d comments", comments)
	}
}

// captured gives the declared snapshot length of a file and the captured lengths of its packets.
func captured(t *testing.T, file []byte) (snaplen uint32, lengths []int) {
	t.Helper()
	r, err := capture.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.Next()
		if err != nil {
			return r.Interfaces()[0].Snaplen, lengths
		}
		lengths = append(lengths, len(p.Data))
	}
}

// Packets longer than the snapshot length that their file declares come out whole, in a file that declares what is true,
// and tcpdump reads all of them.
func TestFieldLongerThanDeclared(t *testing.T) {
	const n = 600
	var want []int
	for i := range 2 * n {
		want = append(want, []int{60, 554}[i/n])
	}
	for name, file := range map[string][]byte{"pcap": longPackets(t, n), "pcapng": longNG(t, n)} {
		in := write(t, "in."+name, string(file))
		for _, command := range []string{"filter", "capture"} {
			for _, ending := range []string{"pcap", "pcapng"} {
				out := filepath.Join(t.TempDir(), "out."+ending)
				if got := exec(t, "", command, "-r", in, "-w", out, "ip"); got.status != exitOK {
					t.Fatalf("%+v", got)
				}
				checkLengths(t, fmt.Sprint(command, " of ", name, " to ", ending), readFile(t, out), 554, want)
				args := []string{command, "-r", in, "-w", "-", "ip"}
				if ending == "pcapng" {
					args = append(args, "--pcapng")
				}
				status, piped, stderr := toPipe(t, "", args...)
				if status != exitOK {
					t.Errorf("%q: %s", args, stderr)
				}
				checkLengths(t, fmt.Sprintf("%q", args), piped, 554, want)
				args[2] = "-"
				got := exec(t, string(file), args...) // nobody knows how long what comes will be
				if name == ending && got.status == exitOK {
					checkLengths(t, fmt.Sprintf("%q", args), []byte(got.stdout), 262144, want)
				}
			}
		}
	}
}

func checkLengths(t *testing.T, what string, file []byte, snaplen uint32, want []int) {
	t.Helper()
	declared, lengths := captured(t, file)
	if !slices.Equal(lengths, want) || declared != snaplen {
		t.Errorf("%s: %d packets, want %d; snapshot length %d, want %d", what, len(lengths), len(want), declared, snaplen)
	}
	again := filepath.Join(t.TempDir(), "again")
	tcpdump(t, "-r", write(t, "file", string(file)), "-w", again)
	if _, lengths = captured(t, readFile(t, again)); !slices.Equal(lengths, want) {
		t.Errorf("%s: tcpdump reads other packets", what)
	}
}

// What the header of a pcap file says about frame check sequence, time zone and accuracy stays.
func TestFieldPcapHeaderStays(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		file := order.AppendUint16(order.AppendUint16(order.AppendUint32(nil, 0xa1b2c3d4), 2), 4)
		for _, v := range []uint32{0xfffff1f0, 3, 65535, 0x24000001} {
			file = order.AppendUint32(file, v)
		}
		for _, v := range []uint32{1, 2, 4, 4} {
			file = order.AppendUint32(file, v)
		}
		in := write(t, "in", string(append(file, "data"...)))
		for _, command := range []string{"filter", "capture"} {
			out := filepath.Join(t.TempDir(), "out")
			if got := exec(t, "", command, "-r", in, "-w", out); got.status != exitOK {
				t.Fatalf("%+v", got)
			}
			b := readFile(t, out)
			for i, want := range []uint32{0xfffff1f0, 3, 65535, 0x24000001} {
				if got := binary.NativeEndian.Uint32(b[8+4*i:]); got != want {
					t.Errorf("%s, %v: %x at byte %d, want %x", command, order, got, 8+4*i, want)
				}
			}
		}
	}
}

// Several link-layer types take pcapng, also if they come in a later section, from a file or as far as it has arrived.
func TestFieldLateLinkType(t *testing.T) {
	file := lateTypes(t)
	in := write(t, "in.pcapng", string(file))
	for _, command := range []string{"filter", "capture"} {
		for _, from := range []string{in, "-"} {
			out := filepath.Join(t.TempDir(), "o.pcap")
			if got := exec(t, string(file), command, "-r", from, "-w", out); got.status != exitOK || !bytes.Equal(readFile(t, out), file) {
				t.Errorf("%s -r %s: %+v, %d bytes of %d", command, from, got, len(readFile(t, out)), len(file))
			}
		}
	}
}

// Of a pipe it is not known what comes: a type that pcap cannot take as well is an error that says what to do, and what
// was written up to there is whole.
func TestFieldLateLinkTypeOfPipe(t *testing.T) {
	file := lateTypes(t)
	second := bytes.LastIndex(file, []byte{0x0a, 0x0d, 0x0d, 0x0a})
	for _, command := range []string{"filter", "capture"} {
		for _, flag := range []string{"", "--pcapng"} {
			out := filepath.Join(t.TempDir(), "o.pcap")
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				_, _ = w.Write(file[:second]) // fails only if the program has ended, which is seen below
				for info, err := os.Stat(out); err != nil || info.Size() == 0; info, err = os.Stat(out) {
					time.Sleep(time.Millisecond)
				}
				_, _ = w.Write(file[second:])
				w.Close()
			}()
			var errs bytes.Buffer
			status := run(context.Background(), strings.Fields(command+" -r - -w "+out+" "+flag), r, &errs, &errs)
			r.Close()
			got := readFile(t, out)
			if flag != "" && (status != exitOK || !bytes.Equal(got, file)) {
				t.Errorf("%s %s: status %d, %s", command, flag, status, errs.String())
			}
			if _, lengths := captured(t, got); flag == "" && (status != exitRun || len(lengths) != 1 || !strings.Contains(errs.String(), "--pcapng")) {
				t.Errorf("%s: status %d, %d packets, %s", command, status, len(lengths), errs.String())
			}
		}
	}
}

// Times that do not fit are told, once; where blocks are copied they fit.
func TestFieldTimesThatDoNotFit(t *testing.T) {
	data := build(t)[0]
	f := &ng{}
	f.section(binary.LittleEndian, "times")
	f.iface(1, 0)
	for range 3 {
		f.packet(0, 5_000_000_000_000_000, data) // the year 2128
		f.packet(0, math.MaxUint64, data)
	}
	f.packet(0, 1, data)
	in := write(t, "in.pcapng", string(f.file))
	for _, command := range []string{"filter", "capture"} {
		for ending, want := range map[string][]string{"pcap": {"6 packets is before 1970 or after 2106", "3 packets is before the year 1678"}, "pcapng": nil} {
			out := filepath.Join(t.TempDir(), "out."+ending)
			got := exec(t, "", command, "-r", in, "-w", out)
			if got.status != exitOK || strings.Count(got.stderr, "note:") != len(want) {
				t.Errorf("%s to %s: %+v", command, ending, got)
			}
			for _, text := range want {
				if strings.Count(got.stderr, text) != 1 {
					t.Errorf("%s to %s: %q is not told once: %s", command, ending, text, got.stderr)
				}
			}
			if ending == "pcapng" && !bytes.Equal(readFile(t, out), f.file) {
				t.Error("the copy differs")
			}
		}
	}
	if got := exec(t, "", "capture", "-n", "-r", in); strings.Count(got.stderr, "3 packets is before the year 1678") != 1 || got.status != exitOK {
		t.Errorf("%+v", got)
	}
	if got := exec(t, "", "filter", "--count", "-r", in); got.stdout != "7\n" || strings.Contains(got.stderr, "note") {
		t.Errorf("%+v", got)
	}
}

// An error in a file names it, with the packet's number and the place, whichever command reads it.
func TestFieldErrorNamesFile(t *testing.T) {
	packets := build(t)
	whole, _ := richCapture(packets[0], packets[1])
	plain := readFile(t, packetsFile)
	for name, file := range map[string][]byte{"cut.pcap": plain[:len(plain)-3], "cut.pcapng": whole[:len(whole)-100]} {
		path := write(t, name, string(file))
		for _, args := range []string{"filter -w OUT", "filter --count", "filter --pcapng -w OUT", "capture -n", "capture -w OUT", "capture --pcapng -w OUT",
			"verdicts", "verify", "stats", "send --dry-run --cut skip"} {
			args = strings.ReplaceAll(args, "OUT", filepath.Join(t.TempDir(), "out"))
			for _, from := range []string{path, "-"} {
				got := exec(t, string(file), append(strings.Fields(args), "-r", from)...)
				named := from
				if from == "-" {
					named = "standard input"
				}
				if got.status != exitRun || !strings.Contains(got.stderr, "bpfc: "+named+": packet ") || !strings.Contains(got.stderr, " at byte ") {
					t.Errorf("%s -r %s: %d, %s", args, from, got.status, got.stderr)
				}
			}
		}
	}
}

// Damage ends what is written between two packets, and tcpdump reads it.
func TestFieldDamageLeavesWholeFile(t *testing.T) {
	file := longNG(t, 1000)
	in := write(t, "in.pcapng", string(file[:len(file)-7]))
	for _, ending := range []string{"pcap", "pcapng"} {
		for _, command := range []string{"filter", "capture"} {
			out := filepath.Join(t.TempDir(), "out."+ending)
			if got := exec(t, "", command, "-r", in, "-w", out); got.status != exitRun || !strings.Contains(got.stderr, in+": packet 2000 at byte ") {
				t.Errorf("%s: %+v", command, got)
			}
			again := filepath.Join(t.TempDir(), "again")
			tcpdump(t, "-r", out, "-w", again)
			if _, lengths := captured(t, readFile(t, again)); len(lengths) != 1999 {
				t.Errorf("%s to %s: %d packets", command, ending, len(lengths))
			}
		}
	}
}

// A name that promises a file compressed in a way that is not written is refused before anything is.
func TestFieldCompressedName(t *testing.T) {
	for _, ending := range []string{".lz4", ".xz", ".bz2", ".Z", ".tgz", ".pcap.LZ4"} {
		for _, args := range [][]string{{"filter", "-r", packetsFile}, {"capture", "-r", packetsFile}, {"capture", "-i", "no-such-interface"}, {"capture", "-r", packetsFile, "-C", "1"}} {
			out := filepath.Join(t.TempDir(), "x"+ending)
			got := exec(t, "", append(args, "-w", out)...)
			if _, err := os.Stat(out); got.status != exitUsage || !strings.Contains(got.stderr, "compress") || !os.IsNotExist(err) {
				t.Errorf("%q -w x%s: %+v, %v", args, ending, got, err)
			}
		}
	}
}
