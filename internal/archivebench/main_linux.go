// Command archivebench measures what bpfc does with archives of capture files, against other programs and against itself, on
// data that it makes of a capture it is given:
//
//	go run ./internal/archivebench -r trace.pcap            all of it
//	go run ./internal/archivebench -r trace.pcap table      only the named parts: table, large, blocks, index, many, beam
//
// Table filters 200 gzip and 200 zstd files against zcat or zstd into tcpdump, one and two at a time, mergecap into
// tcpdump, and tshark, which takes so long that it gets every tenth file only; all but tshark must write the same packets. Large filters one file of 4 GB, pcap and pcapng, on one core
// and on two, and has its statistics made. Blocks filters such a file for a host that one in a hundred of its parts has, with and
// without an index. Index filters 2,000 files for a host that two of them have, with and without an index. Many counts 100,000 files, and merges them, with the memory and the descriptors that it
// takes. Beam runs
// bpfc-beam on few large and many small files, and is to be begun in the root of this repository. Each time is the best of -runs. It needs the programs that it measures; one that is not there is said to be missing.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"bpfc/capture"
	"bpfc/index"
)

// bench is one run of the program.
type bench struct {
	source []byte // the capture it makes its data of
	dir    string
	bpfc   string
	runs   int
	large  int64 // bytes
	filter string
}

func main() {
	read := flag.String("r", "", "capture file to make the data of, pcap")
	dir := flag.String("dir", "", "where to make the data (default: a new directory in the one for temporary files)")
	runs := flag.Int("runs", 3, "how often each time is taken; the best counts")
	large := flag.Int64("large", 4<<30, "bytes of the large file")
	filter := flag.String("filter", "tcp port 80", "the filter")
	flag.Parse()
	b := &bench{dir: *dir, runs: *runs, large: *large, filter: *filter}
	if err := b.run(*read, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "archivebench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(read string, names []string) (err error) {
	if b.source, err = os.ReadFile(read); err != nil {
		return err
	}
	made, err := os.MkdirTemp(b.dir, "archivebench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(made)) }()
	b.dir, b.bpfc = made, filepath.Join(made, "bpfc")
	if out, err := exec.Command("go", "build", "-o", b.bpfc, "bpfc/cmd/bpfc").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	parts := map[string]func() error{"table": b.table, "large": b.largeFile, "blocks": b.blocks, "index": b.files, "many": b.many, "beam": b.beam}
	for _, name := range []string{"table", "large", "blocks", "index", "many", "beam"} {
		if len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		fmt.Printf("== %s\n", name)
		if err := parts[name](); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// compressed is the source as a file of a kind.
func compressed(data []byte, kind capture.Compression) ([]byte, error) {
	var out bytes.Buffer
	w, err := capture.NewCompressor(&out, kind)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	return out.Bytes(), err
}

// usage is what a command took.
type usage struct {
	seconds float64
	cpu     float64 // seconds of processor time
	memory  int64   // bytes at most
	files   int     // descriptors at most
	out     string
	packets packets
}

// packets is what a program has written of packets: their bytes, and a checksum of them in their order.
type packets struct {
	bytes int
	sum   [sha256.Size]byte
}

// packetsOf takes the header off that a pcap file has, and a piece of one may lack.
func packetsOf(out []byte) packets {
	const magic, header = "\xd4\xc3\xb2\xa1", 24
	if bytes.HasPrefix(out, []byte(magic)) {
		out = out[min(header, len(out)):]
	}
	return packets{len(out), sha256.Sum256(out)}
}

// timed runs a command a few times and gives the best.
func (b *bench) timed(env []string, command ...string) (best usage, err error) {
	for range b.runs {
		u, err := once(env, command...)
		if err != nil {
			return u, err
		}
		if best.seconds == 0 || u.seconds < best.seconds {
			best = u
		}
	}
	return best, nil
}

func once(env []string, command ...string) (u usage, err error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return u, err
	}
	done := make(chan struct{})
	counted := make(chan int)
	go func() { counted <- descriptors(cmd.Process.Pid, done) }()
	err = cmd.Wait()
	u.seconds = time.Since(start).Seconds()
	close(done)
	u.files, u.out, u.packets = <-counted, strings.TrimSpace(out.String()), packetsOf(out.Bytes())
	if ru, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.memory = int64(ru.Maxrss) << 10
		u.cpu = time.Duration(ru.Utime.Nano() + ru.Stime.Nano()).Seconds()
	}
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, &stderr)
	}
	return u, err
}

