package packets

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/web/api"
	"bpfc/web/rpc"
)

const testFile = "../../testdata/packets.pcap"

func source(expr string) api.Source {
	return api.Source{Expr: expr, Link: "EN10MB", Optimize: true, SeeThrough: []string{}}
}

// ask calls a method, and gives the error as an *rpc.Error.
func ask[R any](t testing.TB, s rpc.Service, method string, params any, file []byte) (R, *rpc.Error) {
	t.Helper()
	text, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	c := &rpc.Call{Params: text}
	if file != nil {
		c.File, c.Size = bytes.NewReader(file), int64(len(file))
	}
	answer, ok := s.Call(t.Context(), method, c)
	var r R
	if !ok {
		var e rpc.Error
		if err := json.Unmarshal(answer, &e); err != nil {
			t.Fatal(err)
		}
		return r, &e
	}
	if err := json.Unmarshal(answer, &r); err != nil {
		t.Fatalf("%s: %v in %.200s", method, err, answer)
	}
	return r, nil
}

func must[R any](t testing.TB, s rpc.Service, method string, params any) R {
	t.Helper()
	r, e := ask[R](t, s, method, params, nil)
	if e != nil {
		t.Fatalf("%s: %v", method, e)
	}
	return r
}

// everything has the methods of package api as well.
func everything() rpc.Service {
	s := New()
	maps.Copy(s, api.New())
	return s
}

func open(t testing.TB, data []byte) (rpc.Service, captureInfo) {
	t.Helper()
	s := everything()
	info, e := ask[captureInfo](t, s, "openCapture", map[string]string{"name": "test.pcap"}, data)
	if e != nil {
		t.Fatal(e)
	}
	return s, info
}

