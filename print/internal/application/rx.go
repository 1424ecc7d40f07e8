package application

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bpfc/print/internal/dissect"
)

// rxTypes are the packets of Rx, the transport of AFS.
var rxTypes = Names{1: "data", 2: "ack", 3: "busy", 4: "abort", 5: "ackall", 6: "challenge", 7: "response", 8: "debug", 9: "params", 10: "params", 11: "params", 12: "params", 13: "version"}

const (
	rxHeader          = 28
	rxData            = 1
	rxAck             = 2
	rxAbort           = 4
	rxClientInitiated = 0x01
)

// rxFlag is a bit of the header that may mean something in one type of packet only; 0 is any.
type rxFlag struct {
	bit, kind int
	name      string
}

var rxFlags = []rxFlag{{rxClientInitiated, 0, "client-init"}, {0x02, 0, "req-ack"}, {0x04, 0, "last-pckt"}, {0x08, 0, "more-pckts"},
	{0x10, 0, "free-pckt"}, {0x20, rxAck, "slow-start"}, {0x20, rxData, "jumbogram"}}

// rxCall names a call, so that what its reply holds can be known.
type rxCall struct {
	number         uint32
	client, server string
	port, service  int
}

// Rx prints a packet of Rx and the remote procedure call of AFS in it.
func Rx(d *Context, v View) {
	d.Proto = "rx"
	d.StopIf(len(v.Data) < rxHeader, " [|rx] (%d)", v.Length)
	kind, bits := v.U8(20), v.U8(21)
	d.Printf(" rx %s", rxTypes.Of(kind, "type %d"))
	if d.Verbose > 0 {
		rxVerbose(d, v, kind, bits)
	}
	service := rxServices[d.Dst]
	key := rxCall{v.U32(8), string(d.Source), string(d.Destination), d.Dst, v.U16(26)}
	reply := rxCall{key.number, key.server, key.client, d.Src, key.service}
	first, client := v.U32(12) == 1, bits&rxClientInitiated != 0
	switch {
	case kind == rxData && first && client:
		if len(v.Data) >= rxHeader+4 {
			dissect.Remembered[dissect.Calls[rxCall, int]](d).Add(key, int(v.U32(rxHeader)))
		}
		if service != nil && v.Length > rxHeader {
			printRxCall(d, service, int(v.U32(rxHeader)), *v.Cursor(rxHeader + 4))
		}
	case (kind == rxData && first || kind == rxAbort) && !client:
		op, known := dissect.Remembered[dissect.Calls[rxCall, int]](d).Find(reply)
		if service = rxServices[d.Src]; known && service != nil && v.Length > rxHeader {
			rxReply(d, service, kind, op, *v.Cursor(rxHeader))
		}
	case kind == rxAck:
		printRxAck(d, v)
	}
	d.Printf(" (%d)", v.Length)
}

// rxVerbose prints the rest of the header, the more the higher the verbosity.
func rxVerbose(d *Context, v View, kind, bits int) {
	d.Form(v.Cursor(0), "%2+{ cid %4@4x call# %4@8d} seq %4@12d ser %4@16d%3+{ secindex %1@23d serviceid %2@26d}")
	if d.Verbose < 2 {
		return
	}
	separator := " "
	for _, f := range rxFlags {
		if bits&f.bit != 0 && (f.kind == 0 || f.kind == kind) {
			d.Printf("%s<%s>", separator, f.name)
			separator = ","
		}
	}
}

// rxOperation is a procedure: its name and what is printed of its arguments and results, in the notation of rxFields.
type rxOperation struct{ name, call, reply string }

// rxService is a server of AFS.
type rxService struct {
	name       string
	operations map[int]rxOperation
	maxString  uint32 // longest string that is believed
	vector     int    // characters in a name that has a word for each
	ubik       bool   // also speaks the protocol of replicated databases
	errors     bool   // an abort is printed as an error of the file server
}

