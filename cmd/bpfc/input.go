package main

import (
	"errors"

	"github.com/spf13/cobra"

	"bpfc/capture"
)

// openCapture opens a capture file; "-" is the command's standard input, unless the filter is read from there. Where the
// file is a pipe or a terminal, reading it ends with the command's context.
func openCapture(cmd *cobra.Command, o *filterOptions, file string) (*capture.Reader, error) {
	if file == "-" {
		if o.file == "-" || o.bytecode == "-" {
			return nil, usagef("-r - and a filter from standard input as well: it can be only one of them")
		}
		if err := o.inputs.reads(cmd, inputName(file), cmd.InOrStdin()); err != nil {
			return nil, err
		}
		return capture.NewNamedReader(cmd.InOrStdin(), inputName(file))
	}
	stream, err := capture.OpenStream(cmd.Context(), file)
	if err != nil {
		return nil, err
	}
	if err := o.inputs.reads(cmd, file, stream); err != nil {
		return nil, errors.Join(err, stream.Close())
	}
	return capture.NewReadCloser(stream, file)
}

// inputName is what errors call a file.
func inputName(file string) string {
	if file == "-" {
		return capture.StandardInput
	}
	return file
}
