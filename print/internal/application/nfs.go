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

// Procedures by their numbers in version 3; the last is for those of version 2 that are no more.
const (
	nfsNull = iota
	nfsGetAttr
	nfsSetAttr
	nfsLookup
	nfsAccess
	nfsReadLink
	nfsRead
	nfsWrite
	nfsCreate
	nfsMkdir
	nfsSymlink
	nfsMknod
	nfsRemove
	nfsRmdir
	nfsRename
	nfsLink
	nfsReadDir
	nfsReadDirPlus
	nfsFSStat
	nfsFSInfo
	nfsPathConf
	nfsCommit
	nfsNoOp = 26
)

var nfsNames = Names{nfsNoOp: "nop", nfsNull: "null", nfsGetAttr: "getattr", nfsSetAttr: "setattr", nfsLookup: "lookup", nfsAccess: "access", nfsReadLink: "readlink",
	nfsRead: "read", nfsWrite: "write", nfsCreate: "create", nfsMkdir: "mkdir", nfsSymlink: "symlink", nfsMknod: "mknod", nfsRemove: "remove", nfsRmdir: "rmdir", nfsRename: "rename",
	nfsLink: "link", nfsReadDir: "readdir", nfsReadDirPlus: "readdirplus", nfsFSStat: "fsstat", nfsFSInfo: "fsinfo", nfsPathConf: "pathconf", nfsCommit: "commit"}

// nfsVersion2 are the procedures of version 2 by their numbers.
var nfsVersion2 = [26]int{nfsNull, nfsGetAttr, nfsSetAttr, nfsNoOp, nfsLookup, nfsReadLink, nfsRead, nfsNoOp, nfsWrite, nfsCreate, nfsRemove, nfsRename, nfsLink, nfsSymlink, nfsMkdir,
	nfsRmdir, nfsReadDir, nfsFSStat, nfsNoOp, nfsNoOp, nfsNoOp, nfsNoOp, nfsNoOp, nfsNoOp, nfsNoOp, nfsNoOp}

func (p nfsProcedure) generic() int {
	if p.version != 3 && p.number < len(nfsVersion2) {
		return nfsVersion2[p.number]
	}
	return p.number
}

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
	if v.Length < 4 || len(v.Data) < 4 {
		return
	}
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
	error bool // the server said that something failed: no mark for a cut reply then
}

// form prints fields.
func (r *nfsReader) form(form string, tables ...any) { r.d.Form(&r.Cursor, form, tables...) }

// either prints fields in the form of version 3, or of version 2.
func (r *nfsReader) either(form3, form2 string) { r.form(dissect.Pick(r.v3, form3, form2)) }

// need rejects a message that has not so many bytes more.
func (r *nfsReader) need(n int) { dissect.RejectIf(!r.Has(n)) }

// nfsRequest prints a call.
func nfsRequest(d *Context, v View) {
	d.Proto = "nfs"
	d.Printf("%d", v.Length)
	d.CutIf(len(v.Data) < 24)
	p := nfsProcedure{int(v.U32(20)), int(v.U32(16))}
	dissect.Remembered[dissect.Calls[nfsCall, nfsProcedure]](d).Add(nfsCall{v.U32(0), string(d.Source), string(d.Destination)}, p)
	r := &nfsReader{d: d, Cursor: *v.Cursor(24), v3: p.version == 3}
	d.Printf(" %s", nfsNames.Of(p.generic(), "proc-%d"))
	steps, known := nfsArguments[p.generic()]
	d.PrintfIf(known && !d.Try(func() { r.credentials(); r.do(steps) }), " [|%s]", d.Proto)
}

// credentials skips those of a call, and the verifier; tcpdump counts the length of the message from here on.
func (r *nfsReader) credentials() {
	left := r.Length
	for i := range 2 {
		dissect.RejectIf(left < 8)
		n := r.View.U32(r.At + 4)
		size := 8 + int((n+3)&^3) // which wraps around, so that the longest reach out of the packet
		dissect.RejectIf(!r.Has(size) || i == 0 && size > left || i == 1 && size >= left)
		r.At += 8 + (int(n)+3)/4*4
		left -= size
	}
}