// rxServices are the servers by port.
var rxServices = map[int]*rxService{
	7000: {name: "fs", operations: rxFileServer, maxString: 256, errors: true},
	7001: {name: "cb", operations: rxCallbacks},
	7002: {name: "pt", operations: rxProtection, maxString: 64, vector: 64, ubik: true},
	7003: {name: "vldb", operations: rxVolumeLocations, maxString: 65, vector: 65, ubik: true},
	7004: {name: "kauth", operations: rxKerberos, maxString: 64, ubik: true},
	7005: {name: "vol", operations: rxVolumes, maxString: 256, vector: 32},
	7007: {name: "bos", operations: rxOverseer, maxString: 256},
}

// rxTitle prints the name of a call or reply and gives the operation. What is cut is marked by the name of the service.
func rxTitle(d *Context, s *rxService, direction string, op int) (o rxOperation, mark string) {
	d.Printf(" %s", s.name)
	o, known := s.operations[op]
	mark = s.name
	if s.ubik && isUbik(op) {
		d.Print(" ubik")
		o, known = rxUbik[op]
		mark = "ubik"
	}
	if !known {
		o.name = fmt.Sprintf("op#%d", op)
	}
	d.Printf(" %s %s", direction, o.name)
	return o, mark
}

func printRxCall(d *Context, s *rxService, op int, c Cursor) {
	o, mark := rxTitle(d, s, "call", op)
	d.PrintfIf(!d.Try(func() { rxFields(d, s, o.call, &c) }), " [|%s]", mark)
}

// rxReply prints the answer to a call, or the error that is it.
func rxReply(d *Context, s *rxService, kind, op int, c Cursor) {
	o, mark := rxTitle(d, s, "reply", op)
	switch {
	case kind != rxData && s.errors:
		d.Printf(" error %s", rxFileErrors.Of(int(int32(c.U32())), "#%d"))
	case kind != rxData && mark == "ubik" && op == ubikBeacon: // a vote for it comes this way
		d.Form(&c, " vote yes until| %4n", rxDate)
	case kind != rxData:
		d.Printf(" errcode %d", int32(c.U32()))
	case !d.Try(func() { rxFields(d, s, o.reply, &c) }):
		d.Printf(" [|%s]", mark)
	}
}

const ubikBeacon = 10000

func isUbik(op int) bool { return op >= 10000 && op <= 10007 || op >= 20000 && op <= 20013 }

// rxFields prints arguments or results. Fields is a text, in which these stand for values, each printed after a space:
//
//	%u %d %U  a number: unsigned, signed, unsigned of 64 bits     %S  a string
//	%T        a date                                              %N  a name of a word for each character
//	%F        a file: volume, vnode, uniquifier                   %D  a server to go to
//	%A        attributes to be stored                             %V  a version of a database
//	%I        the identity of a host                              %P  the kind of a volume
//	%L        an access control list                              %w  a word, not printed
//	%K        a number of bytes, not printed
//	%B        a callback: version and time of expiry              %Y  yes or no
//	%E %W %X  a volume's locations: old, new, with identities     %O  a volume in a list
//	%*…       a number of the next, with commas between files and servers
//
// It is rejected where the packet ends before a field that is read as a whole.
func rxFields(d *Context, s *rxService, fields string, c *Cursor) {
	for fields != "" {
		text, rest, more := strings.Cut(fields, "%")
		d.Print(text)
		if !more {
			return
		}
		if rest[0] == '*' {
			rxList(d, s, rest[1], c)
			rest = rest[1:]
		} else {
			rxField(d, s, rest[0], c)
		}
		fields = rest[1:]
	}
}

func rxList(d *Context, s *rxService, field byte, c *Cursor) {
	n := c.U32()
	switch {
	case field == 'B':
		d.If(n > 0, ";")
	case n == 0:
		d.Print(" <none!>")
	}
	for i := range n {
		rxField(d, s, field, c)
		d.If(strings.IndexByte("FDO", field) >= 0 && i+1 < n, ",")
	}
}

