#!/usr/bin/python3
"""Prove pairs of classic BPF programs equal on every packet, with z3.

Reads one JSON object a line, {"name": ..., "a": [[code,jt,jf,k],...], "b": ...}, and writes one a line:
{"name": ..., "result": "equal" | "differ" | "unknown", "packet": hex, "wirelen": n}. A program accepts if it
returns anything but 0; a load past the captured bytes rejects. The packet is an array of bytes, the
captured length any up to the length on the wire, which is at most 65535. Jumps must go forward.

The first argument bounds the work for one pair, in z3's units of work, rlimit: unlike seconds they are the same
on a busy machine. A million are about half a second. With a second argument, at most so many bytes are captured and
the length on the wire is any.

A pair may ask for something else than a packet on which the two differ: "ask": "only_a" is one that a accepts and b
rejects, "both" one that both accept; "equal" in the result then says that there is none, and "differ" that there is.
"""
import json
import sys

import z3

SIZES = {0x00: 4, 0x08: 2, 0x10: 1}
WORD, BYTE, BOOL = '(_ BitVec 32)', '(_ BitVec 8)', 'Bool'
PREAMBLE = '''
(declare-const pkt (Array (_ BitVec 32) (_ BitVec 8)))
(declare-const captured (_ BitVec 32))
(declare-const wire (_ BitVec 32))
(assert (bvule captured wire))
'''
BOUND = '(assert (bvule %s #x%08x))\n'
QUESTION = {'differ': '(xor %s %s)', 'only_a': '(and %s (not %s))', 'both': '(and %s %s)'}
ALU = {0x00: 'bvadd', 0x10: 'bvsub', 0x20: 'bvmul', 0x30: 'bvudiv', 0x40: 'bvor', 0x50: 'bvand', 0x60: 'bvshl',
       0x70: 'bvlshr', 0x90: 'bvurem', 0xa0: 'bvxor'}


def num(v):
    return '#x%08x' % (v & 0xffffffff)


