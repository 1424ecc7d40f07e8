package source

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// judgeGo is the main function that runs all filters on all packets, without the list of filters.
const judgeGo = `package main

import (
	"bufio"
	le "encoding/binary"
	"io"
	"os"
)

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var head [8]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return
		}
		data := make([]byte, le.LittleEndian.Uint32(head[:]))
		if _, err := io.ReadFull(in, data); err != nil {
			panic(err)
		}
		for _, f := range filters {
			var b [4]byte
			le.LittleEndian.PutUint32(b[:], f(data, le.LittleEndian.Uint32(head[4:])))
			out.Write(b[:])
		}
	}
}
`

// TestGo builds the Go of the practical filters, of every operation and of random programs as one package, vets it, and runs it.
func TestGo(t *testing.T) {
	t.Parallel()
	subjects := append(append(practical(t), sample(edges(), 5)...), sample(random(300), 5)...)
	checkGo(t, subjects, packets(t))
}

func checkGo(t *testing.T, subjects []subject, list []packet) {
	t.Helper()
	tool, err := exec.LookPath("go")
	if err != nil {
		skip(t, "there is no go command")
	}
	dir := t.TempDir()
	written := writeGo(t, dir, subjects)
	commands := [][]string{{"build", "-o", "judge", "."}}
	if requireAll() {
		commands = append(commands, []string{"vet", "."})
	}
	for _, args := range commands {
		cmd := exec.Command(tool, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("go %q: %v\n%.4000s", args, err, out)
		}
	}
	compare(t, runProgram(t, encode(list), filepath.Join(dir, "judge")), written, list)
}

// writeGo writes a module with a file for each program that can be written.
func writeGo(t *testing.T, dir string, subjects []subject) (written []subject) {
	t.Helper()
	var table strings.Builder
	file := func(name string, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range subjects {
		name := fmt.Sprintf("filter%d", len(written))
		text, err := Go(s.prog, Options{Package: "main", Name: name, About: s.about})
		if unwritable(t, s, err) {
			continue
		}
		if formatted, err := format.Source(text); err != nil || !bytes.Equal(formatted, text) {
			t.Fatalf("%s: not as gofmt has it, %v:\n%s", s.about, err, text)
		}
		file(name+".go", text)
		fmt.Fprintf(&table, "%s, ", name)
		written = append(written, s)
	}
	file("go.mod", []byte("module judge\n\ngo 1.21\n"))
	file("main.go", fmt.Appendf(nil, "%s\nvar filters = []func([]byte, uint32) uint32{%s}\n", judgeGo, table.String()))
	return written
}
