package asm

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
	{0x00, "ld", hex, false},
	{0x20, "ld", absolute, false},
	{0x40, "ld", indirect, false},
	{0x60, "ld", scratch, false},
	{0x80, "ld", packetLen, false},
	{0x28, "ldh", absolute, false},
	{0x48, "ldh", indirect, false},
	{0x30, "ldb", absolute, false},
	{0x50, "ldb", indirect, false},
	{0x01, "ldx", hex, false},
	{0x61, "ldx", scratch, false},
	{0x81, "ldx", packetLen, false},
	{0xb1, "ldxb", header, false},
	{0x02, "st", scratch, false},
	{0x03, "stx", scratch, false},
	{0x05, "ja", target, false},
	{0x15, "jeq", hex, true},
	{0x1d, "jeq", indexReg, true},
	{0x25, "jgt", hex, true},
	{0x2d, "jgt", indexReg, true},
	{0x35, "jge", hex, true},
	{0x3d, "jge", indexReg, true},
	{0x45, "jset", hex, true},
	{0x4d, "jset", indexReg, true},
	{0x04, "add", decimal, false},
	{0x0c, "add", indexReg, false},
	{0x14, "sub", decimal, false},
	{0x1c, "sub", indexReg, false},
	{0x24, "mul", decimal, false},
	{0x2c, "mul", indexReg, false},
	{0x34, "div", decimal, false},
	{0x3c, "div", indexReg, false},
	{0x94, "mod", decimal, false},
	{0x9c, "mod", indexReg, false},
	{0x44, "or", hex, false},
	{0x4c, "or", indexReg, false},
	{0x54, "and", hex, false},
	{0x5c, "and", indexReg, false},
	{0xa4, "xor", hex, false},
	{0xac, "xor", indexReg, false},
	{0x64, "lsh", decimal, false},
	{0x6c, "lsh", indexReg, false},
	{0x74, "rsh", decimal, false},
	{0x7c, "rsh", indexReg, false},
	{0x84, "neg", none, false},
	{0x07, "tax", none, false},
	{0x87, "txa", none, false},
	{0x06, "ret", decimal, false},
	{0x16, "ret", accumul, false},
	{0x0e, "ret", indexReg, false},
}

// byCode finds a row by its operation code.
var byCode = func() map[uint16]*row {
	m := make(map[uint16]*row, len(rows))
	for i := range rows {
		m[rows[i].op] = &rows[i]
	}
	return m
}()

// written names a row by what is written: the mnemonic and the operand's shape.
type written struct {
	mnemonic string
	operand  operand
}

// byText finds a row by its text. Constants are one shape, in whatever base.
var byText = func() map[written]*row {
	m := make(map[written]*row, len(rows))
	for i := range rows {
		m[written{rows[i].mnemonic, shape(rows[i].operand)}] = &rows[i]
	}
	return m
}()

func shape(o operand) operand {
	if o == hex {
		return decimal
	}
	return o
}

// ancillary is a field of Linux's packet metadata that absolute loads reach at
// offsets from ancillaryBase (linux/filter.h).
type ancillary struct {
	off     uint32
	listing string // libpcap's name
	kernel  string // bpf_asm's name, "" where it has none
}

const ancillaryBase = 0xfffff000

var ancillaries = []ancillary{
	{0, "proto", "proto"},
	{4, "type", "type"},
	{8, "ifidx", "ifidx"},
	{12, "nla", "nla"},
	{16, "nlan", "nlan"},
	{20, "mark", "mark"},
	{24, "queue", "queue"},
	{28, "hatype", "hatype"},
	{32, "rxhash", "rxhash"},
	{36, "cpu", "cpu"},
	{40, "xor_x", ""},
	{44, "vlan_tci", "vlan_tci"},
	{48, "vlanp", "vlan_avail"},
	{52, "poff", "poff"},
	{56, "random", "rand"},
	{60, "vlan_tpid", "vlan_tpid"},
}

// ancillaryAt returns the row of an absolute offset, nil where it has no name.
func ancillaryAt(k uint32) *ancillary {
	for i := range ancillaries {
		if k == ancillaryBase+ancillaries[i].off {
			return &ancillaries[i]
		}
	}
	return nil
}
