package main

import (
	"errors"

	"github.com/spf13/cobra"

	"bpfc"
	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/scan"
)

// defaultLinkType is what a filter is compiled for where nothing says otherwise.
const defaultLinkType = linktype.EN10MB

// fileScan is a filter on a capture file, as the flags have both.
type fileScan struct {
	*scan.Scanner
	filter *scan.Filter
}

// openScan opens a capture file to judge its packets by a filter, which it compiles as far as the file has told for what.
func openScan(cmd *cobra.Command, o *filterOptions, file, expr string) (*fileScan, error) {
	r, err := openCapture(cmd, o, file)
	if err != nil {
		return nil, err
	}
	filter := scan.FilterOf(func(t scan.Target) (*bpfc.Program, error) { return o.compile(cmd.Context(), expr, targetOf(t)) })
	s, err := scan.New(cmd.Context(), r, filter)
	if err != nil {
		return nil, errors.Join(err, filter.Close(), r.Close())
	}
	return &fileScan{s, filter}, nil
}

func (s *fileScan) Close() error { return errors.Join(s.filter.Close(), s.Reader().Close()) }

// targetOf is what the packets of a capture file need.
func targetOf(t scan.Target) target {
	return target{linkType: t.LinkType, snapLen: t.SnapLen, savefile: t.Savefile}
}

// targetOfInterface is that for an interface.
func targetOfInterface(i *capture.Interface) target { return targetOf(scan.TargetOf(i)) }
