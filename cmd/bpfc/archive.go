package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"bpfc"
	"bpfc/capture"
	"bpfc/index"
	"bpfc/scan"
)

// files are the capture files that a command reads: one, or an archive of many.
type files struct {
	names        []string // of -r: files, directories, patterns
	list         string   // file of -V with more of them
	strict       bool
	since, until string
	noIndex      bool

	from, to int64 // what since and until say
}

// readHelp is what -r takes.
const readHelp = "capture file to read, pcap or pcapng, compressed or not; - is standard input; a directory or a pattern for many, and may be given again"

// register adds the flags that say what is read.
func (f *files) register(cmd *cobra.Command, help string) {
	flags := cmd.Flags()
	flags.VarP(&namesFlag{&f.names}, "read", "r", help)
	flags.StringVarP(&f.list, "read-list", "V", "", "read the files that are named in this one, a line as it is for each; - is standard input")
	flags.BoolVar(&f.strict, "strict", false, "of many files: stop at the first that cannot be read to its end, or whose link-layer type the filter does not know")
	flags.StringVar(&f.since, "since", "", "only packets from this time on: 2006-01-02T15:04:05Z, with a fraction or an offset, \"2006-01-02 15:04:05\" or 2006-01-02 in local time, or seconds since 1970")
	flags.StringVar(&f.until, "until", "", "only packets before this time, given as for --since")
	flags.BoolVar(&f.noIndex, "no-index", false, "read all, whatever the index of the files says")
	_ = cmd.MarkFlagFilename("read", "pcap", "pcapng", "cap", "dump", "gz", "zst")
	_ = cmd.MarkFlagFilename("read-list")
}

// namesFlag is the value of a flag that may be given again.
type namesFlag struct{ to *[]string }

func (n *namesFlag) String() string {
	if n.to == nil {
		return ""
	}
	return strings.Join(*n.to, " ")
}

func (n *namesFlag) Type() string { return "string" }

func (n *namesFlag) Set(text string) error {
	*n.to = append(*n.to, text)
	return nil
}

// any tells whether something is to be read.
func (f *files) any() bool { return len(f.names) > 0 || f.list != "" }

// resolve reads the flags and the list. What -r names is then all that is to be read.
func (f *files) resolve(cmd *cobra.Command, o *filterOptions) (err error) {
	if f.from, err = parseTime("--since", f.since); err != nil {
		return err
	}
	if f.to, err = parseTime("--until", f.until); err != nil {
		return err
	}
	if f.since != "" && f.until != "" && f.from >= f.to {
		return usagef("--since %s --until %s: that is no time at all", f.since, f.until)
	}
	if slices.Contains(f.names, "") {
		return usagef("-r: the value is empty")
	}
	standardInput := 0
	for _, name := range f.names {
		if name == "-" {
			standardInput++
		}
	}
	if f.list == "-" || o.file == "-" || o.bytecode == "-" {
		standardInput++
	}
	if standardInput > 1 {
		return usagef("standard input is named for several things to read: it can be only one of them")
	}
	if f.list == "" {
		return nil
	}
	in := cmd.InOrStdin()
	if f.list != "-" {
		file, err := os.Open(f.list)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }() // only read from: nothing can be lost
		in = file
	}
	more, err := scan.ReadNames(in)
	if err != nil {
		return fmt.Errorf("-V %s: %w", f.list, err)
	}
	if len(more) == 0 && len(f.names) == 0 {
		return usagef("-V %s: there is no name in it", f.list)
	}
	f.names = append(f.names, more...)
	return nil
}

// timeForms are what --since and --until take beside seconds since 1970.
var timeForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateTime, "2006-01-02 15:04", time.DateOnly}

// parseTime gives nanoseconds since 1970; 0 for no text.
func parseTime(flag, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	for _, form := range timeForms {
		if t, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return notZero(t.UnixNano()), nil
		}
	}
	whole, fraction, _ := strings.Cut(text, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	nanoseconds := int64(0)
	if err == nil && fraction != "" {
		nanoseconds, err = strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	}
	if err != nil || seconds < 0 || seconds > 1<<33 {
		return 0, usagef("%s %s: that is no time; give it as 2006-01-02T15:04:05Z, or in seconds since 1970", flag, text)
	}
	return notZero(seconds*1e9 + nanoseconds), nil
}

// notZero moves the first nanosecond of 1970, which would be no bound.
func notZero(t int64) int64 {
	if t == 0 {
		return 1
	}
	return t
}

