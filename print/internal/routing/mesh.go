package routing

import (
	"encoding/binary"
	"fmt"
	"math"

	"bpfc/print/internal/dissect"
)

// Routing in networks without wires, and their access points.

// OLSR prints Optimized Link State Routing (RFC 3626).
func OLSR(d *Context, v View) {
	const header = 4
	d.Proto = "olsr"
	version := 4
	if len(d.Source) == 16 {
		version = 6
	}
	d.Printf("OLSRv%d", version)
	d.CutIf(v.Length < header)
	length := min(v.Length, v.U16(0))
	d.Printf(", seq 0x%04x, length %d", v.U16(2), length)
	if d.Verbose == 0 {
		return
	}
	c := dissect.NewView(v.Data, length).Cursor(header)
	for c.Left() > 0 && d.Try(func() { olsrMessage(d, c, version) }) {
	}
}

var olsrNames = Names{olsrHello: "Hello", olsrTopology: "TC", olsrInterfaces: "MID", olsrNetworks: "HNA", 128: "Powerinfo", olsrNameService: "Nameservice", olsrHelloQuality: "Hello-LQ", olsrTopologyQuality: "TC-LQ"}

const (
	olsrHello           = 1
	olsrTopology        = 2
	olsrInterfaces      = 3
	olsrNetworks        = 4
	olsrNameService     = 130
	olsrHelloQuality    = 201
	olsrTopologyQuality = 202
)

// olsrTime gives seconds from a mantissa and an exponent.
func olsrTime(b int) float64 { return 0.0625 * (1 + float64(b>>4)/16) * float64(int(1)<<(b&15)) }

// olsrMessage prints a message; rejected if it was the last.
func olsrMessage(d *Context, c *Cursor, version int) {
	address := map[int]int{4: 4, 6: 16}[version]
	header := 8 + address
	d.RejectIf(!c.Has(header), " [|%s]", d.Proto)
	kind, valid, size := c.U8(), c.U8(), c.U16()
	dissect.RejectIf(kind == 0 || size == 0)
	from := d.Address(c.Bytes(address))
	ttl, hops := c.U8(), c.U8()
	d.Printf("\n\t%s Message (0x%02x), originator %s, ttl %d, hop %d", olsrNames.Of(kind, "Unknown"), kind, from, ttl, hops)
	fits := size >= header && size <= c.Length
	d.Printf("\n\t  vtime %.3fs, msg-seq 0x%04x, length %d%s", olsrTime(valid), c.U16(), size, dissect.If(!fits, " (invalid)"))
	dissect.RejectIf(!fits)
	m := dissect.NewView(c.From(c.At).Data, size-header).Cursor(0)
	c.At += size - header
	switch kind {
	case olsrHello, olsrHelloQuality:
		printOLSRHello(d, m, kind, address)
		return
	case olsrTopology, olsrTopologyQuality:
		d.RejectIf(m.Length < 4, " [message length %d < 4] (invalid)", m.Length)
		d.RejectIf(!m.Has(4), " [|%s]", d.Proto)
		d.Printf("\n\t    advertised neighbor seq 0x%04x", m.U16())
		m.At = 4
		printOLSRNeighbors(d, m, kind == olsrTopologyQuality, address)
	case olsrInterfaces:
		for m.Left() >= address {
			d.Printf("\n\t  interface address %s", d.Address(m.Bytes(address)))
		}
	case olsrNetworks:
		d.Printf("\n\t  Advertised networks (total %d)", m.Length/(2*address))
		for i := 0; m.Left() >= 2*address; i++ {
			network, mask := m.Bytes(address), m.Bytes(address)
			switch {
			case version == 6:
				d.Printf("\n\t    #%d: ", i)
			case i%4 == 0:
				d.Print("\n\t    ")
			default:
				d.Print(", ")
			}
			if version == 4 && [4]byte(network) == [4]byte{} && mask[0] == 0 && mask[1] != 0 {
				olsrGateway(d, mask)
				continue
			}
			bits := int64(dissect.MaskBits(mask))
			if version == 4 && binary.BigEndian.Uint32(mask)<<bits != 0 { // what is no mask, tcpdump takes for -1 bits
				bits = math.MaxUint32
			}
			d.Printf("%s/%d", d.Address(network), bits)
		}
	case olsrNameService:
		printOLSRNames(d, m, address)
		return
	default:
		d.Unknown(m.View, "\n\t    ", m.Length)
	}
}

