package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bpfc/capture"
	"bpfc/linktype"
)

// ofTypes writes a capture with two packets for each of several link-layer types, as pcap where it is one.
func ofTypes(t *testing.T, path string, snaplen uint32, types ...linktype.Type) {
	t.Helper()
	data := build(t)[0] // TCP over IPv4 over Ethernet
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	o := capture.WriterOptions{First: &capture.Interface{LinkType: types[0], Snaplen: snaplen, FCSLen: -1}}
	if len(types) > 1 {
		o.Format = capture.Pcapng
	}
	w, err := capture.NewWriter(file, o)
	for i, link := range types {
		if i > 0 && err == nil {
			_, err = w.AddInterface(capture.Interface{LinkType: link, Snaplen: snaplen, FCSLen: -1})
		}
		packet := data
		if link == linktype.RAW {
			packet = data[14:]
		}
		for range 2 {
			if err == nil {
				err = w.WritePacket(&capture.Packet{Data: packet[:min(len(packet), int(snaplen))], WireLen: uint32(len(packet)), Interface: i})
			}
		}
	}
	if err = errors.Join(err, w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
}

// below is every file below a directory, with what is in it, as text.
func below(t *testing.T, dir string) (text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		text += fmt.Sprintf("%s: %x\n", d.Name(), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A link-layer type on which a filter has no meaning is told as that, and not as damage, with an exit status of 1 among files
// on which it has one, and of 2 where it has none on any, or with --strict, which names the file. One of which no packet can match is no
// error. All that is so with and without an index, whatever the command.
func TestArchiveLinkTypes(t *testing.T) {
	dir := t.TempDir()
	for name, types := range map[string][]linktype.Type{"1.pcap": {linktype.EN10MB}, "2.pcap": {linktype.RAW}, "3.pcap": {linktype.IPOIB}, "4.pcapng": {linktype.EN10MB, linktype.RAW},
		"5.pcapng": {linktype.EN10MB, linktype.IPOIB}, "6.pcap": {linktype.EN10MB}} {
		ofTypes(t, filepath.Join(dir, name), 65535, types...)
	}
	if got := exec(t, "", "index", dir); got.status != exitOK {
		t.Fatalf("%+v", got)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, c := range []struct {
		names, expr    string
		status, strict int
		count          string
		says, nor      string
	}{
		{"123456", "tcp", exitRun, exitUsage, "12", "3.pcap: left out: the protocol", "could not be read"},
		{"123456", "tcp", exitRun, exitUsage, "12", "5.pcapng: the rest is left out: the protocol", "could not be read"},
		{"123456", "tcp", exitRun, exitUsage, "12", "2 of 6 files have a link-layer type on which the filter has no meaning", "could not be read"},
		{"1246", "arp", exitOK, exitOK, "0", "", "RAW"},
		{"1246", "port 443 or arp", exitOK, exitOK, "0", "", "RAW"},
		{"1246", "vlan", exitRun, exitUsage, "0", "2.pcap: left out: 'vlan' does not apply", "could not be read"},
		{"23", "vlan", exitUsage, exitUsage, "", "2.pcap: 'vlan' does not apply", "could not be read"},
		{"1246", "ip and arp", exitUsage, exitUsage, "", "no packet can match", "1.pcap"},
		{"2", "arp", exitUsage, exitUsage, "", "no packet can match", "left out"},
		{"22", "arp", exitUsage, exitUsage, "", "no packet can match", "left out"},
	} {
		var inputs []string
		for _, n := range c.names {
			name := at(string(n) + ".pcap")
			if !isFile(name) {
				name += "ng"
			}
			inputs = append(inputs, "-r", name)
		}
		for _, command := range []string{"filter --count", "filter --count --per-file", "filter --merge --count", "filter -w OUT.pcapng", "filter --merge -w OUT.pcapng", "filter -w OUT/", "verdicts --count",
			"capture -n", "capture -w OUT.pcapng", "stats"} {
			for _, strict := range []bool{false, true} {
				if command == "filter -w OUT/" && (strict || c.names == "22") {
					continue // which files are ahead of the one that stops all is a matter of time; both would have one name
				}
				out := filepath.Join(t.TempDir(), "out")
				args := append(append(strings.Fields(strings.ReplaceAll(command, "OUT", out)), "--warnings", "none"), inputs...)
				want := c.status
				if strict {
					args, want = append(args, "--strict"), c.strict
				}
				args = append(args, c.expr)
				without := exec(t, "", append(args[:len(args):len(args)], "--no-index")...)
				written := below(t, filepath.Dir(out))
				with := exec(t, "", args...)
				if with != without || below(t, filepath.Dir(out)) != written {
					t.Errorf("%q %s strict %v: %+v, without index %+v", command, c.expr, strict, with, without)
				}
				if with.status != want || strings.Contains(with.stderr, c.nor) && c.nor != "" {
					t.Errorf("%q %s strict %v: %+v", command, c.expr, strict, with)
				}
				if !strict && (!strings.Contains(with.stderr, c.says) || command == "filter --count" && strings.TrimSpace(with.stdout) != c.count) {
					t.Errorf("%q %s: %+v", command, c.expr, with)
				}
				if strict && want == exitUsage && c.status == exitRun && !strings.Contains(with.stderr, "bpfc: "+dir) {
					t.Errorf("%q %s: --strict does not name the file: %+v", command, c.expr, with)
				}
			}
		}
	}
}

// What is named is read as often as it is named, which is said; what a directory has is read once, whatever links lead to it.
func TestArchiveNamedTwice(t *testing.T) {
	dir := t.TempDir()
	one := filepath.Join(dir, "1.pcap")
	ofTypes(t, one, 65535, linktype.EN10MB)
	if err := os.Link(one, filepath.Join(dir, "hard.pcap")); err != nil {
		t.Skip(err) // a file system without hard links
	}
	for _, c := range []struct {
		args  []string
		count string
		note  bool
	}{
		{[]string{"-r", dir}, "2", false},
		{[]string{"-r", one, "-r", one}, "4", true},
		{[]string{"-r", dir, "-r", one}, "4", true},
		{[]string{"-r", dir, "-r", dir + "/"}, "4", true},
		{[]string{"-V", write(t, "list", one+"\n"+one+"\n"+one+"\n")}, "6", true},
		{[]string{"-r", filepath.Join(dir, "*.pcap")}, "4", false},
	} {
		got := exec(t, "", append([]string{"filter", "--count"}, c.args...)...)
		if got.status != exitOK || strings.TrimSpace(got.stdout) != c.count || strings.Contains(got.stderr, "note: named more than once, and read as often: "+one) != c.note {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
	if got := exec(t, "", "index", dir); !strings.HasPrefix(got.stdout, "1 file indexed, ") {
		t.Errorf("index: %+v", got)
	}
}

// Outputs that would be found by the next search are refused before anything is written, and so are those in the place of inputs.
func TestOutputsWithinArchive(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.pcap", "b.pcap", "c.pcap"} {
		ofTypes(t, filepath.Join(dir, name), 65535, linktype.EN10MB)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Skip(err)
	}
	before := below(t, dir)
	for _, c := range []struct{ read, write, says string }{
		{dir, dir, "is read from and written to"},
		{dir, filepath.Join(dir, "out") + "/", "the next search would find"},
		{dir, filepath.Join(link, "deep", "out") + "/", "the next search would find"},
		{link, filepath.Join(dir, "out") + "/", "the next search would find"},
	} {
		got := exec(t, "", "filter", "-r", c.read, "-w", c.write)
		left, err := os.ReadDir(dir)
		if got.status != exitUsage || !strings.Contains(got.stderr, c.says) || len(left) != 3 || err != nil {
			t.Errorf("%+v: %+v, %v %v", c, got, left, err)
		}
	}
	if now := below(t, dir); now != before {
		t.Error("inputs have changed")
	}
	for _, to := range []string{filepath.Join(dir, ".out") + "/", filepath.Join(t.TempDir(), "out") + "/"} {
		if got := exec(t, "", "filter", "-r", dir, "-w", to); got.status != exitOK || strings.Count(below(t, to), ".pcap") != 3 {
			t.Errorf("%s: %+v", to, got)
		}
	}
	if got := exec(t, "", "filter", "-r", dir, "-w", filepath.Join(dir, "all.pcap")); got.status != exitOK || !strings.Contains(got.stderr, "the next search finds it") {
		t.Errorf("%+v", got)
	}
}

// None of the files of a rotation takes the place of one that is read.
func TestRotationWithinArchive(t *testing.T) {
	data, err := os.ReadFile(packetsFile)
	dir := t.TempDir()
	for _, name := range []string{"in.pcap", "ring2"} {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), data, 0o666))
	}
	if err != nil {
		t.Fatal(err)
	}
	got := exec(t, "", "capture", "-r", dir, "-w", filepath.Join(dir, "ring"), "-C", "1k", "-W", "4")
	if now, err := os.ReadFile(filepath.Join(dir, "ring2")); got.status != exitUsage || !strings.Contains(got.stderr, "ring2 is read from and written to") || string(now) != string(data) || err != nil {
		t.Errorf("%+v, %d bytes, %v", got, len(now), err)
	}
}

// What is not as the name of the output says is said.
func TestPcapngIsSaid(t *testing.T) {
	dir := t.TempDir()
	two, eth, raw := filepath.Join(dir, "two.pcapng"), filepath.Join(dir, "eth.pcap"), filepath.Join(dir, "raw.pcap")
	ofTypes(t, two, 65535, linktype.EN10MB, linktype.RAW)
	ofTypes(t, eth, 65535, linktype.EN10MB)
	ofTypes(t, raw, 65535, linktype.RAW)
	out := filepath.Join(t.TempDir(), "out")
	for _, c := range []struct {
		args string
		said bool
	}{
		{"filter -r " + two + " -w " + out + ".pcap", true},
		{"filter -r " + two + " -w " + out + ".pcapng", false},
		{"filter -r " + two + " -w " + out + " --pcapng", false},
		{"filter -r " + eth + " -w " + out + ".pcap", false},
		{"filter -r " + eth + " -r " + raw + " -w " + out + ".pcap.gz", true},
		{"filter -r " + eth + " -r " + raw + " --merge -w " + out + ".pcap", true},
		{"filter -r " + eth + " -r " + eth + " -w " + out + ".pcap", false},
		{"capture -r " + two + " -w " + out + ".pcap", true},
		{"capture -r " + eth + " -r " + raw + " -w " + out + ".pcap", true},
		{"capture -r " + eth + " -r " + raw + " -w " + out + ".pcapng", false},
	} {
		if got := exec(t, "", strings.Fields(c.args)...); got.status != exitOK || strings.Contains(got.stderr, "is written as pcapng, whatever its name") != c.said {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
}

// Small things that are said of files: a link by its own name, what could not be indexed as failed, a directory without files alike by
// all commands, and a warning once however many snapshot lengths there are.
func TestArchiveSayings(t *testing.T) {
	empty, dir := t.TempDir(), t.TempDir()
	for i := range uint32(5) {
		ofTypes(t, filepath.Join(dir, fmt.Sprint(i, ".pcap")), 30+i, linktype.EN10MB)
	}
	if err := os.Symlink("/nowhere/at/all", filepath.Join(dir, "dangling")); err != nil {
		t.Skip(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		says   string
		times  int
	}{
		{[]string{"filter", "--count", "-r", dir}, exitRun, "dangling: no such file or directory (it is a link to /nowhere/at/all)", 1},
		{[]string{"index", dir}, exitRun, "5 files indexed, 0 up to date, 0 no captures, 1 failed", 1},
		{[]string{"index", filepath.Join(dir, "none")}, exitRun, "0 no captures, 1 failed", 1},
		{[]string{"index", "-"}, exitUsage, "standard input has no place beside it", 1},
		{[]string{"filter", "--count", "-r", write(t, "cut\n\x1bname", "\xd4\xc3\xb2\xa1")}, exitRun, `cut\x0a\x1bname: file header`, 1},
		{[]string{"filter", "--count", "-r", filepath.Join(dir, "no\nname")}, exitRun, `no\x0aname: no such file`, 1},
		{[]string{"index", empty}, exitRun, "no file in it", 1},
		{[]string{"filter", "--count", "-r", empty}, exitRun, "no file in it", 1},
		{[]string{"filter", "--count", "-r", dir, "tcp port 80"}, exitRun, "warning: ", 1},
		{[]string{"stats", "-r", dir, "tcp port 80"}, exitRun, "warning: ", 1},
		{[]string{"verdicts", "-r", dir, "tcp port 80"}, exitRun, "warning: ", 1},
		{[]string{"verdicts", "-W", "none", "-r", dir, "tcp port 80"}, exitRun, "warning: ", 0},
		{[]string{"stats", "-W", "none", "-r", dir, "tcp port 80"}, exitRun, "warning: ", 0},
		{[]string{"filter", "--count", "-V", write(t, "list", "# no comment\n")}, exitRun, "# no comment: no such file", 1},
	} {
		if got := exec(t, "", c.args...); got.status != c.status || strings.Count(got.stdout+got.stderr, c.says) != c.times {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
}
