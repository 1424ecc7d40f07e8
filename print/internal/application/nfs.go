package application

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"bpfc/print/internal/dissect"
)

// The Network File System, versions 2 and 3 (RFC 1094, 1813), in remote procedure calls (RFC 5531).

// nfsCall names a call, so that what its reply holds can be known.
type nfsCall struct {
	transaction    uint32
	client, server string
}

// nfsProcedure is what was called.
type nfsProcedure struct{ number, version int }

// nfsRow is a procedure, by its number in version 3: its name, and what is printed of its arguments and its results, in version 2
// and in version 3: forms, printers and parts that the reader prints.
type nfsRow struct {
	name        string
	call, reply [2][]any
}

// nfsVersion2 are the numbers in version 3 of the procedures of version 2; nfsNoOp is for those that are no more.
var nfsVersion2 = [26]int{0, 1, 2, nfsNoOp, 3, 5, 6, nfsNoOp, 7, 8, 12, 14, 15, 10, 9, 13, 16, 18, nfsNoOp, nfsNoOp, nfsNoOp, nfsNoOp, nfsNoOp, nfsNoOp, nfsNoOp, nfsNoOp}

const nfsNoOp = 26

func (p nfsProcedure) row() nfsRow {
	n := p.number
	if p.version != 3 && n < len(nfsVersion2) {
		n = nfsVersion2[n]
	}
	if row, known := nfsProcedures[n]; known {
		return row
	}
	return nfsRow{name: fmt.Sprintf("proc-%d", n)}
}

var nfsProcedures = map[int]nfsRow{
	0: {name: "null"}, nfsNoOp: {name: "nop"}, 1: {"getattr", nfsOnlyHandle, nfsBoth(nfsStatus, nfsSucceeded, nfsAttributesLoud)},
	2: {"setattr", nfsOnlyHandle, [2][]any{{nfsStatus, nfsSucceeded, nfsAttributesLoud}, {nfsStatus, nfsChanges}}},
	3: {"lookup", nfsOnlyEntry, [2][]any{{nfsStatus, nfsSucceeded, nfsHandle, nfsAttributes}, {nfsStatus, nfsFound, nfsDirectory}}},
	4: {"access", nfsBoth(nfsHandle, dissect.Form("%4n", nfsAccessText)), nfsBoth(nfsStatus, "%1+{ attr:}", nfsAfter, nfsSucceeded, dissect.Form(" c %4n", Names{}.Or("%04x")))},
	5: {"readlink", nfsOnlyHandle, [2][]any{{nfsStatus, nfsSucceeded, " ", nfsName}, {nfsStatus, nfsSucceeded, nfsAfter, " ", nfsName}}},
	6: {"read", [2][]any{{nfsHandle, " %4@4d bytes @ %4@0d"}, {nfsHandle, " %4@8d bytes @ %8@0d"}},
		[2][]any{{nfsStatus, nfsSucceeded, nfsAttributes}, {nfsStatus, nfsAfter, nfsSucceeded, "%1+{ %4d bytes|%4?{ EOF}}"}}},
	7: {"write", [2][]any{{nfsHandle, " %4@12d (%4@8d) bytes @ %4@4d (%4@0d)"}, {nfsHandle, " %4@16d (%4@8d) bytes @ %8@0d", dissect.Form("%1+{ <%4@12n>}", nfsStabilities)}},
		[2][]any{{nfsStatus, nfsSucceeded, nfsAttributes}, {nfsStatus, nfsChanges, nfsSucceeded, dissect.Form("%1+{ %4d bytes|%2+{ <%4n>| verf %8h}}", nfsStabilities)}}},
	8: {"create", nfsOnlyEntry, nfsCreated}, 9: {"mkdir", nfsOnlyEntry, nfsCreated},
	10: {"symlink", [2][]any{{nfsEntry, " ->", nfsName}, {nfsEntry, " ->", nfsTarget}}, [2][]any{{nfsStatus}, nfsCreated[1]}},
	11: {"mknod", nfsBoth(nfsEntry, nfsNode), [2][]any{nfsCreated[1], nfsCreated[1]}},
	12: {"remove", nfsOnlyEntry, nfsRemoved}, 13: {"rmdir", nfsOnlyEntry, nfsRemoved},
	14: {"rename", nfsBoth(nfsEntry, " ->", nfsEntry), [2][]any{{nfsStatus}, {nfsStatus, nfsLoud(1), " from:", nfsChanges, " to:", nfsChanges}}},
	15: {"link", nfsBoth(nfsHandle, " ->", nfsEntry), [2][]any{{nfsStatus}, {nfsStatus, nfsLoud(1), " file POST:", nfsAfter, " dir:", nfsChanges}}},
	16: {"readdir", [2][]any{{nfsHandle, " %4@4d bytes @ %4@0d"}, {nfsHandle, " %4@16d bytes @ %8@0i", "%1+{ verf %8@8x}"}},
		[2][]any{{nfsStatus, nfsSucceeded, nfsNotQuiet, " offset 0x%4h size %4d |%4?{ eof}"}, nfsListed}},
	17: {"readdirplus", nfsBoth(nfsHandle, " %4@16d bytes @ %8@0i", "%1+{ max %4@20d verf %8@8x}"), [2][]any{nfsListed, nfsListed}},
	18: {"fsstat", nfsOnlyHandle, [2][]any{{nfsStatus, nfsSucceeded, nfsNotQuiet, "%20! tsize %4d bsize %4d blocks %4d bfree %4d bavail %4d"},
		{nfsStatus, nfsNotQuiet, nfsPost, "%52! tbytes %8d fbytes %8d abytes %8d|%1+{ tfiles %8d ffiles %8d afiles %8d invar %4d}"}}},
	19: {"fsinfo", nfsOnlyHandle, nfsBoth(nfsStatus, nfsPost, nfsSucceeded, dissect.Form("%48! rtmax %4@0d rtpref %4@4d wtmax %4@12d wtpref %4@16d dtpref %4@24d|"+
		"%1+{ rtmult %4@8d wtmult %4@20d maxfsz %8@28d delta %8@36v }", nfsTime))},
	20: {"pathconf", nfsOnlyHandle, nfsBoth(nfsStatus, nfsPost, nfsSucceeded, "%24! linkmax %4d namemax %4d %4?{notrunc} %4?{chownres} %4?{igncase} %4?{keepcase}")},
	21: {"commit", nfsBoth(nfsHandle, " %4@8d bytes @ %8@0d"), nfsBoth(nfsStatus, nfsChanges, "%2+{ verf %8h}")},
}