// descriptors looks every now and then how many descriptors a process has.
func descriptors(pid int, done chan struct{}) (most int) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return most
		case <-tick.C:
			list, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)) // gone at the end
			most = max(most, len(list))
		}
	}
}

// fill writes so many copies of the source, compressed in turn, and gives the directory.
func (b *bench) fill(name string, files int, kinds map[string]capture.Compression) (dir string, err error) {
	dir = filepath.Join(b.dir, name)
	if err := os.Mkdir(dir, 0o777); err != nil {
		return "", err
	}
	for ending, kind := range kinds {
		data, err := compressed(b.source, kind)
		if err != nil {
			return "", err
		}
		for i := range files {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.pcap%s", i, ending)), data, 0o666); err != nil {
				return "", err
			}
		}
	}
	return dir, nil
}

func (b *bench) table() error {
	dir, err := b.fill("table", 200, map[string]capture.Compression{".gz": capture.Gzip, ".zst": capture.Zstd})
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	list := filepath.Join(b.dir, "list")
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err == nil {
		err = writeList(list, names)
	}
	const part = 10 // of so many files tshark gets one
	var some []string
	for i := 0; i < len(names); i += part {
		some = append(some, names[i])
	}
	if err = errors.Join(err, writeList(list+".part", some)); err != nil {
		return err
	}
	each := `case $1 in *.gz) zcat $1;; *) zstd -qdc $1;; esac | tcpdump -r - -w - "$0" 2>/dev/null | tail -c +25`
	sort := []struct {
		name, needs string
		env         []string
		command     []string
	}{
		{"bpfc", "", nil, []string{b.bpfc, "filter", "-r", dir, "-w", "-", b.filter}},
		{"bpfc on one core", "", []string{"GOMAXPROCS=1"}, []string{b.bpfc, "filter", "-r", dir, "-w", "-", b.filter}},
		{"zcat|tcpdump", "tcpdump", nil, []string{"sh", "-c", `xargs -n1 sh -c '` + each + `' "$0" <` + list, b.filter}},
		{twoAtATime, "tcpdump", nil, []string{"sh", "-c", `xargs -P2 -n1 sh -c '` + each + `' "$0" <` + list, b.filter}},
		{"mergecap|tcpdump", "mergecap", nil, []string{"sh", "-c", `mergecap -a -F pcap -w - ` + dir + `/* 2>/dev/null | tcpdump -r - -w - "$0" 2>/dev/null`, b.filter}},
		{"tshark", "tshark", nil, []string{"sh", "-c", `xargs -n1 sh -c 'tshark -r $1 -Y "$0" -F pcap -w - 2>/dev/null | tail -c +25' "$0" <` + list + ".part", displayFilter(b.filter)}},
	}
	var ours float64
	var all packets
	for _, c := range sort {
		if c.needs != "" {
			if _, err := exec.LookPath(c.needs); err != nil {
				fmt.Printf("%-26s missing\n", c.name)
				continue
			}
		}
		runs := *b
		if c.needs == "tshark" {
			runs.runs = 1 // minutes
		}
		u, err := runs.timed(c.env, c.command...)
		if err != nil {
			return err
		}
		if ours == 0 {
			ours, all = u.seconds, u.packets
		}
		if c.needs == "tshark" {
			fmt.Printf("%-26s %8.2f s for %d of the %d files, %.2f times what bpfc takes for so many\n", c.name, u.seconds, len(some), len(names),
				u.seconds/(ours*float64(len(some))/float64(len(names))))
			continue
		}
		same := "the same packets"
		if c.name == twoAtATime { // whose order is that in which they end
			u.packets.sum, same = all.sum, "as many bytes"
		}
		if u.packets != all {
			return fmt.Errorf("%s writes %d bytes of packets, bpfc %d, or others", c.name, u.packets.bytes, all.bytes)
		}
		fmt.Printf("%-26s %8.2f s  %6.2f times bpfc  %5d MB  %s, %d\n", c.name, u.seconds, u.seconds/ours, u.memory>>20, same, all.bytes)
	}
	return nil
}

