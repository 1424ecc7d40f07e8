package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/capture"
	"bpfc/diag"
	"bpfc/explain/lint"
	"bpfc/lexer"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/socket"
)

const (
	// defaultSnapLen is tcpdump's, in bytes.
	defaultSnapLen = 262144
	// maxFilterFile is the longest filter read from a file, in bytes.
	maxFilterFile = 64 << 20
)

// filterOptions are the flags of every subcommand that compiles a filter, as the user gave them.
type filterOptions struct {
	linkType        string
	snapLen         int
	netmask         string
	noOptimize      bool
	file            string
	etc             string
	linuxExtensions bool
	savefile        string
	allowRejectAll  bool
	verify          bool
	prove           bool
	bytecode        string
	socket          string
	seeThrough      string
	extended        bool
	ownExtended     bool // the filter's file says so itself

	program  []bpf.RawInstruction // of --bytecode, nil if a filter is compiled
	ownFlags []string             // flags of compiling that the command has another use for

	inputs inputs // what the command reads, as far as it is open

	warnings *warnings // what the command says of filters beside errors; nil if it says nothing

	cmd       *cobra.Command // whose arguments the filter came from, nil if it did not
	firstWord string         // of these arguments, the first
}

// register adds the flags that make sense wherever a filter is compiled.
func (o *filterOptions) register(cmd *cobra.Command) {
	o.registerSettings(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.file, "filter-file", "F", "", "read the filter from a file, - is standard input; # starts a comment")
	f.StringVar(&o.bytecode, "bytecode", "", "run the program in a file instead of a filter, in any form that compile prints; - is standard input")
	f.BoolVar(&o.allowRejectAll, "allow-reject-all", false, "compile a filter even if it rejects every packet")
	_ = cmd.MarkFlagFilename("filter-file")
	_ = cmd.MarkFlagFilename("bytecode")
}

// registerSettings adds the flags that say how a filter is compiled, wherever it comes from.
func (o *filterOptions) registerSettings(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&o.linkType, "link-type", "y", "", "link-layer type: a DLT name in any case, or its number (default EN10MB, or the file's own)")
	f.IntVarP(&o.snapLen, "snapshot-length", "s", 0, "bytes that the filter keeps of a packet (default 262144, or the file's own)")
	f.StringVar(&o.netmask, "netmask", "", "IPv4 netmask of the network captured on, for 'ip broadcast': 255.255.255.0, 0xffffff00 or /24")
	f.BoolVarP(&o.noOptimize, "no-optimize", "O", false, "do not optimize")
	f.StringVar(&o.etc, "etc", "", "read hosts, networks, ethers, services and protocols from this directory, and never ask the network")
	f.StringVar(&o.seeThrough, "see-through", "", "look for headers behind these without the filter saying so: vlan, mpls, pppoe or all, with commas")
	f.BoolVar(&o.extended, "extended", false, "the extended language: sets, scopes, fields by name (docs/language.md)")
	f.BoolVar(&o.verify, "verify", false, "hold the filter's decision graph against its rules after every pass of the compiler")
	f.BoolVar(&o.prove, "prove", false, "prove that the program accepts what the filter says, and fail if it is not so")
	_ = cmd.RegisterFlagCompletionFunc("link-type", completeLinkType)
	_ = cmd.MarkFlagDirname("etc")
}

