package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bpfc/lexer"
)

// result is what one run of the program did.
type result struct {
	status         int
	stdout, stderr string
}

// exec runs the program in this process.
func exec(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	// What is proved in five seconds is another thing on a machine that is busy: the tests are about what is proved.
	if len(args) > 0 && slices.Contains([]string{"diff", "lint", "witness"}, args[0]) && !slices.Contains(args, "--time") {
		args = slices.Insert(slices.Clone(args), 1, "--time", "10m")
	}
	status := run(context.Background(), args, strings.NewReader(stdin), &out, &errs)
	return result{status, out.String(), errs.String()}
}

// required ends a test that cannot run on this machine: it fails where everything must run, and is skipped loudly elsewhere.
func required(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
		t.Fatalf("BPFC_REQUIRE_ALL=1, but %s", why)
	}
	t.Skipf("SKIPPED: %s", why)
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStatus(t *testing.T) {
	notDir := write(t, "file", "tcp")
	tests := []struct {
		args   string
		status int
		stderr string // a part of it
	}{
		{"compile tcp", exitOK, ""},
		{"compile", exitOK, ""},
		{"", exitOK, ""},
		{"help compile", exitOK, ""},
		{"version", exitOK, ""},
		{"--version", exitOK, ""},
		{"completion bash", exitOK, ""},
		{"compile tcp prot 80", exitUsage, `did you mean "port"`},
		{"compile vlan 5000", exitUsage, "4095"},
		{"compile ip and arp", exitUsage, "no packet can match"},
		{"compile --allow-reject-all ip and arp", exitOK, ""},
		{"compile -O ip and arp", exitOK, ""},
		{"compile -y NOSUCH tcp", exitUsage, "NOSUCH"},
		{"compile -y EN10BM tcp", exitUsage, "EN10MB"},
		{"compile -s -1 tcp", exitUsage, "snapshot length"},
		{"compile -s 99999999999 tcp", exitUsage, "snapshot"},
		{"compile --netmask x ip broadcast", exitUsage, "netmask"},
		{"compile --netmask 255.255.255.0 ip broadcast", exitOK, ""},
		{"compile --savefile maybe tcp", exitUsage, "swapped"},
		{"compile --savefile swapped -y NULL ip", exitOK, ""},
		{"compile -f nosuch tcp", exitUsage, "nosuch"},
		{"compile -dddd tcp", exitUsage, "-d"},
		{"compile -d -f json tcp", exitUsage, "format"},
		{"compile -r x tcp", exitUsage, "--stats"},
		{"compile --nosuch", exitUsage, "--nosuch"},
		{"compile --etc " + notDir + " tcp", exitRun, "not a directory"},
		{"compile --etc /nosuchdir tcp", exitRun, "nosuchdir"},
		{"compile -F /nosuchfile", exitRun, "nosuchfile"},
		{"compile -F " + notDir, exitOK, ""},
		{"compile -F " + notDir + " udp", exitUsage, "give one of them"},
		{"compile --jsonl tcp", exitUsage, "standard input"},
		{"nosuch", exitUsage, "nosuch"},
		{"help", exitOK, ""},
		{"help help", exitOK, ""},
		{"help completion bash", exitOK, ""},
		{"help nosuch", exitUsage, "nosuch"},
		{"help compile nosuch", exitUsage, "compile nosuch"},
		{"help completion tcsh", exitUsage, "tcsh"},
		{"completion", exitOK, ""},
		{"completion tcsh", exitUsage, "there are bash, fish, powershell, zsh"},
		{"completion bash zsh", exitUsage, "zsh"},
		{"version now", exitUsage, "now"},
		{"capture -D tcp", exitUsage, "-D"},
		{"capture -c many -r x", exitUsage, "many"},
		{"capture --backend nosuch -r x", exitUsage, "afpacket or libpcap"},
		{"capture -Q up -r x", exitUsage, "inout"},
		{"capture -B 9999999999 -r x", exitUsage, "-B"},
		{"capture -C 9223372036854775807 -w x -r x", exitUsage, "-C"},
		{"capture -G 9223372036854775807 -w x -r x", exitUsage, "-G"},
		{"capture --time=-3 -r x", exitUsage, "-t"},
		{"capture --read= tcp", exitUsage, "-r: the value is empty"},
		{"capture --interface= tcp", exitUsage, "-i: the value is empty"},
		{"send --interface= --ip dst=192.0.2.1", exitUsage, "-i: the value is empty"},
		{"capture -i a -i b", exitUsage, `there is "a" already`},
		{"capture -i a -i a", exitUsage, `there is "a" already`},
		{"stats -r nosuchfile --read y", exitRun, "nosuchfile"}, // files are read one after the other
		{"stats -r x --read=", exitUsage, "-r: the value is empty"},
		{"filter -r x -w y --write=z", exitUsage, `there is "y" already`},
		{"compile -F x -F y", exitUsage, `there is "x" already`},
		{"compile -y RAW -y EN10MB tcp", exitOK, ""},
		{"capture -r x --write= tcp", exitUsage, "-w: the value is empty"},
		{"compile --link-type= tcp", exitUsage, "-y: the value is empty"},
		{"compile --etc= tcp", exitUsage, "--etc: the value is empty"},
		{"send -i lo -r x --speed nan", exitUsage, "--speed NaN"},
		{"send -i lo -r x --rate +Inf", exitUsage, "--rate +Inf"},
		{"verdicts tcp", exitUsage, "read"},
		{"verdicts -r /nosuchfile tcp", exitRun, "nosuchfile"},
		{"verdicts -r " + notDir + " tcp", exitRun, "file"},
		{"verdicts -r - -F -", exitUsage, "only one of them"},
		{"filter -r /nosuchfile --count tcp", exitRun, "nosuchfile"},
		{"filter -r x tcp", exitUsage, "--count"},
		{"filter -r x -w - --count tcp", exitUsage, "standard output"},
		{"bench -r /nosuchfile tcp", exitRun, "nosuchfile"},
		{"bench -r x --engine nosuch tcp", exitUsage, "nosuch"},
	}
	for _, tt := range tests {
		got := exec(t, "", strings.Fields(tt.args)...)
		if got.status != tt.status || !strings.Contains(got.stderr, tt.stderr) {
			t.Errorf("bpfc %s: status %d, want %d; %s", tt.args, got.status, tt.status, got.stderr)
		}
		if got.status == exitOK && got.stderr != "" {
			t.Errorf("bpfc %s: says %q", tt.args, got.stderr)
		}
		if got.status != exitOK && !strings.HasPrefix(got.stderr, "bpfc: ") {
			t.Errorf("bpfc %s: an error that does not name the program: %q", tt.args, got.stderr)
		}
	}
}

