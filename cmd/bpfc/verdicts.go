package main

import (
	"bufio"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"bpfc/capture"
)

func newVerdictsCommand() *cobra.Command {
	var o filterOptions
	var file string
	cmd := &cobra.Command{
		Use:   "verdicts -r FILE [flags] [EXPR…]",
		Short: "Print for each packet how many bytes the filter keeps, 0 where it rejects",
		Long: `Verdicts runs the filter on every packet of a pcap or pcapng file and prints one
line a packet: the number that the program returns, 0 for a packet that it rejects.
That number is the snapshot length of the file, or of -s, however long the packet.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return verdicts(cmd, &o, file, args)
		},
	}
	o.register(cmd)
	registerRead(cmd, &file)
	return cmd
}

// registerRead adds the flag for the capture file to read.
func registerRead(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVarP(file, "read", "r", "", "capture file to read, pcap or pcapng; - is standard input")
	_ = cmd.MarkFlagRequired("read") // for the shells' completion
	cmd.PreRunE = needRead
	_ = cmd.MarkFlagFilename("read", "pcap", "pcapng", "cap", "dump")
}

func verdicts(cmd *cobra.Command, o *filterOptions, file string, args []string) (err error) {
	expr, err := o.expression(cmd, args)
	if err != nil {
		return err
	}
	s, err := openScan(cmd, o, file, expr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
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
