package fuzz

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bpfc"
	"bpfc/linktype"
	"bpfc/names"
)

// regression is a case of testdata/fuzz-regressions; the format is described in the file.
type regression struct {
	name, expr string
	o          CompileOptions
	packets    []Packet
	keep       []bool // for each packet
	refused    string
}

func TestRegressions(t *testing.T) {
	files, err := filepath.Glob("../testdata/fuzz-regressions/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	compile := CompileWith(context.Background(), bpfc.WithNames(names.Map{}))
	for _, f := range files {
		cases, err := readRegressions(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				for _, optimize := range []bool{true, false} {
					c.o.Optimize = optimize
					c.check(t, compile)
				}
			})
		}
	}
}

func (c regression) check(t *testing.T, compile CompileFunc) {
	t.Helper()
	prog, err := compile(c.expr, c.o)
	if c.refused != "" {
		var e *bpfc.Error
		if !c.o.Optimize {
			return // without the optimizer nothing is proved or folded
		}
		if !errors.As(err, &e) || string(e.Kind) != c.refused {
			t.Errorf("optimize %v: %v, want an error of kind %s", c.o.Optimize, err, c.refused)
		}
		return
	}
	if err != nil {
		t.Fatalf("optimize %v: %v", c.o.Optimize, err)
	}
	for i, p := range c.packets {
		want := uint32(0)
		if c.keep[i] {
			want = uint32(c.o.Snaplen)
		}
		for _, e := range []Engine{NewVM(), NewJIT()} {
			if e.Available() != nil {
				continue // native code is optional; package jit's tests demand it
			}
			if got := judgeOne(t, e, prog, p); got != want {
				t.Errorf("optimize %v, %s, packet %d: %d, want %d\n%s", c.o.Optimize, e.Name(), i+1, got, want, listing(prog))
			}
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func readRegressions(path string) ([]regression, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var cases []regression
	s := bufio.NewScanner(f)
	open := false
	for n := 1; s.Scan(); n++ {
		line := strings.TrimSpace(s.Text())
		if line == "" {
			open = false
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !open {
			cases = append(cases, regression{o: CompileOptions{Snaplen: 262144, Netmask: bpfc.NetmaskUnknown}})
			open = true
		}
		key, value, _ := strings.Cut(line, ":")
		if err := cases[len(cases)-1].set(key, strings.TrimSpace(value)); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	return cases, s.Err()
}

func (c *regression) set(key, value string) error {
	switch key {
	case "name":
		c.name = value
	case "expr":
		c.expr = value
	case "refused":
		c.refused = value
	case "link":
		l, err := linktype.Parse(value)
		c.o.LinkType = int(l)
		return err
	case "netmask":
		a, err := netip.ParseAddr(value)
		if err != nil {
			return err
		}
		b := a.As4()
		c.o.Netmask = uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	case "savefile":
		kind, ok := map[string]Savefile{"unswapped": Unswapped, "swapped": Swapped}[value]
		if !ok {
			return fmt.Errorf("savefile %q", value)
		}
		c.o.Savefile = kind
	case "keep", "reject":
		return c.packet(key == "keep", value)
	default:
		return fmt.Errorf("no such key: %q", key)
	}
	return nil
}

func (c *regression) packet(keep bool, value string) error {
	text, wire, cut := strings.Cut(value, " ")
	data, err := hex.DecodeString(strings.TrimPrefix(text, "-"))
	if err != nil {
		return err
	}
	p := whole(data)
	if cut {
		n, err := strconv.ParseUint(wire, 10, 32)
		if err != nil {
			return err
		}
		p.WireLen = uint32(n)
	}
	c.packets = append(c.packets, p)
	c.keep = append(c.keep, keep)
	return nil
}
