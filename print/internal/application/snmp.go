package application

import "bpfc/print/internal/dissect"

// The Simple Network Management Protocol (RFC 1157, 3416, 3412), in the part of BER (X.690) that it uses.

// berKind is what an element is, as far as SNMP cares.
type berKind int

const (
	berOctets berKind = iota // nothing that is expected
	berNull
	berOID
	berInt
	berUnsigned
	berUnsigned64
	berString
	berSequence
	berAddress
	berPDU
	berAny
	berNoValue // an exception in place of a value: no such object …
)

// berElement is one element.
type berElement struct {
	kind  berKind
	id    int
	value View
}

// berForms are the elements that SNMP has, by their first byte without the class's and form's names.
var berForms = map[int]berKind{
	0x02: berInt, 0x04: berString, 0x05: berNull, 0x06: berOID, 0x30: berSequence,
	0x40: berAddress, 0x41: berUnsigned, 0x42: berUnsigned, 0x43: berUnsigned, 0x46: berUnsigned64,
	0x80: berNoValue, 0x81: berNoValue, 0x82: berNoValue,
	0xa0: berPDU, 0xa1: berPDU, 0xa2: berPDU, 0xa3: berPDU, 0xa4: berPDU, 0xa5: berPDU, 0xa6: berPDU, 0xa7: berPDU, 0xa8: berPDU,
}

// Numbers of the messages.
const (
	snmpGet, snmpGetNext, snmpResponse, snmpSet, snmpTrap, snmpGetBulk, snmpInform, snmpTrap2, snmpReport = 0, 1, 2, 3, 4, 5, 6, 7, 8
)

// berClasses are the names of the numbers of elements in each class; there are no more numbers than names.
var berClasses = [4][]string{
	{"U-0", "Boolean", "Integer", "Bitstring", "String", "Null", "OID", "ObjectDes", "U-8", "U-9", "U-10", "U-11", "U-12", "U-13", "U-14", "U-15", "Sequence", "Set"},
	{"IpAddress", "Counter", "Gauge", "TimeTicks", "Opaque", "C64", "Counter64"},
	{"GetRequest", "GetNextRequest", "GetResponse", "SetRequest", "Trap", "GetBulk", "Inform", "V2Trap", "Report"},
	{"P-0"},
}

// berReader reads elements one after the other.
type berReader struct {
	d *Context
	v View // what is left
}

// next reads an element; rejected, with a reason, if it is none.
func (r *berReader) next() berElement {
	d, v := r.d, r.v
	d.RejectIf(v.Length < 1, "[nothing to parse]")
	first := v.U8(0)
	e := berElement{id: first & 31}
	at := 1
	if e.id == 31 {
		e.id = 0
		for more := true; more; at++ {
			d.RejectIf(at >= v.Length, "[Xtagfield?]")
			b := v.U8(at)
			e.id, more = (e.id<<7|b&127)&0xff, b&128 != 0
		}
	}
	d.RejectIf(at >= v.Length, "[no asnlen]")
	announced := uint32(v.U8(at)) // which may be more than an int has
	at++
	if announced&128 != 0 {
		n := int(announced & 127)
		d.RejectIf(v.Length-at < n, "[asnlen? %d<%d]", v.Length-at, n)
		announced = 0
		for range n {
			announced = announced<<8 | uint32(v.U8(at))
			at++
		}
	}
	d.RejectIf(int64(v.Length-at) < int64(announced), "[len%d<asnlen%d]", v.Length-at, announced)
	size := int(announced)
	class, form, names := first>>6, dissect.Pick(first&0x20 != 0, "C", "P"), berClasses[first>>6]
	d.RejectIf(e.id >= len(names), "[id?%s/x/%d]", form, e.id)
	d.CutIf(len(v.Data) < at+size)
	e.value = v.From(at).Limit(size)
	r.v = v.From(at + size)
	known := false
	if e.kind, known = berForms[first]; !known && form == "C" {
		d.Printf("C/%s/%s", dissect.Pick(class == 0, "U", "x"), names[e.id])
	} else if !known && class == 2 {
		e.kind = berAny
	} else if !known {
		d.Printf("[P/%s/%s]", [...]string{0: "U", 1: "A", 3: "x"}[class], names[e.id])
	}
	d.RejectIf(e.kind == berInt && size == 0, "[asnlen=0]")
	return e
}