// pcapOf writes packets into a file.
func pcapOf(t testing.TB, format capture.Format, packets [][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := capture.NewWriter(&out, capture.WriterOptions{Format: format, LinkType: linktype.EN10MB})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range packets {
		if err := w.WritePacket(&capture.Packet{Data: p, WireLen: uint32(len(p)), Timestamp: int64(i) * 1e9}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// packetsOf reads a file.
func packetsOf(t testing.TB, data []byte) (list [][]byte) {
	t.Helper()
	r, err := capture.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for p, err := range r.Packets(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, bytes.Clone(p.Data))
	}
	return list
}

func readTestFile(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(testFile)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A capture as pcap, as pcapng and compressed has the same packets, and a filter keeps what the command keeps.
func TestCaptures(t *testing.T) {
	data := readTestFile(t)
	list := packetsOf(t, data)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := kept(t, "tcp or arp")
	for name, file := range map[string][]byte{"pcap": data, "gzip": packed.Bytes(), "pcapng": pcapOf(t, capture.Pcapng, list)} {
		s, info := open(t, file)
		if info.Packets != len(list) || info.Problem != "" || len(info.Interfaces) != 1 {
			t.Errorf("%s: %+v, want %d packets", name, info, len(list))
		}
		r := must[judged](t, s, "judge", map[string]any{"source": source("tcp or arp")})
		if r.Error != nil || r.Matches != want {
			t.Errorf("%s: %+v; the command keeps %d", name, r, want)
		}
		for i, data := range list {
			if i%50 != 0 {
				continue
			}
			p := must[packetResult](t, s, "packet", map[string]any{"source": source("tcp or arp"), "packet": map[string]int{"index": i}})
			if p.Hex != hex.EncodeToString(data) || p.Error != nil {
				t.Errorf("%s: packet %d: %v, %.40s", name, i, p.Error, p.Hex)
			}
		}
		checkRows(t, s, r)
		out := must[saved](t, s, "save", struct{}{})
		file, err := base64.StdEncoding.DecodeString(out.Base64)
		if err != nil || out.Packets != want || len(packetsOf(t, file)) != want {
			t.Errorf("%s: saved %d packets, %v", name, out.Packets, err)
		}
	}
}

// kept is how many packets of the test file the command keeps.
func kept(t *testing.T, expr string) (n int) {
	t.Helper()
	cmd := exec.Command("go", "run", "./cmd/bpfc", "filter", "--count", "-r", filepath.Join("testdata", "packets.pcap"), expr)
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(string(out), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// checkRows holds the rows of what matches and what does not against all rows.
func checkRows(t *testing.T, s rpc.Service, j judged) {
	t.Helper()
	read := func(only string) (list []row) {
		for {
			r := must[rows](t, s, "rows", map[string]any{"from": len(list), "count": 300, "only": only})
			list = append(list, r.Rows...)
			if len(list) >= r.Total || len(r.Rows) == 0 {
				return list
			}
		}
	}
	all, matches, others := read("all"), read("matches"), read("others")
	if len(all) != j.Packets || len(matches) != j.Matches || len(others) != j.Packets-j.Matches {
		t.Fatalf("%d, %d and %d rows for %+v", len(all), len(matches), len(others), j)
	}
	for _, r := range all {
		list := &others
		if *r.Matches {
			list = &matches
		}
		if first := (*list)[0]; first.Index != r.Index || r.Line == "" || strings.Contains(r.Line, "\n\n") {
			t.Fatalf("%+v and %+v", first, r)
		}
		*list = (*list)[1:]
	}
}

// A packet's answers fit together: verdict, way through program and graph, bytes read.
func TestPacket(t *testing.T) {
	s, info := open(t, readTestFile(t))
	for _, expr := range []string{"tcp port 80 or arp", "vlan or udp", "ip[8] > 5 and not icmp", "ip6 protochain 17", ""} {
		g := must[api.Graph](t, s, "graph", map[string]any{"source": source(expr), "pass": "optimized"})
		for i := 0; i < info.Packets; i += 29 {
			ref := map[string]any{"source": source(expr), "packet": map[string]int{"index": i}}
			p, run := must[packetResult](t, s, "packet", ref), must[api.Traced](t, s, "trace", ref)
			if p.Error != nil || run.Error != nil {
				t.Fatal(expr, p.Error, run.Error)
			}
			if p.Matches != (run.Returns != 0) || len(run.Steps) != len(p.PCs) || p.Printed == "" || p.Reason == "" {
				t.Errorf("%s, packet %d: %v, but the program returns %d in %d steps; %q", expr, i, p.Matches, run.Returns, len(run.Steps), p.Printed)
			}
			if end := p.Path[len(p.Path)-1]; (end == "accept") != p.Matches || p.Pass != g.Pass {
				t.Errorf("%s, packet %d: the way ends at %s in pass %d of %d", expr, i, end, p.Pass, g.Pass)
			}
			ids := map[string]bool{}
			for _, n := range g.Nodes {
				ids[n.ID] = true
			}
			for _, id := range p.Path {
				if !ids[id] {
					t.Errorf("%s: the graph has no node %q", expr, id)
				}
			}
		}
	}
}

// Of a file that is cut or damaged, what comes before is there, and why it ends is said.
func TestDamaged(t *testing.T) {
	data := readTestFile(t)
	whole := len(packetsOf(t, data))
	rng := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		cut := data[:24+rng.IntN(len(data)-24)]
		_, info := open(t, cut)
		if info.Packets > whole || info.Packets < whole && info.Problem == "" && len(cut) < len(data)-16 {
			ends := int64(len(cut)) // a cut between two packets is no damage
			if s := len(packetsOf(t, cut)); s != info.Packets {
				t.Errorf("cut at %d: %+v", ends, info)
			}
		}
	}
	for range 60 {
		hurt := bytes.Clone(data)
		for range 20 {
			hurt[rng.IntN(len(hurt))] = byte(rng.Uint32())
		}
		s := New()
		info, e := ask[captureInfo](t, s, "openCapture", map[string]string{"name": "x"}, hurt)
		if e == nil && info.Packets > 0 {
			must[judged](t, s, "judge", map[string]any{"source": source("tcp")})
			must[rows](t, s, "rows", map[string]any{"from": 0, "count": 100, "only": "all"})
		}
	}
	for _, no := range []string{"", "hello", strings.Repeat("\x00", 1000), "\x1f\x8b\x08broken"} {
		if _, e := ask[captureInfo](t, New(), "openCapture", map[string]string{"name": "x"}, []byte(no)); e == nil || e.Kind != "capture" {
			t.Errorf("%q: %v", no, e)
		}
	}
	if _, e := ask[judged](t, New(), "judge", map[string]any{"source": source("tcp")}, nil); e == nil || e.Kind != "capture" {
		t.Errorf("without a capture: %v", e)
	}
}

// Hostile packets are judged, printed and stepped through as others are.
func TestHostilePackets(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	list := make([][]byte, 3000)
	for i := range list {
		list[i] = make([]byte, rng.IntN(200))
		for k := range list[i] {
			list[i][k] = byte(rng.Uint32())
		}
		if len(list[i]) > 60 {
			copy(list[i][12:], [][]byte{{8, 0, 0x45}, {0x86, 0xdd, 0x60}, {0x81, 0}, {0x88, 0x47}}[rng.IntN(4)])
			copy(list[i][54:], "<script>alert(1)</script>\u202e")
		}
	}
	s, info := open(t, pcapOf(t, capture.Pcap, list))
	if info.Packets != len(list) {
		t.Fatalf("%+v", info)
	}
	for _, expr := range []string{"ip protochain 6 or ip6 protochain 6", "tcp[tcp[12]] = 0 or ip[ip[0]:4] / ip[1] = 1", "vlan and mpls or geneve"} {
		must[judged](t, s, "judge", map[string]any{"source": source(expr)})
		for i := 0; i < len(list); i += 41 {
			ref := map[string]any{"source": source(expr), "packet": map[string]int{"index": i}}
			if r := must[packetResult](t, s, "packet", ref); r.Error != nil {
				t.Errorf("%s: %v", expr, r.Error)
			}
			must[api.Traced](t, s, "trace", ref)
		}
	}
	for from := 0; from < len(list); from += 500 {
		must[rows](t, s, "rows", map[string]any{"from": from, "count": 500, "only": "all"})
	}
}

// A large capture is opened and judged in slices, and a newer request ends it.
func TestLargeAndCancelled(t *testing.T) {
	packet := make([]byte, 1000)
	copy(packet[12:], []byte{8, 0, 0x45, 0, 3, 0xda, 0, 0, 0, 0, 64, 6})
	list := make([][]byte, 40_000)
	for i := range list {
		list[i] = packet
	}
	data := pcapOf(t, capture.Pcap, list)
	s, info := open(t, data)
	if info.Packets != len(list) {
		t.Fatalf("%+v", info)
	}
	text, err := json.Marshal(map[string]any{"source": source("tcp[0:2] = 1 or ip[8] = 63")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	answer, ok := s.Call(ctx, "judge", &rpc.Call{Params: text})
	if ok || !strings.Contains(string(answer), "cancelled") {
		t.Errorf("nobody waits for this: %.200s", answer)
	}
	start, last := time.Now(), time.Duration(0)
	_, ok = s.Call(t.Context(), "judge", &rpc.Call{Params: text, Yield: func() {
		last = max(last, time.Since(start))
		start = time.Now()
	}})
	if !ok || last > 2*time.Second {
		t.Errorf("one slice took %v", last)
	}
}

func TestWitness(t *testing.T) {
	s := New()
	r := must[witnesses](t, s, "witness", map[string]any{"source": source("tcp port 80 or arp"), "near": true})
	if r.Error != nil || len(r.Matches) < 3 || len(r.Near) == 0 || !r.Built {
		t.Fatalf("%v: %d match, %d near", r.Error, len(r.Matches), len(r.Near))
	}
	file, err := base64.StdEncoding.DecodeString(r.Pcap)
	if err != nil || len(packetsOf(t, file)) != len(r.Matches)+len(r.Near) {
		t.Errorf("the file: %v", err)
	}
	for i, list := range [][]witnessPacket{r.Matches, r.Near} {
		for _, p := range list {
			w := must[packetResult](t, s, "packet", map[string]any{"source": source("tcp port 80 or arp"), "packet": map[string]any{"hex": p.Hex, "wireLen": p.WireLen}})
			if w.Matches != (i == 0) || p.Printed == "" || p.Way == "" {
				t.Errorf("%+v: %v", p, w.Matches)
			}
		}
	}
	if r = must[witnesses](t, s, "witness", map[string]any{"source": source("tcp and udp")}); r.Error == nil || r.Error.Kind != "rejects-all" {
		t.Errorf("%v", r.Error)
	}
}

func TestDiff(t *testing.T) {
	for _, c := range []struct{ a, b, relation string }{
		{"tcp or udp", "udp or tcp", "equal"},
		{"tcp port 80", "tcp", "A implies B"},
		{"ip", "ip host 10.0.0.1", "B implies A"},
		{"arp", "ip", "disjoint"},
		{"src host 10.0.0.1", "dst host 10.0.0.2", "overlap"},
	} {
		d := must[difference](t, New(), "diff", map[string]any{"a": source(c.a), "b": source(c.b)})
		if d.Error != nil || d.Relation != c.relation || d.Says == "" {
			t.Errorf("%s and %s: %+v", c.a, c.b, d)
		}
		for i, e := range []*counterexample{d.OnlyA, d.OnlyB} {
			if e != nil && (e.A.Accepts != (i == 0) || e.B.Accepts != (i == 1) || e.A.Why == "" || e.Printed == "") {
				t.Errorf("%s and %s: %+v", c.a, c.b, e)
			}
		}
	}
	if d := must[difference](t, New(), "diff", map[string]any{"a": source("tcp"), "b": source("tcp prot")}); d.Error == nil || d.Error.Side != "b" {
		t.Errorf("%+v", d.Error)
	}
	s, info := open(t, readTestFile(t))
	n := must[diffCounts](t, s, "diffCounts", map[string]any{"a": source("ip"), "b": source("tcp")})
	if n.Both+n.OnlyA+n.OnlyB+n.Neither != info.Packets || n.OnlyA == 0 || n.FirstOnlyA < 0 {
		t.Errorf("%+v", n)
	}
}

// Programs in each printed form are proved equal to their filter, and another is told from it.
func TestCompare(t *testing.T) {
	s := everything()
	for _, form := range []string{"d", "dd", "ddd", "json", "asm"} {
		text := must[api.Formatted](t, s, "format", map[string]any{"source": source("tcp port 80"), "format": form}).Text
		d := must[difference](t, s, "compare", map[string]any{"source": source("tcp port 80"), "program": text})
		if d.Error != nil || d.Relation != "equal" || d.Format != form || len(d.Instructions) != d.InstructionsB {
			t.Errorf("%s: %+v", form, d)
		}
		d = must[difference](t, s, "compare", map[string]any{"source": source("tcp port 81"), "program": text})
		if d.OnlyA == nil || d.OnlyB == nil {
			t.Errorf("%s: %+v", form, d)
		}
	}
	for _, no := range []string{"", "hello", "(000) ldh [12]", "2\n40 0 0 12\n", strings.Repeat("x", 3<<20), "<script>"} {
		if d := must[difference](t, s, "compare", map[string]any{"source": source("tcp"), "program": no}); d.Error == nil || d.Error.Side != "b" {
			t.Errorf("%.20q: %+v", no, d.Error)
		}
	}
}
