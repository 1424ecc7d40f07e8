package source

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/vm"
)

// judgeC is the main function that runs all filters on all packets. Each packet is in memory of its own, exactly as long as it is.
const judgeC = `
#include <stdio.h>
#include <stdlib.h>

static uint32_t number(const uint8_t *b) { return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24; }

int main(void)
{
	uint8_t head[8], verdict[4];
	while (fread(head, 8, 1, stdin) == 1) {
		uint32_t length = number(head), i;
		uint8_t *data = malloc(length);
		if (length && (!data || fread(data, length, 1, stdin) != 1))
			return 1;
		for (i = 0; i < sizeof filters / sizeof *filters; i++) {
			uint32_t v = filters[i](data, data + length, number(head + 4));
			verdict[0] = (uint8_t)v, verdict[1] = (uint8_t)(v >> 8), verdict[2] = (uint8_t)(v >> 16), verdict[3] = (uint8_t)(v >> 24);
			fwrite(verdict, 4, 1, stdout);
		}
		free(data);
	}
	return ferror(stdout);
}
`

// allInC puts the functions of all programs into one file. What cannot be written, because it loads what no packet holds, is
// left out of both.
func allInC(t *testing.T, subjects []subject) (text []byte, written []subject) {
	t.Helper()
	var b bytes.Buffer
	var table strings.Builder
	for _, s := range subjects {
		name := fmt.Sprintf("f%d", len(written))
		c, err := C(s.prog, Options{Name: name, About: s.about})
		if unwritable(t, s, err) {
			continue
		}
		b.Write(c)
		fmt.Fprintf(&table, "%s, ", name)
		written = append(written, s)
	}
	fmt.Fprintf(&b, "\nstatic uint32_t (*const filters[])(const uint8_t *, const uint8_t *, uint32_t) = { %s };\n", table.String())
	return b.Bytes(), written
}

func unwritable(t *testing.T, s subject, err error) bool {
	t.Helper()
	var e *Error
	if err != nil && (!errors.As(err, &e) || e.PC < 0 || s.about != "random" && s.about != "an edge") {
		t.Fatalf("%s: %v", s.about, err)
	}
	return err != nil
}

var warnings = []string{"-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"}

// TestC builds the C of the practical filters, of every operation and of random programs with gcc and clang, without a warning, and
// runs it.
func TestC(t *testing.T) {
	subjects := append(append(practical(t), sample(edges(), 5)...), sample(random(300), 5)...)
	text, subjects := allInC(t, subjects)
	for _, compiler := range []string{"gcc", "clang"} {
		t.Run(compiler, func(t *testing.T) {
			t.Parallel()
			checkC(t, compiler, text, subjects, packets(t), append(warnings, "-O2")...)
		})
	}
}

// TestCUndefined runs it with the checks that gcc can add of reads outside of a packet, and of all that C leaves undefined.
func TestCUndefined(t *testing.T) {
	t.Parallel()
	some := practical(t)
	subjects := append(append(some[:min(20, len(some))], sample(edges(), 10)...), sample(random(300), 10)...)
	text, subjects := allInC(t, subjects)
	checkC(t, "gcc", text, subjects, packets(t), "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
}

// TestLoopsEnd runs programs that count to something near the bound of package vm, and such that go round for ever, on packets of
// different lengths: the bound depends on that.
func TestLoopsEnd(t *testing.T) {
	t.Parallel()
	var subjects []subject
	for _, rounds := range []uint32{5, vm.CountedJumps - 1, vm.CountedJumps, vm.CountedJumps + 1, vm.CountedJumps + 40, vm.CountedJumps + 81} {
		subjects = append(subjects, subject{"counts", []bpf.RawInstruction{{Op: cbpf.LdImm, K: rounds}, {Op: cbpf.JeqK, Jt: 2},
			{Op: cbpf.SubK, K: 1}, {Op: cbpf.Ja, K: 0xfffffffd}, {Op: cbpf.RetK, K: 1}}})
	}
	subjects = append(subjects, subject{"goes round", []bpf.RawInstruction{{Op: cbpf.Ja}, {Op: cbpf.Ja, K: 0xfffffffe}, {Op: cbpf.RetK, K: 1}}},
		subject{"goes round three states", []bpf.RawInstruction{{Op: cbpf.AddK, K: 1}, {Op: cbpf.ModK, K: 3}, {Op: cbpf.Ja, K: 0xfffffffd}, {Op: cbpf.RetA}}})
	var list []packet
	for _, n := range []int{0, 1, 2, 40, 41, 80, 81, 82, 1000} {
		list = append(list, packet{make([]byte, n), 1})
	}
	text, subjects := allInC(t, subjects)
	checkC(t, "gcc", text, subjects, list, append(warnings, "-O2")...)
	checkGo(t, subjects, list)
}

func checkC(t *testing.T, compiler string, text []byte, subjects []subject, list []packet, flags ...string) {
	t.Helper()
	path, err := exec.LookPath(compiler)
	if err != nil {
		skip(t, compiler+" is not installed")
	}
	bin := build(t, path, append(text[:len(text):len(text)], judgeC...), flags...)
	compare(t, runProgram(t, encode(list), bin), subjects, list)
}

// build compiles one file in C to a program.
func build(t *testing.T, compiler string, text []byte, flags ...string) (bin string) {
	t.Helper()
	dir := t.TempDir()
	src, bin := filepath.Join(dir, "filters.c"), filepath.Join(dir, "filters")
	if err := os.WriteFile(src, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(compiler, append(flags, "-o", bin, src)...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%s %q: %v\n%.4000s", compiler, flags, err, out)
	}
	return bin
}

// runProgram gives what a program writes for its input.
func runProgram(t *testing.T, stdin []byte, bin string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(bin, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%.4000s", bin, err, errs.String())
	}
	return out.Bytes()
}
