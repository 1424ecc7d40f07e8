package dissect

import "testing"

// A dissector that is left goes on where it was called, at the depth of packets inside packets of before; one that ends the line does not.
func TestLeave(t *testing.T) {
	inner := func(d *Context, v View) {
		d.Print("inner")
		d.Within(func() {
			d.Within(func() { d.LeaveIf(v.U8(0) == 1, " leaves at %d", d.Depth) })
			d.MarkIf(v.U8(0) == 2)
			d.RefuseIf(v.U8(0) == 3, v, " refuses")
			d.StopIf(v.U8(0) == 4, " stops")
		})
		d.LeaveIf(v.U8(0) == 5, " ends")
		d.Printf(" at %d", d.Depth)
	}
	outer := func(d *Context, v View) {
		known := d.Next(ByIP, 1, v)
		d.Printf(" outer %s at %d", Pick(known, "true", "false"), d.Depth)
	}
	for kind, want := range map[byte]string{0: "inner at 0 outer true at 0", 1: "inner leaves at 2 at 0 outer true at 0", 2: "inner [|test] at 0 outer true at 0", 3: "inner refuses (invalid) at 0 outer true at 0",
		4: "inner stops", 5: "inner ends outer true at 0"} {
		d := &Context{Registry: NewRegistry([]Row{{ByIP, inner, []int{1}}})}
		d.Proto = "test"
		d.Run(outer, NewView([]byte{kind}, 1))
		if string(d.Out) != want {
			t.Errorf("%d: got %q, want %q", kind, d.Out, want)
		}
	}
}

// The byte at an offset chooses what prints a value.
func TestByCode(t *testing.T) {
	print := ByCode(1, map[int]Printer{2: Form("two %1@0d")}, Form("other %1@1d"))
	for _, c := range []struct {
		data []byte
		want string
	}{{[]byte{7, 2}, "two 7"}, {[]byte{7, 3}, "other 3"}} {
		if got := formed(c.data, print); got != c.want {
			t.Errorf("% x: got %q, want %q", c.data, got, c.want)
		}
	}
}