// nfsBoth gives the parts of a procedure that are the same in both versions.
func nfsBoth(parts ...any) [2][]any { return [2][]any{parts, parts} }

var (
	nfsOnlyHandle = nfsBoth(nfsHandle)
	nfsOnlyEntry  = nfsBoth(nfsEntry)
	nfsRemoved    = [2][]any{{nfsStatus}, {nfsStatus, nfsChanges}}
	nfsListed     = []any{nfsStatus, nfsPost, nfsSucceeded, "%1+{ verf %8x}"}
	nfsCreated    = [2][]any{{nfsStatus, nfsSucceeded, nfsHandle, nfsAttributes}, {nfsStatus, nfsMade, nfsHandle, nfsLoud(1), nfsAfter, nfsLoud(2), " dir attr:", nfsChanges}}
)

// What the reader prints.
var (
	nfsHandle         = (*nfsReader).handle
	nfsEntry          = (*nfsReader).entry
	nfsName           = (*nfsReader).name
	nfsTarget         = (*nfsReader).symlinkTarget
	nfsNode           = (*nfsReader).node
	nfsStatus         = (*nfsReader).status
	nfsSucceeded      = func(r *nfsReader) { r.endIf(r.error) }
	nfsNotQuiet       = func(r *nfsReader) { r.endIf(r.d.Quiet) }
	nfsMade           = (*nfsReader).made
	nfsFound          = (*nfsReader).found
	nfsChanges        = (*nfsReader).changes
	nfsPost           = (*nfsReader).post
	nfsAfter          = (*nfsReader).after
	nfsDirectory      = (*nfsReader).directoryAfter
	nfsAttributes     = func(r *nfsReader) { r.attributes(r.v3, r.verbose(1)) }
	nfsAttributesLoud = func(r *nfsReader) { r.attributes(r.v3, !r.d.Quiet) }
)

// nfsLoud goes on with so many -v.
func nfsLoud(n int) func(*nfsReader) { return func(r *nfsReader) { r.endIf(!r.verbose(n)) } }

const (
	NFSPort = 2049
	rpcCall = 0
	rpcDone = 1
)

// NFSOverUDP prints a datagram that is a call or a reply.
func NFSOverUDP(d *Context, v View) { nfs(d, v, "") }

