package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"

	"bpfc/vm"
)

// prologue is the part of the C program before the filters. Loads are in network byte order, at offsets that do not wrap.
const prologue = `#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

struct span { uint32_t off, caplen, wirelen; };

static inline uint32_t load1(const uint8_t *p) { return *p; }
static inline uint32_t load2(const uint8_t *p) { uint16_t v; memcpy(&v, p, 2); return NETWORK16(v); }
static inline uint32_t load4(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return NETWORK32(v); }
`

// epilogue is the part after them: it maps the packets, and reads commands, a filter and a number of passes, to each
// of which it answers with nanoseconds and a checksum of the verdicts.
const epilogue = `
int main(int argc, char **argv)
{
	struct stat st;
	FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
	if (!f || fstat(fileno(f), &st)) { perror("file of packets"); return 1; }
	const uint8_t *file = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, fileno(f), 0);
	if (file == MAP_FAILED) { perror("file of packets"); return 1; }
	const uint64_t *sizes = (const void *)file;
	const struct span *spans = (const void *)(file + 16);
	const uint8_t *buf = file + 16 + sizes[0] * sizeof *spans;
	uint32_t *verdicts = calloc(sizes[0], sizeof *verdicts);
	unsigned filter;
	long passes;
	while (verdicts && scanf("%u %ld", &filter, &passes) == 2 && filter < sizeof filters / sizeof *filters) {
		struct timespec a, b;
		uint64_t sum = 0;
		clock_gettime(CLOCK_MONOTONIC, &a);
		for (long i = 0; i < passes; i++)
			filters[filter](buf, spans, sizes[0], verdicts);
		clock_gettime(CLOCK_MONOTONIC, &b);
		for (uint64_t i = 0; i < sizes[0]; i++)
			sum = sum * 31 + verdicts[i];
		printf("%lld %llx\n", (b.tv_sec - a.tv_sec) * 1000000000LL + (b.tv_nsec - a.tv_nsec), (unsigned long long)sum);
		fflush(stdout);
	}
	return 0;
}
`

// source is the C program for all filters: each a function that the loop over the packets takes in.
func source(filters []filter) []byte {
	var b bytes.Buffer
	swap16, swap32 := "__builtin_bswap16(v)", "__builtin_bswap32(v)"
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		swap16, swap32 = "(v)", "(v)"
	}
	fmt.Fprintf(&b, "#define NETWORK16(v) %s\n#define NETWORK32(v) %s\n%s", swap16, swap32, prologue)
	for i := range filters {
		writeFilter(&b, i, filters[i].program)
	}
	b.WriteString("\ntypedef void filter(const uint8_t *, const struct span *, size_t, uint32_t *);\nstatic filter *const filters[] = {")
	for i := range filters {
		fmt.Fprintf(&b, "loop%d, ", i)
	}
	b.WriteString("};\n" + epilogue)
	return b.Bytes()
}

func writeFilter(b *bytes.Buffer, number int, program []bpf.RawInstruction) {
	fmt.Fprintf(b, `
static inline __attribute__((always_inline)) uint32_t filter%d(const uint8_t *p, uint64_t n, uint32_t len)
{
	uint32_t A = 0, X = 0, M[16] = {0};
	const uint64_t most = %d + %d * n; /* backward jumps */
	uint64_t o, back = 0;
	(void)A; (void)X; (void)M; (void)back; (void)most; (void)o; (void)p; (void)n; (void)len;
`, number, vm.MaxBackwardJumps(program, 0), vm.MaxBackwardJumps(program, 1)-vm.MaxBackwardJumps(program, 0))
	for pc, in := range program {
		fmt.Fprintf(b, "l%d: __attribute__((unused)); %s\n", pc, statement(pc, in))
	}
	fmt.Fprintf(b, `}
static void loop%[1]d(const uint8_t *buf, const struct span *s, size_t n, uint32_t *restrict verdicts)
{
	for (size_t i = 0; i < n; i++)
		verdicts[i] = filter%[1]d(buf + s[i].off, s[i].caplen, s[i].wirelen);
}
`, number)
}

// operators has the C operators of the arithmetic that needs no care.
var operators = map[uint16]string{0x00: "+", 0x10: "-", 0x20: "*", 0x30: "/", 0x40: "|", 0x50: "&", 0x60: "<<", 0x70: ">>", 0x90: "%", 0xa0: "^"}

var comparisons = map[uint16]string{0x10: "==", 0x20: ">", 0x30: ">=", 0x40: "&"}

// plain has the instructions that are one statement; k stands for the constant.
var plain = map[uint16]string{
	0x00: "A = k;", 0x01: "X = k;", 0x80: "A = len;", 0x81: "X = len;", 0x60: "A = M[k];", 0x61: "X = M[k];",
	0x02: "M[k] = A;", 0x03: "M[k] = X;", 0x84: "A = 0 - A;", 0x07: "X = A;", 0x87: "A = X;",
	0x06: "return k;", 0x16: "return A;", 0x0e: "return X;",
	0xb1: "if (k >= n) return 0; X = (uint32_t)(p[k] & 15) << 2;",
}

