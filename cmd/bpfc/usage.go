package main

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// What cobra lets pass although it is a mistake: names of no subcommand where help would be printed, and values that mean nothing.

// refuseUnknownNames makes help and the commands that only hold others refuse the name of a command that there is not.
func refuseUnknownNames(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, cmd := range root.Commands() {
		switch {
		case cmd.Name() == "help":
			cmd.Run, cmd.RunE = nil, help
		case cmd.HasSubCommands() && !cmd.Runnable():
			cmd.Args = subcommandOnly
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}

// help prints the help of the command that the arguments name.
func help(cmd *cobra.Command, args []string) error {
	topic, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return usagef("no help for %q; %q lists the commands", strings.Join(args, " "), cmd.CommandPath())
	}
	topic.InitDefaultHelpFlag() // so that it is among the flags
	return topic.Help()
}

// subcommandOnly accepts no argument: cobra has taken those that name a subcommand.
func subcommandOnly(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	slices.Sort(names)
	return usagef("no command %q of %q; there are %s", args[0], cmd.CommandPath(), strings.Join(names, ", "))
}

// mayBeEmpty are the flags whose value may be an empty text: parts of a described packet, of which nothing has to be said.
var mayBeEmpty = map[string]bool{"eth": true, "vlan": true, "arp": true, "ip": true, "tcp": true, "udp": true, "icmp": true, "payload": true, "payload-hex": true}

// checkValues finds a flag with a value that no flag can use: an empty text, as an unset variable of a script gives it, which
// would silently count as not given; a number that is infinite or none.
func checkValues(flags *pflag.FlagSet) (err error) {
	flags.Visit(func(f *pflag.Flag) {
		value := f.Value.String()
		switch f.Value.Type() {
		case "string":
			if value == "" && !mayBeEmpty[f.Name] {
				err = usagef("%s: the value is empty", flagName(f))
			}
		case "float64":
			if n, e := strconv.ParseFloat(value, 64); e != nil || math.IsNaN(n) || math.IsInf(n, 0) {
				err = usagef("%s %s: that is no number", flagName(f), value)
			}
		}
	})
	return err
}

// flagName is the name of a flag in messages: its letter if it has one.
func flagName(f *pflag.Flag) string {
	if f.Shorthand != "" {
		return "-" + f.Shorthand
	}
	return "--" + f.Name
}

// Bounds of values that are multiplied: beyond them the product would wrap around.
const (
	maxFileSize = int64(math.MaxInt64 / 1_000_000)   // -C, millions of bytes
	maxPeriod   = int64(math.MaxInt64 / time.Second) // -G, seconds
	maxBuffer   = math.MaxInt32 / 1024               // -B, KiB; setsockopt takes an int
)
