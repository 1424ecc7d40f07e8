package toebpf

import (
	"bytes"
	"debug/elf"
	"encoding/binary"

	"golang.org/x/net/bpf"
)

// ObjectOptions say what an object file holds.
// It is safe for concurrent use as long as nobody changes it.
type ObjectOptions struct {
	Options
	// Section is the name of the program's section, from which loaders tell its type. Empty means the one that they all know
	// for the hook: "socket", "xdp" ("xdp.frags" with MultiBuffer), "classifier", "cgroup_skb/ingress".
	Section string
	// Name is that of the function, "filter" if empty.
	Name string
	// License is what the object says, "BSD-3-Clause" if empty.
	License string
}

// DefaultRounds is how often loops go round in an object file whose options do not say: what needs BTF is not for every
// loader, so loops are written out there.
const DefaultRounds = 32

var sections = [...]string{SocketFilter: "socket", XDP: "xdp", TC: "classifier", CGroupSKB: "cgroup_skb/ingress"}

// Object translates a classic program to a relocatable object file for eBPF (ELF, EM_BPF), which ip, tc, bpftool and every
// library load: one global function in a section of its own, and the license. It has no BTF and needs none. Loops go round
// Options.Rounds times, [DefaultRounds] if that is 0. The error is an [*Error].
func Object(prog []bpf.RawInstruction, hook Hook, o ObjectOptions) ([]byte, error) {
	if o.Rounds == 0 {
		o.Rounds = DefaultRounds
	}
	insns, err := Program(prog, hook, o.Options)
	if err != nil {
		return nil, err
	}
	if o.Section == "" {
		o.Section = sections[hook]
		if hook == XDP && o.MultiBuffer {
			o.Section = "xdp.frags"
		}
	}
	if o.Name == "" {
		o.Name = "filter"
	}
	if o.License == "" {
		o.License = license
	}
	for _, s := range []string{o.Section, o.Name, o.License} {
		if i := bytes.IndexByte([]byte(s), 0); i >= 0 {
			return nil, badOptions("%q has a zero byte", s)
		}
	}
	order := o.ByteOrder
	if order == nil {
		order = binary.NativeEndian
	}
	var code bytes.Buffer
	if err := insns.Marshal(&code, plainOrder(order)); err != nil {
		return nil, &Error{Kind: BadProgram, PC: -1, Msg: err.Error(), Err: err}
	}
	return object(code.Bytes(), &o, plainOrder(order)), nil
}

// plainOrder returns little or big endian, the orders that others compare with.
func plainOrder(order binary.ByteOrder) binary.ByteOrder {
	if isBig(order) {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// table is a string table of an ELF file.
type table []byte

func (t *table) add(s string) uint32 {
	at := len(*t)
	*t = append(append(*t, s...), 0)
	return uint32(at)
}

// object writes the ELF file: header, contents of the sections, section headers.
func object(code []byte, o *ObjectOptions, order binary.ByteOrder) []byte {
	const text, licenseSection, symtab, strtab = 1, 2, 3, 4 // section numbers
	names := table{0}
	program, lic, sym, str := names.add(o.Section), names.add("license"), names.add(".symtab"), names.add(".strtab")
	functionName, licenseName := names.add(o.Name), names.add("_license")

	var symbols bytes.Buffer
	write := func(b *bytes.Buffer, v any) { _ = binary.Write(b, order, v) } // a buffer takes everything
	write(&symbols, elf.Sym64{})
	write(&symbols, elf.Sym64{Name: functionName, Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_FUNC), Shndx: text, Size: uint64(len(code))})
	write(&symbols, elf.Sym64{Name: licenseName, Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_OBJECT), Shndx: licenseSection, Size: uint64(len(o.License) + 1)})

	contents := [][]byte{nil, code, append([]byte(o.License), 0), symbols.Bytes(), names}
	headers := []elf.Section64{
		{},
		{Name: program, Type: uint32(elf.SHT_PROGBITS), Flags: uint64(elf.SHF_ALLOC | elf.SHF_EXECINSTR), Addralign: 8},
		{Name: lic, Type: uint32(elf.SHT_PROGBITS), Flags: uint64(elf.SHF_ALLOC | elf.SHF_WRITE), Addralign: 1},
		{Name: sym, Type: uint32(elf.SHT_SYMTAB), Link: strtab, Info: 1, Addralign: 8, Entsize: elf.Sym64Size},
		{Name: str, Type: uint32(elf.SHT_STRTAB), Addralign: 1},
	}
	const headerSize = 64
	at := uint64(headerSize)
	for i := range headers {
		align := max(headers[i].Addralign, 1)
		at = (at + align - 1) / align * align
		if i > 0 {
			headers[i].Off, headers[i].Size = at, uint64(len(contents[i]))
		}
		at += uint64(len(contents[i]))
	}
	start := (at + 7) / 8 * 8
	h := elf.Header64{Type: uint16(elf.ET_REL), Machine: uint16(elf.EM_BPF), Version: uint32(elf.EV_CURRENT), Shoff: start,
		Ehsize: headerSize, Shentsize: elf64SectionSize, Shnum: uint16(len(headers)), Shstrndx: strtab}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.EV_CURRENT)
	h.Ident[elf.EI_DATA] = byte(elf.ELFDATA2LSB)
	if isBig(order) {
		h.Ident[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
	}
	var out bytes.Buffer
	write(&out, h)
	for i := range headers {
		if i > 0 {
			out.Write(make([]byte, headers[i].Off-uint64(out.Len())))
		}
		out.Write(contents[i])
	}
	out.Write(make([]byte, start-uint64(out.Len())))
	write(&out, headers)
	return out.Bytes()
}

const elf64SectionSize = 64