// registerTarget adds the flags for what the program is going to run on, where no capture file tells.
func (o *filterOptions) registerTarget(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&o.linuxExtensions, "linux-extensions", false, "use Linux's ancillary data (VLAN tags, direction), for the kernel only")
	f.StringVar(&o.savefile, "savefile", "", "compile for a savefile: unswapped (this host's byte order) or swapped")
	f.StringVar(&o.socket, "socket", "", "compile for a socket of Linux that shows no link-layer header: "+strings.Join(socketNames(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("socket", cobra.FixedCompletions(socketNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("savefile", cobra.FixedCompletions([]string{"unswapped", "swapped"}, cobra.ShellCompDirectiveNoFileComp))
}

func completeLinkType(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var list []string
	for _, t := range linktype.All() {
		list = append(list, t.String()+"\t"+t.Description())
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// expression is the filter's text: the arguments joined by blanks, or the file of -F. An empty one keeps every packet. Where
// --bytecode gives a program instead, it is read, and its file's name stands for the text.
func (o *filterOptions) expression(cmd *cobra.Command, args []string) (string, error) {
	if o.bytecode != "" {
		return inputName(o.bytecode), o.readProgram(cmd, args)
	}
	if o.file == "" {
		if len(args) > 0 {
			o.cmd, o.firstWord = cmd, args[0]
		}
		return strings.Join(args, " "), nil
	}
	if len(args) > 0 {
		return "", usagef("a filter from -F and %q as well: give one of them", strings.Join(args, " "))
	}
	text, err := o.readFilter(cmd, o.file)
	if err != nil {
		return "", err
	}
	if err := o.readLanguage(text, inputName(o.file)); err != nil {
		return "", err
	}
	return lexer.BlankComments(text), nil
}

// readLanguage reads in which language a file of filters is written: its first line may be "#!bpfc extended".
func (o *filterOptions) readLanguage(text, name string) error {
	first, _, _ := strings.Cut(text, "\n")
	words, ok := strings.CutPrefix(strings.TrimSpace(first), "#!")
	words, _, _ = strings.Cut(words, "#") // a comment
	list := strings.Fields(words)
	if !ok || len(list) == 0 || list[0] != "bpfc" {
		return nil
	}
	if len(list) != 2 || list[1] != "extended" {
		return usagef(`%s: "%s": a language is named in the first line by "#!bpfc extended"`, name, strings.TrimSpace(first))
	}
	o.ownExtended = true
	return nil
}

// readFilter reads a file that holds a filter; "-" is standard input.
func (o *filterOptions) readFilter(cmd *cobra.Command, path string) (string, error) {
	in, name := cmd.InOrStdin(), capture.StandardInput
	if path != "-" {
		f, err := capture.OpenStream(cmd.Context(), path)
		if err != nil {
			return "", err
		}
		defer func() { _ = f.Close() }() // only read from: nothing can be lost
		in, name = f, path
	}
	if err := o.inputs.reads(cmd, name, in); err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(in, maxFilterFile+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxFilterFile {
		return "", usagef("%s: a filter of more than %d MiB", path, maxFilterFile>>20)
	}
	return string(text), nil
}

// setting is what a filter is compiled with: it has a name as a flag and one as a field of a request (see jsonl.go).
type setting struct{ flag, field string }

var (
	settingLinkType = setting{"-y", "link_type"}
	settingSnapLen  = setting{"-s", "snaplen"}
	settingSavefile = setting{"--savefile", "savefile"}
	settingNetmask  = setting{"--netmask", "netmask"}
	settingSocket   = setting{"--socket", "socket"}
)

// settingError is a value that a setting cannot have.
type settingError struct {
	setting
	err error
}

func (e *settingError) Error() string { return e.flag + ": " + e.err.Error() }
func (e *settingError) Unwrap() error { return e.err }

// refuse makes the error for a value.
func (s setting) refuse(err error) error { return &usageError{&settingError{s, err}} }

// flagOf and fieldOf say in what words an option of the compiler is given: they go behind the hint of an error.
var (
	flagOf = map[diag.Option]string{
		diag.LinkType: ", see -y", diag.Netmask: " with --netmask", diag.LinuxExtensions: " with --linux-extensions",
		diag.AllowRejectAll: " with -O or --allow-reject-all", diag.Extended: ": --extended",
	}
	fieldOf = map[diag.Option]string{
		diag.LinkType: `, see "link_type"`, diag.Netmask: ` with "netmask"`, diag.LinuxExtensions: ` with "linux_extensions"`,
		diag.AllowRejectAll: ` with "allow_reject_all"`, diag.Extended: `: "extended"`,
	}
)

// inWords returns the error with the words for the option in its hint. Of an extension they are said first, and
// what the hint has behind a comma, another way to write it, after that.
func inWords(e *diag.Error, words map[diag.Option]string) *diag.Error {
	told := *e
	if e.Option == diag.Extended {
		told.Msg += words[e.Option]
		_, told.Hint, _ = strings.Cut(e.Hint, ", ")
		return &told
	}
	told.Hint += words[e.Option]
	return &told
}

// readLinkType reads a link-layer type by name or number.
func readLinkType(s string) (linktype.Type, error) {
	t, err := linktype.Parse(s)
	if err == nil && !t.Assigned() {
		err = fmt.Errorf("no link-layer type has the number %d", int(t))
	}
	if err != nil {
		return t, settingLinkType.refuse(err)
	}
	return t, nil
}

// checkSnapLen refuses what is no snapshot length up to the number of bytes given.
func checkSnapLen(n, most int) error {
	if n < 0 || n > most {
		return settingSnapLen.refuse(fmt.Errorf("%d: a snapshot length is 0 to %d bytes", n, most))
	}
	return nil
}

// target is what a filter is compiled for.
type target struct {
	linkType linktype.Type
	snapLen  int
	savefile bpfc.Savefile
	socket   socket.Kind // whose defaults hold where the flags leave link-layer type and snapshot length open
	// extensions allows Linux's ancillary data, and netmask, in host byte order and known if hasNetmask, is that of the network
	// captured on.
	extensions, hasNetmask bool
	netmask                uint32
}

// target reads the flags; what they leave open is taken from def.
func (o *filterOptions) target(def target) (target, error) {
	if o.linkType != "" {
		t, err := readLinkType(o.linkType)
		if err != nil {
			return def, err
		}
		def.linkType = t
	}
	if err := checkSnapLen(o.snapLen, math.MaxInt32); err != nil {
		return def, err
	}
	if o.snapLen > 0 { // 0 is the default, as with tcpdump
		def.snapLen = o.snapLen
	}
	if o.savefile != "" {
		s, err := parseSavefile(o.savefile)
		if err != nil {
			return def, settingSavefile.refuse(err)
		}
		def.savefile = s
	}
	if o.socket != "" {
		kind, err := socket.Parse(o.socket)
		if err != nil {
			return def, settingSocket.refuse(err)
		}
		def.socket = kind
	}
	if o.netmask != "" {
		mask, err := names.LiteralNetmask(o.netmask)
		if err != nil {
			return def, settingNetmask.refuse(err)
		}
		def.netmask, def.hasNetmask = mask, true
	}
	def.extensions = def.extensions || o.linuxExtensions
	return def, nil
}

// socketNames lists the kinds of socket that a filter can be compiled for.
func socketNames() (list []string) {
	for _, k := range socket.All() {
		list = append(list, k.String())
	}
	return list
}

// compileOptions turns flags and target into what the compiler takes.
func (o *filterOptions) compileOptions(ctx context.Context, t target, resolver names.Resolver) []bpfc.Option {
	opts := []bpfc.Option{bpfc.WithContext(ctx), bpfc.WithNames(resolver), bpfc.WithSavefile(t.savefile), bpfc.WithSocket(t.socket)}
	if t.socket == socket.Packet || o.linkType != "" {
		opts = append(opts, bpfc.WithLinkType(t.linkType))
	}
	if t.socket == socket.Packet || o.snapLen > 0 {
		opts = append(opts, bpfc.WithSnapLen(t.snapLen))
	}
	if t.hasNetmask {
		opts = append(opts, bpfc.WithNetmask(t.netmask))
	}
	if o.noOptimize {
		opts = append(opts, bpfc.WithoutOptimizer())
	}
	if t.extensions {
		opts = append(opts, bpfc.WithLinuxExtensions())
	}
	if o.allowRejectAll {
		opts = append(opts, bpfc.WithAllowRejectAll())
	}
	if o.verify {
		opts = append(opts, bpfc.WithVerification())
	}
	if o.prove {
		opts = append(opts, bpfc.WithProof())
	}
	return append(opts, o.language()...)
}

// disk is every file there is, by its path.
type disk struct{}

func (disk) Open(name string) (fs.File, error)     { return os.Open(name) }
func (disk) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

// language turns the flags that say what the filter is written in into what the compiler takes.
func (o *filterOptions) language() (opts []bpfc.Option) {
	if o.seeThrough != "" {
		opts = append(opts, bpfc.WithSeeThrough(o.seeThrough))
	}
	if o.extended || o.ownExtended {
		opts = append(opts, bpfc.WithExtensions(), bpfc.WithFiles(disk{}))
	}
	return opts
}

// writtenIn is the same for the packages that explain filters.
func (o *filterOptions) writtenIn() lint.Language {
	l := lint.Language{SeeThrough: o.seeThrough, Extended: o.extended || o.ownExtended}
	if l.Extended {
		l.Files = disk{}
	}
	return l
}

// resolver is where names are looked up: the directory of --etc, or the system.
func (o *filterOptions) resolver() (names.Resolver, error) {
	if o.etc == "" {
		return names.System(), nil
	}
	info, err := os.Stat(o.etc)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "--etc", Path: o.etc, Err: errors.New("not a directory")}
	}
	if err != nil {
		return nil, err
	}
	return names.Dir(o.etc), nil
}

// compile compiles a filter for a target, with more options where there are any, or gives the program of --bytecode; an error
// in the filter comes back as *filterError.
func (o *filterOptions) compile(ctx context.Context, expr string, def target, more ...bpfc.Option) (*bpfc.Program, error) {
	if o.program != nil {
		t, err := o.target(def)
		if err != nil {
			return nil, err
		}
		return bpfc.NewProgram(o.program, t.linkType)
	}
	t, err := o.target(def)
	if err != nil {
		return nil, err
	}
	resolver, err := o.resolver()
	if err != nil {
		return nil, err
	}
	resolver = names.Once(resolver) // what warns asks for the same names
	prog, err := bpfc.Compile(expr, append(o.compileOptions(ctx, t, resolver), more...)...)
	e := diag.As(err)
	if o.warnings != nil && (err == nil || e != nil && e.Kind == diag.RejectsAll) {
		// Why a filter can match no packet is often what a warning says.
		if err := o.warnings.warn(ctx, expr, t, resolver, o.writtenIn()); err != nil {
			return nil, err
		}
	}
	if e != nil {
		told := inWords(e, flagOf)
		if o.cmd != nil && e.Pos < len(o.firstWord) {
			if hint := misplaced(o.cmd, o.firstWord); hint != "" {
				told.Hint = hint
			}
		}
		return nil, &filterError{expr: expr, err: told}
	}
	return prog, err
}

// options are all that the flags say about compiling for a target.
func (o *filterOptions) options(ctx context.Context, def target) ([]bpfc.Option, error) {
	t, err := o.target(def)
	if err != nil {
		return nil, err
	}
	resolver, err := o.resolver()
	if err != nil {
		return nil, err
	}
	return o.compileOptions(ctx, t, resolver), nil
}

// parseSavefile reads the value of --savefile; "" is no savefile.
func parseSavefile(s string) (bpfc.Savefile, error) {
	switch s {
	case "":
		return bpfc.NotSavefile, nil
	case "unswapped":
		return bpfc.SavefileUnswapped, nil
	case "swapped":
		return bpfc.SavefileSwapped, nil
	}
	return bpfc.NotSavefile, fmt.Errorf("%.40q is neither unswapped nor swapped", s)
}