// nfsStep prints a part of a call or a reply; false if nothing follows.
type nfsStep func(r *nfsReader) bool

// nfsDo makes a step of what always goes on.
func nfsDo(print func(r *nfsReader)) nfsStep {
	return func(r *nfsReader) bool {
		print(r)
		return true
	}
}

// nfsForm makes a step of a form.
func nfsForm(form string, tables ...any) nfsStep {
	return nfsDo(func(r *nfsReader) { r.d.Form(&r.Cursor, form, tables...) })
}

// nfsVerbose goes on with so many -v, nfsNeed where so many bytes are there.
func nfsVerbose(n int) nfsStep { return func(r *nfsReader) bool { return r.verbose(n) } }

func nfsNeed(n int) nfsStep { return nfsDo(func(r *nfsReader) { r.need(n) }) }

// The steps that most procedures have.
var (
	nfsHandleStep = nfsDo((*nfsReader).handle)
	nfsEntry      = nfsDo((*nfsReader).entry)
	nfsName       = nfsDo((*nfsReader).name)
	nfsStatus     = nfsDo((*nfsReader).status)
	nfsSucceeded  = nfsStep(func(r *nfsReader) bool { return !r.error })
	nfsLoud       = nfsStep(func(r *nfsReader) bool { return !r.d.Quiet })
	nfsChanges    = nfsDo((*nfsReader).changes)
	nfsPost       = nfsDo((*nfsReader).post)
	nfsAfter      = nfsDo(func(r *nfsReader) { r.after(r.verbose(1)) })
	nfsAfterAll   = nfsDo(func(r *nfsReader) { r.after(true) })
	nfsAttributes = nfsDo(func(r *nfsReader) { r.attributes(r.verbose(1)) })
	nfsDirectory  = nfsDo((*nfsReader).directoryAfter)
	nfsOnlyHandle = [2][]nfsStep{{nfsHandleStep}, {nfsHandleStep}}
	nfsOnlyEntry  = [2][]nfsStep{{nfsEntry}, {nfsEntry}}
)

// nfsBoth gives the steps of a procedure that are the same in both versions.
func nfsBoth(steps ...nfsStep) [2][]nfsStep { return [2][]nfsStep{steps, steps} }

// nfsArguments are the steps that print the arguments of procedures, of version 2 and of version 3.
var nfsArguments = map[int][2][]nfsStep{
	nfsGetAttr: nfsOnlyHandle, nfsSetAttr: nfsOnlyHandle, nfsReadLink: nfsOnlyHandle, nfsFSStat: nfsOnlyHandle, nfsFSInfo: nfsOnlyHandle, nfsPathConf: nfsOnlyHandle,
	nfsLookup: nfsOnlyEntry, nfsCreate: nfsOnlyEntry, nfsMkdir: nfsOnlyEntry, nfsRemove: nfsOnlyEntry, nfsRmdir: nfsOnlyEntry,
	nfsAccess: nfsBoth(nfsHandleStep, nfsForm("%4n", nfsAccessText)),
	nfsRead:   {{nfsHandleStep, nfsForm(" %4@4d bytes @ %4@0d")}, {nfsHandleStep, nfsForm(" %4@8d bytes @ %8@0d")}},
	nfsWrite: {{nfsHandleStep, nfsForm(" %4@12d (%4@8d) bytes @ %4@4d (%4@0d)")},
		{nfsHandleStep, nfsForm(" %4@16d (%4@8d) bytes @ %8@0d"), nfsVerbose(1), nfsForm(" <%4@12n>", nfsStabilities)}},
	nfsSymlink: {{nfsEntry, nfsForm(" ->"), nfsName}, {nfsEntry, nfsForm(" ->"), nfsDo((*nfsReader).symlinkTarget)}}, nfsMknod: nfsBoth(nfsEntry, nfsDo((*nfsReader).node)),
	nfsReadDir:     {{nfsHandleStep, nfsForm(" %4@4d bytes @ %4@0d")}, {nfsHandleStep, nfsForm(" %4@16d bytes @ %8@0i"), nfsVerbose(1), nfsForm(" verf %8@8x")}},
	nfsReadDirPlus: nfsBoth(nfsHandleStep, nfsForm(" %4@16d bytes @ %8@0i"), nfsVerbose(1), nfsForm(" max %4@20d verf %8@8x")),
	nfsCommit:      nfsBoth(nfsHandleStep, nfsForm(" %4@8d bytes @ %8@0d")), nfsRename: nfsBoth(nfsEntry, nfsForm(" ->"), nfsEntry), nfsLink: nfsBoth(nfsHandleStep, nfsForm(" ->"), nfsEntry),
}

