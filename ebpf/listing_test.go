package toebpf

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/cbpf"
)

func ExampleWriteListing() {
	p, err := bpfc.Compile("arp")
	if err != nil {
		fmt.Println(err)
		return
	}
	insns, err := Program(p.Instructions(), SocketFilter, Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := WriteListing(os.Stdout, insns); err != nil {
		fmt.Println(err)
	}
	// Output:
	//      0: r6 = r1
	//      1: r0 = *(u16 *)skb[12]
	//      2: if r0 == 2054 goto l5
	//      3: w0 = 0
	//      4: exit
	// l5:
	//      5: w0 = 262144
	//      6: exit
}

// TestListingIsLLVMs compares the listing with that of llvm-objdump.
func TestListingIsLLVMs(t *testing.T) {
	tool, err := exec.LookPath("llvm-objdump")
	if err != nil {
		if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
			t.Fatal("BPFC_REQUIRE_ALL=1, but there is no llvm-objdump (package llvm)")
		}
		t.Skip("SKIPPED: there is no llvm-objdump (package llvm)")
	}
	var programs [][]bpf.RawInstruction
	for _, expr := range []string{"tcp port 80 or vlan 7 and ip6 host fe80::1", "len > 5 and ip protochain 6", "tcp[13] & 3 != 0", "geneve and host 1.2.3.4"} {
		p, err := bpfc.Compile(expr)
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, p.Instructions())
	}
	programs = append(programs, everyOperation())
	for _, p := range programs {
		for hook := range Hook(len(hooks)) {
			compareListing(t, tool, p, hook)
		}
	}
}

// everyOperation is a program with all arithmetic and all comparisons there are.
func everyOperation() []bpf.RawInstruction {
	p := []bpf.RawInstruction{{Op: cbpf.LdAbsW, K: 14}, {Op: cbpf.LdxMsh, K: 14}, {Op: cbpf.St, K: 2}}
	for op := range uint16(256) {
		t := cbpf.TraitsOf(op)
		switch {
		case t.Any(cbpf.Branches):
			p = append(p, bpf.RawInstruction{Op: op, K: 7, Jt: 1}, bpf.RawInstruction{Op: cbpf.AddK, K: 0xfffffff0})
		case t.Any(cbpf.Known) && op&cbpf.ClassMask == cbpf.ClassAlu:
			p = append(p, bpf.RawInstruction{Op: op, K: 3})
		}
	}
	return append(p, bpf.RawInstruction{Op: cbpf.LdxMem, K: 2}, bpf.RawInstruction{Op: cbpf.AddX}, bpf.RawInstruction{Op: cbpf.RetA})
}

func compareListing(t *testing.T, tool string, p []bpf.RawInstruction, hook Hook) {
	t.Helper()
	o := ObjectOptions{Options: Options{Rounds: 3}}
	insns, err := Program(p, hook, o.Options)
	if err != nil {
		t.Fatal(err)
	}
	object, err := Object(p, hook, o)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "filter.o")
	if err := os.WriteFile(path, object, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, "-d", "--no-show-raw-insn", "--mcpu=v3", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	theirs := plainListing(string(out))
	var b strings.Builder
	if err := WriteListing(&b, insns); err != nil {
		t.Fatal(err)
	}
	ours := plainListing(b.String())
	if len(ours) != len(theirs) || len(ours) < len(insns) {
		t.Fatalf("%v: %d lines, %d of llvm-objdump, %d instructions", hook, len(ours), len(theirs), len(insns))
	}
	for i := range ours {
		if ours[i] != theirs[i] && !strings.HasSuffix(theirs[i], "<unknown>") { // some versions do not know JSET and MOD
			t.Errorf("%v: %q, llvm-objdump has %q", hook, ours[i], theirs[i])
		}
	}
}

var (
	reInstruction = regexp.MustCompile(`^ *(\d+):\s+(.*?)(?: <[^<>=]*>)?$`)
	reJump        = regexp.MustCompile(`^(.*goto )(\S+)$`)
	reHelper      = regexp.MustCompile(`^call bpf_\w+#`)
	reIndirect    = regexp.MustCompile(`skb\[(r\d) \+ \d+\]$`) // llvm-objdump leaves out the number
)

// plainListing takes the instructions out of a listing, with the numbers of the instructions that jumps lead to.
func plainListing(text string) (lines []string) {
	labels := map[string]int{}
	var waiting []string
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		m := reInstruction.FindStringSubmatch(s.Text())
		if m == nil {
			waiting = append(waiting, strings.TrimSuffix(s.Text(), ":"))
			continue
		}
		at, _ := strconv.Atoi(m[1])
		for _, l := range waiting {
			labels[l] = at
		}
		waiting = nil
		text := reIndirect.ReplaceAllString(reHelper.ReplaceAllString(m[2], "call "), "skb[$1]")
		lines = append(lines, fmt.Sprintf("%d: %s", at, text))
	}
	for i, l := range lines {
		m := reJump.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		to, ok := labels[m[2]]
		if !ok {
			by, _ := strconv.Atoi(m[2])
			at, _ := strconv.Atoi(l[:strings.IndexByte(l, ':')])
			to = at + 1 + by
		}
		lines[i] = m[1] + strconv.Itoa(to)
	}
	return lines
}

// What no translation makes is listed in the words of the library.
func TestListingOfOthers(t *testing.T) {
	var b strings.Builder
	err := WriteListing(&b, asm.Instructions{asm.StoreXAdd(asm.R1, asm.R2, asm.Word), asm.LoadImm(asm.R1, 7, asm.DWord).WithSymbol("start"),
		asm.LoadInd(asm.R0, asm.R7, 4, asm.Half), asm.Call.Label("function"), asm.BSwap(asm.R3, asm.Word), asm.Ja.Label("start")})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"start:\n     1: r1 = 7 ll\n", "     3: r0 = *(u16 *)skb[r7 + 4]\n", "call function\n", "r3 = bswap32 r3\n", "goto start\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
