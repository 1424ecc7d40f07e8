package routing

import "bpfc/print/internal/dissect"

var aodvNames = Names{aodvRequest: "rreq", aodvReply: "rrep", aodvError: "rerr", 4: "rrep-ack", aodvDraft + aodvRequest: "rreq", aodvDraft + aodvReply: "rrep", aodvDraft + aodvError: "rerr", aodvDraft + 4: "rrep-ack"}

const (
	aodvRequest = 1
	aodvReply   = 2
	aodvError   = 3
	aodvDraft   = 15 // added to these in a draft for IPv6
)

// AODV prints Ad hoc On-Demand Distance Vector routing (RFC 3561).
func AODV(d *Context, v View) {
	d.Proto = "aodv"
	kind, address := v.U8(0), len(d.Source)
	d.Print(" aodv")
	op, draft := kind, kind > aodvDraft && kind <= aodvDraft+4
	if draft {
		op, address = kind-aodvDraft, 16
	}
	if least := map[int]int{aodvRequest: 16 + 2*address, aodvReply: 12 + 2*address, aodvError: 4}[op]; v.Length < least || len(v.Data) < least {
		d.Cut()
	}
	d.If(kind == aodvRequest && address == 16, " v6")
	d.Printf(" %s", aodvNames.Of(kind, "type %d"))
	c := v.Cursor(1)
	switch op {
	case aodvRequest:
		c.At += 2
		d.Printf(" %d %s hops %d id 0x%08x\n\t", v.Length, dissect.If(draft, "[D]"), c.U8(), c.U32()) // as tcpdump, which takes the type for flags
		ends, numbers := []string{"dst", "src"}, [2]uint32{}
		if draft { // where the sequence numbers come first
			numbers[0], numbers[1] = c.U32(), c.U32()
		}
		for i, end := range ends {
			to := d.Address(c.Bytes(address))
			if !draft {
				numbers[i] = c.U32()
			}
			d.Printf("%s%s %s seq %d", dissect.If(i > 0, " "), end, to, numbers[i])
		}
		aodvExtension(d, c)
	case aodvReply:
		c.At++
		prefix := c.U8() & 31
		d.Printf(" %d  prefix %d hops %d\n\t", v.Length, prefix, c.U8())
		var seq uint32
		if draft {
			seq = c.U32()
		}
		to := d.Address(c.Bytes(address))
		if !draft {
			seq = c.U32()
		}
		d.Printf("dst %s dseq %d", to, seq)
		d.Printf(" src %s %d ms", d.Address(c.Bytes(address)), c.U32())
		aodvExtension(d, c)
	case aodvError:
		bits := c.U8()
		c.At++
		n := c.U8()
		d.Printf(" %s [items %d] [%d]:", dissect.If(bits&0x80 != 0, "[D]"), n, v.Length)
		for range n {
			d.CutIf(c.Left() < address+4 || !c.Has(address+4))
			d.Printf(" {%s}(%d)", d.Address(c.Bytes(address)), c.U32())
		}
	default:
		d.Printf(" %d", v.Length)
	}
}

func aodvExtension(d *Context, c *Cursor) {
	const hello = 6 // bytes
	if c.Left() < 2 {
		return
	}
	d.CutIf(!c.Has(2))
	left := c.Left()
	kind, size := c.U8(), c.U8()
	switch {
	case kind != 1:
		d.Printf("\n\text %d %d", kind, size)
	case left < hello:
		d.Printf(" [ext data length %d < %d]", left, hello)
		d.Invalid()
	case size < hello-2:
		d.Printf("\n\text HELLO - bad length %d", size)
		d.Invalid()
	default:
		d.Printf("\n\text HELLO %d ms", c.U32())
	}
}
