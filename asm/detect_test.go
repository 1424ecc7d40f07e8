package asm

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
)

// Every printed form is recognized, whatever the program.
func TestDetectPrinted(t *testing.T) {
	for _, k := range []uint32{0, 12, 0xffffffff} {
		for n := range rows {
			p := program{sample(k)[n], {Op: 0x07}, {Op: 0x06}}
			for f := range Format(len(forms)) {
				want := f
				if f == TC {
					want = XTBPF
				}
				got, found, err := ParseAny(Print(p, f))
				if err != nil || found != want || !slices.Equal(got, p) {
					t.Errorf("%v as %v: %v as %v, %v", p, f, got, found, err)
				}
			}
		}
	}
}

// What other tools write, and people.
func TestDetect(t *testing.T) {
	p := program{{Op: 0x28, K: 12}, {Op: 0x06, K: 96}}
	for _, c := range []struct {
		text string
		want Format
	}{
		{"\n\t (000) ldh [12]\n(001) ret #96\n", Listing},
		{"{0x28,0,0,12},\n{6,0,0,96}", CArray},
		{" [[40,0,0,12],[6,0,0,96]]", JSON},
		{"2\r\n40 0 0 12\r\n6 0 0 96\r\n", Decimal},
		{"2,40 0 0 12,6 0 0 96,\n", XTBPF},
		{"2 ,40 0 0 12,6 0 0 96", XTBPF},
		{"ldh [12]\nret #96", Kernel},
		{"# what it is\n; and more\n/* and more */ start: ldh [12] ret #96", Kernel},
		{"\ufeff2\n40 0 0 12\n6 0 0 96\n", Decimal},
	} {
		got, f, err := ParseAny(c.text)
		if err != nil || f != c.want || !slices.Equal(got, p) {
			t.Errorf("%q: %v, %v, %v", c.text, got, f, err)
		}
	}
}

func TestDetectErrors(t *testing.T) {
	swapped := []byte(Print(program{{Op: 0x28, K: 12}}, Raw))
	binary.NativeEndian.PutUint16(swapped, 0x2800)
	for _, c := range []struct {
		text         string
		line, column int
		says         string
	}{
		{"", 1, 1, "empty"},
		{" \n\t", 2, 2, "empty"},
		{"<html>", 1, 1, `"<"`},
		{"\n\n  \x80\x81", 3, 3, "begins with"},
		{"\xd4\xc3\xb2\xa1\x02\x00\x04\x00", 1, 1, "begins with"},
		{"\x7fELF\x02\x01\x01\x00", 1, 1, "object file"},
		{"\xff\xfe2\x00\n\x00", 1, 1, "UTF-16"},
		{string(swapped), 1, 1, "byte order"},
		{"tcp port 80", 1, 1, `"tcp"`},
		{"{ \"id\": 1 }", 1, 3, "code"},
		{"12 monkeys", 1, 4, `"monkeys"`},
		{"99999999999,6 0 0 0", 1, 1, "2147483647"},
		{"(a) ret", 1, 2, "000"},
		{"[1,2]", 1, 2, `"["`},
		{"\x06\x00\x00", 1, 1, "3 of its 8 bytes"},
	} {
		prog, _, err := ParseAny(c.text)
		var p *ParseError
		if !errors.As(err, &p) || prog != nil {
			t.Errorf("%q: %v, %v", c.text, prog, err)
			continue
		}
		if p.Line != c.line || p.Column != c.column || !strings.Contains(p.Msg, c.says) {
			t.Errorf("%q: %v, want %d, %d: … %s", c.text, err, c.line, c.column, c.says)
		}
	}
}

// Whatever the bytes, there is a program or an error, and what was read prints as what reads back the same.
func FuzzParseAny(f *testing.F) {
	for form := range Format(len(forms)) {
		f.Add(Print(sample(5), form))
	}
	f.Add("\xff\xfe(\x00")
	f.Add("\x28\x00\x00")
	f.Fuzz(func(t *testing.T, text string) {
		prog, form, err := ParseAny(text)
		if err != nil {
			var p *ParseError
			if !errors.As(err, &p) || p.Line < 1 || p.Column < 1 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if again, found, err := ParseAny(Print(prog, form)); len(prog) > 0 && (err != nil || found != form || !slices.Equal(again, prog)) {
			t.Fatalf("%v %q: %v reads back as %v, %v, %v", form, text, prog, again, found, err)
		}
	})
}

func TestDot(t *testing.T) {
	p := program{{Op: 0x28, K: 12}, {Op: 0x15, Jf: 2, K: 0x800}, {Op: 0x05, K: 0xfffffffd}, {Op: 0x07}, {Op: 0x06}}
	var b strings.Builder
	if err := WriteDot(&b, p); err != nil {
		t.Fatal(err)
	}
	want := `digraph program {
	node [shape=box, fontname=monospace];
	n0 [label="(000) ldh      [12]\l(001) jeq      #0x800           jt 2 jf 4\l"];
	n0 -> n2;
	n0 -> n4 [style=dashed];
	n2 [label="(002) ja       0\l"];
	n2 -> n0;
	n3 [label="(003) tax\l"];
	n3 -> n4;
	n4 [label="(004) ret      #0\l"];
}
`
	if b.String() != want {
		t.Errorf("%s\nnot\n%s", b.String(), want)
	}
	// Programs that are not valid draw what there is.
	for _, p := range []program{nil, {{Op: 0x15, Jt: 9}}, {{Op: 0x05, K: 0x7fffffff}, {Op: 0xffff}}, {{Op: 0x05, K: 0x80000000}}} {
		if err := WriteDot(&b, p); err != nil {
			t.Error(err)
		}
	}
}

func TestLimits(t *testing.T) {
	if XTBPF.Limit() != 64 || TC.Limit() != 4096 || Decimal.Limit() != 0 {
		t.Errorf("%d, %d, %d", XTBPF.Limit(), TC.Limit(), Decimal.Limit())
	}
	long := slices.Repeat(program{{Op: 0x07}}, 5000)
	if got, err := Parse(Print(long, XTBPF), XTBPF); err != nil || !slices.Equal(got, long) {
		t.Errorf("%v", err)
	}
}
