package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"bpfc/explain/lint"
	"bpfc/names"
)

// warnings are what a command says on standard error of the filters that it compiles.
type warnings struct {
	lint.Selection
	cmd  *cobra.Command
	said map[string]bool // a filter that is compiled for several link-layer types and snapshot lengths says things once
}

// warningsHelp is what -W takes.
const warningsHelp = "none, error, or no-NAME to leave one out, such as no-host-net; several with commas between them"

// registerWarnings makes the command warn of what is correct in a filter and probably not meant, and adds the flag that says of
// what: with its letter, unless the command has another use for that.
func (o *filterOptions) registerWarnings(cmd *cobra.Command, letter string) {
	o.warnings = &warnings{cmd: cmd, said: map[string]bool{}}
	cmd.Flags().VarP(&selectionFlag{to: &o.warnings.Selection}, "warnings", letter, "warnings about the filter: "+warningsHelp)
	_ = cmd.RegisterFlagCompletionFunc("warnings", cobra.FixedCompletions(selectionWords(), cobra.ShellCompDirectiveNoFileComp))
}

func selectionWords() []string {
	list := []string{"none", "all", "error"}
	for _, l := range lint.Lints() {
		list = append(list, "no-"+l.Name+"\t"+l.Title)
	}
	return list
}

// selectionFlag is the value of -W.
type selectionFlag struct {
	to    *lint.Selection
	given []string
}

func (f *selectionFlag) String() string { return strings.Join(f.given, ",") }
func (f *selectionFlag) Type() string   { return "words" }

func (f *selectionFlag) Set(text string) error {
	if err := f.to.Set(text); err != nil {
		return err
	}
	f.given = append(f.given, text)
	return nil
}

// lintOptions are what flags and target say about a filter that is looked at for warnings.
func lintOptions(t target, resolver names.Resolver) lint.Options {
	o := lint.Options{LinkType: t.linkType, SnapLen: t.snapLen, Netmask: t.netmask, Names: resolver,
		LinuxExtensions: t.extensions, Savefile: t.savefile}
	if link, ok := t.socket.LinkType(); ok {
		o.LinkType, o.SnapLen = link, 0
	}
	return o
}

// warn says what there is to be said of a filter that compiles. With -W error that is an error.
func (w *warnings) warn(ctx context.Context, expr string, t target, resolver names.Resolver, l lint.Language) error {
	if !w.Any() {
		return nil
	}
	o := lintOptions(t, resolver)
	o.Quick, o.Only, o.Language = true, w.Has, l
	report, err := lint.Check(ctx, expr, o)
	if err != nil {
		return nil // nothing that the compiler does not say itself
	}
	word := "warning: "
	if w.Error {
		word = ""
	}
	var now []string
	for _, warning := range report.Warnings {
		text := warning.Text(expr)
		about := fmt.Sprint(t.linkType, " ", warning.Name, warning.Pos, warning.End) // the text may say how long the packets of one file are
		if now = append(now, text, about); w.said[text] || w.said[about] {
			continue
		}
		if _, err := fmt.Fprintln(w.cmd.ErrOrStderr(), "bpfc: "+word+text); err != nil {
			return err
		}
	}
	for _, said := range now {
		w.said[said] = true
	}
	if w.Error && len(report.Warnings) > 0 {
		return &silentError{exitUsage}
	}
	return nil
}
