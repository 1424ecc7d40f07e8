package asm

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
)

type program = []bpf.RawInstruction

// sample has one instruction of every code, with odd constants.
func sample(k uint32) program {
	var p program
	for _, r := range rows {
		in := bpf.RawInstruction{Op: r.op}
		switch r.operand {
		case none, accumul, indexReg, packetLen:
		case target:
			in.K = 1
		default:
			in.K = k
		}
		if r.branches {
			in.Jt, in.Jf = 1, 0
		}
		p = append(p, in)
	}
	return p
}

func TestRoundTrip(t *testing.T) {
	progs := []program{{{Op: 0x06}}, {{Op: 0x00}, {Op: 0x05, K: 0xfffffffe}, {Op: 0x06, K: 1}}}
	for _, k := range []uint32{0, 1, 12, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0xffefffff, 0xfffff040} {
		progs = append(progs, sample(k))
	}
	for _, a := range ancillaries {
		progs = append(progs, sample(a.off))
	}
	for i, p := range progs {
		for f := range Format(len(forms)) {
			text := Print(p, f)
			got, err := Parse(text, f)
			if err != nil {
				t.Errorf("program %d as %v: %v\n%s", i, f, err, text)
			} else if !slices.Equal(got, p) {
				t.Errorf("program %d as %v reads back as %v, not %v", i, f, got, p)
			}
		}
	}
}

// The forms that hold every field keep any array of instructions.
func TestLosslessForms(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		p := make(program, r.IntN(20))
		for i := range p {
			p[i] = bpf.RawInstruction{Op: uint16(r.Uint32()), Jt: uint8(r.Uint32()), Jf: uint8(r.Uint32()), K: r.Uint32()}
		}
		for _, f := range []Format{CArray, Decimal, JSON, XTBPF, TC, Raw} {
			if got, err := Parse(Print(p, f), f); err != nil || !slices.Equal(got, p) {
				t.Fatalf("%v: %v, %v", f, got, err)
			}
		}
	}
}

func TestPrint(t *testing.T) {
	p := program{
		{Op: 0x28, K: 12}, {Op: 0x15, Jf: 3, K: 0x800}, {Op: 0x48, K: 0xffffffff}, {Op: 0x20, K: 0xfffff02c},
		{Op: 0x16}, {Op: 0x06, K: 0xffffffff}, {Op: 0x81}, {Op: 0x1ff, K: 7}, {Op: 0x07}, {Op: 0x0e},
	}
	want := map[Format]string{
		Listing: "(000) ldh      [12]\n(001) jeq      #0x800           jt 2\tjf 5\n(002) ldh      [x + -1]\n" +
			"(003) ld       [vlan_tci]\n(004) ret      \n(005) ret      #-1\n(006) ldx      #pktlen\n" +
			"(007) unimp    0x1ff\n(008) tax      \n(009) ret      x\n",
		Kernel: "l0:\tldh [12]\nl1:\tjeq #0x800, l2, l5\nl2:\tldh [x + 0xffffffff]\nl3:\tld #vlan_tci\nl4:\tret a\n" +
			"l5:\tret #0xffffffff\nl6:\tldx #len\nl7:\tunimp 0x1ff\nl8:\ttax\nl9:\tret x\n",
	}
	for f, text := range want {
		if got := Print(p, f); got != text {
			t.Errorf("%v:\n%q\nnot\n%q", f, got, text)
		}
	}
	p = p[:2]
	want = map[Format]string{
		CArray:  "{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 3, 0x00000800 },\n",
		Decimal: "2\n40 0 0 12\n21 0 3 2048\n",
		JSON:    "[[40,0,0,12],[21,0,3,2048]]\n",
		XTBPF:   "2,40 0 0 12,21 0 3 2048\n",
		TC:      "2,40 0 0 12,21 0 3 2048\n",
	}
	for f, text := range want {
		var b bytes.Buffer
		if err := Write(&b, p, f); err != nil || b.String() != text {
			t.Errorf("%v: %v\n%q\nnot\n%q", f, err, b.String(), text)
		}
	}
}

