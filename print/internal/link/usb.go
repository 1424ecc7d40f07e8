package link

import "bpfc/print/internal/dissect"

// USB as Linux captures it (usbmon).

var (
	usbTransfers = Names{0: "ISOCHRONOUS", usbInterrupt: "INTERRUPT", 2: "CONTROL", 3: "BULK"}
	usbEvents    = Names{'S': " SUBMIT", 'C': " COMPLETE", 'E': " ERROR"}
)

const usbInterrupt = 1

func USB48(d *Context, v View) { usb(d, v, "usb_linux_48_byte", 48) }

func USB64(d *Context, v View) { usb(d, v, "usb_linux_64_byte", 64) }

// usb prints the header of size bytes, in host byte order.
func usb(d *Context, v View, proto string, size int) {
	d.Proto = proto
	v.Need(size)
	d.HeaderAtOnce(size)
	d.Print("USB")
	if d.Quiet {
		return
	}
	event, transfer := v.U8(8), v.U8(9)
	_, knownTransfer := usbTransfers[transfer]
	_, knownEvent := usbEvents[event]
	d.Print(" " + usbTransfers.Of(transfer, " ?") + usbEvents.Of(event, " ?"))
	if knownTransfer && knownEvent {
		d.Print(dissect.Pick((event == 'S') != (transfer == usbInterrupt), " to", " from")) // what is submitted for an interrupt comes from the device
	}
	d.Printf(" %d:%d:%d", v.LE16(12), v.U8(11), v.U8(10)&0x7f)
}
