package prove

import "bpfc/ir"

// word is a 32-bit number as the conditions that its bits are set, the lowest first.
type word [32]ref

// number is the word of a constant.
func number(k uint32) (w word) {
	for i := range w {
		w[i] = ref(k >> i & 1)
	}
	return w
}

// constant returns the value of a word that has only one.
func (w *word) constant() (k uint32, ok bool) {
	for i, b := range w {
		if b > yes {
			return 0, false
		}
		k |= uint32(b) << i
	}
	return k, true
}

func (d *diagrams) notWord(a word) word {
	for i := range a {
		a[i] = d.not(a[i])
	}
	return a
}

// choose is a where c holds and b elsewhere.
func (d *diagrams) choose(c ref, a, b word) (w word) {
	for i := range w {
		w[i] = d.ite(c, a[i], b[i])
	}
	return w
}

// add is a + b + carry.
func (d *diagrams) add(a, b word, carry ref) (sum word) {
	for i := range sum {
		half := d.xor(a[i], b[i])
		sum[i] = d.xor(half, carry)
		if i < 31 {
			carry = d.ite(half, carry, a[i])
		}
	}
	return sum
}

func (d *diagrams) sub(a, b word) word { return d.add(a, d.notWord(b), yes) }

func (d *diagrams) mul(a, b word) word {
	if _, ok := b.constant(); !ok {
		a, b = b, a
	}
	sum := number(0)
	for i, bit := range b {
		if bit == no {
			continue
		}
		sum = d.add(sum, d.choose(bit, shiftLeft(a, i), number(0)), no)
	}
	return sum
}

// shiftLeft is a << n, with n below 32.
func shiftLeft(a word, n int) (w word) {
	copy(w[n:], a[:32-n])
	return w
}

// shiftRight is a >> n, with n below 32.
func shiftRight(a word, n int) (w word) {
	copy(w[:], a[n:])
	return w
}

// shift shifts by a word: 32 and more leave nothing.
func (d *diagrams) shift(a, by word, one func(word, int) word) word {
	for i := range 5 {
		if by[i] != no {
			a = d.choose(by[i], one(a, 1<<i), a)
		}
	}
	far := no
	for _, b := range by[5:] {
		far = d.or(far, b)
	}
	return d.choose(far, number(0), a)
}

// divide is a / b and a % b by long division; where b is 0, whatever comes of it.
func (d *diagrams) divide(a, b word) (quotient, rest word) {
	if k, ok := b.constant(); ok && k != 0 && k&(k-1) == 0 {
		n := 0
		for 1<<n != k {
			n++
		}
		mask := number(k - 1)
		return shiftRight(a, n), d.each(a, mask, d.and)
	}
	rest = number(0)
	for i := 31; i >= 0; i-- {
		over := rest[31] // the bit that the shift pushes out
		rest = shiftLeft(rest, 1)
		rest[0] = a[i]
		fits := d.or(over, d.atLeast(rest, b))
		quotient[i] = fits
		rest = d.choose(fits, d.sub(rest, b), rest)
	}
	return quotient, rest
}

func (d *diagrams) each(a, b word, op func(a, b ref) ref) (w word) {
	for i := range w {
		w[i] = op(a[i], b[i])
	}
	return w
}

// atLeast is a >= b.
func (d *diagrams) atLeast(a, b word) ref { return d.over(a, b, yes) }

// over is a > b, or where the two are equal, onEqual.
func (d *diagrams) over(a, b word, onEqual ref) ref {
	r := onEqual
	for i := range a {
		r = d.ite(d.xor(a[i], b[i]), a[i], r)
	}
	return r
}

func (d *diagrams) equal(a, b word) ref {
	r := yes
	for i := range a {
		r = d.ite(d.xor(a[i], b[i]), no, r)
	}
	return r
}

// common is a & b != 0.
func (d *diagrams) common(a, b word) ref {
	r := no
	for i := range a {
		r = d.or(d.and(a[i], b[i]), r)
	}
	return r
}

// compare is what a comparison says.
func (d *diagrams) compare(c ir.Cmp, a, b word) ref {
	switch c {
	case ir.Eq:
		return d.equal(a, b)
	case ir.Gt:
		return d.over(a, b, no)
	case ir.Ge:
		return d.over(a, b, yes)
	default:
		return d.common(a, b)
	}
}

// compute is a op b.
func (d *diagrams) compute(op ir.Op, a, b word) (w word) {
	switch op {
	case ir.Add:
		return d.add(a, b, no)
	case ir.Sub:
		return d.sub(a, b)
	case ir.Mul:
		return d.mul(a, b)
	case ir.Div:
		w, _ = d.divide(a, b)
	case ir.Mod:
		_, w = d.divide(a, b)
	case ir.And:
		return d.each(a, b, d.and)
	case ir.Or:
		return d.each(a, b, d.or)
	case ir.Xor:
		return d.each(a, b, d.xor)
	case ir.Lsh:
		return d.shift(a, b, shiftLeft)
	case ir.Rsh:
		return d.shift(a, b, shiftRight)
	}
	return w
}