func TestErrorPicture(t *testing.T) {
	got := exec(t, "", "compile", "host 10.0.0.1 and", "portrnge 1-5")
	want := "\n  host 10.0.0.1 and portrnge 1-5\n                    ^~~~~~~~\n"
	if !strings.HasSuffix(got.stderr, want) || !strings.Contains(got.stderr, "portrange") {
		t.Errorf("got\n%s\nwant at the end\n%s", got.stderr, want)
	}
	path := write(t, "filter", "tcp # not udp\nand portrnge 1-5 # typo\n")
	got = exec(t, "", "compile", "-F", path)
	if want := "\n  and portrnge 1-5"; !strings.Contains(got.stderr, "line 2: ") || !strings.Contains(got.stderr, want) {
		t.Errorf("got\n%s\nwant %q", got.stderr, want)
	}
}

// Several arguments, a file and standard input are the same filter.
func TestSources(t *testing.T) {
	want := exec(t, "", "compile", "tcp port 80").stdout
	path := write(t, "filter", "# web\ntcp # or so\n  port 80\n")
	for name, got := range map[string]result{
		"arguments":      exec(t, "", "compile", "tcp", "port", "80"),
		"after --":       exec(t, "", "compile", "--", "tcp port 80"),
		"file":           exec(t, "", "compile", "-F", path),
		"standard input": exec(t, "tcp port 80\n", "compile", "-F", "-"),
	} {
		if got.stdout != want || want == "" {
			t.Errorf("%s: got %q, want %q", name, got.stdout, want)
		}
	}
}

