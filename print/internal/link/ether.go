package link

import "bpfc/print/internal/dissect"

// printPrint writes the addresses as far as the link-layer header has not been printed.
func printPrint(a dissect.Stations, d *Context, after string) {
	d.PrintfIf(!d.LinkHeader && a.Src != nil, "%s > %s%s", d.MAC(a.Src), d.MAC(a.Dst), after)
}

// Ethernet prints an Ethernet frame.
func Ethernet(d *Context, v View) { ethernetTagged(d, v, "ether", 0, nil) }

// ethernetTagged prints an Ethernet frame that has a tag of some bytes before its type.
func ethernetTagged(d *Context, v View, proto string, size int, tag Dissector) {
	header := dissect.EthernetHeader + size
	tooShort(d, v, proto, header)
	a := dissect.Stations{Src: v.Bytes(6, 6), Dst: v.Bytes(0, 6)}
	d.Stations = a
	if d.Layers != nil {
		d.Layer("eth", "src", dissect.MAC(a.Src), "dst", dissect.MAC(a.Dst), "type", v.U16(header-2))
	}
	if d.LinkHeader {
		d.Printf("%s > %s, ", d.MAC(a.Src), d.MAC(a.Dst))
	}
	if tag != nil {
		tag(d, v.From(12))
	}
	kind, payload := v.U16(header-2), v.From(header)
	d.Header(header)
	lengthPrinted := false
	for {
		if kind == dissect.TypeMACsec {
			if d.LinkHeader {
				etherTypeName(d, kind)
				d.Printf(", length %d: ", v.Length)
				lengthPrinted = true
			}
			payload = macsec(d, payload, a)
			kind, payload = payload.U16(0), payload.From(2)
			d.Header(2)
		}
		kind, payload, lengthPrinted = vlans(d, kind, payload, v.Length, lengthPrinted)
		if kind != dissect.TypeArista {
			break
		}
		payload = arista(d, payload, v.Length)
		kind, payload = payload.U16(0), payload.From(2)
		d.Header(2)
	}
	frame(d, kind, payload, v.Length, lengthPrinted, a)
}

// vlans prints the VLAN tags of a frame of length bytes, and gives the type behind them and the payload.
func vlans(d *Context, kind int, v View, length int, lengthPrinted bool) (int, View, bool) {
	for isVLAN(kind) {
		if len(v.Data) < 4 || v.Length < 4 { // the name is for that only
			tooShort(d, v, "vlan", 4)
		}
		if d.Layers != nil {
			tag := v.U16(0)
			d.Layer("vlan", "id", tag&0xfff, "priority", tag>>13, "type", v.U16(2))
		}
		if d.LinkHeader {
			etherTypeName(d, kind)
			headerLength(d, length, &lengthPrinted)
			d.Print(dissect.VLANTag(v.U16(0)) + ", ")
		}
		kind, v = v.U16(2), v.From(4)
		d.Header(4)
	}
	return kind, v, lengthPrinted
}

func headerLength(d *Context, length int, printed *bool) {
	if *printed {
		d.Print(", ")
		return
	}
	d.Printf(", length %d: ", length)
	*printed = true
}

// frame prints the payload of a frame of length bytes, by the last of its types, which may be the length of an 802.3 frame.
func frame(d *Context, kind int, v View, length int, lengthPrinted bool, a dissect.Stations) {
	switch {
	case kind <= dissect.Max8023Length:
		v = v.Limit(min(kind, v.Length))
		if d.LinkHeader {
			d.Print("802.3")
			d.PrintfIf(!lengthPrinted, ", length %d: ", v.Length)
		}
		llcOrBytes(d, v, a)
	case kind == dissect.TypeJumbo:
		llcOrBytes(d, v, a)
	default:
		if d.LinkHeader {
			etherTypeName(d, kind)
			headerLength(d, length, &lengthPrinted)
		}
		if d.Next(dissect.ByEtherType, kind, v) {
			return
		}
		if !d.LinkHeader {
			printPrint(a, d, ", ")
			etherTypeName(d, kind)
			d.Printf(", length %d: ", length)
		}
		d.HexLines(v)
	}
}

func llcOrBytes(d *Context, v View, a dissect.Stations) {
	if !llc(d, v, a) {
		d.HexLines(v)
	}
}

func isVLAN(kind int) bool {
	return kind == dissect.TypeVLAN || kind == 0x88a8 || kind == 0x9100 || kind == 0x9200
}

func etherTypeName(d *Context, kind int) {
	if d.Quiet {
		d.Print(dissect.EtherTypes.Of(kind, "Unknown Ethertype (0x%04x)"))
	} else {
		d.Printf("ethertype %s (0x%04x)", dissect.EtherTypes.Of(kind, "Unknown"), kind)
	}
}

// PPPBehindEthernet prints a frame of PPP by its ethertype.
func PPPBehindEthernet(d *Context, v View) {
	d.If(v.Length > 0, ": ")
	PPP(d, v)
}
