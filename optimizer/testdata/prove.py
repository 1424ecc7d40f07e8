#!/usr/bin/python3
"""Prove pairs of classic BPF programs equal on every packet, with z3.

Reads one JSON object a line, {"name": ..., "a": [[code,jt,jf,k],...], "b": ...}, and writes one a line:
{"name": ..., "result": "equal" | "differ" | "unknown", "packet": hex, "wirelen": n}. A program accepts if it
returns anything but 0; a load past the captured bytes rejects. The packet is an array of bytes, the
captured length any up to the length on the wire, which is at most 65535. Jumps must go forward.
"""
import json
import sys

import z3

WIDTH = 32
SIZES = {0x00: 4, 0x08: 2, 0x10: 1}


def num(v):
    return z3.BitVecVal(v & 0xffffffff, WIDTH)


class Machine:
    """One symbolic packet, on which programs are run."""

    def __init__(self):
        self.bytes = z3.Array('pkt', z3.BitVecSort(WIDTH), z3.BitVecSort(8))
        self.captured = z3.BitVec('captured', WIDTH)
        self.wire = z3.BitVec('wire', WIDTH)
        self.ancillary = {}

    def constraints(self):
        return [z3.ULE(self.captured, self.wire), z3.ULE(self.wire, num(65535))]

    def load(self, off, size):
        """Value, and whether the load succeeds."""
        parts = [z3.Select(self.bytes, off + num(i)) for i in range(size)]
        word = parts[0] if size == 1 else z3.Concat(*parts)
        if size < 4:
            word = z3.ZeroExt(WIDTH - 8 * size, word)
        # off + size <= captured, without wrap-around
        ok = z3.And(z3.UGE(self.captured, num(size)), z3.ULE(off, self.captured - num(size)))
        return word, ok

    def fixed(self, k, size):
        if k >= 0xfffff000:
            return self.ancillary.setdefault((k, size), z3.BitVec('anc%x_%d' % (k, size), WIDTH)), z3.BoolVal(True)
        return self.load(num(k), size)

    def accepts(self, program):
        """The condition under which the program accepts. Only comparisons of final values are built:
        states that reach the same instruction are merged with if-then-else."""
        states = {0: (z3.BoolVal(True), num(0), num(0), {})}
        accepted = []

        def arrive(pc, cond, a, x, mem):
            if pc not in states:
                states[pc] = (cond, a, x, mem)
                return
            c0, a0, x0, m0 = states[pc]
            pick = lambda old, new: old if old.eq(new) else z3.If(cond, new, old)
            merged = {i: pick(m0.get(i, num(0)), mem.get(i, num(0))) for i in m0.keys() | mem.keys()}
            states[pc] = (z3.Or(c0, cond), pick(a0, a), pick(x0, x), merged)

        for pc, (code, jt, jf, k) in enumerate(program):
            if pc not in states:
                continue
            cond, a, x, mem = states.pop(pc)
            kind = code & 7
            if kind in (0, 1):
                mode, size = code & 0xe0, SIZES[code & 0x18]
                ok = z3.BoolVal(True)
                if mode == 0x00:
                    v = num(k)
                elif mode == 0x60:
                    v = mem.get(k, num(0))
                elif mode == 0x80:
                    v = self.wire
                elif mode == 0x20:
                    v, ok = self.fixed(k, size)
                elif mode == 0x40:
                    v, ok = self.load(x + num(k), size)
                    ok = z3.And(ok, z3.ULE(x, num(0xffffffff - k)))
                elif mode == 0xa0:
                    v, ok = self.load(num(k), 1)
                    v = (v & 15) << 2
                else:
                    raise ValueError('load %#x' % code)
                cond = z3.And(cond, ok)
                a, x = (v, x) if kind == 0 else (a, v)
                arrive(pc + 1, cond, a, x, mem)
            elif kind in (2, 3):
                arrive(pc + 1, cond, a, x, {**mem, k: a if kind == 2 else x})
            elif kind == 4:
                y = x if code & 8 else num(k)
                op = code & 0xf0
                if op in (0x30, 0x90):
                    cond = z3.And(cond, y != num(0))
                a = {
                    0x00: lambda: a + y, 0x10: lambda: a - y, 0x20: lambda: a * y,
                    0x30: lambda: z3.UDiv(a, y), 0x40: lambda: a | y, 0x50: lambda: a & y,
                    0x60: lambda: a << y, 0x70: lambda: z3.LShR(a, y), 0x80: lambda: -a,
                    0x90: lambda: z3.URem(a, y), 0xa0: lambda: a ^ y,
                }[op]()
                arrive(pc + 1, cond, a, x, mem)
            elif kind == 5:
                op = code & 0xf0
                if op == 0:
                    arrive(pc + 1 + k, cond, a, x, mem)
                    continue
                y = x if code & 8 else num(k)
                test = {0x10: lambda: a == y, 0x20: lambda: z3.UGT(a, y), 0x30: lambda: z3.UGE(a, y),
                        0x40: lambda: (a & y) != num(0)}[op]()
                if jt == jf:
                    arrive(pc + 1 + jt, cond, a, x, mem)
                else:
                    arrive(pc + 1 + jt, z3.And(cond, test), a, x, mem)
                    arrive(pc + 1 + jf, z3.And(cond, z3.Not(test)), a, x, mem)
            elif kind == 6:
                v = a if code & 0x18 == 0x10 else num(k)
                accepted.append(z3.And(cond, v != num(0)))
            elif code == 0x87:
                arrive(pc + 1, cond, x, x, mem)
            else:
                arrive(pc + 1, cond, a, a, mem)
        return z3.simplify(z3.Or(*accepted)) if accepted else z3.BoolVal(False)


def prove(a, b, milliseconds):
    if a == b:
        return {'result': 'equal'}
    m = Machine()
    solver = z3.SolverFor('QF_ABV')
    solver.set('timeout', milliseconds)
    solver.add(*m.constraints())
    solver.add(z3.Xor(m.accepts(a), m.accepts(b)))
    r = solver.check()
    if r == z3.unsat:
        return {'result': 'equal'}
    if r == z3.unknown:
        return {'result': 'unknown'}
    model = solver.model()
    value = lambda e: model.eval(e, model_completion=True).as_long()
    packet = bytes(value(z3.Select(m.bytes, num(i))) for i in range(min(value(m.captured), 2048)))
    return {'result': 'differ', 'packet': packet.hex(), 'captured': value(m.captured), 'wirelen': value(m.wire)}


def main():
    milliseconds = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps({'name': case['name'], **prove(case['a'], case['b'], milliseconds)}), flush=True)


if __name__ == '__main__':
    main()
