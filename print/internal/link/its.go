package link

import "bpfc/print/internal/dissect"

// What vehicles and the roadside say to each other.

var (
	geonetNext  = Names{0: "Any", 1: "BTP-A", 2: "BTP-B", 3: "IPv6"}
	geonetTypes = Names{0x10: "Beacon", 0x20: "GeoUnicast", 0x30: "GeoAnycastCircle", 0x31: "GeoAnycastRect", 0x32: "GeoAnycastElipse",
		0x40: "GeoBroadcastCircle", 0x41: "GeoBroadcastRect", 0x42: "GeoBroadcastElipse", 0x50: "TopoScopeBcast-SH", 0x51: "TopoScopeBcast-MH",
		0x60: "LocService-Request", 0x61: "LocService-Reply"}
	itsMessages = Names{0: "CAM", 1: "DENM", 101: "TPEGM", 102: "TSPDM", 103: "VPM", 104: "SRM", 105: "SLAM", 106: "ecoCAM", 107: "ITM", 150: "SA"}
)

// GeoNet prints GeoNetworking (ETSI TS 102 636-4-1, version 1.1.1).
func GeoNet(d *Context, v View) {
	const header, multiHop = 36, 32
	d.Proto = "geonet"
	d.Print("GeoNet ")
	if a := d.Stations; a.Src != nil {
		d.Printf("src:%s; ", d.MAC(a.Src))
	}
	d.StopIf(v.Length < header, " (common header length %d < %d) (invalid)", v.Length, header)
	next, kind := v.U8(0), v.U8(1)
	name := geonetTypes.Of(kind, "Unknown")
	switch kind >> 4 { // these have no subtypes
	case 0, 1, 2:
		name = [3]string{"Any", "Beacon", "GeoUnicast"}[kind>>4]
	}
	hops, payload := v.U8(7), v.U16(4)
	d.Printf("v:%d NH:%d-%s HT:%d-%d-%s HopLim:%d Payload:%d ", next>>4, next&15, geonetNext.Of(next&15, "Unknown"), kind>>4, kind&15, name, hops, payload)
	position(d, v.From(8))
	v = v.From(header)
	size, known := map[int]int{0x50: 0, 0x51: multiHop}[kind]
	if known = known || kind>>4 < 2; known {
		d.StopIf(v.Length < size, " (header size %d > %d) (invalid)", size, v.Length)
		if v = v.From(size); next&15 == 1 || next&15 == 2 {
			d.StopIf(v.Length < 4, " (BTP length %d < 4) (invalid)", v.Length)
			d.Printf("; BTP Dst:%d Src:%d", v.U16(0), v.U16(2))
			if v = v.From(4); v.Length >= 2 {
				d.Printf("; ItsPduHeader v:%d t:%d-%s", v.U8(0), v.U8(1), itsMessages.Of(v.U8(1), "unknown (%d)"))
			}
		}
	}
	if d.Verbose > 0 {
		d.BytesBelow(v)
	}
}

// position prints where a sender is.
func position(d *Context, v View) {
	v.Need(8)
	lat, lon := int32(v.U32(12)), int32(v.U32(16))
	d.Printf("GN_ADDR:%s lat:%d lon:%d", d.MAC(v.Bytes(0, 8)), lat, lon)
}

// CALMFast prints CALM FAST (ISO 29281).
func CALMFast(d *Context, v View) {
	d.Proto = "calm_fast"
	d.Print("CALM FAST")
	if a := d.Stations; a.Src != nil {
		d.Printf(" src:%s", d.MAC(a.Src))
	}
	d.Print("; ")
	d.Printf("SrcNwref:%d; ", v.U8(0))
	d.Printf("DstNwref:%d; ", v.U8(1))
	if d.Verbose > 0 {
		d.BytesBelow(v.From(2))
		v.NeedAll()
	}
}

// Loopback prints the Configuration Testing Protocol of Ethernet version 2.
func Loopback(d *Context, v View) {
	d.Proto = "loopback"
	d.Print("Loopback")
	if v.Length < 2 {
		d.TooShort("length", v.Length, "<", 2)
		v.NeedAll()
		return
	}
	skip := v.LE16(0)
	v = v.From(2)
	d.Printf(", skipCount %d%s", skip, dissect.If(skip%8 != 0, " (bogus)"))
	if v.Length < skip {
		d.Invalid()
		v.NeedAll()
		return
	}
	v.Need(skip)
	v = v.From(skip)
	size, function := 2, 0
	if v.Length >= 2 {
		function = v.LE16(0)
		v = v.From(2)
		d.Printf(", %s", Names{1: "Reply", 2: "Forward Data"}.Of(function, " invalid (%d)"))
		size = map[int]int{1: 2, 2: 6}[function]
	}
	if v.Length < size {
		d.TooShort("length", v.Length, "<", size)
		v.NeedAll()
		return
	}
	switch function {
	case 1:
		d.Printf(", receipt number %d", v.LE16(0))
	case 2:
		d.Printf(", forwarding address %s", d.MAC(v.Bytes(0, 6)))
	}
	v = v.From(size)
	d.PrintfIf(size > 0, ", data (%d octets)", v.Length)
	v.NeedAll()
}
