package application

import (
	"math"

	"bpfc/print/internal/dissect"
)

// ZMTP prints the frames of ZeroMQ's protocol 1.0 in a segment.
func ZMTP(d *Context, v View) {
	d.Proto = "zmtp1"
	d.Print(": ZMTP/1.0")
	zmtpFrames(d, dissect.NewView(v.Data[:min(len(v.Data), v.Length)], v.Length))
}

// maxZMTP is how many bytes of a frame -v shows; -vv shows all.
const maxZMTP = 128

// ZMTPPart prints a datagram of ZeroMQ in PGM, which may begin with the rest of a frame.
func ZMTPPart(d *Context, v View) {
	d.Proto = "zmtp1"
	n := v.U16(0)
	d.Printf("\n\t frame offset 0x%04x", n)
	v = v.From(2)
	if n == math.MaxUint16 {
		n = v.Length
	}
	if n > 0 {
		d.Printf("\n\t frame intermediate part, %d bytes", n)
		d.PrintfIf(n > len(v.Data), " (%d captured)", len(v.Data))
		if shown := min(n, len(v.Data), dissect.Pick(d.Verbose == 1, maxZMTP, n)); d.Verbose > 0 && shown > 1 {
			d.Printf(", first %d byte(s):", shown)
			d.HexAndText("\n\t ", v.Limit(shown))
		}
	}
	zmtpFrames(d, v.From(n))
}

func zmtpFrames(d *Context, v View) {
	for len(v.Data) > 0 {
		head, size := 1, uint64(v.U8(0))
		if size == 255 {
			head, size = 9, v.U64(1)
		}
		d.Printf("\n\t frame flags+body %s length %d", dissect.Pick(head == 1, " (8-bit)", "(64-bit)"), size)
		if size == 0 {
			v = v.From(head)
			continue
		}
		left := len(v.Data) - head
		v.Need(head + 1)
		d.PrintfIf(size > uint64(left), " (%d captured)", left)
		bits := v.U8(head)
		d.Printf(", flags 0x%02x", bits)
		if d.Verbose > 0 {
			zmtpBody(d, v.From(head), bits, int(min(size, uint64(left))))
		}
		dissect.TruncateIf(size > uint64(left))
		v = v.From(head + int(size))
	}
}

// zmtpBody prints the flags of a frame and the n bytes of it that are there, flags and body.
func zmtpBody(d *Context, v View, bits, n int) {
	d.Print(" (")
	for i := 7; i > 0; i-- {
		d.Print(dissect.Pick(bits&(1<<i) != 0, "MBZ|", "-|"))
	}
	d.Print(dissect.Pick(bits&1 != 0, "MORE)", "-)"))
	if d.Verbose == 1 {
		n = min(n, maxZMTP+1)
	}
	if n > 1 {
		d.Printf(", first %d byte(s) of body:", n-1)
		d.HexAndText("\n\t ", v.From(1).Limit(n-1))
	}
}
