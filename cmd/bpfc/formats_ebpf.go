package main

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	toebpf "bpfc/ebpf"
)

// hookFlag is the value of --hook.
type hookFlag struct{ toebpf.Hook }

func (h *hookFlag) Set(text string) error {
	for hook := range actions {
		if hook.String() == text {
			h.Hook = hook
			return nil
		}
	}
	return fmt.Errorf("there are %s", strings.Join(hookNames(), ", "))
}

func (h *hookFlag) Type() string { return "hook" }

func hookNames() (names []string) {
	for hook := range actions {
		names = append(names, hook.String())
	}
	slices.Sort(names)
	return names
}

// actions are the names of what programs return (linux/bpf.h, linux/pkt_cls.h). A socket filter returns how many bytes to keep.
var actions = map[toebpf.Hook]map[string]uint32{
	toebpf.SocketFilter: {"pass": math.MaxUint32, "drop": 0},
	toebpf.XDP:          {"pass": toebpf.XDPPass, "drop": toebpf.XDPDrop, "abort": toebpf.XDPAborted},
	toebpf.TC:           {"pass": toebpf.TCOK, "drop": toebpf.TCShot},
	toebpf.CGroupSKB:    {"pass": 1, "drop": 0},
}

// maxCGroupVerdict is the largest value that the kernel lets a cgroup_skb program return (NET_XMIT_CN in addition to 1).
const maxCGroupVerdict = 3

// parseAction reads the value of --match or --no-match.
func parseAction(flag, text string, hook toebpf.Hook) (uint32, error) {
	if v, ok := actions[hook][text]; ok {
		return v, nil
	}
	v, err := strconv.ParseInt(text, 0, 64)
	if err != nil || v < math.MinInt32 || v > math.MaxUint32 {
		return 0, usagef("%s %.40s: for %v it is %s, or a number of 32 bits", flag, text, hook, strings.Join(slices.Sorted(maps.Keys(actions[hook])), ", "))
	}
	if hook == toebpf.CGroupSKB && (v < 0 || v > maxCGroupVerdict) {
		return 0, usagef("%s %d: a cgroup_skb program returns 0 to %d", flag, v, maxCGroupVerdict)
	}
	return uint32(v), nil
}

// defaults are the values of a hook where --match and --no-match do not say.
func defaults(hook toebpf.Hook, kept uint32) toebpf.Verdicts {
	if hook == toebpf.SocketFilter {
		return toebpf.Verdicts{Match: kept}
	}
	return toebpf.Verdicts{Match: actions[hook]["drop"], NoMatch: actions[hook]["pass"]}
}

// ebpfOptions reads the flags for eBPF.
func (o *output) ebpfOptions() (opts toebpf.Options, err error) {
	hook := o.hook.Hook
	if o.rounds < 0 {
		return opts, usagef("--rounds %d: a number of rounds is not negative", o.rounds)
	}
	if hook == toebpf.CGroupSKB && o.linkTypeKnown() && !startsAtNetwork(o.prog.LinkType()) {
		return opts, usagef("--hook cgroup_skb: packets begin with their network header there, and the program is for %v: compile it with -y RAW", o.prog.LinkType())
	}
	opts.Rounds = o.rounds
	if o.match == "" && o.noMatch == "" {
		return opts, nil
	}
	v := defaults(hook, o.prog.SnapLen())
	if o.match != "" {
		if v.Match, err = parseAction("--match", o.match, hook); err != nil {
			return opts, err
		}
	}
	if o.noMatch != "" {
		if v.NoMatch, err = parseAction("--no-match", o.noMatch, hook); err != nil {
			return opts, err
		}
	}
	if v.Match == v.NoMatch {
		err = o.note("the program returns %d whether a packet matches or not", int32(v.Match))
	}
	if hook == toebpf.SocketFilter && v.NoMatch != 0 {
		opts.Access = toebpf.SkbLoad // the default returns 0 for what is not captured
	}
	opts.Verdicts = &v
	return opts, err
}

// linkTypeKnown tells whether it is known what the program was compiled for: of one that was given only if -y says so.
func (o *output) linkTypeKnown() bool { return o.program == nil || o.linkType != "" }

// noteRounds says how often loops go round where that is not as often as a packet can ask for.
func (o *output) noteRounds(rounds int) error {
	if rounds == 0 || !loops(o.prog.Instructions()) {
		return nil
	}
	return o.note("loops go round at most %d times, and a packet that needs more does not match; --rounds says how often", rounds)
}

func (o *output) ebpf() ([]byte, error) {
	opts, err := o.ebpfOptions()
	if err != nil {
		return nil, err
	}
	insns, err := toebpf.Program(o.prog.Instructions(), o.hook.Hook, opts)
	if err != nil {
		return nil, asUsage(err)
	}
	var b bytes.Buffer
	if err := toebpf.WriteListing(&b, insns); err != nil {
		return nil, err
	}
	return b.Bytes(), o.noteRounds(opts.Rounds)
}

func (o *output) elf() ([]byte, error) {
	opts, err := o.ebpfOptions()
	if err != nil {
		return nil, err
	}
	if opts.Rounds == 0 {
		opts.Rounds = toebpf.DefaultRounds
	}
	if err := checkSymbol(o.name); err != nil {
		return nil, err
	}
	object, err := toebpf.Object(o.prog.Instructions(), o.hook.Hook, toebpf.ObjectOptions{Options: opts, Section: o.section, Name: o.name})
	if err != nil {
		return nil, asUsage(err)
	}
	return object, o.noteRounds(opts.Rounds)
}

// checkSymbol refuses what loaders do not take for the name of a function.
func checkSymbol(name string) error {
	for i, c := range name {
		if !(c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' || i > 0 && '0' <= c && c <= '9') {
			return usagef("--name %.40q: the name of a function has letters, digits and _, and no digit first", name)
		}
	}
	return nil
}
