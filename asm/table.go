package asm

import (
	"sync"

	"bpfc/cbpf"
)

// operand is how an instruction's operand is written.
type operand uint8

const (
	none      operand = iota
	decimal           // #5, signed
	hex               // #0x5
	indexReg          // x
	accumul           // the accumulator; tcpdump writes nothing, bpf_asm "a"
	absolute          // [5], or the name of an ancillary offset
	indirect          // [x + 5]
	scratch           // M[5]
	header            // 4*([5]&0xf)
	packetLen         // the length on the wire
	target            // where an unconditional jump goes
)

// row is one operation code.
type row struct {
	op       uint16
	mnemonic string
	operand  operand
	branches bool // jt and jf follow
}

// rows has every operation code of classic BPF (linux/bpf_common.h), with the
// mnemonics of the BSD Packet Filter paper, as tcpdump and bpf_asm write them.
var rows = []row{
	{cbpf.LdImm, "ld", hex, false},
	{cbpf.LdAbsW, "ld", absolute, false},
	{cbpf.LdIndW, "ld", indirect, false},
	{cbpf.LdMem, "ld", scratch, false},
	{cbpf.LdLen, "ld", packetLen, false},
	{cbpf.LdAbsH, "ldh", absolute, false},
	{cbpf.LdIndH, "ldh", indirect, false},
	{cbpf.LdAbsB, "ldb", absolute, false},
	{cbpf.LdIndB, "ldb", indirect, false},
	{cbpf.LdxImm, "ldx", hex, false},
	{cbpf.LdxMem, "ldx", scratch, false},
	{cbpf.LdxLen, "ldx", packetLen, false},
	{cbpf.LdxMsh, "ldxb", header, false},
	{cbpf.St, "st", scratch, false},
	{cbpf.Stx, "stx", scratch, false},
	{cbpf.Ja, "ja", target, false},
	{cbpf.JeqK, "jeq", hex, true},
	{cbpf.JeqX, "jeq", indexReg, true},
	{cbpf.JgtK, "jgt", hex, true},
	{cbpf.JgtX, "jgt", indexReg, true},
	{cbpf.JgeK, "jge", hex, true},
	{cbpf.JgeX, "jge", indexReg, true},
	{cbpf.JsetK, "jset", hex, true},
	{cbpf.JsetX, "jset", indexReg, true},
	{cbpf.AddK, "add", decimal, false},
	{cbpf.AddX, "add", indexReg, false},
	{cbpf.SubK, "sub", decimal, false},
	{cbpf.SubX, "sub", indexReg, false},
	{cbpf.MulK, "mul", decimal, false},
	{cbpf.MulX, "mul", indexReg, false},
	{cbpf.DivK, "div", decimal, false},
	{cbpf.DivX, "div", indexReg, false},
	{cbpf.ModK, "mod", decimal, false},
	{cbpf.ModX, "mod", indexReg, false},
	{cbpf.OrK, "or", hex, false},
	{cbpf.OrX, "or", indexReg, false},
	{cbpf.AndK, "and", hex, false},
	{cbpf.AndX, "and", indexReg, false},
	{cbpf.XorK, "xor", hex, false},
	{cbpf.XorX, "xor", indexReg, false},
	{cbpf.LshK, "lsh", decimal, false},
	{cbpf.LshX, "lsh", indexReg, false},
	{cbpf.RshK, "rsh", decimal, false},
	{cbpf.RshX, "rsh", indexReg, false},
	{cbpf.NegA, "neg", none, false},
	{cbpf.Tax, "tax", none, false},
	{cbpf.Txa, "txa", none, false},
	{cbpf.RetK, "ret", decimal, false},
	{cbpf.RetA, "ret", accumul, false},
	{cbpf.RetX, "ret", indexReg, false},
}

// byCode finds a row by its operation code.
var byCode = sync.OnceValue(func() map[uint16]*row {
	m := make(map[uint16]*row, len(rows))
	for i := range rows {
		m[rows[i].op] = &rows[i]
	}
	return m
})

// written names a row by what is written: the mnemonic and the operand's shape.
type written struct {
	mnemonic string
	operand  operand
}

// byText finds a row by its text. Constants are one shape, in whatever base.
var byText = sync.OnceValue(func() map[written]*row {
	m := make(map[written]*row, len(rows))
	for i := range rows {
		m[written{rows[i].mnemonic, shape(rows[i].operand)}] = &rows[i]
	}
	return m
})

func shape(o operand) operand {
	if o == hex {
		return decimal
	}
	return o
}

// ancillary is a field of Linux's packet metadata that absolute loads reach at
// the offsets of package cbpf.
type ancillary struct {
	off     uint32
	listing string // libpcap's name
	kernel  string // bpf_asm's name, "" where it has none
}

var ancillaries = []ancillary{
	{cbpf.AncProtocol, "proto", "proto"},
	{cbpf.AncPacketType, "type", "type"},
	{cbpf.AncInterface, "ifidx", "ifidx"},
	{cbpf.AncAttribute, "nla", "nla"},
	{cbpf.AncNested, "nlan", "nlan"},
	{cbpf.AncMark, "mark", "mark"},
	{cbpf.AncQueue, "queue", "queue"},
	{cbpf.AncHardwareType, "hatype", "hatype"},
	{cbpf.AncHash, "rxhash", "rxhash"},
	{cbpf.AncCPU, "cpu", "cpu"},
	{cbpf.AncXorX, "xor_x", ""},
	{cbpf.AncVLANTag, "vlan_tci", "vlan_tci"},
	{cbpf.AncVLANPresent, "vlanp", "vlan_avail"},
	{cbpf.AncPayload, "poff", "poff"},
	{cbpf.AncRandom, "random", "rand"},
	{cbpf.AncVLANProtocol, "vlan_tpid", "vlan_tpid"},
}

// ancillaryAt returns the row of an absolute offset, nil where it has no name.
func ancillaryAt(k uint32) *ancillary {
	for i := range ancillaries {
		if k == ancillaries[i].off {
			return &ancillaries[i]
		}
	}
	return nil
}
