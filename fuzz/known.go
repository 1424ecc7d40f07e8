package fuzz

import (
	"regexp"
	"strings"
)

// Known is a disagreement that is understood, and is not the fault of the implementation under test. A row must be as narrow as its
// reason: what it explains is not looked at again.
type Known struct {
	Name   string
	Reason string
	// Explains says whether a difference is this one.
	Explains func(d *Difference) bool
}

// KnownDifferences is the table of all that is known. The rows for engines hang on what happened while the
// program ran on the packet (Events), those for compilers on the expression and on what libpcap says.
func KnownDifferences() []Known {
	return append([]Known(nil), known...)
}

var known = []Known{
	{
		"kernel-shift", "the kernel masks a shift by the index register to 5 bits; libpcap gives 0 for 32 and more",
		ran("kernel", EventShiftX),
	}, {
		"kernel-wrap", "the kernel adds the index register and the constant of an indirect load in 32 bits; libpcap rejects where the sum exceeds them",
		ran("kernel", EventIndirectWrap),
	}, {
		"kernel-headers", "the kernel reads the network header at offsets from -0x100000 and the link-layer header from -0x200000; libpcap rejects",
		ran("kernel", EventNegative),
	}, {
		"kernel-ancillary", "the kernel has ancillary data at offsets from -0x1000; libpcap rejects",
		ran("kernel", EventAncillary),
	}, {
		"kernel-length", "over AF_UNIX there is no length on the wire: the kernel's is the captured length",
		ranShort("kernel"),
	}, {
		"kernel-loop", "the kernel takes forward jumps only; protochain loops run in user space",
		refused("kernel", EventLoop),
	}, {
		"xnet-length", "x/net/bpf is not told the length on the wire: its is the captured length",
		ranShort("x/net/bpf"),
	}, {
		"xnet-ancillary", "x/net/bpf implements no ancillary load but the length",
		refused("x/net/bpf", EventAncillary),
	}, {
		"xnet-negation", "x/net/bpf does not implement negation",
		refused("x/net/bpf", EventNeg),
	}, {
		"xnet-loop", "x/net/bpf takes forward jumps only",
		refused("x/net/bpf", EventLoop),
	}, {
		"libpcap-scratch", "libpcap 1.10 starts with whatever its scratch memory holds, 1.11 with zeros",
		ran("libpcap 1.10", EventUnwrittenWord),
	}, {
		"libpcap-scratch-compiled", "libpcap 1.10 compiles geneve to programs that read scratch memory before writing it, and does not clear it",
		func(d *Difference) bool {
			return compared(d, KindMeaning, KindCut) && d.ReferenceEvents&EventUnwrittenWord != 0 && against(d, "libpcap 1.10")
		},
	}, {
		"libpcap-loops", "libpcap 1.11 ends a run with a rejection after 64 backward jumps, 1.10 never does",
		ran("libpcap 1.10", EventManyLoops),
	}, {
		"libpcap-loops-compiled", "libpcap 1.11 ends a run with a rejection after 64 backward jumps, 1.10 never does",
		func(d *Difference) bool {
			return compared(d, KindMeaning, KindCut) && d.ReferenceEvents&EventManyLoops != 0 && against(d, "libpcap 1.10")
		},
	},
}

func compared(d *Difference, kinds ...Kind) bool {
	for _, k := range kinds {
		if d.Kind == k {
			return true
		}
	}
	return false
}

// against says whether an implementation whose name begins with who takes part in a difference.
func against(d *Difference, who string) bool {
	for _, a := range d.Answers {
		if strings.HasPrefix(a.Who, who) {
			return true
		}
	}
	return false
}

// ran explains a different verdict of an engine by an event of the run.
func ran(engine string, e Events) func(*Difference) bool {
	return func(d *Difference) bool { return d.Kind == KindVerdict && against(d, engine) && d.Events&e != 0 }
}

// ranShort explains a different verdict of an engine that takes the captured length for the wire length.
func ranShort(engine string) func(*Difference) bool {
	return func(d *Difference) bool {
		return d.Kind == KindVerdict && against(d, engine) && d.Events&EventLen != 0 && d.Packet.WireLen != uint32(len(d.Packet.Data))
	}
}

// refused explains that an engine does not load a program, by an instruction in it.
func refused(engine string, e Events) func(*Difference) bool {
	return func(d *Difference) bool { return d.Kind == KindLoad && against(d, engine) && d.Events&e != 0 }
}

// onlyIn10 explains that libpcap 1.10 refuses or takes what 1.11 does not, by the expression and by what 1.10 says (its message,
// "" where it accepts). Both patterns have to match.
func onlyIn10(expr, message string) func(*Difference) bool {
	e, m := regexp.MustCompile(expr), regexp.MustCompile(message)
	return func(d *Difference) bool {
		if d.Kind != KindAccept || !against(d, "libpcap 1.10") || !e.MatchString(d.Expr) {
			return false
		}
		for _, a := range d.Answers {
			if strings.HasPrefix(a.Who, "libpcap 1.10") {
				text := ""
				if a.Err != nil {
					text = a.Err.Error()
				}
				return m.MatchString(text)
			}
		}
		return false
	}
}

// explain finds the row for a difference.
func explain(table []Known, d *Difference) (Known, bool) {
	for _, k := range table {
		if k.Explains(d) {
			return k, true
		}
	}
	return Known{}, false
}