func TestFormats(t *testing.T) {
	tests := []struct{ args, want string }{
		{"", "(000) ldh      [12]\n(001) jeq      #0x806           jt 2\tjf 3\n(002) ret      #65535\n(003) ret      #0\n"},
		{"-d", "(000) ldh      [12]\n"},
		{"-f d", "(000) ldh      [12]\n"},
		{"-f tcpdump", "(000) ldh      [12]\n"},
		{"-dd", "{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000806 },\n{ 0x6, 0, 0, 0x0000ffff },\n{ 0x6, 0, 0, 0x00000000 },\n"},
		{"-f dd", "{ 0x28, 0, 0, 0x0000000c },\n"},
		{"-ddd", "4\n40 0 0 12\n21 0 1 2054\n6 0 0 65535\n6 0 0 0\n"},
		{"-f ddd", "4\n"},
		{"-f json", "[[40,0,0,12],[21,0,1,2054],[6,0,0,65535],[6,0,0,0]]\n"},
	}
	for _, tt := range tests {
		got := exec(t, "", append(append([]string{"compile", "-s", "65535"}, strings.Fields(tt.args)...), "arp")...)
		if got.status != exitOK || !strings.HasPrefix(got.stdout, tt.want) {
			t.Errorf("%s: got\n%s%swant\n%s", tt.args, got.stdout, got.stderr, tt.want)
		}
	}
}

func TestKernelNote(t *testing.T) {
	got := exec(t, "", "compile", "ip6 protochain 6")
	if got.status != exitOK || !strings.Contains(got.stderr, "kernel will not load") {
		t.Errorf("%+v", got)
	}
}

func TestStats(t *testing.T) {
	got := exec(t, "", "compile", "--stats", "tcp port 80")
	if got.status != exitOK || !strings.Contains(got.stdout, "longest path") || strings.Contains(got.stdout, "(000)") {
		t.Errorf("%+v", got)
	}
	if got := exec(t, "", "compile", "--stats", "-d", "tcp port 80"); !strings.HasPrefix(got.stdout, "(000)") {
		t.Errorf("%+v", got)
	}
	if got := exec(t, "", "compile", "--stats", "ip6 protochain 6"); !strings.Contains(got.stdout, "loops") {
		t.Errorf("%+v", got)
	}
}

func TestDumpPasses(t *testing.T) {
	got := exec(t, "", "compile", "--dump-passes", "tcp port 80")
	if got.status != exitOK || !strings.HasPrefix(got.stdout, "== codegen\n") || !strings.Contains(got.stdout, "\n(000) ") {
		t.Errorf("%+v", got)
	}
}

