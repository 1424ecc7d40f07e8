package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"github.com/spf13/cobra"

	"bpfc/capture"
	"bpfc/scan"
)

func newVerdictsCommand() *cobra.Command {
	var o filterOptions
	var in files
	var count, asJSON bool
	cmd := &cobra.Command{
		Use:   "verdicts -r FILE [flags] [EXPR…]",
		Short: "Print for each packet how many bytes the filter keeps, 0 where it rejects",
		Long: `Verdicts runs the filter on every packet of a pcap or pcapng file and prints one
line a packet: the number that the program returns, 0 for a packet that it rejects.
That number is the snapshot length of the file, or of -s, however long the packet.
Of many files the lines come in the order of the files.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if asJSON && count {
				return usagef("--json and --count: one prints packets, the other only their number")
			}
			if asJSON {
				return verdictsJSON(cmd, &o, &in, args)
			}
			return verdicts(cmd, &o, &in, count, args)
		},
	}
	o.register(cmd)
	o.registerWarnings(cmd, "W")
	in.register(cmd, readHelp)
	cmd.PreRunE = needRead
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object a line: {\"number\":1,\"verdict\":262144,\"length\":60,\"captured\":60}, of many files with \"file\"")
	cmd.Flags().BoolVar(&count, "count", false, "print only the number of packets that match")
	return cmd
}

// verdictJSON is a verdict as --json prints it.
type verdictJSON struct {
	File     string `json:"file,omitempty"`
	Number   uint64 `json:"number"`  // in its file, from 1
	Verdict  uint32 `json:"verdict"` // bytes that the filter keeps, 0 if it rejects
	Length   uint32 `json:"length"`  // bytes on the wire
	Captured int    `json:"captured"`
}

// verdictsJSON prints verdicts as objects.
func verdictsJSON(cmd *cobra.Command, o *filterOptions, in *files, args []string) (err error) {
	expr, err := o.expression(cmd, args)
	if err != nil {
		return err
	}
	if err := in.resolve(cmd, o); err != nil {
		return err
	}
	out := bufio.NewWriterSize(cmd.OutOrStdout(), 64<<10)
	defer func() { err = errors.Join(out.Flush(), err) }()
	encoder := json.NewEncoder(out)
	file, one := in.one()
	if one {
		s, err := openScan(cmd, o, file, expr)
		if err != nil {
			return err
		}
		defer func() { _ = s.Close() }() // only read from: nothing can be lost
		s.Between(in.from, in.to)
		return encodeVerdicts(encoder, s.All(), false)
	}
	a, err := in.openArchive(cmd, o, expr)
	if err != nil {
		return err
	}
	a.prints()
	return a.end(encodeVerdicts(encoder, a.All(cmd.Context()), true))
}

func encodeVerdicts(encoder *json.Encoder, packets iter.Seq2[*scan.Packet, error], named bool) error {
	for p, err := range packets {
		if err != nil {
			return err
		}
		v := verdictJSON{Number: p.Number, Verdict: p.Verdict, Length: p.WireLen, Captured: len(p.Data)}
		if named {
			v.File = p.File
		}
		if err := encoder.Encode(v); err != nil {
			return err
		}
	}
	return nil
}

// registerRead adds the flag for the capture file to read.
func registerRead(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVarP(file, "read", "r", "", "capture file to read, pcap or pcapng; - is standard input")
	_ = cmd.MarkFlagRequired("read") // for the shells' completion
	cmd.PreRunE = needRead
	_ = cmd.MarkFlagFilename("read", "pcap", "pcapng", "cap", "dump")
}

func verdicts(cmd *cobra.Command, o *filterOptions, in *files, count bool, args []string) (err error) {
	expr, err := o.expression(cmd, args)
	if err != nil {
		return err
	}
	if err := in.resolve(cmd, o); err != nil {
		return err
	}
	file, one := in.one()
	if !one {
		return archiveVerdicts(cmd, o, in, count, expr)
	}
	if count {
		return countVerdicts(cmd, o, in, file, expr)
	}
	s, err := openScan(cmd, o, file, expr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	s.Between(in.from, in.to)
	out := bufio.NewWriterSize(cmd.OutOrStdout(), 64<<10)
	err = s.Batches(func(b *capture.Batch) error {
		var line []byte
		for _, v := range b.Verdicts {
			line = append(strconv.AppendUint(line[:0], uint64(v), 10), '\n')
			if _, err := out.Write(line); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(out.Flush(), err)
}

// countVerdicts tells how many packets of a file match.
func countVerdicts(cmd *cobra.Command, o *filterOptions, in *files, file, expr string) (err error) {
	s, err := in.openScan(cmd, o, file, expr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	n, err := s.Count()
	return errors.Join(printCount(cmd, n, err), err)
}

// archiveVerdicts is verdicts for many files.
func archiveVerdicts(cmd *cobra.Command, o *filterOptions, in *files, count bool, expr string) error {
	a, err := in.openArchive(cmd, o, expr)
	if err != nil {
		return err
	}
	if count {
		n, err := a.Count(cmd.Context())
		a.line.end()
		return a.end(errors.Join(printCount(cmd, n, err), err))
	}
	a.prints()
	out := bufio.NewWriterSize(cmd.OutOrStdout(), 64<<10)
	var line []byte
	for p, err := range a.All(cmd.Context()) {
		if err == nil {
			line = append(strconv.AppendUint(line[:0], uint64(p.Verdict), 10), '\n')
			_, err = out.Write(line)
		}
		if err != nil {
			return a.end(errors.Join(out.Flush(), err))
		}
	}
	return a.end(out.Flush())
}

// printCount prints how many packets match, where they were counted to some end. Where that is not the end of the files, it says so.
func printCount(cmd *cobra.Command, n uint64, err error) error {
	if !worthItsName(err) {
		if n == 0 {
			return nil
		}
		fmt.Fprintln(cmd.ErrOrStderr(), "bpfc: note: the count is of what was read until then")
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), n)
	return err
}
