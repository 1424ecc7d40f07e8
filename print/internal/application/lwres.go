package application

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// lwresRequests and lwresResponses are what is asked of BIND's lightweight resolver, by operation, and what it answers.
var (
	lwresRequests = Values{0: {"noop", 0, dissect.Silent}, 0x10001: {"getaddrsbyname", 0, lwresForm(10, "%4n|%p", lwresFamilies, lwresName)}, 0x10002: {"getnamebyaddr", 0, lwresForm(4, "%p", lwresAddress)},
		0x10003: {"getrdatabyname", 0, lwresForm(10, " %2@2n%2@0n%4_|%p", dnsType, lwresClass, lwresName)}}
	lwresResponses = Values{0: {"noop", 0, dissect.Silent}, 0x10001: {"getaddrsbyname", 0, lwresForm(10, " %2d/%2d|%p%p%p", lwresName, lwresTimes(4, lwresName), lwresTimes(6, lwresAddress))},
		0x10002: {"getnamebyaddr", 0, lwresForm(8, " %2d|%p%p", lwresName, lwresTimes(4, lwresName))},
		0x10003: {"getrdatabyname", 0, lwresForm(16, " %2@2n%2@0n%4_ TTL %4n %2d/%2d|%p%p%p", dnsType, lwresClass, lwresTTL, lwresName, lwresTimes(12, lwresBytes), lwresTimes(14, lwresBytes))}}
)

// LWRes prints the protocol of BIND's lightweight resolver.
func LWRes(d *Context, v View) {
	const header = 28
	d.Proto = "lwres"
	v.Need(header)
	length, version, bits, op := v.U32(0), v.U16(4), v.U16(6), int(v.U32(12))
	d.Print(" lwres")
	d.PrintfIf(d.Verbose > 0 || version != 0, " v%d", version)
	read := int64(length)
	if version == 0 {
		values, mark := lwresRequests, "?"
		if bits&1 != 0 {
			values, mark = lwresResponses, ""
		}
		d.Print(" " + values.Name(op, "#0x%x") + mark)
		d.PrintfIf(bits&^1 != 0, "[0x%x]", bits)
		if d.Verbose > 1 {
			d.Form(v.Cursor(0), " (serial:0x%4@8h result:0x%4@16h recvlen:%4@20d"+dissect.If(d.Verbose > 2, " authtype:0x%2@24h authlen:%2@26d")+")")
		}
		if row, known := values[op]; known {
			c := v.From(header).Cursor(0)
			row.Print(d, c)
			read = int64(header + c.At)
		}
	}
	d.PrintfIf(int64(length) != int64(v.Length), " [len: %d != %d]", length, v.Length)
	d.If(read < int64(length), "[extra]")
}

// lwresForm makes a printer of a form behind flags, of which so many bytes must be captured.
func lwresForm(size int, form string, tables ...any) dissect.Printer {
	return func(d *Context, c *Cursor) {
		c.View.Need(size)
		flags := c.U32()
		d.PrintfIf(d.Verbose > 2, " flags:0x%x", flags)
		d.Form(c, form, tables...)
	}
}

// lwresTimes makes a printer of as many as the number says that is at an offset.
func lwresTimes(at int, print dissect.Printer) dissect.Printer {
	return func(d *Context, c *Cursor) {
		for range c.View.U16(at) {
			print(d, c)
		}
	}
}

func lwresFamilies(n int) string {
	return Names{1: " IPv4", 2: " IPv6", 3: " IPv4/6"}[n&3] + dissect.If(n&^3 != 0, fmt.Sprintf("[0x%x]", uint32(n)))
}

func lwresClass(n int) string { return dissect.If(n != 1, " "+dnsClasses.Of(n, "Class%d")) }

func lwresTTL(n int) string { return dissect.RelativeTime(uint32(n)) }

// lwresName prints a text behind its length and before a zero.
func lwresName(d *Context, c *Cursor) {
	n := c.U16()
	d.Print(" ")
	d.Counted(c, n)
	c.Bytes(1)
}

func lwresBytes(d *Context, c *Cursor) {
	c.View.Need(c.At + 2 + c.View.U16(c.At))
	d.Printf("%x", c.Bytes(c.U16()))
}

// lwresAddress prints an address behind its family and its length, of which tcpdump reads no more than the family has.
func lwresAddress(d *Context, c *Cursor) {
	c.View.Need(c.At + 6 + c.View.U16(c.At+4))
	family, n := c.U32(), c.U16()
	size := map[uint32]int{1: 4, 2: 16}[family]
	dissect.TruncateIf(n < size)
	if size > 0 {
		d.Printf(" %s", d.Address(c.Bytes(size)))
	} else {
		d.Printf(" %d/%x", family, c.Bytes(n))
	}
}