// want reads an element of a kind; rejected if it is another, which is told.
func (r *berReader) want(kind berKind, otherwise string) berElement {
	e := r.next()
	if e.kind != kind {
		r.d.Print("[" + otherwise + "]")
		e.print(r.d)
		dissect.Reject()
	}
	return e
}

// into reads an element of a kind and gives a reader of what it holds; what follows it is told, since nothing should.
func (r *berReader) into(kind berKind, otherwise, extra string) *berReader {
	e := r.want(kind, otherwise)
	r.d.PrintfIf(r.v.Length > 0, "[%d extra after %s]", r.v.Length, extra)
	return &berReader{r.d, e.value}
}

// integer reads a number; rejected if it is none.
func (r *berReader) integer(otherwise string) int { return r.want(berInt, otherwise).signed() }

// signed gives the value of a number, of which the last 32 bits count.
func (e berElement) signed() int {
	n := int32(0)
	if e.value.U8(0) >= 128 {
		n = -1
	}
	for i := range e.value.Length {
		n = n<<8 | int32(e.value.U8(i))
	}
	return int(n)
}

func (e berElement) unsigned() (n uint64) {
	for i := range e.value.Length {
		n = n<<8 | uint64(e.value.U8(i))
	}
	return n
}

// print prints the value of an element.
func (e berElement) print(d *Context) {
	v := e.value
	switch e.kind {
	case berOctets:
		d.Print(dissect.Joined(v.Data, "_%02x", ""))
	case berOID:
		printOID(d, v)
	case berInt:
		d.Printf("%d", e.signed())
	case berUnsigned:
		d.Printf("%d", uint32(e.unsigned()))
	case berUnsigned64:
		d.Printf("%d", e.unsigned())
	case berString:
		printBERString(d, v)
	case berSequence:
		d.Printf("Sequence(%d)", v.Length)
	case berAddress:
		d.PrintfIf(v.Length != 4, "[inetaddr len!=%d]", 4)
		d.Print(dissect.Joined(v.Data, "%d", "."))
	case berAny:
		d.Print("[BE_ANY!?]")
	case berNoValue:
		d.Printf("[%s]", [...]string{"noSuchObject", "noSuchInstance", "endOfMibView"}[e.id])
	case berPDU:
		d.Printf("%s(%d)", berClasses[2][e.id], v.Length)
	}
}

// printBERString prints a text, or bytes in hexadecimal if some are no text.
func printBERString(d *Context, v View) {
	printable := true
	for i := range v.Length {
		c := v.U8(i)
		printable = printable && (c >= 0x20 && c < 0x7f)
	}
	if printable {
		d.Print("\"")
		d.Text(v.Data)
		d.Print("\"")
		return
	}
	d.Print(dissect.Joined(v.Data, "%02x", "_"))
}

// printOID prints an object identifier in numbers; the first number of it counts for two.
func printOID(d *Context, v View) {
	n, begun := uint32(0), false
	for i := range v.Length {
		b := v.U8(i)
		n = n<<7 | uint32(b&127)
		if b&128 != 0 {
			continue
		}
		if !begun {
			begun = true
			first := min(n/40, 2)
			d.Printf(".%d", first)
			n -= 40 * first
		}
		d.Printf(".%d", n)
		n = 0
	}
}

// SNMP prints a message. tcpdump prints the names of the objects of MIB-2 even with -n; numbers are printed here.
func SNMP(d *Context, v View) {
	d.Proto = "snmp"
	d.Print(" ")
	d.Try(func() { snmpMessage(&berReader{d, v}) })
}