// rxForms are the fields that are numbers, and how many bytes are read as a whole.
var rxForms = map[byte]struct {
	whole int
	print dissect.Printer
}{
	'u': {0, dissect.Form(" %4d")}, 'd': {0, dissect.Form(" %4i")}, 'U': {0, dissect.Form(" %8d")}, 'w': {0, dissect.Form("%4_")}, 'T': {0, dissect.Form(" %4n", rxDate)},
	'F': {12, dissect.Form(" fid %4d/%4d/%4d")}, 'D': {12, dissect.Form(" server %4d:%4d:%4d")}, 'V': {8, dissect.Form(" %4d.%4d")},
	'P': {0, dissect.Form("%4n", Names{0: " type read-write", 1: " type read-only", 2: " type backup"}.Or(""))}, 'Y': {0, dissect.Form("%4n", [2]string{" no", " yes"})},
}

func rxDate(d *Context, n int) string {
	return time.Unix(int64(int32(n)), 0).In(d.Location).Format("2006/01/02 15:04:05")
}

func rxField(d *Context, s *rxService, field byte, c *Cursor) {
	if f, ok := rxForms[field]; ok {
		dissect.RejectIf(f.whole > 0 && !c.Has(f.whole))
		f.print(d, c)
		return
	}
	switch field {
	case 'S':
		rxString(d, s.maxString, c)
	case 'N':
		rxVector(d, s.vector, c)
	case 'A':
		rxAttributes(d, c)
	case 'I':
		rxIdentity(d, c)
	case 'L':
		rxAccessList(d, c)
	case 'K':
		n := int(c.U32())
		dissect.RejectIf(!c.Has(n))
		c.At += n
	case 'B':
		rxFields(d, s, " ver%d expires%T%w", c)
	case 'E', 'W', 'X':
		rxVolume(d, s, dissect.Pick(field == 'E', 8, 13), c, field == 'X')
	case 'O':
		rxFields(d, s, " name%N volid%u type", c)
		c.At += 21 * 4
	}
}

// rxString prints a string of at most most bytes, which is padded to words.
func rxString(d *Context, most uint32, c *Cursor) {
	n := c.U32()
	dissect.RejectIf(n > most)
	d.Print(` "`)
	b := c.Data[min(c.At, len(c.Data)):]
	d.Text(b[:min(int(n), len(b))])
	dissect.RejectIf(int(n) > len(b))
	d.Print(`"`)
	c.At += (int(n) + 3) &^ 3
}

// rxVector prints a string in which each character has a word.
func rxVector(d *Context, n int, c *Cursor) {
	dissect.RejectIf(!c.Has(4 * n))
	var name []byte
	for range n {
		name = append(name, byte(c.U32()))
	}
	text, _, _ := strings.Cut(string(name), "\x00")
	d.Print(` "`)
	d.Text([]byte(text))
	d.Print(`"`)
}

// rxAttributes prints what of a file's attributes is to be set.
func rxAttributes(d *Context, c *Cursor) {
	dissect.RejectIf(!c.Has(24))
	d.Form(c, "%4?{ StoreStatus}%=[31]?{ date %4n}{%4_}%4@0[30]?{ owner %4d}{%4_}%4@0[29]?{ group %4d}{%4_}%4@0[28]?{ mode %4[20-31]o}{%4_}%4@0[27]?{ segsize %4d}{%4_}%4@0[21]?{ fsync}", rxDate)
}

// rxIdentity prints the UUID of a host, of which each part has a word.
func rxIdentity(d *Context, c *Cursor) {
	dissect.RejectIf(!c.Has(11 * 4))
	d.Printf(" %08x%04x%04x", c.U32(), c.U32(), c.U32())
	for range 8 {
		d.Printf("%02x", byte(c.U32()))
	}
}

