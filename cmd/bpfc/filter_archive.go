package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/spf13/cobra"

	"bpfc/capture"
	"bpfc/scan"
)

// toDirectory tells whether -w names a directory.
func (f *filterCommand) toDirectory() bool {
	if f.write == "" || f.write == "-" {
		return false
	}
	if os.IsPathSeparator(f.write[len(f.write)-1]) {
		return true
	}
	info, err := os.Stat(f.write)
	return err == nil && info.IsDir()
}

// archive filters many files.
func (f *filterCommand) archive(cmd *cobra.Command, expr string) error {
	a, err := f.files.openArchive(cmd, &f.filterOptions, expr)
	if err != nil {
		return err
	}
	lines := bufio.NewWriter(cmd.OutOrStdout())
	if f.perFile {
		a.prints()
		a.Ended = func(in scan.Input, matches uint64) {
			fmt.Fprintf(lines, "%d\t%s\n", matches, visible(inputName(in.Path)))
		} // an error stays in lines
	}
	n, err := f.copyArchive(cmd, a)
	a.line.end()
	err = errors.Join(err, lines.Flush())
	if mixed := (*capture.MixedTypesError)(nil); errors.As(err, &mixed) {
		err = fmt.Errorf("%w, write with --pcapng", err)
	}
	noteTimes(cmd.ErrOrStderr(), 0, a.TimesOutOfRange(), 0)
	if err == nil {
		f.summary(cmd, n, "the packets of "+plural(uint64(len(a.Inputs)), "file"))
	}
	if f.count {
		err = errors.Join(printCount(cmd, n, err), err)
	}
	return a.end(err)
}

// copyArchive counts what matches, and writes it if that is asked for.
func (f *filterCommand) copyArchive(cmd *cobra.Command, a *fileArchive) (uint64, error) {
	switch {
	case f.write == "":
		return a.Count(cmd.Context())
	case f.toDirectory():
		return f.toFiles(cmd, a)
	case f.write == "-":
		if isTerminal(cmd.OutOrStdout()) {
			return 0, usagef("-w -: standard output is a terminal, which a capture file would upset; redirect it")
		}
		return f.toOne(cmd, a, cmd.OutOrStdout())
	}
	if err := a.refuse(f.write, func() (os.FileInfo, error) { return os.Stat(f.write) }); err != nil {
		return 0, err
	}
	a.noteSearched(f.write)
	to, err := newPlace(f.write, capture.CreateAside)
	if err != nil {
		return 0, err
	}
	n, err := f.toOne(cmd, a, to.writer())
	return n, errors.Join(err, to.finish(cmd.ErrOrStderr(), worthItsName(err)))
}

// toOne writes what matches to one file.
func (f *filterCommand) toOne(cmd *cobra.Command, a *fileArchive, dst io.Writer) (uint64, error) {
	pcapng := wantsPcapng(f.write, f.pcapng)
	if d, err := a.Describe(cmd.Context()); err == nil { // an error comes again
		notePcapng(cmd.ErrOrStderr(), f.write, f.pcapng, d.Options(pcapng).Format)
	}
	if f.merge {
		return a.CopyMerged(cmd.Context(), dst, pcapng)
	}
	return a.Copy(cmd.Context(), dst, pcapng)
}

// toFiles writes what matches of each file to one of the same name.
func (f *filterCommand) toFiles(cmd *cobra.Command, a *fileArchive) (uint64, error) {
	if err := f.checkOutputs(a); err != nil {
		return 0, err
	}
	if err := os.MkdirAll(f.write, 0o777); err != nil {
		return 0, err
	}
	var whole atomic.Int64
	n, err := a.CopyEach(cmd.Context(), f.pcapng, func(in scan.Input, r *capture.Reader) (scan.Output, error) {
		path := filepath.Join(f.write, outputName(in))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return nil, err
		}
		return newOutput(path, &whole)
	})
	if !worthItsName(err) {
		fmt.Fprintf(cmd.ErrOrStderr(), "bpfc: note: %s of %d written to %s; what was begun of others is removed\n", plural(uint64(whole.Load()), "file"), len(a.Inputs), visible(f.write))
	}
	return n, err
}

// checkOutputs refuses, before anything is written, outputs that would take the place of what is read, or of one another, or that
// the next search would find.
func (f *filterCommand) checkOutputs(a *fileArchive) error {
	names := make(map[string]string, len(a.Inputs))
	read := make(map[string]bool, len(a.Inputs))
	for _, in := range a.Inputs {
		name := outputName(in)
		if other, ok := names[name]; ok {
			return usagef("%s and %s would both be written to %s", other, in.Path, filepath.Join(f.write, name))
		}
		names[name] = in.Path
		read[realPath(in.Path)] = true
	}
	for name, from := range names {
		path := filepath.Join(f.write, name)
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		if own, err := os.Stat(from); err == nil && os.SameFile(info, own) || read[realPath(path)] {
			return usagef("%s is read from and written to", path)
		}
	}
	if root, is := a.searched(f.write); is {
		return usagef("-w %s is in %s, which is searched for captures: the next search would find what is written; take a directory elsewhere, or one whose name begins with a dot, which is not searched", f.write, root)
	}
	return nil
}

// newOutput begins the file for an input.
func newOutput(path string, whole *atomic.Int64) (scan.Output, error) {
	to, err := newPlace(path, capture.CreateAside)
	if err != nil {
		return nil, err
	}
	if to.packer == nil {
		return fileOutput{to.file, whole}, nil
	}
	return packedOutput{to, whole}, nil
}

// packedOutput is a compressed file, and counts those that are whole.
type packedOutput struct {
	*place
	whole *atomic.Int64
}

func (p packedOutput) Finish(whole bool) error {
	return counting(p.place.Finish(whole), whole, p.whole)
}

// counting counts a file that was ended and is whole.
func counting(err error, whole bool, n *atomic.Int64) error {
	if whole && err == nil {
		n.Add(1)
	}
	return err
}

// fileOutput shows the file itself, in whose header the snapshot length can be corrected.
type fileOutput struct {
	*capture.Aside
	whole *atomic.Int64
}

func (f fileOutput) Finish(whole bool) error { return counting(f.Aside.Finish(whole), whole, f.whole) }