func TestBlankComments(t *testing.T) {
	tests := []struct{ in, want string }{
		{"tcp", "tcp"},
		{"tcp # x\nudp", "tcp    \nudp"},
		{"# all", "     "},
		{"a#b#c\n#\n", "a    \n \n"},
		{"é # é", "é     "},
	}
	for _, tt := range tests {
		if got := lexer.BlankComments(tt.in); got != tt.want || len(got) != len(tt.in) {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

// decode reads the lines of an answer.
func decode(t *testing.T, text string) (answers []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var a map[string]any
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		answers = append(answers, a)
	}
	return answers
}

func TestJSONL(t *testing.T) {
	in := `{"id":1,"filter":"arp"}

{"id":"two","link_type":"raw","filter":"ip","snaplen":96}
{"id":3,"filter":"tcp prot 80"}
{"filter":"ip broadcast","netmask":"255.255.255.0"}
{"id":5,"filter":"ip broadcast"}
{"id":6,"filter":"ip and arp"}
{"id":7,"filter":"ip and arp","optimize":false}
{"id":8,"link_type":108,"filter":"ip","savefile":"swapped"}
{"id":9,"link_type":"nosuch","filter":"ip"}
{"id":10}
{"id":11,"filter":"ip","typo":1}
{"id":12,"filter":7}
nonsense
{"id":14,"filter":""}`
	got := exec(t, in, "compile", "--jsonl")
	if got.status != exitOK || got.stderr != "" {
		t.Fatalf("%+v", got)
	}
	answers := decode(t, got.stdout)
	want := []struct{ id, kind string }{
		{"1", ""}, {"two", ""}, {"3", "syntax"}, {"<nil>", ""}, {"5", "unsupported"}, {"6", "rejects-all"}, {"7", ""}, {"8", ""},
		{"9", "request"}, {"10", "request"}, {"11", "request"}, {"12", "request"}, {"<nil>", "request"}, {"14", ""},
	}
	if len(answers) != len(want) {
		t.Fatalf("%d answers:\n%s", len(answers), got.stdout)
	}
	for i, w := range want {
		a := answers[i]
		if id := fmt.Sprint(a["id"]); id != w.id {
			t.Errorf("answer %d has id %s, want %s", i, id, w.id)
		}
		_, compiled := a["insns"]
		kind, failed := a["kind"].(string)
		if compiled == failed || kind != w.kind {
			t.Errorf("answer %d: %v, want kind %q", i, a, w.kind)
		}
	}
	if a := answers[2]; a["pos"] != 4.0 || a["end"] != 8.0 {
		t.Errorf("the place of the mistake: %v", a)
	}
	if !strings.HasPrefix(got.stdout, `{"id":1,"insns":[[40,0,0,12],[21,0,1,2054],[6,0,0,262144],[6,0,0,0]]}`+"\n") {
		t.Errorf("the form of an answer: %s", got.stdout)
	}
}

// Answers come in the order of the requests, whichever worker is done first.
func TestJSONLOrder(t *testing.T) {
	const n = 3000
	var in strings.Builder
	for i := range n {
		filter := "arp"
		if i%7 == 0 {
			filter = "host 10.0.0.1" + strings.Repeat(" or host 10.0.0.2", i%50)
		}
		fmt.Fprintf(&in, `{"id":%d,"filter":%q}`+"\n", i, filter)
	}
	answers := decode(t, exec(t, in.String(), "compile", "--jsonl").stdout)
	if len(answers) != n {
		t.Fatalf("%d answers to %d requests", len(answers), n)
	}
	for i, a := range answers {
		if a["id"] != float64(i) {
			t.Fatalf("answer %d has id %v", i, a["id"])
		}
	}
}

// A program that waits for each answer before it asks on must get it.
func TestJSONLConversation(t *testing.T) {
	in, toProgram := io.Pipe()
	fromProgram, out := io.Pipe()
	done := make(chan int)
	go func() {
		done <- run(context.Background(), []string{"compile", "--jsonl"}, in, out, io.Discard)
	}()
	answers := json.NewDecoder(fromProgram)
	for i := range 20 {
		if _, err := fmt.Fprintf(toProgram, `{"id":%d,"filter":"ip"}`+"\n", i); err != nil {
			t.Fatal(err)
		}
		var a struct{ ID int }
		if err := answers.Decode(&a); err != nil || a.ID != i {
			t.Fatalf("answer %d: %+v, %v", i, a, err)
		}
	}
	_ = toProgram.Close()
	if status := <-done; status != exitOK {
		t.Errorf("status %d", status)
	}
}

// endless is a supply of one byte.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for n := copy(b, "x"); n < len(b); n *= 2 {
		copy(b[n:], b[:n])
	}
	return len(b), nil
}

// An overlong line is answered with an error, and the next line is read.
func TestJSONLLongLine(t *testing.T) {
	in := io.MultiReader(io.LimitReader(endless{}, maxJSONLine+10), strings.NewReader("\n"+`{"id":2,"filter":"ip"}`+"\n"))
	var out bytes.Buffer
	if status := run(context.Background(), []string{"compile", "--jsonl"}, in, &out, io.Discard); status != exitOK {
		t.Fatalf("status %d", status)
	}
	answers := decode(t, out.String())
	if len(answers) != 2 || answers[0]["kind"] != "request" || answers[1]["insns"] == nil {
		t.Errorf("%v", answers)
	}
}

