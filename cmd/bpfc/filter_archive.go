package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"bpfc/capture"
	"bpfc/diag"
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
		a.Ended = func(in scan.Input, matches uint64) {
			fmt.Fprintf(lines, "%d\t%s\n", matches, visible(inputName(in.Path)))
		} // an error stays in lines
	}
	n, err := f.copyArchive(cmd, a)
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
	to, err := newPlace(f.write, capture.CreateAside)
	if err != nil {
		return 0, err
	}
	n, err := f.toOne(cmd, a, to.writer())
	// A filter that is refused is no reason to replace a file that is there by an empty one.
	refused := n == 0 && errors.As(err, new(*diag.Error))
	return n, errors.Join(err, to.Finish(!refused))
}

// toOne writes what matches to one file.
func (f *filterCommand) toOne(cmd *cobra.Command, a *fileArchive, dst io.Writer) (uint64, error) {
	pcapng := wantsPcapng(f.write, f.pcapng)
	if f.merge {
		return a.CopyMerged(cmd.Context(), dst, pcapng)
	}
	return a.Copy(cmd.Context(), dst, pcapng)
}

// toFiles writes what matches of each file to one of the same name.
func (f *filterCommand) toFiles(cmd *cobra.Command, a *fileArchive) (uint64, error) {
	names := make(map[string]string, len(a.Inputs))
	read := make(map[string]bool, len(a.Inputs))
	for _, in := range a.Inputs {
		name := outputName(in)
		if other, ok := names[name]; ok {
			return 0, usagef("%s and %s would both be written to %s", other, in.Path, filepath.Join(f.write, name))
		}
		names[name] = in.Path
		if real, err := filepath.EvalSymlinks(in.Path); err == nil {
			if real, err = filepath.Abs(real); err == nil {
				read[real] = true
			}
		}
	}
	if err := os.MkdirAll(f.write, 0o777); err != nil {
		return 0, err
	}
	return a.CopyEach(cmd.Context(), f.pcapng, func(in scan.Input, r *capture.Reader) (scan.Output, error) {
		path := filepath.Join(f.write, outputName(in))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return nil, err
		}
		return newOutput(path, in, read)
	})
}

// newOutput begins the file for an input, unless that would take the place of one that is read.
func newOutput(path string, in scan.Input, read map[string]bool) (scan.Output, error) {
	if info, err := os.Stat(path); err == nil {
		if own, err := os.Stat(in.Path); err == nil && os.SameFile(info, own) {
			return nil, usagef("%s is read from and written to", path)
		}
		if real, err := filepath.EvalSymlinks(path); err == nil {
			if real, err = filepath.Abs(real); err == nil && read[real] {
				return nil, usagef("%s is read from and written to", path)
			}
		}
	}
	to, err := newPlace(path, capture.CreateAside)
	if err != nil {
		return nil, err
	}
	if to.packer == nil {
		return fileOutput{to.file}, nil
	}
	return to, nil
}

// fileOutput shows the file itself, in whose header the snapshot length can be corrected.
type fileOutput struct{ *capture.Aside }