func snmpMessage(r *berReader) {
	const v1, v2c, v2u, v3 = 0, 1, 2, 3
	d := r.d
	r = r.into(berSequence, "!init SEQ", "iSEQ")
	version := r.integer("version!=INT")
	d.RejectIf(version < v1 || version > v3, "SNMP [version = %d]", version)
	d.PrintfIf(d.Verbose > 0, "{ %s ", [...]string{v1: "SNMPv1", v2c: "SNMPv2c", v2u: "SNMPv2u", v3: "SNMPv3"}[version])
	d.RejectIf(version == v2u, "[version = %d]", version)
	if version == v3 {
		snmpSecured(r)
	} else {
		snmpCommunity(r, version)
	}
	d.If(d.Verbose > 0, "} ")
}

func snmpCommunity(r *berReader, version int) {
	const usual = "public"
	e := r.want(berString, "comm!=STR")
	if string(e.value.Data) != usual {
		r.d.Print("C=")
		e.print(r.d)
		r.d.Print(" ")
	}
	snmpPDU(r, version)
}

// snmpErrors are the names of errors.
var snmpErrors = []string{"noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType", "wrongLength", "wrongEncoding", "wrongValue", "noCreation", "inconsistentValue",
	"resourceUnavailable", "commitFailed", "undoFailed", "authorizationError", "notWritable", "inconsistentName"}

func snmpError(n int) string { return nameAt(snmpErrors, n, "ErrorStatus(%d)") }

// snmpPDU prints a request, a response or a trap.
func snmpPDU(r *berReader, version int) {
	d := r.d
	e := r.want(berPDU, "no PDU CTX")
	d.PrintfIf(r.v.Length > 0, "[%d extra after PDU]", r.v.Length)
	d.If(d.Verbose > 0, "{ ")
	e.print(d)
	d.Print(" ")
	d.RejectIf(version == 0 && e.id >= snmpGetBulk, "[v2 PDU in v1 message]")
	d.RejectIf(version == 1 && e.id == snmpTrap, "[v1 PDU in v2 message]")
	r = &berReader{d, e.value}
	if e.id == snmpTrap {
		snmpOldTrap(r)
	} else {
		snmpRequest(r, e.id)
	}
	d.If(d.Verbose > 0, " } ")
}

func snmpRequest(r *berReader, kind int) {
	d := r.d
	asks := kind != snmpResponse && kind != snmpGetBulk
	id := r.integer("reqId!=INT")
	d.PrintfIf(d.Verbose > 0, "R=%d ", id)
	status := r.integer("errorStatus!=INT")
	failed := false
	switch {
	case kind == snmpGetBulk:
		d.Printf(" N=%d", status)
	case status != 0 && asks:
		d.Printf("[errorStatus(%s)!=0]", snmpError(status))
	case status != 0:
		d.Printf(" %s", snmpError(status))
		failed = true
	}
	index := r.integer("errorIndex!=INT")
	switch {
	case kind == snmpGetBulk:
		d.Printf(" M=%d", index)
	case index != 0 && asks:
		d.Printf("[errorIndex(%d)!=0]", index)
	case index != 0 && !failed:
		d.Printf("[errorIndex(%d) w/o errorStatus]", index)
	case index != 0:
		d.Printf("@%d", index)
	case failed:
		d.Print("[errorIndex==0]")
	}
	snmpBindings(r, kind)
}

// snmpBindings prints names and values of objects.
func snmpBindings(r *berReader, kind int) {
	d := r.d
	asks := kind == snmpGet || kind == snmpGetNext || kind == snmpGetBulk
	r = r.into(berSequence, "!SEQ of varbind", "SEQ of varbind")
	for r.v.Length > 0 {
		one := &berReader{d, r.want(berSequence, "!varbind").value}
		d.Print(" ")
		one.want(berOID, "objName!=OID").print(d)
		d.If(!asks, "=")
		value := one.next()
		if asks {
			d.If(value.kind != berNull, "[objVal!=NULL]")
		}
		if value.kind != berNull {
			value.print(d)
		}
	}
}