// nfs prints a call or a reply, as the ports and the direction say, behind a text; nothing if it is neither.
func nfs(d *Context, v View, before string) {
	if len(v.Data) < 8 {
		return
	}
	switch direction := v.U32(4); {
	case d.Dst == NFSPort && direction == rpcCall:
		d.Printf("%sNFS request xid %d ", before, v.U32(0))
		nfsRequest(d, v)
	case d.Src == NFSPort && direction == rpcDone:
		d.Printf("%sNFS reply xid %d ", before, v.U32(0))
		nfsReply(d, v)
	}
}

// NFSOverTCP prints the message in a segment, behind its length.
func NFSOverTCP(d *Context, v View) {
	d.LeaveIf(v.Length < 4 || len(v.Data) < 4, "")
	size := int(v.U32(0) & 0x7fffffff)
	message := v.From(4)
	message.Length = min(size, v.Length-4)
	nfs(d, message, ": ")
}

// RPC prints a datagram that the user says is a remote procedure call: calls as the port mapper's (RFC 1833), replies as NFS's.
// It prints the addresses itself, with what stands in place of ports.
func RPC(d *Context, v View) {
	const header, rpcVersion = 32, 2
	if len(v.Data) < 8 {
		panic(dissect.Truncated{Whole: true})
	}
	direction := v.U32(4)
	source, destination, numbers := d.Address(d.IP.Src), d.Address(d.IP.Dst), d.Resolver == nil
	if direction != rpcCall {
		d.Proto = "nfs"
		d.Printf("%s.%s > %s.%d: ", source, dissect.Pick(numbers, "2049", "nfs"), destination, v.U32(0))
		nfsReply(d, v)
		return
	}
	d.Proto = "sunrpc"
	v.Need(header)
	d.Printf("%s.0x%x > %s.%s: %d", source, v.U32(0), destination, dissect.Pick(numbers, "0x6f", "sunrpc"), v.Length)
	procedure := int(v.U32(20))
	d.Print(" " + portMapperNames.Of(procedure, " proc #%d"))
	d.PrintfIf(v.U32(8) != rpcVersion, " [rpcver %d]", v.U32(8))
	d.PrintfIf(portMapperPrograms[procedure], dissect.Pick(numbers, " %d.%d", " #%d.%d"), v.U32(12), v.U32(16))
}

// portMapperNames are the procedures of the port mapper; portMapperPrograms are those about a program.
var (
	portMapperNames    = Names{0: "null", 1: "set", 2: "unset", 3: "getport", 4: "dump", 5: "call"}
	portMapperPrograms = map[int]bool{1: true, 2: true, 3: true, 5: true}
)

// nfsReader reads a message. What is cut is rejected, but reading past what is captured ends the line.
type nfsReader struct {
	d *Context
	Cursor
	v3    bool
	error bool // the server said that something failed
	ended bool // there is no more to print, and no mark for a cut reply
}

// endIf ends the message, if a condition holds.
func (r *nfsReader) endIf(end bool) {
	r.ended = r.ended || end
	dissect.RejectIf(end)
}

func (r *nfsReader) verbose(n int) bool { return r.d.Verbose >= n }

// need rejects a message that has not so many bytes more.
func (r *nfsReader) need(n int) { dissect.RejectIf(!r.Has(n)) }

// nfsMessage prints the name of a procedure, and what begins with so many bytes of a call or a reply and goes on with parts.
func nfsMessage(d *Context, v View, at int, p nfsProcedure, begin func(r *nfsReader, length int), parts [2][]any) {
	r := &nfsReader{d: d, Cursor: *dissect.NewView(v.Data, len(v.Data)).Cursor(at), v3: p.version == 3}
	d.Printf(" %s", p.row().name)
	version := dissect.Pick(r.v3, 1, 0)
	whole := len(parts[version]) == 0 || d.Try(func() {
		begin(r, v.Length)
		for _, part := range parts[version] {
			switch part := part.(type) {
			case string:
				d.Form(&r.Cursor, part)
			case dissect.Printer:
				part(d, &r.Cursor)
			case func(*nfsReader):
				part(r)
			}
		}
	})
	d.PrintfIf(!whole && !r.error && !r.ended, " [|%s]", d.Proto)
}

// nfsRequest prints a call.
func nfsRequest(d *Context, v View) {
	d.Proto = "nfs"
	d.Printf("%d", v.Length)
	d.CutIf(len(v.Data) < 24)
	p := nfsProcedure{int(v.U32(20)), int(v.U32(16))}
	dissect.Remembered[dissect.Calls[nfsCall, nfsProcedure]](d).Add(nfsCall{v.U32(0), string(d.Source), string(d.Destination)}, p)
	nfsMessage(d, v, 24, p, (*nfsReader).credentials, p.row().call)
}