// What other tools write, and people.
func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, text string
		f          Format
		want       program
	}{
		{"bpf_asm output", "2,40 0 0 12,6 0 0 0,\n", Decimal, program{{Op: 40, K: 12}, {Op: 6}}},
		{"blanks and CRLF", " 2 \r\n 40  0\t0 12 \r\n\r\n6 0 0 0", Decimal, program{{Op: 40, K: 12}, {Op: 6}}},
		{"no last comma", "{40,0,0,12},{ 0x6, 0, 0, 0x10 }", CArray, program{{Op: 40, K: 12}, {Op: 6, K: 16}}},
		{"JSON with spaces", " [ [40, 0,0,12] ,\n[6,0,0,0]]", JSON, program{{Op: 40, K: 12}, {Op: 6}}},
		{"no instruction", "[]", JSON, nil},
		{"listing", "(000) ldxb     4*([14]&0xf)\n\n(001) ret #5\r\n", Listing, program{{Op: 0xb1, K: 14}, {Op: 6, K: 5}}},
		{"ARP, from the kernel's documentation", "ldh [12]\njne #0x806, drop\nret #-1\ndrop: ret #0\n", Kernel,
			program{{Op: 0x28, K: 12}, {Op: 0x15, Jf: 1, K: 0x806}, {Op: 6, K: 0xffffffff}, {Op: 6}}},
		{"one line, any case", "LDH [12] JEQ #0x800,yes,no YES:ret#1 no:RET %a yes: ret a", Kernel, nil},
		{"seccomp", `
			ld [4]                  /* offsetof(struct seccomp_data, arch) */
			jne #0xc000003e, bad    ; AUDIT_ARCH_X86_64
			ld [0]
# a comment
			jeq #15, good
			jlt #0b11, good
			jle #017, good
			jgt x, good, bad
			bad: ret #0
			good: ret #0x7fff0000`, Kernel,
			program{{Op: 0x20, K: 4}, {Op: 0x15, Jf: 5, K: 0xc000003e}, {Op: 0x20}, {Op: 0x15, Jt: 4, K: 15},
				{Op: 0x35, Jf: 3, K: 3}, {Op: 0x25, Jf: 2, K: 15}, {Op: 0x2d, Jt: 1}, {Op: 6}, {Op: 6, K: 0x7fff0000}}},
		{"operands", "ldi 5 ldi #5 ldxi 5 ld len ld #len ldx len ld proto ldb #rand ldh vlan_pr ld M[3] ldx m[ 4 ] ldb [ %x+1 ] ld [x + 0]" +
			" ldx 4*([14]&0xf) ldxb 4 * ( [ 14 ] & 0xf ) add %x add #-1 neg st M[1] ld [-4096] ret x", Kernel,
			program{{Op: 0, K: 5}, {Op: 0, K: 5}, {Op: 1, K: 5}, {Op: 0x80}, {Op: 0x80}, {Op: 0x81}, {Op: 0x20, K: 0xfffff000},
				{Op: 0x30, K: 0xfffff038}, {Op: 0x28, K: 0xfffff030}, {Op: 0x60, K: 3}, {Op: 0x61, K: 4}, {Op: 0x50, K: 1}, {Op: 0x40},
				{Op: 0xb1, K: 14}, {Op: 0xb1, K: 14}, {Op: 0x0c}, {Op: 4, K: 0xffffffff}, {Op: 0x84}, {Op: 2, K: 1},
				{Op: 0x20, K: 0xfffff000}, {Op: 0x0e}}},
		{"back", "top: ld #1 jmp top ret #0", Kernel, program{{Op: 0, K: 1}, {Op: 5, K: 0xfffffffe}, {Op: 6}}},
	} {
		got, err := Parse(c.text, c.f)
		if c.name == "one line, any case" { // "YES" and "yes" are two labels
			want := program{{Op: 0x28, K: 12}, {Op: 0x15, Jt: 2, Jf: 1, K: 0x800}, {Op: 6, K: 1}, {Op: 0x16}, {Op: 0x16}}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %v, %v", c.name, got, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v\nwant %v", c.name, got, err, c.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		f            Format
		text         string
		line, column int
		says         string
	}{
		{Listing, "(000) ldh      [12", 1, 19, `"]"`},
		{Listing, "ldh [12]", 1, 1, `"("`},
		{Listing, "(001) tax", 1, 2, "000"},
		{Listing, "(000) tax\n(000) tax", 2, 2, "001"},
		{Listing, "(000) foo [12]", 1, 7, `"foo"`},
		{Listing, "(000) ldh #5", 1, 7, `"ldh"`},
		{Listing, "(000) ldh [12] x", 1, 16, "end of the line"},
		{Listing, "(000) jeq #5 jt 1", 1, 18, `"jf"`},
		{Listing, "(000) jeq #5 jt 0 jf 1", 1, 17, "1 … 256"},
		{Listing, "(000) jeq #5 jt 1 jf 257", 1, 22, "257"},
		{Listing, "(000) ld [4294967296]", 1, 11, "4294967295"},
		{Listing, "(000) unimp    0x1ff", 1, 16, "operand"},
		{CArray, "{ 0x28, 0, 0 }", 1, 14, `","`},
		{CArray, "{ 0x28, 256, 0, 1 }", 1, 9, "jt"},
		{CArray, "{ 0x28, 0, 0, 1 } { 0x6, 0, 0, 0 }", 1, 19, `","`},
		{CArray, "{ 0x12345, 0, 0, 1 }", 1, 3, "code"},
		{Decimal, "", 1, 1, "number of instructions"},
		{Decimal, "2\n40 0 0 12\n", 1, 1, "there are 1"},
		{Decimal, "1\n40 0 0\n", 2, 7, "k"},
		{Decimal, "1\n40 0 0 12 5\n", 2, 11, "end of the line"},
		{Decimal, "1\n40 0 0 -12\n", 2, 8, "k"},
		{XTBPF, "2,40 0 0 12,21 0 3", 1, 19, "k"},
		{XTBPF, "2,40 0 0 12;21 0 3 4", 1, 12, "end of the line"},
		{XTBPF, "3,40 0 0 12,6 0 0 0", 1, 1, "there are 2"},
		{TC, "1,\n40 0 0 12 x", 2, 11, "end of the line"},
		{Raw, "\x06\x00\x00\x00\x00\x00\x00\x00\x06\x00", 1, 9, "2 of its 8 bytes"},
		{JSON, "[[40,0,0,12]", 1, 12, "JSON"},
		{JSON, "", 1, 1, "JSON"},
		{JSON, "{}", 1, 1, `"["`},
		{JSON, "[\n[40,0,0]]", 2, 8, `","`},
		{JSON, "[[40,0,0,12,5]]", 1, 12, `"]"`},
		{JSON, "[[40,0,0,1.5]]", 1, 11, `"]"`},
		{JSON, "[[40,0,0,-1]]", 1, 10, "k"},
		{JSON, "[[40,0,300,1]]", 1, 8, "jf"},
		{Kernel, "foo #1", 1, 1, `"foo"`},
		{Kernel, "ldh [12]\njeq #1, there", 2, 9, `"there"`},
		{Kernel, "a: ret #0\na: ret #0", 2, 1, "twice"},
		{Kernel, "lab:", 1, 5, "after the label"},
		{Kernel, "5: ret #0", 1, 1, "label"},
		{Kernel, "ld 5*([14]&0xf)", 1, 4, "5*("},
		{Kernel, "add a", 1, 1, "add"},
		{Kernel, "ret", 1, 4, "end of the text"},
		{Kernel, "ld [y + 1]", 1, 5, `"y"`},
		{Kernel, "ld [%a + 1]", 1, 6, `"a"`},
		{Kernel, "ld #bogus", 1, 5, `"bogus"`},
		{Kernel, "ret #0 /* open", 1, 8, "no end"},
		{Kernel, "ja", 1, 3, "label"},
		{Kernel, "ja 5", 1, 4, "label"},
		{Kernel, "jeq #1", 1, 7, `","`},
		{Kernel, "ret $", 1, 5, `"$"`},
		{Kernel, "back: ld #1 jeq #1, back", 1, 21, "-2"},
		{Kernel, strings.Repeat("jeq #1, far ", 256) + "tax far: ret #0", 1, 9, "256"},
	} {
		_, err := Parse(c.text, c.f)
		var p *ParseError
		if !errors.As(err, &p) {
			t.Errorf("%v %q: got %v", c.f, c.text, err)
			continue
		}
		if p.Line != c.line || p.Column != c.column || !strings.Contains(p.Msg, c.says) {
			t.Errorf("%v %q: got %v, want %d, %d: … %s", c.f, clip(c.text), err, c.line, c.column, c.says)
		}
	}
}