class Machine:
    """One symbolic packet, on which programs are run. Expressions are names of definitions in SMT-LIB 2; equal
    expressions have one name."""

    def __init__(self):
        self.text = []
        self.names = {}
        self.ancillary = []

    def define(self, sort, expr):
        name = self.names.get(expr)
        if name is None:
            name = self.names[expr] = 'e%d' % len(self.names)
            self.text.append('(let ((%s %s))\n' % (name, expr))
        return name

    def op(self, name, *args):
        return self.define(WORD, '(%s %s)' % (name, ' '.join(args)))

    def test(self, name, *args):
        return self.define(BOOL, '(%s %s)' % (name, ' '.join(args)))

    def all(self, *conditions):
        some = [c for c in conditions if c != 'true']
        return 'true' if not some else some[0] if len(some) == 1 else self.test('and', *some)

    def any(self, *conditions):
        return 'false' if not conditions else conditions[0] if len(conditions) == 1 else self.test('or', *conditions)

    def load(self, off, size):
        """Value, and whether the load succeeds."""
        parts = [self.define(BYTE, '(select pkt %s)' % self.op('bvadd', off, num(i))) for i in range(size)]
        word = parts[0] if size == 1 else '(concat %s)' % ' '.join(parts)
        if size < 4:
            word = '((_ zero_extend %d) %s)' % (32 - 8 * size, word)
        # off + size <= captured, without wrap-around
        ok = self.all(self.test('bvuge', 'captured', num(size)), self.test('bvule', off, self.op('bvsub', 'captured', num(size))))
        return self.define(WORD, word), ok

    def fixed(self, k, size):
        if not (0xfffff000 <= k < 0xfffff040 and k % 4 == 0):  # those that linux/filter.h defines
            return self.load(num(k), size)
        name = 'anc%x' % k  # whatever the size, it is a whole word
        if name not in self.names:
            self.names[name] = name
            self.ancillary.append('(declare-const %s %s)\n' % (name, WORD))
        return name, 'true'

    def accepts(self, program):
        """The condition under which the program accepts. Only comparisons of final values are built:
        states that reach the same instruction are merged with if-then-else."""
        states = {0: ('true', num(0), num(0), {})}
        accepted = []

        def arrive(pc, cond, a, x, mem):
            if pc not in states:
                states[pc] = (cond, a, x, mem)
                return
            c0, a0, x0, m0 = states[pc]
            pick = lambda old, new: old if old == new else self.op('ite', cond, new, old)
            merged = {i: pick(m0.get(i, num(0)), mem.get(i, num(0))) for i in m0.keys() | mem.keys()}
            states[pc] = (self.test('or', c0, cond), pick(a0, a), pick(x0, x), merged)

        for pc, (code, jt, jf, k) in enumerate(program):
            if pc not in states:
                continue
            cond, a, x, mem = states.pop(pc)
            kind = code & 7
            if kind in (0, 1):
                mode, size = code & 0xe0, SIZES[code & 0x18]
                ok = 'true'
                if mode == 0x00:
                    v = num(k)
                elif mode == 0x60:
                    v = mem.get(k, num(0))
                elif mode == 0x80:
                    v = 'wire'
                elif mode == 0x20:
                    v, ok = self.fixed(k, size)
                elif mode == 0x40:
                    v, ok = self.load(self.op('bvadd', x, num(k)), size)
                    ok = self.all(ok, self.test('bvule', x, num(0xffffffff - k)))
                elif mode == 0xa0:
                    v, ok = self.load(num(k), 1)
                    v = self.op('bvshl', self.op('bvand', v, num(15)), num(2))
                else:
                    raise ValueError('load %#x' % code)
                cond = self.all(cond, ok)
                a, x = (v, x) if kind == 0 else (a, v)
                arrive(pc + 1, cond, a, x, mem)
            elif kind in (2, 3):
                arrive(pc + 1, cond, a, x, {**mem, k: a if kind == 2 else x})
            elif kind == 4:
                y = x if code & 8 else num(k)
                op = code & 0xf0
                if op in (0x30, 0x90):
                    cond = self.all(cond, self.test('distinct', y, num(0)))
                a = self.op('bvneg', a) if op == 0x80 else self.op(ALU[op], a, y)
                arrive(pc + 1, cond, a, x, mem)
            elif kind == 5:
                op = code & 0xf0
                if op == 0:
                    arrive(pc + 1 + k, cond, a, x, mem)
                    continue
                y = x if code & 8 else num(k)
                if op == 0x40:
                    test = self.test('distinct', self.op('bvand', a, y), num(0))
                else:
                    test = self.test({0x10: '=', 0x20: 'bvugt', 0x30: 'bvuge'}[op], a, y)
                if jt == jf:
                    arrive(pc + 1 + jt, cond, a, x, mem)
                else:
                    arrive(pc + 1 + jt, self.all(cond, test), a, x, mem)
                    arrive(pc + 1 + jf, self.all(cond, self.test('not', test)), a, x, mem)
            elif kind == 6:
                v = {0x10: a, 0x08: x}.get(code & 0x18, num(k))
                if v != num(0):
                    accepted.append(self.all(cond, 'true' if v.startswith('#') else self.test('distinct', v, num(0))))
            elif code == 0x87:
                arrive(pc + 1, cond, x, x, mem)
            else:
                arrive(pc + 1, cond, a, a, mem)
        return self.any(*accepted)


def prove(a, b, work, bound, ask):
    if a == b and ask != 'both':
        return {'result': 'equal'}
    m = Machine()
    differ = QUESTION[ask] % (m.accepts(a), m.accepts(b))
    text = ''.join([PREAMBLE, bound, *m.ancillary, '(assert ', *m.text, differ, ')' * len(m.text), ')'])
    solver = z3.SolverFor('QF_ABV')
    solver.set('rlimit', work)
    solver.from_string(text)
    r = solver.check()
    if r == z3.unsat:
        return {'result': 'equal'}
    if r == z3.unknown:
        return {'result': 'unknown'}
    model = solver.model()
    value = lambda e: model.eval(e, model_completion=True).as_long()
    word = lambda name: value(z3.BitVec(name, 32))
    packet = z3.Array('pkt', z3.BitVecSort(32), z3.BitVecSort(8))
    data = bytes(value(z3.Select(packet, z3.BitVecVal(i, 32))) for i in range(min(word('captured'), 2048)))
    return {'result': 'differ', 'packet': data.hex(), 'captured': word('captured'), 'wirelen': word('wire')}


def main():
    work = int(sys.argv[1]) if len(sys.argv) > 1 else 3000000
    bound = BOUND % (('captured', int(sys.argv[2])) if len(sys.argv) > 2 else ('wire', 0xffff))
    for line in sys.stdin:
        case = json.loads(line)
        result = prove(case['a'], case['b'], work, bound, case.get('ask', 'differ'))
        print(json.dumps({'name': case['name'], **result}), flush=True)


if __name__ == '__main__':
    main()