// credentials skips those of a call, and the verifier; tcpdump counts the length of the message from here on.
func (r *nfsReader) credentials(left int) {
	for i := range 2 {
		dissect.RejectIf(left < 8)
		n := r.View.U32(r.At + 4)
		size := 8 + int((n+3)&^3) // which wraps around, so that the longest reach out of the packet
		dissect.RejectIf(!r.Has(size) || i == 0 && size > left || i == 1 && size >= left)
		r.At += 8 + (int(n)+3)/4*4
		left -= size
	}
}

// handle prints the handle of a file.
func (r *nfsReader) handle() {
	size := 32
	if r.v3 {
		size = int(r.U32()) / 4 * 4
	}
	r.need(size)
	printNFSHandle(r.d, r.Bytes(size))
}

// entry prints a directory and a name in it.
func (r *nfsReader) entry() {
	r.handle()
	r.d.Print(" ")
	r.name()
}

// name prints a file's name.
func (r *nfsReader) name() {
	length := r.U32()
	r.d.RejectIf(length > 1<<32-4, "[cannot pad to 32-bit boundaries] (invalid)")
	n := int(length)
	dissect.RejectIf(n < 0)
	size := (n + 3) &^ 3
	r.need(size)
	r.d.Print(`"`)
	r.d.Text(r.Bytes(size)[:n])
	r.d.Print(`"`)
}

var nfsAccesses = Flags{{0x01, "NFS_ACCESS_READ"}, {0x02, "NFS_ACCESS_LOOKUP"}, {0x04, "NFS_ACCESS_MODIFY"}, {0x08, "NFS_ACCESS_EXTEND"}, {0x10, "NFS_ACCESS_DELETE"}, {0x20, "NFS_ACCESS_EXECUTE"}}

func nfsAccessText(bits int) string {
	switch {
	case bits&^0x3f != 0:
		return fmt.Sprintf(" %04x", uint32(bits))
	case bits == 0x3f:
		return " NFS_ACCESS_FULL"
	case bits != 0:
		return " " + nfsAccesses.Of(bits, "|")
	}
	return ""
}

var nfsStabilities = Names{0: "unstable", 1: "datasync", 2: "filesync"}.Or("#%d")

// settable reads attributes that a call may set.
func (r *nfsReader) settable(print bool) {
	for _, format := range []string{" mode %o", " uid %d", " gid %d", " size %d"} {
		if r.U32() != 0 {
			n := r.U32()
			r.d.PrintfIf(print && format != " size %d", format, n)
		}
	}
	for _, name := range []string{" atime ", " mtime "} {
		if r.U32() == 2 { // to the client's time
			r.d.If(print && r.verbose(2), name+nfsTime(r.View.Bytes(r.At, 8)))
			r.At += 8
		}
	}
}

// nfsTime writes seconds and a fraction of a second.
func nfsTime(b []byte) string {
	return fmt.Sprintf("%d.%06d", binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]))
}

// symlinkTarget prints where a link leads, and the attributes that it is to have, which are before it.
func (r *nfsReader) symlinkTarget() {
	start := r.At
	r.settable(false)
	r.name()
	if r.At = start; r.verbose(1) {
		r.settable(true)
	}
}

var nfsFileTypes = Names{0: "NON", 1: "REG", 2: "DIR", 3: "BLK", 4: "CHR", 5: "LNK", 7: "FIFO"}

// node prints what kind of node is to be made.
func (r *nfsReader) node() {
	kind, start := int(r.U32()), r.At
	r.settable(false)
	r.d.Printf(" %s", nfsFileTypes.Of(kind, "unk-ft %d"))
	if r.verbose(1) {
		if kind == 3 || kind == 4 {
			r.d.Form(&r.Cursor, " %4d/%4d")
		}
		r.At = start
		r.settable(true)
	}
}