// do prints the steps of a procedure.
func (r *nfsReader) do(steps [2][]nfsStep) {
	for _, step := range steps[dissect.Pick(r.v3, 1, 0)] {
		if !step(r) {
			return
		}
	}
}

// handle prints the handle of a file.
func (r *nfsReader) handle() {
	size := 32
	if r.v3 {
		size = int(r.U32()) / 4 * 4
	}
	r.need(size)
	nfsHandle(r.d, r.Bytes(size))
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

// nfsSettable are attributes that a call may set.
type nfsSettable struct {
	set         [4]bool // mode, user, group, size
	value       [4]uint32
	stamped     [2]bool // access, modification
	stampValues [2][2]uint32
}

func (r *nfsReader) settable() (s nfsSettable) {
	for i := range s.set {
		if s.set[i] = r.U32() != 0; s.set[i] {
			s.value[i] = r.U32()
		}
	}
	for i := range s.stamped {
		if s.stamped[i] = r.U32() == 2; s.stamped[i] { // to the client's time
			s.stampValues[i] = [2]uint32{r.U32(), r.U32()}
		}
	}
	return s
}

func (r *nfsReader) printSettable(s nfsSettable) {
	for i, format := range []string{" mode %o", " uid %d", " gid %d"} {
		if s.set[i] {
			r.d.Printf(format, s.value[i])
		}
	}
	for i, name := range []string{"atime", "mtime"} {
		if r.d.Verbose > 1 && s.stamped[i] {
			r.d.Printf(" %s %d.%06d", name, s.stampValues[i][0], s.stampValues[i][1])
		}
	}
}

// symlinkTarget prints where a link leads, and the attributes that it is to have, which are before it.
func (r *nfsReader) symlinkTarget() {
	s := r.settable()
	r.name()
	if r.verbose(1) {
		r.printSettable(s)
	}
}

var nfsFileTypes = Names{0: "NON", 1: "REG", 2: "DIR", 3: "BLK", 4: "CHR", 5: "LNK", 7: "FIFO"}

// node prints what kind of node is to be made.
func (r *nfsReader) node() {
	kind := int(r.U32())
	s := r.settable()
	r.d.Printf(" %s", nfsFileTypes.Of(kind, "unk-ft %d"))
	if r.verbose(1) {
		if kind == 3 || kind == 4 {
			r.form(" %4d/%4d")
		}
		r.printSettable(s)
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
			nfsResults(d, v, p)
		}
	case 1:
		d.Printf("reply ERR %d: ", v.Length)
		rpcRejection(d, v)
	default:
		d.Printf("reply Unknown rpc response code=%d %d", state, v.Length)
	}
}

func rpcRejection(d *Context, v View) {
	d.CutIf(len(v.Data) < 16 || v.U32(12) == 0 && len(v.Data) < 24 || v.U32(12) == 1 && len(v.Data) < 20)
	switch reason := v.U32(12); reason {
	case 0:
		d.Printf("RPC Version mismatch (%d-%d)", v.U32(16), v.U32(20))
	case 1:
		d.Printf("Auth %s", rpcRejections.Of(int(v.U32(16)), "Invalid failure code %d"))
	default:
		d.Printf("Unknown reason for rejecting rpc message %d", reason)
	}
}

// nfsResults prints what came of a call.
func nfsResults(d *Context, v View, p nfsProcedure) {
	r := &nfsReader{d: d, Cursor: *v.Cursor(12), v3: p.version == 3}
	d.Printf(" %s", nfsNames.Of(p.generic(), "proc-%d"))
	steps, known := nfsReplies[p.generic()]
	d.PrintfIf(known && !d.Try(func() { r.accepted(); r.do(steps) }) && !r.error, " [|%s]", d.Proto)
}