// twoAtATime is the row of the table whose programs run beside one another.
const twoAtATime = "the same, two at a time"

// writeList writes names, one a line.
func writeList(path string, names []string) error {
	return os.WriteFile(path, []byte(strings.Join(names, "\n")+"\n"), 0o666)
}

// displayFilter is a filter in tshark's language, as far as that is known here.
func displayFilter(filter string) string {
	return map[string]string{"tcp port 80": "tcp.port == 80"}[filter]
}

// asPcapng is the source as pcapng: what a file begins with, and its packets.
func (b *bench) asPcapng() (header, packets []byte, err error) {
	r, err := capture.NewReader(bytes.NewReader(b.source))
	if err != nil {
		return nil, nil, err
	}
	var out bytes.Buffer
	w, err := capture.NewCopier(&out, r.CopyOptions(true))
	if err != nil {
		return nil, nil, err
	}
	begins := out.Len()
	for p, err := range r.Packets(context.Background()) {
		if err == nil {
			err = w.Copy(p, &r.Interfaces()[p.Interface])
		}
		if err != nil {
			return nil, nil, err
		}
	}
	err = w.Close()
	return out.Bytes()[:begins], out.Bytes()[begins:], err
}

func (b *bench) largeFile() error {
	header, packets, err := b.asPcapng()
	if err != nil {
		return err
	}
	return errors.Join(b.largeOf("large.pcap", b.source[:24], b.source[24:]), b.largeOf("large.pcapng", header, packets))
}

// largeOf measures one large file, of so many times the same packets.
func (b *bench) largeOf(name string, header, packets []byte) error {
	path := filepath.Join(b.dir, name)
	defer func() { _ = os.Remove(path) }()
	if err := b.writeLarge(path, header, packets, nil); err != nil {
		return err
	}
	for _, how := range [][]string{{"filter", "--count"}, {"filter", "-q", "-w", "/dev/null"}, {"stats"}} {
		command := append([]string{b.bpfc, how[0], "-r", path, b.filter}, how[1:]...)
		one, err := b.timed([]string{"GOMAXPROCS=1"}, command...)
		if err != nil {
			return err
		}
		two, err := b.timed([]string{"GOMAXPROCS=2"}, command...)
		if err != nil {
			return err
		}
		fmt.Printf("%-12s %-22s one core %.2f s, two %.2f s: %.2f times as fast, %d MB; the same: %v\n", name, strings.Join(how, " "), one.seconds, two.seconds,
			one.seconds/two.seconds, two.memory>>20, one.out == two.out)
	}
	return nil
}

// apart is how many bytes there are between two marked packets: a block covers a hundredth of that where packets are of some 300
// bytes on average.
const apart = 100 * index.BlockPackets * 330