// snmpOldTrap prints a trap of the first version.
func snmpOldTrap(r *berReader) {
	const enterpriseSpecific = 6
	d := r.d
	d.Print(" ")
	r.want(berOID, "enterprise!=OID").print(d)
	d.Print(" ")
	r.want(berAddress, "agent-addr!=INETADDR").print(d)
	generic := r.integer("generic-trap!=INT")
	d.Print(" " + nameAt([]string{"coldStart", "warmStart", "linkDown", "linkUp", "authenticationFailure", "egpNeighborLoss", "enterpriseSpecific"}, generic, "GenericTrap(%d)"))
	specific := r.integer("specific-trap!=INT")
	if generic == enterpriseSpecific {
		d.Printf(" s=%d", specific)
	} else {
		d.PrintfIf(specific != 0, "[specific-trap(%d)!=0]", specific)
	}
	d.Print(" ")
	r.want(berUnsigned, "timestamp!=TIMETICKS").print(d)
	if r.v.Length > 0 {
		snmpBindings(r, snmpTrap)
	}
}

// snmpSecured prints a message of version 3 (RFC 3412).
func snmpSecured(r *berReader) {
	const userModel = 3
	d := r.d
	head := &berReader{d, r.want(berSequence, "!message SEQ").value}
	d.If(d.Verbose > 0, "{ ")
	head.integer("msgID!=INT")
	head.integer("msgMaxSize!=INT")
	e := head.want(berString, "msgFlags!=INT")
	d.RejectIf(e.value.Length != 1, "[msgFlags size %d]", e.value.Length)
	bits := e.value.U8(0)
	d.RejectIf(bits > 7 || bits&3 == 2, "[msgFlags=0x%02X]", bits)
	d.Printf("F=%s%s%s ", dissect.If(bits&1 != 0, "a"), dissect.If(bits&2 != 0, "p"), dissect.If(bits&4 != 0, "r"))
	model := head.integer("msgSecurityModel!=INT")
	d.PrintfIf(head.v.Length > 0, "[%d extra after message SEQ]", head.v.Length)
	d.If(d.Verbose > 0, "} ")
	d.RejectIf(model != userModel, "[security %d]", model)
	d.If(d.Verbose > 0, "{ USM ")
	snmpUser(&berReader{d, r.want(berString, "msgSecurityParameters!=STR").value})
	d.If(d.Verbose > 0, "} { ScopedPDU ")
	snmpScoped(r)
	d.If(d.Verbose > 0, "} ")
}

// snmpUser prints who sent a message (RFC 3414).
func snmpUser(r *berReader) {
	d := r.d
	r = r.into(berSequence, "!usm SEQ", "usm SEQ")
	r.want(berString, "msgAuthoritativeEngineID!=STR")
	boots := r.integer("msgAuthoritativeEngineBoots!=INT")
	time := r.integer("msgAuthoritativeEngineTime!=INT")
	d.PrintfIf(d.Verbose > 0, "B=%d T=%d ", boots, time)
	if user := r.want(berString, "msgUserName!=STR"); user.value.Length > 0 {
		d.Print("U=")
		user.print(d)
		d.Print(" ")
	}
	r.want(berString, "msgAuthenticationParameters!=STR")
	r.want(berString, "msgPrivacyParameters!=STR")
}

// snmpScoped prints a message with the context that it is meant for.
func snmpScoped(r *berReader) {
	d := r.d
	e := r.next()
	if e.kind == berString { // encrypted
		d.Print("[!scopedPDU]")
		e.print(d)
		dissect.Reject()
	}
	d.RejectIf(e.kind != berSequence, "[!scopedPDU]")
	r = &berReader{d, e.value}
	engine := r.want(berString, "contextEngineID!=STR")
	d.Print("E=")
	berElement{value: engine.value}.print(d)
	d.Print(" C=")
	r.want(berString, "contextName!=STR").print(d)
	d.Print(" ")
	snmpPDU(r, 3)
}
