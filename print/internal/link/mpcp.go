package link

import "bpfc/print/internal/dissect"

// The Multi-Point Control Protocol of passive optical networks (IEEE 802.3, clause 64).

const mpcpPause = 1

var mpcpMessages = Values{
	mpcpPause: {"Pause", 0, dissect.Silent}, 2: {"Gate", 0, mpcpGate}, 3: {"Report", 0, mpcpReport},
	4: {"Register Request", 0, dissect.Form("\n\tFlags [ %1n ], Pending-Grants %1d", mpcpFlags(Flags{{1, "Register"}, {3, "De-Register"}}, "Reserved"))},
	5: {"Register", 0, dissect.Form("\n\tAssigned-Port %2d, Flags [ %1n ]\n\tSync-Time %2d ticks, Echoed-Pending-Grants %1d",
		mpcpFlags(Flags{{1, "Re-Register"}, {2, "De-Register"}, {3, "ACK"}, {4, "NACK"}}, "Reserved"))},
	6: {"Register ACK", 0, dissect.Form("\n\tEchoed-Assigned-Port %2@1d, Flags [ %1@0n ]\n\tEchoed-Sync-Time %2@3d ticks|%5_", mpcpFlags(Flags{{1, "ACK"}}, "Reserved"))},
}

// mpcpFlags makes a function that names bits, with a text for none.
func mpcpFlags(flags Flags, none string) func(int) string {
	return func(n int) string {
		if names := flags.Of(n, ", "); names != "none" {
			return names
		}
		return none
	}
}

// MPCP prints a message, with -v what it says.
func MPCP(d *Context, v View) {
	d.Proto = "mpcp"
	c := v.Cursor(0)
	c.View.Need(6)
	kind := c.U16()
	row, known := mpcpMessages[kind]
	d.Printf("MPCP, Opcode %s", mpcpMessages.Name(kind, "Unknown (%d)"))
	if kind != mpcpPause {
		d.Form(c, ", Timestamp %4d ticks")
	}
	d.Printf(", length %d", v.Length)
	switch {
	case d.Verbose == 0:
		return
	case known:
		row.Print(d, c)
	default:
		d.Unknown(v, "\n\t", v.Length)
	}
}

var mpcpGrants = Flags{{0x08, "Discovery"}, {0x10, "Force Grant #1"}, {0x20, "Force Grant #2"}, {0x40, "Force Grant #3"}, {0x80, "Force Grant #4"}}

// mpcpGate prints when a station may send.
func mpcpGate(d *Context, c *Cursor) {
	const discovery = 0x08
	bits := c.U8()
	d.Printf("\n\tGrant Numbers %d, Flags [ %s ]", bits&7, mpcpFlags(mpcpGrants, "?")(bits&^7))
	for n := 1; n <= bits&7; n++ {
		c.View.Need(c.At + 6)
		d.Printf("\n\tGrant #%d", n)
		d.Form(c, ", Start-Time %4d ticks, duration %2d ticks")
	}
	c.View.Need(c.At + 2)
	if bits&discovery != 0 {
		d.Form(c, "\n\tSync-Time %2d ticks")
	}
}

// mpcpReport prints how much a station has to send. As in tcpdump, all sets have the number that says how many there are, and the last one
// is left out.
func mpcpReport(d *Context, c *Cursor) {
	queues := Flags{{0x01, "Q0"}, {0x02, "Q1"}, {0x04, "Q2"}, {0x08, "Q3"}, {0x10, "Q4"}, {0x20, "Q5"}, {0x40, "Q6"}, {0x80, "Q7"}}
	sets := c.U8()
	d.Printf("\n\tTotal Queue-Sets %d", sets)
	for range max(sets-1, 0) {
		bits := c.U8()
		d.Printf("\n\t  Queue-Set #%d, Report-Bitmap [ %s ]", sets, mpcpFlags(queues, "Unknown")(bits))
		for n := range 8 {
			if bits>>n&1 != 0 {
				c.View.Need(c.At + 2)
				d.Printf("\n\t    Q%d Report, Duration %d ticks", n+1, c.U16())
			}
		}
	}
}