var (
	rpcRejections = Names{0: "OK", 1: "Bogus Credentials (seal broken)", 2: "Rejected Credentials (client should begin new session)", 3: "Bogus Verifier (seal broken)",
		4: "Verifier expired or was replayed", 5: "Credentials are too weak", 6: "Bogus response verifier", 7: "Unknown failure"}
	rpcFailures = Names{1: "PROG_UNAVAIL", 2: "PROG_MISMATCH", 3: "PROC_UNAVAIL", 4: "GARBAGE_ARGS", 5: "SYSTEM_ERR"}
	nfsErrors   = Names{1: "Operation not permitted", 2: "No such file or directory", 5: "Input/output error", 6: "Device not configured", 11: "Resource deadlock avoided",
		12: "Cannot allocate memory", 13: "Permission denied", 17: "File exists", 18: "Cross-device link", 19: "Operation not supported by device", 20: "Not a directory", 21: "Is a directory",
		22: "Invalid argument", 26: "Text file busy", 27: "File too large", 28: "No space left on device", 30: "Read-only file system", 31: "Too many links", 45: "Operation not supported",
		62: "Too many levels of symbolic links", 63: "File name too long", 66: "Directory not empty", 69: "Disc quota exceeded", 70: "Stale NFS file handle", 71: "Too many levels of remote in path",
		99: "Write cache flushed to disk", 10001: "Illegal NFS file handle", 10002: "Update synchronization mismatch", 10003: "READDIR/READDIRPLUS cookie is stale", 10004: "Operation not supported",
		10005: "Buffer or request is too small", 10006: "Unspecified error on server", 10007: "Object of that type not supported", 10008: "Request couldn't be completed in time"}
)

// nfsReply prints a reply, as far as the call is known.
func nfsReply(d *Context, v View) {
	d.Proto = "nfs"
	d.CutIf(len(v.Data) < 12)
	switch state := v.U32(8); state {
	case 0:
		d.Printf("reply ok %d", v.Length)
		p, known := dissect.Remembered[dissect.Calls[nfsCall, nfsProcedure]](d).Find(nfsCall{v.U32(0), string(d.Destination), string(d.Source)})
		if known {
			nfsMessage(d, v, 12, p, (*nfsReader).accepted, p.row().reply)
		}
	case 1:
		d.Printf("reply ERR %d: ", v.Length)
		rpcRejection(d, v)
	default:
		d.Printf("reply Unknown rpc response code=%d %d", state, v.Length)
	}
}

func rpcRejection(d *Context, v View) {
	d.CutIf(len(v.Data) < 16)
	switch reason := v.U32(12); reason {
	case 0:
		d.Form(v.Cursor(16), "%8~RPC Version mismatch (%4d-%4d)")
	case 1:
		d.Form(v.Cursor(16), "%4~Auth %4n", rpcRejections.Or("Invalid failure code %d"))
	default:
		d.Printf("Unknown reason for rejecting rpc message %d", reason)
	}
}

// accepted skips the verifier of a reply; rejected if the call was not carried out.
func (r *nfsReader) accepted(length int) {
	n := int(r.View.U32(r.At + 4))
	dissect.RejectIf(n >= length)
	r.At += 8 + (n+3)&^3
	if state := int(r.U32()); state != 0 {
		r.d.Printf(" %s", rpcFailures.Of(state, "ar_stat %d"))
		r.error = true
		dissect.Reject()
	}
}

// status reads whether the procedure succeeded, and says if it did not.
func (r *nfsReader) status() {
	n := int(r.U32())
	r.error = n != 0
	r.d.PrintfIf(n != 0 && !r.d.Quiet, " ERROR: %s", nfsErrors.Of(n, "unk %d"))
}

// found prints what was looked up, unless that failed.
func (r *nfsReader) found() {
	if !r.error {
		r.handle()
		r.after()
	}
}

// made ends the message unless the handle follows of what was made; if that failed, attributes do.
func (r *nfsReader) made() {
	if r.error {
		r.changes()
	}
	r.endIf(r.error || r.U32() == 0)
}

// attributes reads those of a file, in the form of version 3 or 2, and prints them, all with -vv.
func (r *nfsReader) attributes(v3, print bool) {
	r.need(20)
	if start := r.At; print {
		r.d.Form(&r.Cursor, " %4@0n %4@4o ids %4@12i/%4@16i|"+dissect.Pick(v3,
			" sz %8@20d%2+{%84! nlink %4@8d rdev %4@36d/%4@40d fsid %8@44h fileid %8@52h a/m/ctime %8@60v %8@68v %8@76v}",
			" sz %4@20d%2+{%68! nlink %4@8d rdev 0x%4@28h fsid 0x%4@36h nodeid 0x%4@40h a/m/ctime %8@44v %8@52v %8@60v}"),
			nfsFileTypes.Or("unk-ft %d "), nfsTime, nfsTime, nfsTime)
		r.At = start
	}
	r.At += dissect.Pick(v3, 84, 68)
}

