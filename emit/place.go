package emit

// place puts the blocks in the order of the program. A block that goes on to
// another without a condition stands right before it where it can, to save a
// jump; otherwise blocks stand in depth-first order, so that the parts of the
// program that belong together are near each other.
func (p *program) place() {
	n := len(p.blocks)
	// A chain is a row of blocks that fall through; before leads from each to
	// the one it follows. As the first has no other way out, no way leads from
	// it around to the second, and the chains too form an acyclic graph.
	before := make([]int32, n)
	for i := n - 1; i >= 2; i-- {
		if b := &p.blocks[i]; !b.unreached && b.jump == 0 && b.t >= 2 && before[b.t] == 0 {
			before[b.t] = int32(i)
		}
	}
	p.order = p.order[:0]
	if p.rootAt < 2 {
		return
	}
	// The search works on chains, which it names by their last blocks.
	last := make([]int32, n)
	for i := int32(2); int(i) < n; i++ {
		if b := &p.blocks[i]; b.unreached || b.jump == 0 && b.t >= 2 && before[b.t] == i {
			continue // not the last
		}
		for j := i; j != 0; j = before[j] {
			last[j] = i
		}
	}
	type frame struct {
		chain int32 // its last block
		next  uint8
	}
	seen := make([]bool, n)
	stack := make([]frame, 0, 64)
	visit := func(i int32) {
		if i < 2 {
			return
		}
		if l := last[i]; !seen[l] {
			seen[l] = true
			stack = append(stack, frame{chain: l})
		}
	}
	visit(p.rootAt)
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		b := &p.blocks[top.chain]
		top.next++
		switch top.next {
		case 1:
			visit(b.f)
		case 2:
			visit(b.t)
		default: // from the last block up, as the order is reversed in the end
			for i := top.chain; i != 0; i = before[i] {
				p.order = append(p.order, i)
			}
			stack = stack[:len(stack)-1]
		}
	}
	for i, j := 0, len(p.order)-1; i < j; i, j = i+1, j-1 {
		p.order[i], p.order[j] = p.order[j], p.order[i]
	}
}
