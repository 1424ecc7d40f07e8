package main

import (
	"slices"

	"github.com/spf13/cobra"
)

// newRoot builds the command tree, all of it or with one subcommand only. A new subcommand is a file with a constructor, and a
// place in commands.
func newRoot(only *command) *cobra.Command {
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
	for _, c := range commands() {
		if only == nil || c.name == only.name {
			root.AddCommand(c.make())
		}
	}
	return root
}

// command is a subcommand that is made when it is needed.
type command struct {
	name  string
	make  func() *cobra.Command
	brief bool // neither waits nor leaves anything half done, so that signals may end it as they end any program
}

// commands are all subcommands, in the order of the help.
func commands() []command {
	return []command{
		{name: "compile", make: newCompileCommand}, {name: "verdicts", make: newVerdictsCommand}, {name: "filter", make: newFilterCommand}, {name: "index", make: newIndexCommand},
		{name: "verify", make: newVerifyCommand}, {name: "diff", make: newDiffCommand}, {name: "witness", make: newWitnessCommand}, {name: "fuzz", make: newFuzzCommand}, {name: "bench", make: newBenchCommand},
		{name: "capture", make: newCaptureCommand}, {name: "stats", make: newStatsCommand}, {name: "send", make: newSendCommand}, {name: "explain", make: newExplainCommand}, {name: "lint", make: newLintCommand},
		{name: manName, make: newManCommand}, {name: "version", make: newVersionCommand, brief: true},
	}
}

// manName is the subcommand that describes all others.
const manName = "man"

// asked finds the one subcommand that arguments ask for, nil if all may be needed. To make all takes a tenth of the start
// of the program.
func asked(args []string) *command {
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return len(args) > 0 && c.name == args[0] && c.name != manName })
	if i < 0 {
		return nil
	}
	return &all[i]
}