// accepted skips the verifier of a reply; rejected if the call was not carried out.
func (r *nfsReader) accepted() {
	n := int(r.View.U32(r.At + 4))
	dissect.RejectIf(n >= r.Length)
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

func (r *nfsReader) verbose(n int) bool { return r.d.Verbose >= n }

// nfsReplies are the steps that print the results of procedures, of version 2 and of version 3.
var nfsReplies = map[int][2][]nfsStep{
	nfsGetAttr: nfsBoth(nfsStatus, nfsSucceeded, nfsDo((*nfsReader).attributesLoud)), nfsSetAttr: {{nfsStatus, nfsSucceeded, nfsDo((*nfsReader).attributesLoud)}, {nfsStatus, nfsChanges}},
	nfsLookup:   {{nfsStatus, nfsSucceeded, nfsHandleStep, nfsAttributes}, {nfsStatus, nfsDo((*nfsReader).found), nfsDirectory}},
	nfsAccess:   nfsBoth(nfsStatus, nfsDo(func(r *nfsReader) { r.d.If(r.verbose(1), " attr:") }), nfsAfter, nfsSucceeded, nfsForm(" c %4n", func(n int) string { return fmt.Sprintf("%04x", uint32(n)) })),
	nfsReadLink: {{nfsStatus, nfsSucceeded, nfsForm(" "), nfsName}, {nfsStatus, nfsSucceeded, nfsAfter, nfsForm(" "), nfsName}},
	nfsRead:     {{nfsStatus, nfsSucceeded, nfsAttributes}, {nfsStatus, nfsAfter, nfsSucceeded, nfsVerbose(1), nfsForm(" %4d bytes|%4n", [2]string{"", " EOF"})}},
	nfsWrite: {{nfsStatus, nfsSucceeded, nfsAttributes},
		{nfsStatus, nfsChanges, nfsSucceeded, nfsVerbose(1), nfsForm(" %4d bytes"), nfsVerbose(2), nfsForm(" <%4n>| verf %8h", nfsStabilities)}},
	nfsCreate: nfsCreated, nfsMkdir: nfsCreated, nfsSymlink: {{nfsStatus}, nfsCreated[1]}, nfsMknod: {nfsCreated[1], nfsCreated[1]},
	nfsRemove: {{nfsStatus}, {nfsStatus, nfsChanges}}, nfsRmdir: {{nfsStatus}, {nfsStatus, nfsChanges}},
	nfsRename:  {{nfsStatus}, {nfsStatus, nfsVerbose(1), nfsForm(" from:"), nfsChanges, nfsForm(" to:"), nfsChanges}},
	nfsLink:    {{nfsStatus}, {nfsStatus, nfsVerbose(1), nfsForm(" file POST:"), nfsAfterAll, nfsForm(" dir:"), nfsChanges}},
	nfsReadDir: {{nfsStatus, nfsSucceeded, nfsLoud, nfsForm(" offset 0x%4h size %4d |%4n", [2]string{"", " eof"})}, nfsListed}, nfsReadDirPlus: {nfsListed, nfsListed},
	nfsFSStat: {{nfsStatus, nfsSucceeded, nfsLoud, nfsNeed(20), nfsForm(" tsize %4d bsize %4d blocks %4d bfree %4d bavail %4d")},
		{nfsStatus, nfsLoud, nfsPost, nfsNeed(52), nfsForm(" tbytes %8d fbytes %8d abytes %8d"), nfsVerbose(1), nfsForm(" tfiles %8d ffiles %8d afiles %8d invar %4d")}},
	nfsFSInfo: nfsBoth(nfsStatus, nfsPost, nfsSucceeded, nfsNeed(48), nfsForm(" rtmax %4@0d rtpref %4@4d wtmax %4@12d wtpref %4@16d dtpref %4@24d"), nfsVerbose(1),
		nfsForm(" rtmult %4@8d wtmult %4@20d maxfsz %8@28d delta %4@36d.%4@40n ", func(n int) string { return fmt.Sprintf("%06d", uint32(n)) })),
	nfsPathConf: nfsBoth(nfsStatus, nfsPost, nfsSucceeded, nfsNeed(24),
		nfsForm(" linkmax %4d namemax %4d %4n %4n %4n %4n", [2]string{"", "notrunc"}, [2]string{"", "chownres"}, [2]string{"", "igncase"}, [2]string{"", "keepcase"})),
	nfsCommit: nfsBoth(nfsStatus, nfsChanges, nfsVerbose(2), nfsForm(" verf %8h")),
}

var (
	nfsListed  = []nfsStep{nfsStatus, nfsPost, nfsSucceeded, nfsVerbose(1), nfsForm(" verf %8x")}
	nfsCreated = [2][]nfsStep{{nfsStatus, nfsSucceeded, nfsHandleStep, nfsAttributes}, {nfsStatus, (*nfsReader).made, nfsHandleStep, nfsVerbose(1), nfsAfterAll, nfsVerbose(2), nfsForm(" dir attr:"), nfsChanges}}
)

func (r *nfsReader) attributesLoud() { r.attributes(!r.d.Quiet) }

// found prints what was looked up, unless that failed.
func (r *nfsReader) found() {
	if !r.error {
		r.handle()
		r.after(r.verbose(1))
	}
}

// made tells whether the handle follows of what was made; if that failed, attributes do.
func (r *nfsReader) made() bool {
	if r.error {
		r.changes()
		return false
	}
	return r.U32() != 0
}

// attributes reads those of a file, and prints them, all with -vv.
func (r *nfsReader) attributes(print bool) {
	r.need(20)
	if print {
		r.form(" %4@0n %4@4o ids %4@12i/%4@16i|", nfsFileTypes.Or("unk-ft %d "))
		r.either(" sz %8@20d", " sz %4@20d")
	}
	size := dissect.Pick(r.v3, 84, 68)
	if print && r.verbose(2) {
		r.need(size)
		r.either(" nlink %4@8d rdev %4@36d/%4@40d fsid %8@44h fileid %8@52h a/m/ctime", " nlink %4@8d rdev 0x%4@28h fsid 0x%4@36h nodeid 0x%4@40h a/m/ctime")
		for at := size - 24; at < size; at += 8 {
			r.d.Printf(" %d.%06d", r.View.U32(r.At+at), r.View.U32(r.At+at+4))
		}
	}
	r.At += size
}

// after reads the attributes that may follow an operation.
func (r *nfsReader) after(print bool) {
	switch {
	case r.U32() == 0:
	case !print:
		r.At += 84
	default:
		was := r.v3
		r.v3 = true
		r.attributes(true)
		r.v3 = was
	}
}

// changes reads the attributes before and after an operation.
func (r *nfsReader) changes() {
	r.d.If(r.verbose(2), " PRE:")
	if r.U32() != 0 {
		r.need(24)
		if b := (dissect.NewView(r.Bytes(24), 24)); r.verbose(2) {
			r.d.Printf(" sz %d mtime %d.%06d ctime %d.%06d", b.U64(0), b.U32(8), b.U32(12), b.U32(16), b.U32(20))
		}
	}
	r.post()
}

// directoryAfter prints the attributes of a directory, with -vv.
func (r *nfsReader) directoryAfter() {
	if r.verbose(2) {
		r.d.Print(" post dattr:")
		r.after(true)
	}
}

// post prints the attributes of what was asked about.
func (r *nfsReader) post() {
	r.d.If(r.verbose(1), " POST:")
	r.after(r.verbose(1))
}

// nfsRawHandle prints a handle as it is, in words.
func nfsRawHandle(d *Context, b []byte) {
	d.Print(" fh[")
	for i := 0; i+4 <= len(b); i += 4 {
		d.Printf("%s%x", dissect.If(i > 0, ":"), binary.BigEndian.Uint32(b[i:]))
	}
	d.Print("]")
}

// nfsHandle prints a handle, whose bytes are the server's own affair, by the forms that servers are known to give it:
// the device, major and minor, and the number of the file.
func nfsHandle(d *Context, b []byte) {
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