// after reads the attributes that may follow an operation.
func (r *nfsReader) after() {
	if r.U32() != 0 {
		if r.verbose(1) {
			r.attributes(true, true)
		} else {
			r.At += 84
		}
	}
}

// changes reads the attributes before and after an operation.
func (r *nfsReader) changes() {
	r.d.Form(&r.Cursor, "%2+{ PRE:}|%4?{%24!%2+{ sz %8d mtime %8v ctime %8v}{%24_}}", nfsTime, nfsTime)
	r.post()
}

// directoryAfter prints the attributes of a directory, with -vv.
func (r *nfsReader) directoryAfter() {
	if r.verbose(2) {
		r.d.Print(" post dattr:")
		r.after()
	}
}

// post prints the attributes of what was asked about.
func (r *nfsReader) post() {
	r.d.If(r.verbose(1), " POST:")
	r.after()
}

// nfsRawHandle prints a handle as it is, in words.
func nfsRawHandle(d *Context, b []byte) {
	d.Print(" fh[")
	for i := 0; i+4 <= len(b); i += 4 {
		d.Printf("%s%x", dissect.If(i > 0, ":"), binary.BigEndian.Uint32(b[i:]))
	}
	d.Print("]")
}

// printNFSHandle prints a handle, whose bytes are the server's own affair, by the forms that servers are known to give it:
// the device, major and minor, and the number of the file.
func printNFSHandle(d *Context, b []byte) {
	const least = 32
	if d.RawHandles {
		nfsRawHandle(d, b)
		return
	}
	for len(b) < least { // short ones of version 3
		b = append(b[:len(b):len(b)], make([]byte, least-len(b))...)
	}
	v := dissect.NewView(b, len(b))
	major, minor, file := 0, 0, uint32(0)
	switch zero := func(at int) bool { return b[at] == 0 }; {
	case zero(0) && zero(1) && zero(2) && zero(3): // Auspex
		major, minor, file = v.U8(6), v.U8(7), v.U32(12)
	case zero(0) && zero(1) && !zero(4) && zero(5) && b[8] == 12 && zero(9), !(zero(0) && zero(1)) && !(zero(2) && zero(3)) && b[8] == 12 && zero(9): // OSF
		n := v.LE32(0)
		major, minor, file = int(n>>20), int(n&0xfffff), v.LE32(12)
	case zero(0) && zero(1) && zero(4) && b[5] == 8 && zero(6) && zero(7): // IRIX 4
		major, minor, file = v.U8(2), v.U8(3), v.U32(8)
	case zero(0) && zero(1): // SunOS 4
		major, minor, file = v.U8(2), v.U8(3), v.U32(12)
	case zero(2) && zero(3) && zero(6) && zero(7): // BSD 4.4
		major, minor, file = v.U8(1), v.U8(0), v.LE32(12)
	case zero(2) && zero(3) && zero(21) && zero(23): // Ultrix
		major, minor, file = v.U8(1), v.U8(0), v.LE32(4)
	case zero(2) && zero(3) && b[9] == 10, !(zero(2) && zero(3)) && zero(8) && b[9] == 10 && !dissect.AllZero(b[4:8]): // SunOS 5
		major, minor, file = v.U16(0)>>2&0x3fff, v.U24(1)&0x3ffff, v.U32(12)
	case !(zero(2) && zero(3)) && zero(8) && b[9] == 10: // HP-UX
		major, minor, file = v.U8(0), v.U24(1), v.U32(12)
	case !(zero(2) && zero(3)) && isVMSName(b[1:14]):
		name, _, _ := bytes.Cut(b[1:], []byte{0})
		name, _, _ = bytes.Cut(name, []byte{' '})
		d.Print(" fh ")
		d.Text(name)
		d.Printf("/%d", uint32(b[26])<<24|uint32(b[27])<<16|uint32(b[23])<<8|uint32(b[22]))
		return
	default:
		d.Printf(" fh Unknown/%X", b[:32])
		return
	}
	d.Printf(" fh %d,%d/", major, minor)
	if minor == 257 { // the mark of one that is not known, in tcpdump
		d.Printf("%X", b[:32])
		return
	}
	d.Printf("%d", file)
}

// isVMSName tells a name of a device: printable, filled up with zeros.
func isVMSName(b []byte) bool {
	text := bytes.TrimRight(b, "\x00")
	for _, c := range text {
		if c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return true
}
