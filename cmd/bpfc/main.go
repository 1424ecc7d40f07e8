// Command bpfc compiles tcpdump filters and runs them: on capture files, on live captures, against each other. Each
// subcommand is one file of this directory; what a user of the library would want too is in the library.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"bpfc/capture"
	"bpfc/diag"
	"bpfc/scan"
)

// The exit statuses.
const (
	exitOK    = 0
	exitRun   = 1 // something went wrong while running: input, output, permissions
	exitUsage = 2 // the filter or the flags are wrong

	exitInterrupted = 128 + int(syscall.SIGINT) // interrupted twice: the status of shells for a program that SIGINT ended
	exitOutputGone  = 128 + 13                  // and for one that SIGPIPE ended
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	only := asked(args)
	if only == nil || !only.brief {
		var stop context.CancelFunc
		ctx, stop = untilSignal(ctx)
		defer stop()
	}
	root := newRoot(only)
	root.SetArgs(args)
	root.SetIn(capture.UntilDone(ctx, stdin))
	root.SetOut(stdout)
	root.SetErr(stderr)
	refuseUnknownNames(root)
	refuseTwice(root)
	started := false
	noteStart(root, &started)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitOK
	case outputGone(err), outputGone(context.Cause(ctx)):
		return exitOutputGone // as quiet as the other programs of a pipeline
	}
	if text := strings.TrimSpace(describe(err)); text != "" {
		fmt.Fprintln(stderr, "bpfc: "+text)
	}
	if !started {
		return exitUsage
	}
	return statusOf(err)
}

// noteStart makes every command of the tree set *started when it runs. An error before that is one of cobra's own: an
// unknown flag or subcommand, a missing value, flags that exclude each other.
func noteStart(cmd *cobra.Command, started *bool) {
	if runE := cmd.RunE; runE != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			*started = true
			if err := checkValues(cmd.Flags()); err != nil {
				return err
			}
			return runE(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		noteStart(sub, started)
	}
}

// usageError is a mistake in the flags or arguments that cobra cannot see.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// filterError is a compile error together with the text that it points into.
type filterError struct {
	expr string
	err  *diag.Error
}

func (e *filterError) Error() string { return e.err.Error() }
func (e *filterError) Unwrap() error { return e.err }

// silentError ends the program with a status after everything has been said.
type silentError struct{ status int }

func (e *silentError) Error() string { return "" }

func statusOf(err error) int {
	var silent *silentError
	var own *statusError
	var usage *usageError
	switch d := diag.As(err); {
	case errors.As(err, &silent):
		return silent.status
	case errors.As(err, &own):
		return own.status
	case errors.As(err, &usage), errors.Is(err, capture.ErrLinkType):
		return exitUsage
	case d != nil && !blameless(d):
		return exitUsage
	}
	return exitRun
}

// blameless tells whether a compile error is not the filter's fault: a defect of ours, a resolver that did not answer,
// or an interrupt.
func blameless(d *diag.Error) bool {
	return d.Kind == diag.Internal || d.Kind == diag.Timeout || d.Kind == diag.Lookup || errors.Is(d, context.Canceled) ||
		errors.Is(d, context.DeadlineExceeded)
}

// ofFile begins the text of an error of a filter with the file of an archive on which it has no meaning.
func ofFile(err error) string {
	var unfit *scan.UnfitError
	if errors.As(err, &unfit) && unfit.File != "" {
		return visible(unfit.File) + ": "
	}
	return ""
}

// namesIn gives the names of files that the text of an error has.
func namesIn(err error) (names []string) {
	switch e := err.(type) {
	case *fs.PathError:
		return []string{e.Path}
	case *capture.FileError:
		return []string{e.File}
	case interface{ Unwrap() error }:
		return namesIn(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, part := range e.Unwrap() {
			names = append(names, namesIn(part)...)
		}
	}
	return names
}

// describe gives the text of an error: a filter's with a caret line, others as they are, but what several parts of a
// command ran into once.
func describe(err error) string {
	var f *filterError
	if errors.As(err, &f) {
		return ofFile(err) + f.err.Render(f.expr)
	}
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	var lines []string
	text := err.Error()
	for _, name := range namesIn(err) {
		text = strings.ReplaceAll(text, name, visible(name))
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
