package emit

import (
	"slices"

	"bpfc/internal/memory"
)

// place puts the blocks in the order of the program. A block that goes on to
// another without a condition stands right before it where it can, to save a
// jump; otherwise blocks stand in depth-first order, so that the parts of the
// program that belong together are near each other.
func (p *program) place() {
	p.order = p.order[:0]
	if p.rootAt < 2 {
		return
	}
	r := p.rows()
	tops := r.depthFirst(p.rootAt)
	total := 0
	for _, l := range tops {
		for i := l; i != 0; i = r.before[i] {
			total += len(p.blocks[i].code) + 1
		}
	}
	if total > maxReach {
		tops = r.clustered(tops)
	}
	for k := len(tops) - 1; k >= 0; k-- { // backward, as a row is known from its end
		for i := tops[k]; i != 0; i = r.before[i] {
			p.order = append(p.order, i)
		}
	}
	slices.Reverse(p.order)
}

// rows are the blocks in rows, of which each falls through to the next. A row
// goes by the number of its last block. As all others have no other way out, no
// way leads around from one block of a row to a later one, and the rows too
// form an acyclic graph.
type rows struct {
	*program
	before []int32 // the block that falls through to this one, 0 if none does
	last   []int32 // the last block of this one's row
}

func (p *program) rows() rows {
	n := len(p.blocks)
	mem := memory.Zeroed(&p.memory.rows, 2*n)
	r := rows{program: p, before: mem[:n], last: mem[n:]}
	often := p.frequencies()
	for i := 2; i < n; i++ {
		b := &p.blocks[i]
		if b.unreached || b.jump != 0 || b.t < 2 {
			continue
		}
		other := r.before[b.t]
		// Of two branches that are equally likely libpcap puts the one for the true test first, with the jump.
		if other == 0 || often[i] > often[other] || p.g.KeepShape && often[i] == often[other] {
			r.before[b.t] = int32(i)
		}
	}
	for i := int32(2); int(i) < n; i++ {
		if b := &p.blocks[i]; b.unreached || b.jump == 0 && b.t >= 2 && r.before[b.t] == i {
			continue // not the last
		}
		for j := i; j != 0; j = r.before[j] {
			r.last[j] = i
		}
	}
	return r
}

// frequencies guesses how often each block is executed, if a test goes either
// way equally often.
func (p *program) frequencies() []float32 {
	often := memory.Zeroed(&p.memory.often, len(p.blocks))
	add := func(i int32, f float32) {
		for ; int(i) >= len(p.live); i = p.blocks[i].t { // made later: out of order
			often[i] += f
		}
		often[i] += f
	}
	add(p.rootAt, 1)
	for i := 2; i < len(p.live); i++ {
		switch b := &p.blocks[i]; {
		case b.unreached:
		case b.jump == 0:
			add(b.t, often[i])
		default:
			add(b.t, often[i]/2)
			add(b.f, often[i]/2)
		}
	}
	return often
}

// next gives the rows that row l leads to, 0 for none; leaves do not count.
func (r *rows) next(l int32) (t, f int32) {
	b := &r.blocks[l]
	if b.t >= 2 {
		t = r.last[b.t]
	}
	if b.f >= 2 {
		f = r.last[b.f]
	}
	return t, f
}

// depthFirst sorts the rows topologically.
func (r *rows) depthFirst(root int32) []int32 {
	type frame struct {
		row  int32
		step uint8
	}
	post := r.memory.post[:0]
	seen := memory.Zeroed(&r.memory.seen, len(r.blocks))
	var room [64]frame
	stack := room[:0]
	visit := func(l int32) {
		if l != 0 && !seen[l] {
			seen[l] = true
			stack = append(stack, frame{row: l})
		}
	}
	visit(r.last[root])
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		t, f := r.next(top.row)
		top.step++
		switch top.step {
		case 1:
			visit(f)
		case 2:
			visit(t)
		default:
			post = append(post, top.row)
			stack = stack[:len(stack)-1]
		}
	}
	slices.Reverse(post)
	r.memory.post = post
	return post
}

// largePart is the size from which on a part of the program counts as large.
const largePart = maxReach / 2

// clustered improves an order of the rows of a long program. In depth-first
// order, one way out of every test between two large parts is too long, and the
// longest path goes through a ja at each. If the tests between large parts
// stand together, before all the parts, a path goes through one ja.
func (r *rows) clustered(order []int32) []int32 {
	n := len(r.blocks)
	ways := make([]int32, n) // into a row, from rows not yet placed
	for _, l := range order {
		t, f := r.next(l)
		ways[t]++
		ways[f]++
	}
	size := make([]int32, n) // of a row and all that only it leads to
	forks := make([]bool, n) // between two large parts
	for k := len(order) - 1; k >= 0; k-- {
		l := order[k]
		for i := l; i != 0; i = r.before[i] {
			size[l] += int32(len(r.blocks[i].code)) + 1
		}
		t, f := r.next(l)
		forks[l] = t != 0 && f != 0 && t != f
		for _, to := range [2]int32{t, f} {
			if ways[to] == 1 {
				size[l] += size[to]
			}
			forks[l] = forks[l] && ways[to] == 1 && size[to] > largePart
		}
	}
	placed := order[:0:0]
	var cluster []int32 // first in, first out, before the others
	others := []int32{order[0]}
	for len(cluster) > 0 || len(others) > 0 {
		var l int32
		if len(cluster) > 0 {
			l, cluster = cluster[0], cluster[1:]
		} else {
			l, others = others[len(others)-1], others[:len(others)-1]
		}
		placed = append(placed, l)
		t, f := r.next(l)
		for _, to := range [2]int32{f, t} {
			if ways[to]--; to == 0 || ways[to] > 0 {
				continue
			}
			if forks[l] && forks[to] {
				cluster = append(cluster, to)
			} else {
				others = append(others, to)
			}
		}
	}
	return placed
}