// rxVolume prints where the copies of a volume are, of at most most.
func rxVolume(d *Context, s *rxService, most int, c *Cursor, identities bool) {
	rxVector(d, s.vector, c)
	if most == 8 {
		c.U32()
	}
	d.Print(" numservers")
	n := int(c.U32())
	d.Printf(" %d servers", n)
	for i := range most {
		switch {
		case identities && i < n:
			d.Print(" afsuuid")
			rxIdentity(d, c)
		case identities:
			dissect.RejectIf(!c.Has(44))
			c.At += 44
		case !c.Has(4):
			dissect.Reject()
		default:
			if b := c.Bytes(4); i < n {
				d.Printf(" %d.%d.%d.%d", b[0], b[1], b[2], b[3])
			}
		}
	}
	if identities {
		dissect.RejectIf(!c.Has(4 * most))
		c.At += 4 * most
	}
	d.Print(" partitions")
	for i := range most {
		switch j := c.U32(); {
		case i < n && j <= 26:
			d.Printf(" %c", 'a'+rune(j))
		case i < n:
			d.Printf(" %d", j)
		}
	}
	dissect.RejectIf(!c.Has(4 * most))
	c.At += 4 * most
	rxFields(d, s, " rwvol%u rovol%u backup%u", c)
}

// rxRights are the letters of the bits of an access control list, in the order in which AFS's own tools show them.
var rxRights = Flags{{1, "r"}, {8, "l"}, {4, "i"}, {16, "d"}, {2, "w"}, {32, "k"}, {64, "a"}}

// rxAccessList prints an access control list, which is a text: the numbers of positive and negative entries, then a line
// of user and rights for each.
func rxAccessList(d *Context, c *Cursor) {
	n := int(c.U32())
	dissect.RejectIf(!c.Has(n))
	text := string(c.Data[c.At : c.At+min(n, 1024)])
	text, _, _ = strings.Cut(text, "\x00")
	words := strings.Fields(text)
	if len(words) < 2 {
		return
	}
	positive, err := strconv.Atoi(words[0])
	negative, err2 := strconv.Atoi(words[1])
	if err != nil || err2 != nil {
		return
	}
	words = words[2:]
	for i := 0; i < positive+negative && len(words) >= 2; i++ {
		rights, err := strconv.Atoi(words[1])
		if err != nil {
			return
		}
		sign := "+"
		if i >= positive {
			sign = "-"
		}
		d.Printf(" %s{", sign)
		d.Text([]byte(words[0]))
		d.Print(" ")
		for _, r := range rxRights {
			d.If(rights&r.Bit != 0, r.Name)
		}
		d.Print("}")
		words = words[2:]
	}
}

var rxReasons = Names{1: "ack requested", 2: "duplicate packet", 3: "out of sequence", 4: "exceeds window", 5: "no buffer space", 6: "ping", 7: "ping response", 8: "delay", 9: "idle"}

// printRxAck prints an acknowledgement: which packets of a window have come.
func printRxAck(d *Context, v View) {
	const size = 18
	if v.Length < rxHeader {
		return
	}
	a := v.From(rxHeader)
	if len(a.Data) < size {
		d.Print(" [|ack]")
		return
	}
	first, count := int(a.U32(4)), a.U8(17)
	d.Form(a.Cursor(0), "%3+{ bufspace %2@0d maxskew %2@2d} first %4@4d serial %4@12d reason %1@16n", rxReasons.Or("#%d"))
	if len(a.Data) < size+count {
		d.Print(" [|ack]")
		return
	}
	states := a.Data[size : size+count]
	rxRuns(d, states, first, 1, " acked ")
	rxRuns(d, states, first, 0, " nacked ")
	rest := dissect.NewView(a.Data, len(a.Data)).Cursor(size + count + 3)
	d.Try(func() { d.Form(rest, "%2+{%4! ifmtu %4d%4! maxmtu %4d%4! rwind %4d%4! maxpackets %4d}") })
}

// rxRuns prints the numbers of the packets in one state, runs as first and last.
func rxRuns(d *Context, states []byte, first int, state byte, name string) {
	for i := 0; i < len(states); {
		if states[i] != state {
			i++
			continue
		}
		end := i
		for end+1 < len(states) && states[end+1] == state {
			end++
		}
		d.Printf("%s%d", name, uint32(first+i))
		name = ","
		d.PrintfIf(end > i, "-%d", uint32(first+end))
		i = end + 1
	}
}
