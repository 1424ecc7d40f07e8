package fuzz

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/capture"
	"bpfc/names"
	"bpfc/vm"
)

// maxFuzzedText bounds, in bytes, the expressions that the targets try: the engine finds more in many small ones.
const maxFuzzedText = 4096

// offline compiles without asking the network for names that mutation invents.
var offline = CompileWith(context.Background(), bpfc.WithNames(names.Map{}))

// FuzzExpression: whatever the text, compiling it gives an error with a place inside the text or a program that the validator
// passes; with and without the optimizer, and the two agree on packets made for them.
func FuzzExpression(f *testing.F) {
	r := random(20)
	for _, l := range Links()[:20] {
		g := NewGrammar(r, l.DLT)
		for i := range 8 {
			f.Add(g.Filter(2*i), uint16(l.DLT))
		}
	}
	for _, e := range []string{"", "(", "not", "!!!!ip", "ip[", "ip[0:3] = 1", "1 = 1 = 1", "host ::", "port 65536", "net 1.2.3.4/33", `\`, "len / 0 = 1", "\x00", "tcp\xff",
		"ip[ip[ip[ip[0]]]] = 1", "((((((((ip))))))))", "vlan and vlan and vlan and vlan", "portrange 5-", "ether host 1:2:3:4:5", "$", "'"} {
		f.Add(e, uint16(1))
	}
	f.Fuzz(func(t *testing.T, expr string, dlt uint16) {
		if len(expr) > maxFuzzedText {
			return
		}
		o := CompileOptions{LinkType: int(dlt), Snaplen: 262144, Netmask: 0xffffff00}
		plain, plainErr := offline(expr, o)
		o.Optimize = true
		prog, err := offline(expr, o)
		if (err == nil) != (plainErr == nil) && !RejectsAll(err) && !Folded(err) {
			t.Fatalf("optimized: %v; not: %v", err, plainErr)
		}
		if err != nil {
			checkPlace(t, expr, err)
			return
		}
		b := NewBuilder(random(21), int(dlt))
		b.Use(Collect(expr, prog, plain))
		for range 20 {
			p := b.Mutate(Direct(b.r, plain, b.Packet()))
			got, want := run(t, prog, p), run(t, plain, p)
			if got != want {
				t.Fatalf("%q on %d: optimized %d, not %d, packet %x of %d\n%s\n%s", expr, dlt, got, want, p.Data, p.WireLen, listing(prog), listing(plain))
			}
		}
	})
}

// checkPlace holds an error to what the compiler promises of it.
func checkPlace(t *testing.T, expr string, err error) {
	t.Helper()
	var e *bpfc.Error
	if !errors.As(err, &e) {
		t.Fatalf("%q: an error of type %T: %v", expr, err, err)
	}
	if e.Pos < 0 || e.End < e.Pos || e.End > len(expr) {
		t.Fatalf("%q (%d bytes): place %d to %d: %v", expr, len(expr), e.Pos, e.End, err)
	}
	if strings.TrimSpace(e.Error()) == "" {
		t.Fatalf("%q: an error without text", expr)
	}
}

func run(t *testing.T, prog []bpf.RawInstruction, p Packet) uint32 {
	t.Helper()
	m, err := vm.New(prog)
	if err != nil {
		t.Fatalf("the compiler's program is not valid: %v\n%s", err, listing(prog))
	}
	return m.Run(p.Data, p.WireLen)
}

// decodeProgram takes 8 bytes an instruction, as struct sock_filter has them in memory of a little-endian machine.
func decodeProgram(b []byte) []bpf.RawInstruction {
	var prog []bpf.RawInstruction
	for ; len(b) >= 8 && len(prog) < 5000; b = b[8:] {
		prog = append(prog, bpf.RawInstruction{Op: binary.LittleEndian.Uint16(b), Jt: b[2], Jf: b[3], K: binary.LittleEndian.Uint32(b[4:])})
	}
	return prog
}

func encodeProgram(prog []bpf.RawInstruction) []byte {
	var b []byte
	for _, in := range prog {
		b = binary.LittleEndian.AppendUint16(b, in.Op)
		b = append(b, in.Jt, in.Jf)
		b = binary.LittleEndian.AppendUint32(b, in.K)
	}
	return b
}

// FuzzBytecode: whatever the bytes, the validator decides without a panic; what it passes runs, and ends, in every engine
// with the verdict of the plain interpreter; and the kernel loads exactly what the kernel's rules pass.
func FuzzBytecode(f *testing.F) {
	r := random(22)
	for _, l := range Links()[:10] {
		g := NewGrammar(r, l.DLT)
		for range 6 {
			if prog, err := offline(g.Filter(4), CompileOptions{LinkType: l.DLT, Snaplen: 96, Netmask: 0xffffff00}); err == nil {
				b := NewBuilder(r, l.DLT)
				f.Add(encodeProgram(prog), b.Packet().Data, uint16(0))
			}
		}
	}
	f.Add([]byte{}, []byte{}, uint16(0))
	f.Add(encodeProgram([]bpf.RawInstruction{{Op: 0x05, K: 0xffffffff}, {Op: 0x06}}), []byte{1}, uint16(1))
	f.Add(encodeProgram([]bpf.RawInstruction{{Op: 0x28, K: 0xfffff000}, {Op: 0x16}}), []byte{1}, uint16(1))
	f.Add(encodeProgram([]bpf.RawInstruction{{Op: 0x02, K: 15}, {Op: 0x60, K: 15}, {Op: 0x84}, {Op: 0x16}}), []byte{1}, uint16(1))
	kernel := NewKernel()
	jit := NewJIT()
	f.Fuzz(func(t *testing.T, code, data []byte, more uint16) {
		prog := decodeProgram(code)
		p := Packet{Data: data[:min(len(data), 2000)], WireLen: uint32(min(len(data), 2000)) + uint32(more)}
		userland, strict := vm.Validate(prog, vm.ModeUserland), vm.Validate(prog, vm.ModeKernel)
		if kernel.Available() == nil {
			if _, err := kernel.Load(prog); (err == nil) != (strict == nil) && !errors.Is(err, ErrNoMemory) {
				t.Fatalf("kernel: %v, validator: %v\n%s", err, strict, listing(prog))
			}
		}
		if userland != nil {
			return
		}
		want := run(t, prog, p)
		got, e := Trace(prog, p)
		if e&(EventFault|EventTurnLimit) == 0 && got != want {
			t.Fatalf("verdict %d, plain interpreter %d, packet %x of %d\n%s", want, got, p.Data, p.WireLen, listing(prog))
		}
		if jit.Available() == nil {
			if got := judgeOne(t, jit, prog, p); got != want {
				t.Fatalf("native code %d, interpreter %d, packet %x of %d\n%s", got, want, p.Data, p.WireLen, listing(prog))
			}
		}
	})
}

// FuzzCapture: whatever the bytes, reading a capture file ends, with an error that has a place or with the end of the file, and packets
// are no longer than what was there.
func FuzzCapture(f *testing.F) {
	pcap := func(order binary.AppendByteOrder, magic uint32) []byte {
		b := order.AppendUint32(nil, magic)
		b = order.AppendUint16(b, 2)
		b = order.AppendUint16(b, 4)
		b = append(b, make([]byte, 8)...)
		b = order.AppendUint32(b, 262144)
		b = order.AppendUint32(b, 1)
		for range 3 {
			b = append(b, make([]byte, 8)...)
			b = order.AppendUint32(b, 20)
			b = order.AppendUint32(b, 60)
			b = append(b, make([]byte, 20)...)
		}
		return b
	}
	for _, magic := range []uint32{0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34} {
		f.Add(pcap(binary.LittleEndian, magic))
		f.Add(pcap(binary.BigEndian, magic))
	}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		f.Add(pcapng(order))
	}
	f.Add([]byte{})
	f.Add([]byte{0x0a, 0x0d, 0x0d, 0x0a})
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := capture.NewReader(bytes.NewReader(file))
		if err != nil {
			return
		}
		defer func() { _ = r.Close() }()
		for n := 0; ; n++ {
			p, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			var place *capture.FileError
			if err != nil && !errors.As(err, &place) {
				t.Fatalf("an error of type %T: %v", err, err)
			}
			if err != nil {
				return
			}
			if len(p.Data) > len(file) || n > len(file) {
				t.Fatalf("packet %d of %d bytes from a file of %d", n+1, len(p.Data), len(file))
			}
		}
	})
}

// pcapng is a small file: a section, an interface, a packet.
func pcapng(order binary.AppendByteOrder) []byte {
	block := func(kind uint32, body []byte) []byte {
		n := uint32(len(body) + 12)
		b := order.AppendUint32(nil, kind)
		b = order.AppendUint32(b, n)
		b = append(b, body...)
		return order.AppendUint32(b, n)
	}
	section := order.AppendUint32(nil, 0x1a2b3c4d)
	section = order.AppendUint16(section, 1)
	section = order.AppendUint16(section, 0)
	section = append(section, bytes.Repeat([]byte{0xff}, 8)...)
	iface := order.AppendUint16(nil, 1)
	iface = order.AppendUint16(iface, 0)
	iface = order.AppendUint32(iface, 262144)
	packet := make([]byte, 12)
	packet = order.AppendUint32(packet, 20)
	packet = order.AppendUint32(packet, 60)
	packet = append(packet, make([]byte, 20)...)
	return bytes.Join([][]byte{block(0x0a0d0d0a, section), block(1, iface), block(6, packet)}, nil)
}

// FuzzDifferential: an expression that the grammar writes from the seed, against every engine and compiler there is.
func FuzzDifferential(f *testing.F) {
	links := Links()
	for i := range links {
		f.Add(uint64(i), uint16(i), uint8(i%10))
	}
	f.Fuzz(func(t *testing.T, seed uint64, link uint16, size uint8) {
		report, err := Run(context.Background(), Config{Compile: Compile, RejectsAll: RejectsAll, Validate: KernelRules, Seed: seed,
			LinkTypes: []int{links[int(link)%len(links)].DLT}, Size: 1 + int(size)%12, Pairs: 128})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range report.Differences {
			t.Error(d)
		}
	})
}