// olsrGateway prints what a way to everywhere offers, which its mask says (an extension of olsrd's).
func olsrGateway(d *Context, mask []byte) {
	d.Print("Smart-Gateway:")
	var up, down uint64
	for _, f := range []dissect.Flag{{Bit: 0x01, Name: " LINKSPEED"}, {Bit: 0x02, Name: " IPV4"}, {Bit: 0x04, Name: " IPV4-NAT"}, {Bit: 0x08, Name: " IPV6"}, {Bit: 0x10, Name: " IPv6-PREFIX"}} {
		d.If(int(mask[1])&f.Bit != 0, f.Name)
	}
	if mask[1]&1 != 0 {
		up, down = olsrSpeed(mask[2]), olsrSpeed(mask[3])
	}
	d.Printf(" %d/%d", up, down)
}

// olsrSpeed gives kilobits a second: a number and a power of ten.
func olsrSpeed(b byte) uint64 {
	if b == 0 {
		return 0
	}
	speed := uint64(b>>3) + 1
	for range b & 7 {
		speed *= 10
	}
	return speed
}

// printOLSRNames prints names of hosts; rejected if they make no sense.
func printOLSRNames(d *Context, m *Cursor, address int) {
	d.RejectIf(m.Length < 4, " [message length %d < 4] (invalid)", m.Length)
	version, n := m.U16(), m.U16()
	fits := n > 0 && n*(4+address) <= m.Length
	d.Printf("\n\t  Version %d, Entries %d%s", version, n, dissect.If(!fits, " (invalid)"))
	for i := 0; fits && i < n && m.Left() >= 4; i++ {
		kind, size := m.U16(), m.U16()
		whole := size > 0 && address+size <= m.Left()
		d.Printf("\n\t    #%d: type %s, length %d%s", i, dissect.Pick(kind == 0, "000000", fmt.Sprintf("0x%04x", kind)), size, dissect.If(!whole, " (invalid)"))
		if !whole {
			break
		}
		padded := (size + 3) &^ 3
		dissect.RejectIf(m.Left() < address+padded)
		d.Printf(", address %s, name \"", d.Address(m.Bytes(address)))
		name := m.Rest().Cursor(0)
		d.Padded(name, size)
		d.Print("\"")
		m.At += padded
	}
}

var (
	olsrLinks     = [4]string{"Unspecified", "Asymmetric", "Symmetric", "Lost"}
	olsrNeighbors = Names{0: "Not-Neighbor", 1: "Symmetric", 2: "Symmetric-MPR"}
)

func printOLSRHello(d *Context, m *Cursor, kind, address int) {
	d.RejectIf(m.Length < 4, " [message length %d < 4] (invalid)", m.Length)
	m.At = 2
	d.Printf("\n\t  hello-time %.3fs, MPR willingness %d", olsrTime(m.U8()), m.U8())
	for m.Left() >= 4 {
		d.RejectIf(!m.Has(4), " [|%s]", d.Proto)
		start := m.At
		code := m.U8()
		m.At++
		size := m.U16()
		fits := size >= 4 && size <= m.Length-start
		d.Printf("\n\t    link-type %s, neighbor-type %s, len %d%s", olsrLinks[code&3], olsrNeighbors.Of(code>>2, "Unknown"), size, dissect.If(!fits, " (invalid)"))
		if !fits {
			return
		}
		d.RejectIf(!m.Has(size-4), " [|%s]", d.Proto)
		printOLSRNeighbors(d, dissect.NewView(m.Bytes(size-4), size-4).Cursor(0), kind == olsrHelloQuality, address)
	}
}

func printOLSRNeighbors(d *Context, m *Cursor, quality bool, address int) {
	if !quality {
		d.Print("\n\t      neighbor\n\t\t")
		for m.Left() >= 4 {
			d.Printf("%s ", d.IP4(m.Bytes(4)))
		}
		return
	}
	for m.Left() >= address+4 {
		m.View.Need(m.At + address + 4)
		neighbor := d.Address(m.Bytes(address))
		d.Printf("\n\t      neighbor %s, link-quality %.2f%%, neighbor-link-quality %.2f%%", neighbor, float64(m.U8())/2.55, float64(m.U8())/2.55)
		m.At += 2
	}
}
