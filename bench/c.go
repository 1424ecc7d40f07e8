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
	"time"
	"unsafe"

	"bpfc/source"
	"bpfc/vm"
)

// prologue is the part of the C program before the filters.
const prologue = `#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#define BPFC_INLINE
struct span { uint32_t off, caplen, wirelen; };
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

// program is the C program for all filters: each a function that the loop over the packets takes in.
func program(filters []filter) ([]byte, error) {
	b := bytes.NewBufferString(prologue)
	for i := range filters {
		text, err := source.C(filters[i].program, source.Options{Name: fmt.Sprintf("filter%d", i), About: filters[i].text})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filters[i].text, err)
		}
		b.Write(text)
		fmt.Fprintf(b, loop, i)
	}
	b.WriteString("\ntypedef void filter(const uint8_t *, const struct span *, size_t, uint32_t *);\nstatic filter *const filters[] = {")
	for i := range filters {
		fmt.Fprintf(b, "loop%d, ", i)
	}
	b.WriteString("};\n" + epilogue)
	return b.Bytes(), nil
}

// loop is the function that judges all packets by one filter.
const loop = `
static void loop%[1]d(const uint8_t *buf, const struct span *s, size_t n, uint32_t *restrict verdicts)
{
	for (size_t i = 0; i < n; i++)
		verdicts[i] = filter%[1]d(buf + s[i].off, buf + s[i].off + s[i].caplen, s[i].wirelen);
}

`

// cProgram is the running C program.
type cProgram struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// startC compiles the program, gives it the packets, and starts it.
func startC(dir, compiler string, flags []string, filters []filter, p *packets) (*cProgram, error) {
	src, bin, data := filepath.Join(dir, "filters.c"), filepath.Join(dir, "filters"), filepath.Join(dir, "packets")
	text, err := program(filters)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(src, text, 0o600); err != nil {
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