// timely tells whether a time is within --since and --until.
func (f *files) timely(t int64) bool {
	return (f.since == "" || f.from <= t) && (f.until == "" || t < f.to)
}

// one gives the file to read where that is a single one.
func (f *files) one() (name string, is bool) {
	if len(f.names) != 1 || f.list != "" {
		return "", false
	}
	name = f.names[0]
	info, err := os.Stat(name)
	if name == "-" || err == nil && !info.IsDir() {
		return name, true
	}
	return name, err != nil && !strings.ContainsAny(name, "*?[") // which is then told to be missing
}

// fileArchive is a filter on an archive, as the flags have both.
type fileArchive struct {
	*scan.Archive
	filter   *scan.Filter
	line     *progress
	problems []error // inputs that are not there
	cmd      *cobra.Command
}

// openArchive finds the files of an archive.
func (f *files) openArchive(cmd *cobra.Command, o *filterOptions, expr string) (*fileArchive, error) {
	a, err := f.openArchiveWith(cmd, o, scan.FilterOf(func(t scan.Target) (*bpfc.Program, error) { return o.compile(cmd.Context(), expr, targetOf(t)) }))
	if err == nil && !f.noIndex {
		a.Plan = f.planner(cmd, o, expr).Plan
	}
	return a, err
}

// planner asks the sidecars of files what of them need not be read.
func (f *files) planner(cmd *cobra.Command, o *filterOptions, expr string) *index.Planner {
	silent := *o
	silent.warnings = nil
	return index.NewPlanner(func(t scan.Target) (*bpfc.Program, error) {
		return silent.compile(cmd.Context(), expr, targetOf(t), bpfc.WithoutOptimizer())
	}, f.from, f.to)
}

// openScan opens a single file for who asks what matches in the time that the flags give, and not what does not. What its
// sidecar says that cannot match is not read.
func (f *files) openScan(cmd *cobra.Command, o *filterOptions, name, expr string) (*fileScan, error) {
	s, err := openScan(cmd, o, name, expr)
	if err != nil {
		return nil, err
	}
	s.Between(f.from, f.to)
	if !f.noIndex && name != "-" && isFile(index.Path(name)) {
		s.Follow(f.planner(cmd, o, expr).Plan(cmd.Context(), name))
	}
	return s, nil
}

func (f *files) openArchiveWith(cmd *cobra.Command, o *filterOptions, filter *scan.Filter) (*fileArchive, error) {
	inputs, problems := scan.Inputs(f.names)
	if len(problems) > 0 && (f.strict || len(inputs) == 0) {
		return nil, errors.Join(problems...)
	}
	if len(inputs) == 0 {
		return nil, fmt.Errorf("%s: no file in it", strings.Join(f.names, " "))
	}
	a := &fileArchive{cmd: cmd, filter: filter, problems: problems, line: &progress{}}
	a.Archive = &scan.Archive{Inputs: inputs, Filter: filter, Strict: f.strict, Since: f.from, Until: f.to, Damaged: a.damaged,
		Open: func(ctx context.Context, path string) (*capture.Reader, error) {
			if path == "-" {
				return capture.NewNamedReader(cmd.InOrStdin(), inputName(path))
			}
			return capture.OpenContext(ctx, path)
		}}
	for _, problem := range problems {
		a.say(problem)
	}
	if len(f.names) > 1 {
		noteTwice(cmd.ErrOrStderr(), inputs)
	}
	if out, ok := cmd.OutOrStdout().(*os.File); ok {
		if err := a.refuse("standard output", out.Stat); err != nil {
			return nil, err
		}
	}
	a.line = newProgressOf(cmd.ErrOrStderr(), a.Size)
	if a.line.line != nil {
		a.Progress = a.line.at
	}
	return a, nil
}

// noteTwice says that files are named more than once, which may not be meant.
func noteTwice(stderr io.Writer, inputs []scan.Input) {
	named := make(map[string]int, len(inputs))
	var again []string
	for _, in := range inputs {
		path := filepath.Clean(in.Path)
		if named[path]++; named[path] == 2 {
			again = append(again, in.Path)
		}
	}
	if len(again) > 0 {
		fmt.Fprintf(stderr, "bpfc: note: named more than once, and read as often: %s\n", visible(someOf(again)))
	}
}

// someOf is the first of several names, and how many there are besides.
func someOf(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%s and %s", names[0], plural(uint64(len(names)-1), "other"))
}