// statement is one instruction in C. The programs are ours and valid; what they cannot have is an error when C is compiled.
func statement(pc int, in bpf.RawInstruction) string {
	k := fmt.Sprintf("UINT32_C(%d)", in.K)
	if text, ok := plain[in.Op]; ok {
		return strings.ReplaceAll(strings.ReplaceAll(text, "[k]", "["+k+"]"), "k", k)
	}
	operand := k
	if in.Op&8 != 0 {
		operand = "X"
	}
	switch class := in.Op & 7; {
	case class == 0:
		size := map[uint16]int{0x00: 4, 0x08: 2, 0x10: 1}[in.Op&0x18]
		base := "UINT64_C(0)"
		if in.Op&0xe0 == 0x40 {
			base = "(uint64_t)X"
		}
		return fmt.Sprintf("o = %s + %s; if (o + %d > n) return 0; A = load%d(p + o);", base, k, size, size)
	case class == 4:
		return arithmetic(in.Op, operand)
	case in.Op == 0x05:
		to := pc + 1 + int(int32(in.K))
		if to <= pc {
			return fmt.Sprintf("if (back++ == most) return 0; goto l%d;", to)
		}
		return fmt.Sprintf("goto l%d;", to)
	case class == 5:
		return fmt.Sprintf("if (A %s %s) goto l%d; else goto l%d;", comparisons[in.Op&0xf0], operand, pc+1+int(in.Jt), pc+1+int(in.Jf))
	}
	return fmt.Sprintf("#error instruction %d", in.Op)
}

func arithmetic(op uint16, operand string) string {
	operator := operators[op&0xf0]
	switch operator {
	case "/", "%":
		return fmt.Sprintf("if (%s == 0) return 0; A %s= %s;", operand, operator, operand)
	case "<<", ">>":
		return fmt.Sprintf("A = %s < 32 ? A %s (%s & 31) : 0;", operand, operator, operand)
	}
	return fmt.Sprintf("A %s= %s;", operator, operand)
}

// cProgram is the running C program.
type cProgram struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// startC compiles the program, gives it the packets, and starts it.
func startC(dir, compiler string, flags []string, filters []filter, p *packets) (*cProgram, error) {
	src, bin, data := filepath.Join(dir, "filters.c"), filepath.Join(dir, "filters"), filepath.Join(dir, "packets")
	if err := os.WriteFile(src, source(filters), 0o600); err != nil {
		return nil, err
	}
	if out, err := exec.Command(compiler, append(flags, "-o", bin, src)...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%.2000s", compiler, err, out)
	}
	if err := sharedPackets(data, p); err != nil {
		return nil, err
	}
	c := &cProgram{cmd: exec.Command(bin, data)}
	c.cmd.Stderr = os.Stderr
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	return c, c.cmd.Start()
}

// sharedPackets writes the packets to a file and makes p lie in it, mapped. The C program maps it too: both then read the
// very same memory, and how it lies in the cache favours none of them.
func sharedPackets(path string, p *packets) error {
	if err := writePackets(path, p); err != nil {
		return err
	}
	mapped, err := fileInMemory(path)
	if err != nil {
		return err
	}
	start := 16 + spanSize*len(p.spans)
	p.spans = unsafe.Slice((*vm.Span)(unsafe.Pointer(&mapped[16])), len(p.spans))
	p.buf = mapped[start:]
	return nil
}

const spanSize = int(unsafe.Sizeof(vm.Span{}))

// writePackets writes the numbers of packets and bytes, the spans, and the bytes, as this machine has them in memory.
func writePackets(path string, p *packets) error {
	b := binary.NativeEndian.AppendUint64(nil, uint64(len(p.spans)))
	b = binary.NativeEndian.AppendUint64(b, uint64(len(p.buf)))
	for _, s := range p.spans {
		b = binary.NativeEndian.AppendUint32(b, s.Off)
		b = binary.NativeEndian.AppendUint32(b, s.CapLen)
		b = binary.NativeEndian.AppendUint32(b, s.WireLen)
	}
	return os.WriteFile(path, append(b, p.buf...), 0o600)
}

// time has one filter judge all packets a number of times. It returns how long that took, and a checksum of the verdicts.
func (c *cProgram) time(number, passes int) (elapsed time.Duration, sum uint64, err error) {
	if _, err := fmt.Fprintf(c.in, "%d %d\n", number, passes); err != nil {
		return 0, 0, err
	}
	line, err := c.out.ReadString('\n')
	if err != nil {
		return 0, 0, fmt.Errorf("the C program ended: %w", err)
	}
	_, err = fmt.Sscanf(line, "%d %x", &elapsed, &sum)
	return elapsed, sum, err
}

func (c *cProgram) close() error {
	c.in.Close()
	return c.cmd.Wait()
}