// broken takes nothing.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// A reader that goes away ends the program, even though there is more to read.
func TestJSONLBrokenOutput(t *testing.T) {
	in := strings.NewReader(strings.Repeat(`{"filter":"ip"}`+"\n", 10_000))
	if status := run(context.Background(), []string{"compile", "--jsonl"}, in, broken{}, io.Discard); status != exitRun {
		t.Errorf("status %d", status)
	}
}

func FuzzJSONL(f *testing.F) {
	f.Add([]byte(`{"id":1,"filter":"tcp port 80","snaplen":5}` + "\n" + `{"id":2,"filter":"ip[0`))
	f.Add([]byte("\x00\n\n{}\n[]\n{\"id\":{\"a\":[1,2]},\"filter\":\"\\ud800\"}"))
	etc := f.TempDir() // no names: nothing asks the network
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		if status := run(context.Background(), []string{"compile", "--jsonl", "--etc", etc}, bytes.NewReader(in), &out, io.Discard); status != exitOK {
			t.Fatalf("status %d", status)
		}
		asked := 0
		for line := range bytes.Lines(in) {
			if len(bytes.TrimSpace(line)) > 0 {
				asked++
			}
		}
		if answers := decode(t, out.String()); len(answers) != asked {
			t.Fatalf("%d answers to %d requests:\n%s", len(answers), asked, out.String())
		}
	})
}

// TestErrorOnce tells an error that writing and closing both ran into once.
func TestErrorOnce(t *testing.T) {
	full := errors.New("write out.pcap: no space left on device")
	if got, want := describe(errors.Join(full, errors.New("read in.pcap: cut"), full)), full.Error()+"\nread in.pcap: cut"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// An error about a flag is about no place in the filter, and one about the filter says with which flag it can be mended.
func TestErrorsAboutSettings(t *testing.T) {
	const mistake = "tcp port 80"
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"compile", "-y", "FOO", mistake}, `bpfc: -y: no link-layer type "FOO"; give a DLT_ name such as EN10MB, or a number`},
		{[]string{"compile", "-y", "9999", mistake}, "bpfc: -y: no link-layer type has the number 9999"},
		{[]string{"verify", "-y", "9999", "-r", packetsFile, mistake}, "bpfc: -y: no link-layer type has the number 9999"},
		{[]string{"fuzz", "-y", "9999", "--count", "1", mistake}, "bpfc: -y: no link-layer type has the number 9999"},
		{[]string{"filter", "-y", "9999", "-r", packetsFile, "--count", mistake}, "bpfc: -y: no link-layer type has the number 9999"},
		{[]string{"compile", "-s", "-1", mistake}, "bpfc: -s: -1: a snapshot length is 0 to 2147483647 bytes"},
		{[]string{"compile", "--netmask", "x", mistake}, `bpfc: --netmask: "x" is no netmask: give it as 255.255.255.0, 0xffffff00 or /24`},
		{[]string{"compile", "ip broadcast"}, "'ip broadcast' needs the netmask of the network captured on; give the netmask with --netmask\n  ip broadcast\n  ^~~~~~~~~~~~"},
		{[]string{"compile", "vpi 1"}, "only SUNATM has it, see -y\n  vpi 1\n  ^~~~~"},
		{[]string{"compile", "inbound"}, "read from the kernel with --linux-extensions\n"},
		{[]string{"compile", "tcp and udp"}, "compiled all the same with -O or --allow-reject-all\n"},
	} {
		got := exec(t, "", tt.args...)
		if got.status != exitUsage || !strings.Contains(got.stderr, tt.want) || !strings.Contains(tt.want, "\n") && got.stderr != tt.want+"\n" {
			t.Errorf("%q: status %d, %s", tt.args, got.status, got.stderr)
		}
	}
}

