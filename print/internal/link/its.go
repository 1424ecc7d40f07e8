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
	d.PrintfIf(d.Stations.Src != nil, "src:%s; ", d.MAC(d.Stations.Src))
	d.StopIf(v.Length < header, " (common header length %d < %d) (invalid)", v.Length, header)
	next, kind := v.U8(0), v.U8(1)
	name := geonetTypes.Of(kind, "Unknown")
	if kind>>4 <= 2 { // these have no subtypes
		name = [3]string{"Any", "Beacon", "GeoUnicast"}[kind>>4]
	}
	hops, payload := v.U8(7), v.U16(4)
	d.Printf("v:%d NH:%d-%s HT:%d-%d-%s HopLim:%d Payload:%d ", next>>4, next&15, geonetNext.Of(next&15, "Unknown"), kind>>4, kind&15, name, hops, payload)
	position := v.From(8)
	position.Need(8)
	d.Form(position.Cursor(0), "GN_ADDR:%8m lat:%4@12d lon:%4@16d")
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

// CALMFast prints CALM FAST (ISO 29281).
func CALMFast(d *Context, v View) {
	d.Proto = "calm_fast"
	d.Print("CALM FAST")
	d.PrintfIf(d.Stations.Src != nil, " src:%s", d.MAC(d.Stations.Src))
	d.Form(v.Cursor(0), "; |SrcNwref:%1d; |DstNwref:%1d; ")
	if d.Verbose > 0 {
		d.BytesBelow(v.From(2))
		v.NeedAll()
	}
}

// Loopback prints the Configuration Testing Protocol of Ethernet version 2.
func Loopback(d *Context, v View) {
	d.Proto = "loopback"
	d.Print("Loopback")
	d.RefuseIf(v.Length < 2, v, "")
	skip := v.LE16(0)
	v = v.From(2)
	d.Printf(", skipCount %d%s", skip, dissect.If(skip%8 != 0, " (bogus)"))
	d.RefuseIf(v.Length < skip, v, "")
	v.Need(skip)
	v = v.From(skip)
	size, function := 2, 0
	if v.Length >= 2 {
		function = v.LE16(0)
		v = v.From(2)
		d.Printf(", %s", Names{1: "Reply", 2: "Forward Data"}.Of(function, " invalid (%d)"))
		size = map[int]int{1: 2, 2: 6}[function]
	}
	d.RefuseIf(v.Length < size, v, "")
	d.Form(v.Cursor(0), Names{1: ", receipt number %2ld", 2: ", forwarding address %6m"}[function])
	v = v.From(size)
	d.PrintfIf(size > 0, ", data (%d octets)", v.Length)
	v.NeedAll()
}
