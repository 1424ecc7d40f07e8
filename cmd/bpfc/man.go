package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

//go:generate go run . man --options ../../docs/capture-options.md

func newManCommand() *cobra.Command {
	options := false
	cmd := &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages, one for each command",
		Long: `Man writes bpfc.1 and a page for each command (bpfc-compile.1, bpfc-filter.1 …) to a
directory, which is made if it is not there. They say what the commands' --help says.

  bpfc man /usr/local/share/man/man1

With --options, DIR is a file to write, in Markdown: the flags of capture, which are
tcpdump's.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if options {
				return os.WriteFile(args[0], []byte(optionsPage(newCaptureCommand())), 0o644)
			}
			return writeManual(cmd.Root(), args[0])
		},
	}
	cmd.Flags().BoolVar(&options, "options", false, "write the page of the flags of capture instead")
	return cmd
}

// optionsPage is the page of the guide that lists the flags of a command.
func optionsPage(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- Written by bpfc man --options out of the program itself: do not edit, run go generate ./cmd/bpfc -->\n# The flags of bpfc %s\n\n"+
		"They have the letters, names and meanings of tcpdump(1): those of 4.99, what the manual of tcpdump 5 adds, and letters of older ones. What is bpfc's own has no letter.\n\n"+
		"| flag | value | what it does |\n| --- | --- | --- |\n", cmd.Name())
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "`--" + f.Name + "`"
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, strings.ReplaceAll(value, "|", " or "), strings.ReplaceAll(usage, "|", `\|`))
	})
	return b.String()
}

// writeManual writes the pages of a command and all below it.
func writeManual(cmd *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, pageName(cmd)+".1"), manPage(cmd), 0o644); err != nil {
		return err
	}
	for _, sub := range cmd.Commands() {
		if !hasPage(sub) {
			continue
		}
		if err := writeManual(sub, dir); err != nil {
			return err
		}
	}
	return nil
}

// hasPage tells whether a command has a page: all but help, and what cobra adds for the shells.
func hasPage(cmd *cobra.Command) bool { return cmd.IsAvailableCommand() && cmd.Name() != "completion" }

// pageName is the name of a command's page: bpfc-filter.
func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage is the page of a command in the language of man(7).
func manPage(cmd *cobra.Command) []byte {
	cmd.InitDefaultHelpFlag()
	p := &page{}
	p.line(".TH %s 1 \"\" \"bpfc\" \"bpfc\"", strings.ToUpper(roff(pageName(cmd))))
	p.section("NAME")
	p.text(pageName(cmd) + " - " + cmd.Short)
	p.section("SYNOPSIS")
	p.asIs([]string{cmd.UseLine()})
	p.section("DESCRIPTION")
	p.paragraphs(cmd.Long)
	p.flags("OPTIONS", cmd.NonInheritedFlags())
	p.flags("OPTIONS OF ALL COMMANDS", cmd.InheritedFlags())
	p.section("EXIT STATUS")
	p.paragraphs("0 done; 1 it went wrong while running; 2 the filter or the flags are wrong; or as said above.")
	p.seeAlso(cmd)
	return []byte(p.String())
}

// page is a manual page as it is written.
type page struct{ strings.Builder }

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *page) section(title string) { p.line(".SH %s", title) }

// text writes a line that man may break anew.
func (p *page) text(s string) { p.line("%s", roff(s)) }

// paragraphs writes a help text: what is indented keeps its lines.
func (p *page) paragraphs(text string) {
	for _, part := range strings.Split(strings.TrimSpace(text), "\n\n") {
		lines := strings.Split(part, "\n")
		p.line(".PP")
		for len(lines) > 0 {
			n := 0
			for n < len(lines) && strings.HasPrefix(lines[n], " ") {
				n++
			}
			if n > 0 {
				p.asIs(lines[:n])
				lines = lines[n:]
				continue
			}
			p.text(lines[0])
			lines = lines[1:]
		}
	}
}

func (p *page) asIs(lines []string) {
	p.line(".nf")
	for _, l := range lines {
		p.text(l)
	}
	p.line(".fi")
}

func (p *page) flags(title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	p.section(title)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Deprecated != "" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		names := `\fB` + roff("--"+f.Name) + `\fR`
		if f.Shorthand != "" {
			names = `\fB` + roff("-"+f.Shorthand) + `\fR, ` + names
		}
		if value != "" {
			names += ` \fI` + roff(value) + `\fR`
		}
		p.line(".TP")
		p.line("%s", names)
		p.text(usage)
	})
}

func (p *page) seeAlso(cmd *cobra.Command) {
	var pages []string
	if parent := cmd.Parent(); parent != nil {
		pages = append(pages, pageName(parent))
	}
	for _, sub := range cmd.Commands() {
		if hasPage(sub) {
			pages = append(pages, pageName(sub))
		}
	}
	p.section("SEE ALSO")
	for _, name := range pages {
		p.line(".BR %s (1),", roff(name))
	}
	p.line(".BR pcap-filter (7),\n.BR tcpdump (1)")
}

// roff writes text so that nothing in it is taken for a request, an escape, or a hyphen that may become another character.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\[u%04X]`, r)
		}
	}
	s = b.String()
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