// Answers in JSON speak of the fields of a request, and of no flag.
func TestJSONErrorsSpeakOfFields(t *testing.T) {
	flag := regexp.MustCompile(`(^|[\s"])--?[a-zA-Z]`)
	for request, want := range map[string]string{
		`{"filter":"tcp","link_type":"FOO"}`:       `"link_type": no link-layer type "FOO"`,
		`{"filter":"tcp","link_type":9999}`:        `"link_type": no link-layer type has the number 9999`,
		`{"filter":"tcp","snaplen":-1}`:            `"snaplen": -1: a snapshot length`,
		`{"filter":"tcp","netmask":"x"}`:           `"netmask": "x" is no netmask`,
		`{"filter":"tcp","savefile":"x"}`:          `"savefile": "x" is neither`,
		`{"filter":"ip broadcast"}`:                `give the netmask with "netmask"`,
		`{"filter":"vpi 1"}`:                       `only SUNATM has it, see "link_type"`,
		`{"filter":"inbound"}`:                     `with "linux_extensions"`,
		`{"filter":"tcp and udp"}`:                 `with "allow_reject_all"`,
		`{"filter":"port 70000"}`:                  `70000`,
		`{"filter":"vlan 1 and geneve and mpls 3"`: `no request`,
	} {
		got := exec(t, request+"\n", "compile", "--jsonl")
		var answer failure
		if err := json.Unmarshal([]byte(got.stdout), &answer); err != nil {
			t.Fatalf("%s: %q: %v", request, got.stdout, err)
		}
		if !strings.Contains(answer.Error, want) || flag.MatchString(answer.Error) {
			t.Errorf("%s: %s", request, answer.Error)
		}
	}
}

// A command line that is nearly right is answered with what would be.
func TestNearMisses(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"filter", packetsFile, "tcp"}, "a capture file is named with -r: bpfc filter -r " + packetsFile},
		{[]string{"filter", packetsFile, "tcp", "--count"}, "a capture file is named with -r: bpfc filter -r " + packetsFile},
		{[]string{"verdicts", packetsFile, "tcp"}, "a capture file is named with -r: bpfc verdicts -r " + packetsFile},
		{[]string{"verify", packetsFile}, "a capture file is named with -r: bpfc verify -r " + packetsFile},
		{[]string{"filter", "tcp"}, "name the capture file to read with -r; - is standard input"},
		{[]string{"filter", "-r", packetsFile, "--count", packetsFile}, "a capture file is named with -r: -r " + packetsFile},
		{[]string{"filter", "-r", packetsFile, "--cuont"}, "unknown flag: --cuont; did you mean --count?"},
		{[]string{"filter", "-r", packetsFile, "-count"}, "did you mean --count?"},
		{[]string{"filter", "-r", packetsFile, "--snaplen=5"}, "did you mean --snapshot-length?"},
		{[]string{"compile", "--linktype", "RAW", "tcp"}, "did you mean --link-type?"},
		{[]string{"compile", "-i", "eth0", "tcp"}, `-i of "bpfc capture"`},
		{[]string{"compile", "--nonsense"}, `see "bpfc compile --help"`},
		{[]string{"help", "filtre"}, `did you mean "filter"?`},
		{[]string{"filtre"}, "filter"},
	} {
		got := exec(t, "", tt.args...)
		if got.status != exitUsage || !strings.Contains(got.stderr, tt.want) {
			t.Errorf("%q: status %d, %s; want %s", tt.args, got.status, got.stderr, tt.want)
		}
	}
}

func TestInterfaceWithoutFlag(t *testing.T) {
	list, err := net.Interfaces()
	if err != nil || len(list) == 0 {
		t.Fatalf("%d interfaces, %v", len(list), err)
	}
	name := list[0].Name
	got := exec(t, "", "capture", name, "tcp")
	if want := "an interface is named with -i: -i " + name; got.status != exitUsage || !strings.Contains(got.stderr, want) {
		t.Errorf("status %d, %s; want %s", got.status, got.stderr, want)
	}
}
