package main

import (
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bpfc/diag"
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
		return usagef("no help for %q; %s", strings.Join(args, " "), commandHint(cmd, args))
	}
	topic.InitDefaultHelpFlag() // so that it is among the flags
	return topic.Help()
}

// commandHint names the command that was probably meant, and else the one that lists them.
func commandHint(help *cobra.Command, args []string) string {
	var names []string
	for _, sub := range help.Root().Commands() {
		names = append(names, sub.Name())
	}
	if near := diag.Nearest(args[0], names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return fmt.Sprintf("%q lists the commands", help.CommandPath())
}

// flagError is what is said of an error in the flags: with the flag that was probably meant, and else where they are listed.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if near := nearFlag(cmd, unknown); near != "" {
			return usagef("%w; did you mean %s?", err, near)
		}
	}
	var invalid *pflag.InvalidValueError
	var number *strconv.NumError
	if errors.As(err, &invalid) && errors.As(err, &number) && number.Func != "ParseBool" {
		f := invalid.GetFlag()
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if errors.Is(number, strconv.ErrRange) || strings.HasPrefix(invalid.GetValue(), "-") {
			return usagef("%s: %s is out of range", name, invalid.GetValue())
		}
		return usagef("%s: %q is no number", name, invalid.GetValue())
	}
	return usagef("%w; see %q", err, cmd.CommandPath()+" --help")
}

// nearFlag finds the flag that an unknown one was probably meant to be, also where a long one was given with one hyphen, and
// the commands that have a letter which this one has not.
func nearFlag(cmd *cobra.Command, unknown *pflag.NotExistError) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	letters := unknown.GetSpecifiedShortnames()
	name := unknown.GetSpecifiedName()
	if letters != "" {
		name, _, _ = strings.Cut(letters, "=")
	}
	if near := nearName(name, names); near != "" {
		return "--" + near
	}
	if letters == "" {
		return ""
	}
	var others []string
	for _, other := range newRoot(nil).Commands() { // of the one at hand, only the subcommand that was asked for is made
		if other.Flags().ShorthandLookup(unknown.GetSpecifiedName()) != nil {
			others = append(others, fmt.Sprintf("%q", other.CommandPath()))
		}
	}
	if len(others) == 0 {
		return ""
	}
	return fmt.Sprintf("-%s of %s", unknown.GetSpecifiedName(), strings.Join(others, " or "))
}

// sharedStart is how many first letters a name must have in common with another that it is taken for.
const sharedStart = 4

// nearName finds a name that is the same, or nearly, or begins in the same way: --snaplen for --snapshot-length.
func nearName(name string, names []string) string {
	if slices.Contains(names, name) {
		return name
	}
	if near := diag.Nearest(name, names); near != "" || len(name) < sharedStart {
		return near
	}
	for _, n := range names {
		if strings.HasPrefix(n, name[:sharedStart]) {
			return n
		}
	}
	return ""
}

// needRead refuses to go on without a capture file, and finds the one that was named without -r.
func needRead(cmd *cobra.Command, args []string) error {
	switch {
	case cmd.Flags().Changed("read"), cmd.Flags().Changed("read-list"):
		return nil
	case len(args) > 0 && isFile(args[0]):
		return usagef("a capture file is named with -r: %s -r %s …", cmd.CommandPath(), args[0])
	}
	return usagef("name the capture file to read with -r; - is standard input")
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

// isRegular tells whether a name is that of a regular file, which has an end, and not of a pipe.
func isRegular(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular() && name != "-"
}

// misplaced is the hint for a filter that is wrong at its first word because that is the name of a file or of an interface,
// which the command is told by a flag; "" if it is not.
func misplaced(cmd *cobra.Command, word string) string {
	switch {
	case cmd.Flags().Lookup("read") != nil && isFile(word):
		return "a capture file is named with -r: -r " + word
	case cmd.Flags().Lookup("interface") != nil && isInterface(word):
		return "an interface is named with -i: -i " + word
	}
	return ""
}

func isInterface(word string) bool {
	_, err := net.InterfaceByName(word)
	return err == nil
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

// givenOnce are the flags of which the last one must not silently take the place of the others: what is read, what is written,
// what is looked at. Of other flags the last one counts, so that an alias can be overruled.
var givenOnce = map[string]bool{"interface": true, "read": true, "write": true, "filter-file": true, "filters": true, "bytecode": true}

// refuseTwice makes every command refuse the second of such a flag.
func refuseTwice(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if _, again := f.Value.(*namesFlag); givenOnce[f.Name] && !again {
			f.Value = &onceValue{Value: f.Value}
		}
	})
	for _, sub := range cmd.Commands() {
		refuseTwice(sub)
	}
}

// onceValue is the value of a flag that can be given only once.
type onceValue struct {
	pflag.Value
	given bool
}

func (v *onceValue) Set(text string) error {
	if v.given {
		return fmt.Errorf("there is %q already, and only one is taken", v.Value)
	}
	v.given = true
	return v.Value.Set(text)
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
	maxPeriod = int64(math.MaxInt64 / time.Second) // -G, seconds
	maxBuffer = math.MaxInt32 / 1024               // -B, KiB; setsockopt takes an int
)