// writeLarge writes so many times the same packets, with something between them now and then, and reads them so that they
// lie in memory.
func (b *bench) writeLarge(path string, header, packets, something []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(header)
	for n := int64(0); n < b.large && err == nil; n += int64(len(packets)) {
		_, err = f.Write(packets)
		if err == nil && n/apart != (n+int64(len(packets)))/apart {
			_, err = f.Write(something)
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if f, err = os.Open(path); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, f)
	return errors.Join(err, f.Close())
}

// blocks measures a large file of which a hundredth can match.
func (b *bench) blocks() error {
	header, packets, err := b.asPcapng()
	if err != nil {
		return err
	}
	record := b.marked()
	block := binary.LittleEndian.AppendUint32(nil, 6)
	for _, v := range []uint32{92, 0, 0, 0, 60, 60} {
		block = binary.LittleEndian.AppendUint32(block, v)
	}
	block = binary.LittleEndian.AppendUint32(append(block, record[16:]...), 92)
	return errors.Join(b.blocksOf("large.pcap", b.source[:24], b.source[24:], record), b.blocksOf("large.pcapng", header, packets, block))
}

func (b *bench) blocksOf(name string, header, packets, marked []byte) error {
	path := filepath.Join(b.dir, name)
	defer func() { _, _ = os.Remove(path), os.Remove(index.Path(path)) }() // or they are not there
	if err := b.writeLarge(path, header, packets, marked); err != nil {
		return err
	}
	made, err := once(nil, b.bpfc, "index", path)
	if err != nil {
		return err
	}
	info, err := os.Stat(index.Path(path))
	if err != nil {
		return err
	}
	fmt.Printf("%-12s indexed in %.1f s, %d MB of memory, the sidecar %d MB\n", name, made.seconds, made.memory>>20, info.Size()>>20)
	for _, how := range [][]string{{"--count"}, {"-q", "-w", "/dev/null"}} {
		command := append([]string{b.bpfc, "filter", "-r", path, "host 203.0.113.77"}, how...)
		with, err := b.timed(nil, command...)
		if err != nil {
			return err
		}
		without, err := b.timed(nil, append(command, "--no-index")...)
		if err != nil {
			return err
		}
		fmt.Printf("%-12s %-15s with %.3f s, without %.3f s: %.0f times as fast, %d MB; the same: %v %s\n", name, strings.Join(how, " "), with.seconds, without.seconds,
			without.seconds/with.seconds, with.memory>>20, with.out == without.out, with.out)
	}
	return nil
}

// marked is a packet of a host that the source does not have, as a record.
func (b *bench) marked() []byte {
	data := make([]byte, 60)
	copy(data[12:], []byte{8, 0, 0x45})
	data[23] = 17
	copy(data[26:], []byte{203, 0, 113, 77, 203, 0, 113, 78})
	return append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 60, 0, 0, 0, 60, 0, 0, 0}, data...)
}

// files measures an archive of which a thousandth can match.
func (b *bench) files() error {
	dir, err := b.fill("index", 2000, map[string]capture.Compression{".gz": capture.Gzip})
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	special, err := compressed(append(slices.Clone(b.source), b.marked()...), capture.Gzip)
	for _, i := range []int{700, 1400} {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.pcap.gz", i)), special, 0o666))
	}
	if err != nil {
		return err
	}
	made, err := once(nil, b.bpfc, "index", dir)
	if err != nil {
		return err
	}
	fmt.Printf("indexed in %.1f s, %d MB: %s\n", made.seconds, made.memory>>20, made.out)
	command := []string{b.bpfc, "filter", "-r", dir, "--count", "host 203.0.113.77"}
	with, err := b.timed(nil, command...)
	if err != nil {
		return err
	}
	without, err := once(nil, append(command, "--no-index")...)
	if err != nil {
		return err
	}
	fmt.Printf("with %.3f s, without %.2f s: %.0f times as fast; %s and %s packets\n", with.seconds, without.seconds, without.seconds/with.seconds, with.out, without.out)
	return nil
}

func (b *bench) many() error {
	dir := filepath.Join(b.dir, "many")
	const files = 100_000
	for i := range files {
		if i%1000 == 0 {
			if err := os.MkdirAll(filepath.Join(dir, fmt.Sprintf("%03d", i/1000)), 0o777); err != nil {
				return err
			}
		}
		data := append(slices.Clone(b.source[:24]), b.marked()...)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d", i/1000), fmt.Sprintf("%03d.pcap", i%1000)), data, 0o666); err != nil {
			return err
		}
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for name, args := range map[string][]string{"count": {"--count"}, "copy": {"-w", "/dev/null"}, "merge": {"--merge", "-w", "/dev/null"}} {
		u, err := once(nil, append([]string{b.bpfc, "filter", "-r", dir}, args...)...)
		if err != nil {
			return err
		}
		fmt.Printf("%-6s %d files in %.1f s, %d MB, %d descriptors at most %s\n", name, files, u.seconds, u.memory>>20, u.files, u.out)
	}
	return nil
}

// firstRecords is a pcap file with the first packets of another.
func firstRecords(file []byte, n int) ([]byte, error) {
	r, err := capture.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	for range n {
		if _, err := r.Next(); err != nil {
			return nil, err
		}
	}
	return file[:r.Position()], nil
}
