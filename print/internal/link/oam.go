package link

import (
	"strconv"

	"bpfc/print/internal/dissect"
)

// Operation, administration and maintenance of Ethernet links (IEEE 802.3, clause 57).

var (
	oamFlags = Flags{{0x01, "Link Fault"}, {0x02, "Dying Gasp"}, {0x04, "Critical Event"}, {0x08, "Local Evaluating"}, {0x10, "Local Stable"}, {0x20, "Remote Evaluating"}, {0x40, "Remote Stable"}}
	oamCodes = Names{0: "Information", 1: "Event Notification", 2: "Variable Request", 3: "Variable Response", 4: "Loopback Control", 0xfe: "Vendor Private"}
	oamLoops = Names{1: "Enable OAM Remote Loopback", 2: "Disable OAM Remote Loopback"}
)

var oamStation = dissect.Form("\n\t    OAM-Version %1d, Revision %2d|\n\t    State-Parser-Action %1[6-7]n, State-MUX-Action %=[5]n|\n\t    OAM-Config Flags [%1n], OAM-PDU-Config max-PDU size %2[5-15]d|\n\t    OUI %3n (0x%=x), Vendor-Private 0x%4x",
	Names{0: "forwarding", 1: "looping back", 2: "discarding", 3: "reserved"}, [2]string{"forwarding", "discarding"},
	Flags{{0x01, "Active"}, {0x02, "Unidirectional"}, {0x04, "Remote-Loopback"}, {0x08, "Link-Events"}, {0x10, "Variable-Retrieval"}}, organizations.Or("Unknown"))

var oamWindow = dissect.Form("\n\t    Timestamp %2n ms, Errored Window %8d\n\t    Errored Threshold %8d\n\t    Errors %8d\n\t    Error Running Total %8d\n\t    Event Running Total %4d", func(n int) string { return strconv.Itoa(100 * n) })

// oamLists are the values of the messages that hold some.
var oamLists = map[int]struct {
	title string
	least int // bytes of those that are printed
	List
}{
	0: {"\n\t  %s Information Type (%d), length %d", 14, List{Values: Values{0: {"End of TLV marker", 0, nil}, 1: {"Local", 0, oamStation}, 2: {"Remote", 0, oamStation}, 0xfe: {"Organization specific", 0, nil}}}},
	1: {"\n\t  %s Link Event Type (%d), length %d", 38, List{Values: Values{0: {"End of TLV marker", 0, nil}, 1: {"Errored Symbol Period Event", 0, oamWindow}, 2: {"Errored Frame Event", 0, oamWindow},
		3: {"Errored Frame Period Event", 0, oamWindow}, 4: {"Errored Frame Seconds Summary Event", 0, oamWindow}, 0xfe: {"Organization specific", 0, nil}}}},
}

// slowOAMBody prints a message behind its subtype.
func slowOAMBody(d *Context, v View) {
	d.StopIf(v.Length < 4, "\n\t\t packet is too short")
	c := v.Cursor(1)
	d.Form(c, "\n\tCode %1@2n OAM PDU, Flags [%2n]|%1_", oamCodes.Or("Unknown (%d)"), oamFlags)
	code := v.U8(3)
	list, ok := oamLists[code]
	switch {
	case ok:
		if code == 1 {
			d.StopIf(c.Left() < 2, "\n\t\t packet is too short")
			d.Form(c, "\n\t  Sequence Number %2d")
		}
		for c.Left() > 0 {
			d.StopIf(c.Left() < 2, "\n\t\t packet is too short")
			at := c.At
			kind, size := c.U8(), c.U8()
			d.Printf(list.title, list.Values.Name(kind, "Reserved"), kind, size)
			if kind == 0 {
				return
			}
			d.StopIf(size < 2, "\n\t    ERROR: illegal length - should be >= 2")
			d.StopIf(size-2 > c.Left(), "\n\t\t packet is too short")
			value := c.Take(size - 2)
			known := list.Values[kind].Print != nil
			switch {
			case known && value.Length == list.least:
				list.Values[kind].Print(d, value.Cursor(0))
				if d.Verbose == 1 {
					continue
				}
			case known:
				d.Printf("\n\t    ERROR: illegal length - should be %d", list.least+2)
			}
			d.Unknown(v.From(at), "\n\t  ", size)
		}
	case code == 4:
		d.StopIf(c.Left() < 1, "\n\t\t packet is too short")
		d.Form(c, "\n\t  Command %1n (%=d)", oamLoops.Or("Unknown"))
	default:
		if d.Verbose == 1 {
			d.Unknown(c.Rest(), "\n\t  ", c.Left())
		}
	}
}