func TestFormatNames(t *testing.T) {
	for i, name := range FormatNames() {
		f, err := FormatByName(name)
		if err != nil || f != Format(i) || f.String() != name {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
	if _, err := FormatByName("dddd"); err == nil || !strings.Contains(err.Error(), "ddd") {
		t.Errorf("got %v", err)
	}
}

// filters exercise most of the operation codes that libpcap generates.
var filters = []string{
	"", "ip", "not ip", "tcp port 80", "host 10.0.0.1", "net 192.168.0.0/16", "ip6 host fe80::1", "arp", "icmp",
	"tcp[13] & 2 != 0", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "udp portrange 1000-2000", "vlan 100 and ip",
	"mpls 5", "pppoes and ip", "ip6 protochain 6", "ip protochain 17", "len > 100", "less 64", "greater 1000",
	"ip[0] & 0xf > 5", "ip[2:2] % 3 = 1", "ip[4] ^ 3 = 3", "ip[4] | 3 = 3", "ip[1] << 2 = 8", "ip[1] >> 2 = 1",
	"ip[1] * 2 = 8", "ip[1] / 2 = 8", "ip[1] / ip[2] = 1", "ip[1] % ip[2] = 1", "ip[1] << ip[2] = 1", "-ip[1] = 1",
	"ip[1] - ip[2] = ip[3] + ip[4]", "ip[1] ^ ip[2] > ip[3]", "ip[1] & ip[2] >= ip[3] | ip[4]", "ip[ip[1]:4] = 0xffffffff",
	"ether[0] & 1 = 0", "ether host 01:02:03:04:05:06", "broadcast", "multicast", "ip broadcast", "geneve and ip",
	"host 1.2.3.4 or host 1.2.3.5 or host 1.2.3.6 and not port 22", "stp", "llc", "isis", "decnet src 10.20",
	"tcp[1000000000] = 1", "ip[0] = 4294967295", "ip[0] > len", "tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)",
}

func TestSameAsTcpdump(t *testing.T) {
	path, err := exec.LookPath("tcpdump")
	if err != nil {
		if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
			t.Fatalf("BPFC_REQUIRE_ALL=1, but tcpdump is not installed: %v", err)
		}
		t.Skipf("SKIPPED: tcpdump is not installed: %v", err)
	}
	dump := func(flag, filter, link string, extra ...string) string {
		args := append([]string{flag, "-y", link}, extra...)
		out, err := exec.Command(path, append(args, "--", filter)...).Output()
		if err != nil {
			t.Fatalf("tcpdump %v %q: %v", args, filter, err)
		}
		return string(out)
	}
	for _, filter := range filters {
		for _, extra := range [][]string{nil, {"-O"}} {
			text := dump("-ddd", filter, "EN10MB", extra...)
			prog, err := Parse(text, Decimal)
			if err != nil {
				t.Fatalf("%q: %v\n%s", filter, err, text)
			}
			for flag, f := range map[string]Format{"-d": Listing, "-dd": CArray, "-ddd": Decimal} {
				theirs := dump(flag, filter, "EN10MB", extra...)
				if ours := Print(prog, f); ours != theirs {
					t.Errorf("%q %s:\n%s\ntcpdump has\n%s", filter, flag, ours, theirs)
				}
				back, err := Parse(theirs, f)
				// The listing leaves out fields that an instruction does not use,
				// where libpcap's optimizer may have left something.
				if err != nil || f != Listing && !slices.Equal(back, prog) || Print(back, f) != theirs {
					t.Errorf("%q %s: %v\n%v\n%v", filter, flag, err, back, prog)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for form := range Format(len(forms)) {
		f.Add(Print(sample(5), form), uint8(form))
	}
	f.Fuzz(func(t *testing.T, text string, form uint8) {
		format := Format(form) % Format(len(forms))
		prog, err := Parse(text, format)
		if err != nil {
			var p *ParseError
			if !errors.As(err, &p) || p.Line < 1 || p.Column < 1 || p.Line > 1+strings.Count(text, "\n") {
				t.Fatalf("%v %q: %v", format, text, err)
			}
			return
		}
		again, err := Parse(Print(prog, format), format)
		if err != nil || !slices.Equal(again, prog) {
			t.Fatalf("%v %q: %v reads back as %v, %v", format, text, prog, again, err)
		}
	})
}
