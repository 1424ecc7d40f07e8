package print

// What vehicles and the roadside say to each other.

var (
	geonetNext  = NamesT{0: "Any", 1: "BTP-A", 2: "BTP-B", 3: "IPv6"}
	geonetTypes = NamesT{0x10: "Beacon", 0x20: "GeoUnicast", 0x30: "GeoAnycastCircle", 0x31: "GeoAnycastRect", 0x32: "GeoAnycastElipse",
		0x40: "GeoBroadcastCircle", 0x41: "GeoBroadcastRect", 0x42: "GeoBroadcastElipse", 0x50: "TopoScopeBcast-SH", 0x51: "TopoScopeBcast-MH",
		0x60: "LocService-Request", 0x61: "LocService-Reply"}
	itsMessages = NamesT{0: "CAM", 1: "DENM", 101: "TPEGM", 102: "TSPDM", 103: "VPM", 104: "SRM", 105: "SLAM", 106: "ecoCAM", 107: "ITM", 150: "SA"}
)

// geonet prints GeoNetworking (ETSI TS 102 636-4-1, version 1.1.1).
func (d *dissector) geonet(v view) {
	const header, multiHop = 36, 32
	d.proto = "geonet"
	d.print("GeoNet ")
	if a := d.stations; a.src != nil {
		d.printf("src:%s; ", mac(a.src))
	}
	if v.length < header {
		d.printf(" (common header length %d < %d) (invalid)", v.length, header)
		return
	}
	next, kind := v.u8(0), v.u8(1)
	name := geonetTypes.of(kind, "Unknown")
	switch kind >> 4 { // these have no subtypes
	case 0, 1, 2:
		name = [3]string{"Any", "Beacon", "GeoUnicast"}[kind>>4]
	}
	hops, payload := v.u8(7), v.u16(4)
	d.printf("v:%d NH:%d-%s HT:%d-%d-%s HopLim:%d Payload:%d ", next>>4, next&15, geonetNext.of(next&15, "Unknown"), kind>>4, kind&15, name, hops, payload)
	d.position(v.from(8))
	v = v.from(header)
	size, known := map[int]int{0x50: 0, 0x51: multiHop}[kind]
	if known = known || kind>>4 < 2; known {
		if v.length < size {
			d.printf(" (header size %d > %d) (invalid)", size, v.length)
			return
		}
		if v = v.from(size); next&15 == 1 || next&15 == 2 {
			if v.length < 4 {
				d.printf(" (BTP length %d < 4) (invalid)", v.length)
				return
			}
			d.printf("; BTP Dst:%d Src:%d", v.u16(0), v.u16(2))
			if v = v.from(4); v.length >= 2 {
				d.printf("; ItsPduHeader v:%d t:%d-%s", v.u8(0), v.u8(1), itsMessages.of(v.u8(1), "unknown (%d)"))
			}
		}
	}
	if d.Verbose > 0 {
		d.bytesBelow(v)
	}
}

// position prints where a sender is.
func (d *dissector) position(v view) {
	v.need(8)
	lat, lon := int32(v.u32(12)), int32(v.u32(16))
	d.printf("GN_ADDR:%s lat:%d lon:%d", mac(v.bytes(0, 8)), lat, lon)
}

// calmFast prints CALM FAST (ISO 29281).
func (d *dissector) calmFast(v view) {
	d.proto = "calm_fast"
	d.print("CALM FAST")
	if a := d.stations; a.src != nil {
		d.printf(" src:%s", mac(a.src))
	}
	d.print("; ")
	d.printf("SrcNwref:%d; ", v.u8(0))
	d.printf("DstNwref:%d; ", v.u8(1))
	if d.Verbose > 0 {
		d.bytesBelow(v.from(2))
		v.needAll()
	}
}

// loopback prints the Configuration Testing Protocol of Ethernet version 2.
func (d *dissector) loopback(v view) {
	d.proto = "loopback"
	d.print("Loopback")
	if v.length < 2 {
		d.tooShort("length", v.length, "<", 2)
		v.needAll()
		return
	}
	skip := v.le16(0)
	v = v.from(2)
	d.printf(", skipCount %d%s", skip, mark(skip%8 != 0, " (bogus)"))
	if v.length < skip {
		d.invalid()
		v.needAll()
		return
	}
	v.need(skip)
	v = v.from(skip)
	size, function := 2, 0
	if v.length >= 2 {
		function = v.le16(0)
		v = v.from(2)
		d.printf(", %s", NamesT{1: "Reply", 2: "Forward Data"}.of(function, " invalid (%d)"))
		size = map[int]int{1: 2, 2: 6}[function]
	}
	if v.length < size {
		d.tooShort("length", v.length, "<", size)
		v.needAll()
		return
	}
	switch function {
	case 1:
		d.printf(", receipt number %d", v.le16(0))
	case 2:
		d.printf(", forwarding address %s", mac(v.bytes(0, 6)))
	}
	v = v.from(size)
	if size > 0 {
		d.printf(", data (%d octets)", v.length)
	}
	v.needAll()
}