// refuse gives an error if a file that is there, and is to be written to, is one of those read.
func (a *fileArchive) refuse(name string, stat func() (os.FileInfo, error)) error {
	out, err := stat()
	if err != nil || !out.Mode().IsRegular() {
		return nil
	}
	for _, in := range a.Inputs {
		if info, err := os.Stat(in.Path); err == nil && os.SameFile(info, out) {
			return inputs{{in.Path, info}}.refuse(name, out)
		}
	}
	return nil
}

// realPath is the one name of a file, or of what is to become one, that has no symbolic link in it.
func realPath(path string) string {
	path = filepath.Clean(path)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	} else if dir := filepath.Dir(path); dir != path {
		return filepath.Join(realPath(dir), filepath.Base(path))
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// searched tells in which of the directories that are searched for captures a path is, if it is in one and would be found.
func (a *fileArchive) searched(path string) (root string, is bool) {
	path = realPath(path)
	roots := map[string]bool{}
	for _, in := range a.Inputs {
		root := strings.TrimSuffix(in.Path, in.Rel)
		if !in.Found || roots[root] {
			continue
		}
		roots[root] = true
		rel, err := filepath.Rel(realPath(root), path)
		if err != nil {
			continue
		}
		parts := strings.Split(rel, string(filepath.Separator))
		if rel == "." || !slices.ContainsFunc(parts, func(part string) bool { return strings.HasPrefix(part, ".") }) { // nor ".."
			return filepath.Clean(root), true
		}
	}
	return "", false
}

// noteSearched says that an output will be found by the next search.
func (a *fileArchive) noteSearched(path string) {
	if path == "" || path == "-" {
		return
	}
	if root, is := a.searched(path); is {
		fmt.Fprintf(a.cmd.ErrOrStderr(), "bpfc: note: %s is in %s, which is searched for captures: the next search finds it, too\n", visible(path), visible(root))
	}
}

// damaged tells of a file that could not be read, or not to its end, or whose link-layer type the filter does not know.
func (a *fileArchive) damaged(in scan.Input, err error) {
	text := describe(err)
	if unfit := (*scan.UnfitError)(nil); errors.As(err, &unfit) {
		text, _, _ = strings.Cut(text, "\n") // the place in the filter is not the file's matter
		if text = "left out: " + text; unfit.Partly {
			text = "the rest is " + text
		}
	}
	if !strings.Contains(text, visible(in.Path)) {
		text = in.Path + ": " + text
	}
	a.say(errors.New(text))
}

// visible is a name or a line with names in it, of which control characters are shown by their numbers: a name may have
// line ends in it, and what moves a terminal's cursor.
func visible(text string) string {
	if strings.IndexFunc(text, unicode.IsControl) < 0 {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if unicode.IsControl(r) {
			fmt.Fprintf(&b, `\x%02x`, r)
		} else {
			b.WriteString(text[:size]) // whatever its encoding
		}
		text = text[size:]
	}
	return b.String()
}

// prints says that the command prints while it reads. Where that is to be seen on the same terminal there is no progress line.
func (a *fileArchive) prints() {
	if isTerminal(a.cmd.OutOrStdout()) {
		a.Progress, a.line = nil, &progress{}
	}
}

func (a *fileArchive) say(err error) {
	a.line.end()
	fmt.Fprintln(a.cmd.ErrOrStderr(), "bpfc: "+visible(err.Error()))
}

// end gives what the command is to return, after what there was of the archive.
func (a *fileArchive) end(err error) error {
	a.line.end()
	if a.Others > 0 {
		fmt.Fprintf(a.cmd.ErrOrStderr(), "bpfc: note: %s found in directories, which are no captures: left out\n", plural(uint64(a.Others), "file"))
	}
	if err == nil && len(a.problems) > 0 {
		err = fmt.Errorf("%s could not be found or looked at", plural(uint64(len(a.problems)), "name"))
	}
	return errors.Join(err, a.filter.Close())
}

// incomplete tells whether an error only says that some of the files are damaged.
func incomplete(err error) bool {
	var damaged *scan.DamagedError
	return err == nil || errors.As(err, &damaged)
}

// outputName is the name of what is made of an input in a directory: that of the input, without an ending of a compression
// that is not written.
func outputName(in scan.Input) string {
	if _, err := capture.CompressionByName(in.Rel); err != nil {
		return strings.TrimSuffix(in.Rel, filepath.Ext(in.Rel))
	}
	return in.Rel
}
