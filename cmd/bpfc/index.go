package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"bpfc/index"
	"bpfc/scan"
)

func newIndexCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "index [--force] FILE|DIR|PATTERN…",
		Short: "Note beside capture files what is in them, so that filters need not read all",
		Long: `Index reads capture files and writes a small file beside each, its sidecar, with the
name of the capture and ` + scan.SidecarExt + ` behind it: which protocols, addresses, ports and tags its
packets have, part by part, and the range of their time. filter, stats, verdicts
--count and capture -r then leave out the files, and pass over the parts of a file,
that cannot have a packet that matches, and say the same as without.

A sidecar that is right stays as it is, unless --force is given. One whose capture
has changed since, or that is damaged, is not used. A damaged capture gets none.`,
		Example: `  bpfc index /var/archive
  bpfc filter -r /var/archive --count 'host 10.1.2.3'`,
		RunE: func(cmd *cobra.Command, args []string) error { return indexFiles(cmd, args, force) },
	}
	cmd.Flags().BoolVar(&force, "force", false, "read captures again whose sidecar is right")
	return cmd
}

// sizeOf is the bytes of files together.
func sizeOf(inputs []scan.Input) int64 { return (&scan.Archive{Inputs: inputs}).Size() }

// indexFiles makes the sidecars, several at a time.
func indexFiles(cmd *cobra.Command, names []string, force bool) error {
	if len(names) == 0 {
		return usagef("name the files or directories to index")
	}
	if slices.Contains(names, "-") {
		return usagef("-: standard input has no place beside it for a sidecar; name files")
	}
	inputs, problems := scan.Inputs(names)
	for _, problem := range problems {
		fmt.Fprintln(cmd.ErrOrStderr(), "bpfc: "+visible(problem.Error()))
	}
	if len(inputs)+len(problems) == 0 {
		return fmt.Errorf("%s: no file in it", strings.Join(names, " "))
	}
	var next, made, fresh, others, failed atomic.Int64
	failed.Add(int64(len(problems)))
	var wait sync.WaitGroup
	var telling sync.Mutex // held by who writes on the terminal
	line := newProgressOf(cmd.ErrOrStderr(), func() int64 { return sizeOf(inputs) }).line
	done, bytes := 0, int64(0)
	ctx := cmd.Context()
	for range min(runtime.GOMAXPROCS(0), len(inputs)) {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(inputs)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				summary, err := index.Build(ctx, inputs[i].Path, force)
				switch {
				case err == nil && summary.Fresh:
					fresh.Add(1)
				case err == nil:
					made.Add(1)
				case inputs[i].Found && scan.NoCapture(err):
					others.Add(1)
				case !errors.Is(err, context.Canceled):
					failed.Add(1)
					telling.Lock()
					line.end()
					fmt.Fprintln(cmd.ErrOrStderr(), "bpfc: "+visible(err.Error()))
					telling.Unlock()
				}
				telling.Lock()
				done, bytes = done+1, bytes+sizeOf(inputs[i:i+1])
				if now := time.Now(); line.due(now) {
					line.draw(bytes, fmt.Sprintf("%d of %d files", done, len(inputs)), now)
				}
				telling.Unlock()
			}
		})
	}
	wait.Wait()
	line.end()
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s indexed, %d up to date, %d no captures, %d failed\n",
		plural(uint64(made.Load()), "file"), fresh.Load(), others.Load(), failed.Load())
	if n := failed.Load(); n > 0 && err == nil {
		err = fmt.Errorf("%s could not be indexed", plural(uint64(n), "file"))
	}
	return errors.Join(ctx.Err(), err)
}
