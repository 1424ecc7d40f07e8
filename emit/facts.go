package emit

import "bpfc/ir"

// held is the set of expressions whose value a register holds. It forgets
// what it has no room for.
type held struct {
	n uint8
	e [5]*ir.Expr
}

func (h *held) has(e *ir.Expr) bool {
	for _, x := range h.e[:h.n] {
		if x == e {
			return true
		}
	}
	return false
}

func (h *held) set(e *ir.Expr) {
	h.n, h.e[0] = 1, e
}

func (h *held) add(e *ir.Expr) {
	if int(h.n) < len(h.e) && !h.has(e) {
		h.e[h.n] = e
		h.n++
	}
}

// keep drops the expressions for which ok is false.
func (h *held) keep(ok func(e *ir.Expr) bool) {
	n := uint8(0)
	for _, e := range h.e[:h.n] {
		if ok(e) {
			h.e[n] = e
			n++
		}
	}
	h.n = n
}

// meet keeps what o holds too.
func (h *held) meet(o *held) {
	n := uint8(0)
	for _, e := range h.e[:h.n] {
		if o.has(e) {
			h.e[n] = e
			n++
		}
	}
	h.n = n
}

// facts is what is known at one point of the program, whatever path led there.
type facts struct {
	reached bool
	a, x    held
	// captured: at least so many bytes of the packet were captured, for loads
	// up to there have succeeded.
	captured uint32
}

// meet restricts f to what holds in o too; the first o is taken as it is.
func (f *facts) meet(o *facts) {
	if !f.reached {
		*f = *o
		f.reached = true
		return
	}
	f.a.meet(&o.a)
	f.x.meet(&o.x)
	f.captured = min(f.captured, o.captured)
}

// assign forgets the expressions that read variable v.
func (f *facts) assign(p *program, v int) {
	mask := uint64(1) << (v % 64)
	keep := func(e *ir.Expr) bool { return p.info(e).vars&mask == 0 }
	f.a.keep(keep)
	f.x.keep(keep)
}
