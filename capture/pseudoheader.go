package capture

import (
	"encoding/binary"
	"slices"

	"bpfc/linktype"
)

// Some link-layer headers are stored in the byte order of the host that
// captured. libpcap turns them into the order of the host that reads, before
// filters run, and so does this file. It is called for files in the other
// byte order only.

// swapsPseudoHeader tells whether packets of a link-layer type have such a header.
func swapsPseudoHeader(link linktype.Type) bool {
	switch link {
	case linktype.LINUX_SLL, linktype.USB_LINUX, linktype.USB_LINUX_MMAPPED, linktype.NFLOG:
		return true
	}
	return false
}

// swapPseudoHeader changes data in place. Fields that the captured bytes do
// not wholly contain stay as they are.
func swapPseudoHeader(link linktype.Type, data []byte, wireLen uint32) {
	switch link {
	case linktype.LINUX_SLL:
		swapSLL(data, wireLen)
	case linktype.USB_LINUX:
		swapUSB(data, false)
	case linktype.USB_LINUX_MMAPPED:
		swapUSB(data, true)
	case linktype.NFLOG:
		swapNFLOG(data, wireLen)
	}
}

const (
	sllHeaderLen  = 16
	sllProtoCAN   = 0x000c
	sllProtoCANFD = 0x000d
)

// swapSLL swaps the CAN identifier behind a Linux cooked header.
func swapSLL(data []byte, wireLen uint32) {
	if len(data) < sllHeaderLen+4 || wireLen < sllHeaderLen+4 {
		return
	}
	switch binary.BigEndian.Uint16(data[14:]) {
	case sllProtoCAN, sllProtoCANFD:
		slices.Reverse(data[sllHeaderLen : sllHeaderLen+4])
	}
}

// field is a place of a header: offset and size in bytes.
type field struct{ at, size int }

// usbFields are the multi-byte fields of struct usbmon_packet (Linux,
// Documentation/usb/usbmon.rst) that come before the setup packet.
var usbFields = []field{
	{0, 8},  // id
	{12, 2}, // bus number
	{16, 8}, // seconds
	{24, 4}, // microseconds
	{28, 4}, // status
	{32, 4}, // length of data
	{36, 4}, // delivered length
}

// usbIsoFields stand in place of the setup packet in isochronous transfers.
var usbIsoFields = []field{{40, 4}, {44, 4}} // error count, number of descriptors

// usbMmappedFields follow in the 64-byte form.
var usbMmappedFields = []field{{48, 4}, {52, 4}, {56, 4}, {60, 4}} // interval, start frame, flags, descriptors

const (
	usbTransferTypeAt = 9
	usbIsochronous    = 0
	usbDescriptorsAt  = 60
	usbMmappedLen     = 64
	usbDescriptorLen  = 16 // status, offset, length, padding
)

func swapUSB(data []byte, mmapped bool) {
	if !swapFields(data, usbFields) {
		return
	}
	isochronous := data[usbTransferTypeAt] == usbIsochronous
	if isochronous && !swapFields(data, usbIsoFields) {
		return
	}
	if !mmapped || !swapFields(data, usbMmappedFields) || !isochronous {
		return
	}
	count := binary.NativeEndian.Uint32(data[usbDescriptorsAt:])
	descriptors := data[usbMmappedLen:]
	for ; count > 0 && len(descriptors) > 0; count-- {
		if !swapFields(descriptors, []field{{0, 4}, {4, 4}, {8, 4}}) || len(descriptors) < usbDescriptorLen {
			return
		}
		descriptors = descriptors[usbDescriptorLen:]
	}
}

// swapFields reverses each field and stops, with false, at the first that
// data does not wholly contain.
func swapFields(data []byte, fields []field) bool {
	for _, f := range fields {
		if len(data) < f.at+f.size {
			return false
		}
		slices.Reverse(data[f.at : f.at+f.size])
	}
	return true
}

// swapNFLOG swaps type and length of each TLV behind the 4-byte header.
func swapNFLOG(data []byte, wireLen uint32) {
	const headerLen = 4
	if len(data) < headerLen || wireLen < headerLen || data[1] != 0 {
		return // data[1] is the version, and 0 the only one
	}
	wire := int64(wireLen) - headerLen
	tlv := data[headerLen:]
	for len(tlv) >= 4 {
		slices.Reverse(tlv[0:2])
		slices.Reverse(tlv[2:4])
		size := (int(binary.NativeEndian.Uint16(tlv)) + 3) &^ 3
		if size < 4 || size > len(tlv) || int64(size) > wire {
			return
		}
		tlv, wire = tlv[size:], wire-int64(size)
	}
}
