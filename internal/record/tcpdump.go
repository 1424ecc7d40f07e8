package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/bpf"

	"bpfc/linktype"
)

// patience is how long one compilation may take.
const patience = time.Minute

// tcpdump runs an installed tcpdump.
type tcpdump struct{ program string }

// result is what tcpdump made of a filter: a program or the text of an error,
// with the optimizer and without.
type result struct {
	opt, unopt           []bpf.RawInstruction
	optError, unoptError string
}

var versionLine = regexp.MustCompile(`(?m)^(tcpdump|libpcap) version ([^\s(]+)`)

// identify asks for the versions.
func (t *tcpdump) identify(ctx context.Context) (header, error) {
	out, err := exec.CommandContext(ctx, t.program, "--version").CombinedOutput()
	if err != nil {
		return header{}, fmt.Errorf("%s --version: %w", t.program, err)
	}
	h := header{Snaplen: recordedSnaplen, System: runtime.GOOS + "/" + runtime.GOARCH}
	for _, m := range versionLine.FindAllSubmatch(out, -1) {
		if string(m[1]) == "tcpdump" {
			h.Tcpdump = string(m[2])
		} else {
			h.Libpcap = string(m[2])
		}
	}
	if h.Libpcap == "" {
		return header{}, fmt.Errorf("%s --version does not name libpcap's version: %q", t.program, out)
	}
	return h, nil
}

// run runs tcpdump on a filter. An answer is its standard output, or the text
// of the error by which it refuses; err is for what is neither.
func (t *tcpdump) run(ctx context.Context, c task, flags ...string) (out, refusal string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args := append([]string{"-y", c.linkType.String(), "-ddd"}, flags...)
	cmd := exec.CommandContext(ctx, t.program, append(args, "--", c.filter)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var status *exec.ExitError
	if err == nil {
		return stdout.String(), "", nil
	}
	if ctx.Err() != nil || !errors.As(err, &status) || status.ExitCode() < 0 || stderr.Len() == 0 {
		return "", "", fmt.Errorf("%s, filter %q on %s: %w", t.program, c.filter, c.linkType, err)
	}
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	return "", strings.TrimPrefix(lines[len(lines)-1], "tcpdump: "), nil
}

// linkTypes gives those of all that this tcpdump takes.
func (t *tcpdump) linkTypes(ctx context.Context, all []linktype.Type) ([]linktype.Type, error) {
	var types []linktype.Type
	for _, l := range all {
		_, refusal, err := t.run(ctx, task{l, "len > 0"})
		if err != nil {
			return nil, err
		}
		if refusal == "" {
			types = append(types, l)
		}
	}
	if len(types) == 0 {
		return nil, fmt.Errorf("%s takes no link-layer type with -y", t.program)
	}
	return types, nil
}

func (t *tcpdump) compile(ctx context.Context, c task) (r result, err error) {
	out, refusal, err := t.run(ctx, c)
	if err != nil {
		return r, err
	}
	if r.optError = refusal; refusal == "" {
		if r.opt, err = parseProgram(out); err != nil {
			return r, err
		}
	}
	out, refusal, err = t.run(ctx, c, "-O")
	if err != nil {
		return r, err
	}
	if r.unoptError = refusal; refusal == "" {
		r.unopt, err = parseProgram(out)
	}
	return r, err
}

// parseProgram reads the decimal numbers of -ddd: how many instructions, then
// code, jt, jf and k of each.
func parseProgram(s string) ([]bpf.RawInstruction, error) {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	n, err := strconv.Atoi(lines[0])
	if err != nil || n != len(lines)-1 {
		return nil, fmt.Errorf("not a program: %.80q", s)
	}
	prog := make([]bpf.RawInstruction, n)
	for i, l := range lines[1:] {
		p := &prog[i]
		if _, err := fmt.Sscan(l, &p.Op, &p.Jt, &p.Jf, &p.K); err != nil {
			return nil, fmt.Errorf("instruction %d: %.80q: %w", i, l, err)
		}
	}
	return prog, nil
}

// compileAll compiles everything, several at a time; results are in the order
// of work.
func (t *tcpdump) compileAll(ctx context.Context, work []task, jobs int) ([]result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([]result, len(work))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range max(jobs, 1) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1) - 1)
				if i >= len(work) {
					return
				}
				r, err := t.compile(ctx, work[i])
				if err != nil {
					cancel(err)
					return
				}
				results[i] = r
			}
		})
	}
	wg.Wait()
	return results, context.Cause(ctx)
}

func (r result) equal(o result) bool {
	return r.optError == o.optError && r.unoptError == o.unoptError && slices.Equal(r.opt, o.opt) && slices.Equal(r.unopt, o.unopt)
}
