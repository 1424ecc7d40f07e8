package bpfc_test

import (
	"bytes"
	"strings"
	"testing"

	"bpfc"
	"bpfc/asm"
	"bpfc/diag"
	"bpfc/linktype"
	"bpfc/socket"
)

// TestSocketPrograms holds programs for sockets against listings; package capture holds them against the kernel.
func TestSocketPrograms(t *testing.T) {
	for _, tt := range []struct {
		filter string
		kind   socket.Kind
		want   string
	}{
		{"src net 10.0.0.0/8", socket.UDP, "ldb [-1048576] jge #0x40 jgt #0x4f ld [-1048564] jge #0xa000000 jgt #0xaffffff"},
		{"udp[8] = 1 and ip", socket.UDP, "ldb [8]"},
		{"tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420", socket.TCP, "ldb [12] and #0xf0 rsh #2 tax ld [x + 0]"},
		{"greater 100 and ip", socket.TCP, "ldh [-1048574]"},
		{"greater 100 and ip", socket.TCP, "ld #pktlen ldxb 4*([-1048576]&0xf) add x"},
		{"greater 100 and ip6", socket.Ping, "ldh [-1048572]"},
		{"ip[ip[4:4]] = 3", socket.UDP, "jgt #0xfefff"},
		{"ip[ip[4:4]] = 3", socket.RawIPv4, "jgt #0xfefff"},
		{"ip[0xff000:4] = 3 or ip6", socket.UDP, "ret #0"},
		{"host 10.0.0.1", socket.RawIPv4, "ldb [0]"},
		{"greater 100", socket.Cooked, "ld #pktlen jge #0x64 ret #2147483647 ret #0"},
		{"greater 100", socket.Unix, "ld #pktlen jge #0x64 ret #2147483647 ret #0"},
	} {
		p, err := bpfc.Compile(tt.filter, bpfc.WithSocket(tt.kind))
		if err != nil {
			t.Errorf("%s for %v: %v", tt.filter, tt.kind, err)
			continue
		}
		if got := operations(t, p); !strings.Contains(got, tt.want) {
			t.Errorf("%s for %v: %s; want %s in it", tt.filter, tt.kind, got, tt.want)
		}
		if err := p.KernelProblem(); err != nil || p.Socket() != tt.kind || p.LinkType() != linktype.RAW {
			t.Errorf("%s for %v: %v, %v, %v", tt.filter, tt.kind, err, p.Socket(), p.LinkType())
		}
	}
}

// operations is the program as text, without jump distances.
func operations(t *testing.T, p *bpfc.Program) string {
	t.Helper()
	var b bytes.Buffer
	if err := asm.Write(&b, p.Instructions(), asm.Listing); err != nil {
		t.Fatal(err)
	}
	var words []string
	for line := range strings.Lines(b.String()) {
		line, _, _ = strings.Cut(line, "jt ")
		words = append(words, strings.Fields(line)[1:]...)
	}
	return strings.Join(words, " ")
}

// TestSocketRefused asks of sockets what they do not have.
func TestSocketRefused(t *testing.T) {
	for _, tt := range []struct {
		filter  string
		options []bpfc.Option
		kind    diag.Kind
		pos     int
		want    string
	}{
		{"ip and ether host 1:2:3:4:5:6", []bpfc.Option{bpfc.WithSocket(socket.UDP)}, diag.Unsupported, 7, "a UDP socket shows no link-layer header"},
		{"vlan 3", []bpfc.Option{bpfc.WithSocket(socket.TCP)}, diag.Unsupported, 0, "a TCP socket shows no link-layer header"},
		{"mpls", []bpfc.Option{bpfc.WithSocket(socket.RawIPv4)}, diag.Unsupported, 0, "shows no link-layer header"},
		{"udp or link[link[0] & 3] = 1", []bpfc.Option{bpfc.WithSocket(socket.UDP)}, diag.Unsupported, 7, "ip[…]"},
		{"ether[0] = 1", []bpfc.Option{bpfc.WithSocket(socket.Ping)}, diag.Unsupported, 0, "shows no link-layer header"},
		{"less 10 or not udp", []bpfc.Option{bpfc.WithSocket(socket.Unix)}, diag.Unsupported, 15, "only the data"},
		{"len = ip[2:2]", []bpfc.Option{bpfc.WithSocket(socket.Unix)}, diag.Unsupported, 0, "only the data"},
		{"ip protochain 6", []bpfc.Option{bpfc.WithSocket(socket.Unix)}, diag.Unsupported, 0, "only the data"},
		{"arp", []bpfc.Option{bpfc.WithSocket(socket.UDP)}, diag.RejectsAll, 0, "no packet"},
		{"inbound", []bpfc.Option{bpfc.WithSocket(socket.UDP)}, diag.Unsupported, 0, "read from the kernel"},
		{"ip", []bpfc.Option{bpfc.WithSocket(socket.UDP), bpfc.WithLinkType(linktype.EN10MB)}, diag.Unsupported, 0, "EN10MB"},
		{"ip", []bpfc.Option{bpfc.WithSocket(socket.TCP), bpfc.WithSnapLen(100)}, diag.Unsupported, 0, "snapshot length"},
		{"ip", []bpfc.Option{bpfc.WithSocket(99)}, diag.Unsupported, 0, "no kind of socket"},
	} {
		_, err := bpfc.Compile(tt.filter, tt.options...)
		e := diag.As(err)
		if e == nil || e.Kind != tt.kind || e.Pos != tt.pos || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %#v; want kind %s at %d with %q", tt.filter, e, tt.kind, tt.pos, tt.want)
		}
	}
}

// TestSocketInProcess has programs that no packet of a file or a capture is for.
func TestSocketInProcess(t *testing.T) {
	p, err := bpfc.Compile("udp", bpfc.WithSocket(socket.UDP))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Matcher(); err == nil || !strings.Contains(err.Error(), "a UDP socket") {
		t.Errorf("matcher: %v", err)
	}
	if _, err := bpfc.CompileSet([]string{"udp"}, bpfc.WithSocket(socket.UDP)); err == nil || !strings.Contains(err.Error(), "kernel only") {
		t.Errorf("set: %v", err)
	}
	p, err = bpfc.Compile("udp", bpfc.WithSocket(socket.RawIPv4))
	if err != nil {
		t.Fatal(err)
	}
	m, err := p.Matcher()
	if err != nil {
		t.Fatal(err)
	}
	_ = m.Close()
	if all := socket.All(); len(all) < 8 {
		t.Errorf("%v", all)
	}
	for _, k := range socket.All() {
		if parsed, err := socket.Parse(strings.ToUpper(k.String())); err != nil || parsed != k {
			t.Errorf("%v: %v, %v", k, parsed, err)
		}
	}
	if _, err := socket.Parse("upd"); err == nil || !strings.Contains(err.Error(), "udp, tcp") {
		t.Errorf("a kind that is none: %v", err)
	}
}
