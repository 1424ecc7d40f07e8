package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The sizes that a program may have that does nothing but compile, as go build makes it with -trimpath, in millions of bytes:
// of linux/amd64, and of WebAssembly behind gzip -9.
const (
	maxLinux = 5.8
	maxWasm  = 1.8
)

// goTool runs go in a folder with settings of the environment, and gives what it prints.
func goTool(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("go") // go test puts its own first in PATH
	if err != nil {
		if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skip("SKIP: ", err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return string(out)
}

// root is the folder of the module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// build builds this program for a system.
func build(t *testing.T, goos, goarch string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "program")
	goTool(t, ".", []string{"GOOS=" + goos, "GOARCH=" + goarch, "GOFLAGS=-trimpath"}, "build", "-o", out, ".")
	return out
}

// modulePath is the path of this module, which may have been given another.
func modulePath(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(goTool(t, ".", nil, "list", "-m"))
}

// forbidden are what a program that only compiles must not contain.
func forbidden(module string) *regexp.Regexp {
	return regexp.MustCompile(`^` + regexp.QuoteMeta(module) + `/(vm|capture|filterset|scan|print|ebpf)\b|gopacket|cilium|names\.System|names\.\(\*system\)|^net\.\(\*Resolver\)`)
}

// A program that compiles with names of its own has nothing of the engines, the captures and the system's resolver in it, and
// is as small as is promised. With -v the test shows what is in it.
func TestSize(t *testing.T) {
	linux, forbidden := build(t, "linux", "amd64"), forbidden(modulePath(t))
	sizes := map[string]int{}
	for line := range strings.Lines(goTool(t, ".", nil, "tool", "nm", "-size", linux)) {
		fields := strings.Fields(line)
		if len(fields) < 4 {
			continue
		}
		size, err := strconv.Atoi(fields[1])
		if err != nil {
			continue // a symbol without a place
		}
		name := strings.Join(fields[3:], " ")
		if forbidden.MatchString(name) && !strings.HasSuffix(name, "..inittask") {
			t.Errorf("%s is in the program", name)
		}
		sizes[packageOf(name)] += size
	}
	packages := make([]string, 0, len(sizes))
	for p := range sizes {
		packages = append(packages, p)
	}
	slices.SortFunc(packages, func(a, b string) int { return sizes[b] - sizes[a] })
	for _, p := range packages[:min(25, len(packages))] {
		t.Logf("%8d  %s", sizes[p], p)
	}
	info, err := os.Stat(linux)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "linux/amd64", info.Size(), maxLinux)

	wasm, err := os.ReadFile(build(t, "js", "wasm"))
	if err != nil {
		t.Fatal(err)
	}
	packed := compress(t, wasm)
	check(t, "WebAssembly, compressed", int64(len(packed)), maxWasm)
}

// compress runs gzip, which makes a hundredth less of it than package compress/gzip.
func compress(t *testing.T, data []byte) []byte {
	t.Helper()
	if _, err := exec.LookPath("gzip"); err != nil && os.Getenv("BPFC_REQUIRE_ALL") != "1" {
		t.Skip("SKIP: the compressed size is not looked at: ", err)
	}
	cmd := exec.Command("gzip", "-9", "-c")
	cmd.Stdin = bytes.NewReader(data)
	packed, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

func check(t *testing.T, what string, size int64, most float64) {
	t.Helper()
	millions := float64(size) / 1e6
	t.Logf("%s: %.2f MB", what, millions)
	if millions > most {
		t.Errorf("%s: %.2f MB, more than %.1f", what, millions, most)
	}
}

// packageOf gives the package of a symbol.
func packageOf(symbol string) string {
	symbol, _, _ = strings.Cut(symbol, "[")
	slash := strings.LastIndexByte(symbol, '/') + 1
	name, _, ok := strings.Cut(symbol[slash:], ".")
	if !ok {
		return "(the linker's)"
	}
	return symbol[:slash] + name
}

// program is what somebody writes who has read the first lines of the README.
const program = `package main

import (
	"fmt"
	"log"

	"MODULE"
)

func main() {
	prog, err := bpfc.Compile("tcp port 80")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(prog.Len() > 0)
}
`

// From an empty folder, go mod init and a program of ten lines: it builds without cgo for the systems that people have, and
// runs. Nothing is fetched: what it needs is what this module has.
func TestNewUser(t *testing.T) {
	dir, module := t.TempDir(), modulePath(t)
	env := []string{"GOFLAGS=-mod=mod -trimpath", "GOPROXY=off", "GOSUMDB=off", "GOWORK=off"}
	goTool(t, dir, env, "mod", "init", "example.org/newuser")
	goTool(t, dir, env, "mod", "edit", "-replace", module+"="+root(t), "-require", module+"@v0.0.0")
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(strings.Replace(program, "MODULE", module, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64", "js/wasm"} {
		goos, goarch, _ := strings.Cut(target, "/")
		out := filepath.Join(dir, fmt.Sprintf("%s-%s", goos, goarch))
		goTool(t, dir, append(slices.Clone(env), "GOOS="+goos, "GOARCH="+goarch), "build", "-o", out, ".")
		if goos != runtime.GOOS || goarch != runtime.GOARCH {
			continue
		}
		if got, err := exec.Command(out).Output(); err != nil || string(got) != "true\n" {
			t.Errorf("the program prints %q: %v", got, err)
		}
	}
}
