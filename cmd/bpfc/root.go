package main

import (
	"github.com/spf13/cobra"
)

// newRoot builds the command tree. A new subcommand is a file with a constructor, and a line here.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "bpfc",
		Short: "Compile tcpdump filters to BPF and run them",
		Long: `bpfc compiles filters of the tcpdump language to classic BPF bytecode, and runs
them: on capture files, on live captures, and against other implementations.
It needs neither libpcap nor cgo.

  bpfc compile 'tcp port 80'                              print the bytecode
  bpfc filter -r in.pcap -w out.pcap 'host 10.0.0.1'      keep what matches

Exit status: 0 done; 1 it went wrong while running; 2 the filter or the flags
are wrong. diff has those of diff(1): see its help.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
	}
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newCompileCommand(),
		newVerdictsCommand(),
		newFilterCommand(),
		newIndexCommand(),
		newVerifyCommand(),
		newDiffCommand(),
		newWitnessCommand(),
		newFuzzCommand(),
		newBenchCommand(),
		newCaptureCommand(),
		newStatsCommand(),
		newSendCommand(),
		newExplainCommand(),
		newLintCommand(),
		newManCommand(),
		newVersionCommand(),
	)
	return root
}
