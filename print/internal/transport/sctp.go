package transport

import (
	"cmp"

	"bpfc/print/internal/dissect"
)

var sctpChunks = Names{0: "DATA", 1: "INIT", 2: "INIT ACK", 3: "SACK", 4: "HB REQ", 5: "HB ACK", 6: "ABORT", 7: "SHUTDOWN", 8: "SHUTDOWN ACK", 9: "OP ERR", 10: "COOKIE ECHO", 11: "COOKIE ACK", 12: "ECN ECHO", 13: "ECN CWR",
	14: "SHUTDOWN COMPLETE", 0xc0: "FOR CUM TSN", 0xc1: "REL CTRL", 0xc2: "REL CTRL ACK"}

// SCTP prints SCTP's ports and chunks (RFC 9260).
func SCTP(d *Context, v View) {
	h := d.IP
	const header = 12
	d.Proto = "sctp"
	d.StopIf(v.Length < header, "truncated-sctp - %d bytes missing!", header-v.Length)
	v.Need(header)
	if d.Layers != nil {
		d.Layer("sctp", "src_port", v.U16(0), "dst_port", v.U16(2), "verification_tag", v.U32(4), "payload_length", v.Length-header)
	}
	d.Ports(h, v.U16(0), v.U16(2), "sctp")
	forces := cmp.Or(forcesChannels[v.U16(0)], forcesChannels[v.U16(2)])
	d.Print("sctp")
	d.PrintfIf(forces != "", "[%s]", forces)
	v = v.From(header)
	for n := 1; v.Length > 0; n++ {
		if v.Length >= 4 {
			v.Need(max(v.U16(2), min((v.U16(2)+3)&^3, v.Length))) // the whole chunk, before anything of it is printed
		}
		d.Printf("%s%d) ", dissect.Pick(d.Verbose > 1, "\n\t", dissect.Pick(n == 1, " (", ", (")), n)
		d.StopIf(v.Length < 4, "[chunk descriptor cut off at end of packet]")
		kind, size := v.U8(0), v.U16(2)
		d.StopIf(size < 4, "[Bad chunk length %d, < size of chunk descriptor]", size)
		d.Printf("[%s] ", sctpChunks.Of(kind, "Unknown chunk type: 0x%x"))
		d.StopIf(size < map[int]int{0: 16, 1: 20, 2: 20, 3: 16}[kind], "bogus chunk length %d]", size)
		sctpChunk(d, v, kind, size, forces != "")
		v = v.From((size + 3) &^ 3)
	}
}

const sctpM3UA = 3 // payload

// sctpPayloads are payload protocol identifiers.
var sctpPayloads = Names{1: "ISDN Q.921", 2: "M2UA", sctpM3UA: "M3UA", 4: "SUA", 5: "M2PA", 6: "V5.2", 7: "H.248", 8: "BICC", 9: "TALI", 10: "DUA", 11: "ASAP", 12: "ENRP", 13: "H.323", 14: "Q.IPC", 15: "SIMCO", 16: "DDPSC",
	17: "DDPSSC", 18: "S1AP", 19: "RUA", 20: "HNBAP", 21: "ForCES HP", 22: "ForCES MP", 23: "ForCES LP", 24: "SBc-AP", 25: "NBAP", 27: "X2AP"}

func sctpChunk(d *Context, v View, kind, size int, forces bool) {
	switch kind {
	case 0:
		bits := v.U8(1)
		d.Print(Flags{{4, "(U)"}, {2, "(B)"}, {1, "(E)"}}.Letters(bits) + dissect.If(bits&7 != 0, " "))
		d.Printf("[TSN: %d] [SID: %d] [SSEQ %d] [PPID %s] ", v.U32(4), v.U16(8), v.U16(10), sctpPayloads.Of(int(v.U32(12)), "0x%x"))
		if id := v.U32(12); forces || id >= 21 && id <= 23 {
			d.Next(dissect.ByName, dissect.NameForCES, v.From(16).Limit(size-16))
		} else if id == sctpM3UA && d.Verbose > 1 {
			m3ua(d, v.From(16).Limit(size-16))
		} else if d.Verbose > 1 {
			d.Print("[Payload" + dissect.If(d.ShowUnknown, ":"))
			d.HexLines(v.From(16).Limit(size - 16))
			d.Print("]")
		}
	case 1, 2:
		d.Printf("[init tag: %d] [rwnd: %d] [OS: %d] [MIS: %d] [init TSN: %d] ", v.U32(4), v.U32(8), v.U16(12), v.U16(14), v.U32(16))
	case 3:
		ack, at := v.U32(4), 16
		d.Printf("[cum ack %d] [a_rwnd %d] [#gap acks %d] [#dup tsns %d] ", ack, v.U32(8), v.U16(12), v.U16(14))
		for n := 1; n <= v.U16(12) && at+4 <= size; n, at = n+1, at+4 {
			d.Printf("\n\t\t[gap ack block #%d: start = %d, end = %d] ", n, ack+uint32(v.U16(at)), ack+uint32(v.U16(at+2)))
		}
		for n := 1; n <= v.U16(14) && at+4 <= size; n, at = n+1, at+4 {
			d.Printf("\n\t\t[dup TSN #%d: %d] ", n, v.U32(at))
		}
	}
}

// forcesChannels are the ports of ForCES, by priority (RFC 5811).
var forcesChannels = Names{6704: "ForCES HP", 6705: "ForCES MP", 6706: "ForCES LP"}
