package print

import "encoding/binary"

// USB as Linux captures it (usbmon).

var (
	usbTransfers = NamesT{0: "ISOCHRONOUS", usbInterrupt: "INTERRUPT", 2: "CONTROL", 3: "BULK"}
	usbEvents    = NamesT{'S': " SUBMIT", 'C': " COMPLETE", 'E': " ERROR"}
)

const usbInterrupt = 1

func (d *dissector) usb48(v view) { d.usb(v, "usb_linux_48_byte", 48) }
func (d *dissector) usb64(v view) { d.usb(v, "usb_linux_64_byte", 64) }

// usb prints the header of size bytes, in host byte order.
func (d *dissector) usb(v view, proto string, size int) {
	d.proto = proto
	v.need(size)
	d.headerAtOnce(size)
	d.print("USB")
	if d.Quiet {
		return
	}
	event, transfer := v.u8(8), v.u8(9)
	_, knownTransfer := usbTransfers[transfer]
	_, knownEvent := usbEvents[event]
	d.print(" " + usbTransfers.of(transfer, " ?") + usbEvents.of(event, " ?"))
	if knownTransfer && knownEvent {
		if to := event == 'S'; to != (transfer == usbInterrupt) { // what is submitted for an interrupt comes from the device
			d.print(" to")
		} else {
			d.print(" from")
		}
	}
	d.printf(" %d:%d:%d", binary.LittleEndian.Uint16(v.bytes(12, 2)), v.u8(11), v.u8(10)&0x7f)
}
