package application

import (
	"bytes"
	"encoding/binary"

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

// nfsReader reads a message. It is cut where a method gives false; reading past what is captured ends the line.
type nfsReader struct {
	d *Context
	Cursor
	v3    bool
	error bool // the server said that something failed: no mark for a cut reply then
}

// nfsRequest prints a call.
func nfsRequest(d *Context, v View) {
	d.Proto = "nfs"
	d.Printf("%d", v.Length)
	d.CutIf(len(v.Data) < 24)
	p := nfsProcedure{int(v.U32(20)), int(v.U32(16))}
	dissect.Remembered[dissect.Calls[nfsCall, nfsProcedure]](d).Add(nfsCall{v.U32(0), string(d.Source), string(d.Destination)}, p)
	r := &nfsReader{d: d, Cursor: *v.Cursor(24), v3: p.version == 3}
	d.Printf(" %s", nfsNames.Of(p.generic(), "proc-%d"))
	if print := nfsArguments[p.generic()]; print != nil && !(d.Try(func() { r.credentials() }) && print(r)) {
		d.Mark()
	}
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

// nfsArguments print the arguments of procedures.
var nfsArguments = map[int]func(*nfsReader) bool{
	nfsGetAttr: (*nfsReader).handle, nfsSetAttr: (*nfsReader).handle, nfsReadLink: (*nfsReader).handle, nfsFSStat: (*nfsReader).handle, nfsFSInfo: (*nfsReader).handle,
	nfsPathConf: (*nfsReader).handle,
	nfsLookup:   (*nfsReader).entry, nfsCreate: (*nfsReader).entry, nfsMkdir: (*nfsReader).entry, nfsRemove: (*nfsReader).entry, nfsRmdir: (*nfsReader).entry,
	nfsAccess: (*nfsReader).accessArguments, nfsRead: (*nfsReader).readArguments, nfsWrite: (*nfsReader).writeArguments, nfsSymlink: (*nfsReader).symlinkArguments,
	nfsMknod: (*nfsReader).mknodArguments, nfsReadDir: (*nfsReader).readDirArguments, nfsReadDirPlus: (*nfsReader).readDirPlusArguments, nfsCommit: (*nfsReader).commitArguments,
	nfsRename: func(r *nfsReader) bool {
		return r.entry() && r.arrow() && r.entry()
	},
	nfsLink: func(r *nfsReader) bool {
		return r.handle() && r.arrow() && r.entry()
	},
}

func (r *nfsReader) arrow() bool {
	r.d.Print(" ->")
	return true
}

// handle prints the handle of a file.
func (r *nfsReader) handle() bool {
	size := 32
	if r.v3 {
		size = int(r.U32()) / 4 * 4
	}
	if !r.Has(size) {
		return false
	}
	nfsHandle(r.d, r.Bytes(size))
	return true
}

// entry prints a directory and a name in it.
func (r *nfsReader) entry() bool {
	if !r.handle() {
		return false
	}
	r.d.Print(" ")
	return r.name()
}

// name prints a file's name.
func (r *nfsReader) name() bool {
	length := r.U32()
	if length > 1<<32-4 {
		r.d.Print("[cannot pad to 32-bit boundaries]")
		r.d.Invalid()
		return false
	}
	n := int(length)
	if size := (n + 3) &^ 3; n >= 0 && r.Has(size) {
		r.d.Print(`"`)
		r.d.Text(r.Bytes(size)[:n])
		r.d.Print(`"`)
		return true
	}
	return false
}

var nfsAccesses = Flags{{0x01, "NFS_ACCESS_READ"}, {0x02, "NFS_ACCESS_LOOKUP"}, {0x04, "NFS_ACCESS_MODIFY"}, {0x08, "NFS_ACCESS_EXTEND"}, {0x10, "NFS_ACCESS_DELETE"}, {0x20, "NFS_ACCESS_EXECUTE"}}

func (r *nfsReader) accessArguments() bool {
	if !r.handle() {
		return false
	}
	switch bits := r.U32(); {
	case bits&^0x3f != 0:
		r.d.Printf(" %04x", bits)
	case bits == 0x3f:
		r.d.Print(" NFS_ACCESS_FULL")
	case bits != 0:
		r.d.Printf(" %s", nfsAccesses.Of(int(bits), "|"))
	}
	return true
}

func (r *nfsReader) readArguments() bool {
	if !r.handle() {
		return false
	}
	if v := r.Rest(); r.v3 {
		r.d.Printf(" %d bytes @ %d", v.U32(8), v.U64(0))
	} else {
		r.d.Printf(" %d bytes @ %d", v.U32(4), v.U32(0))
	}
	return true
}

var nfsStabilities = Names{0: "unstable", 1: "datasync", 2: "filesync"}

func (r *nfsReader) writeArguments() bool {
	if !r.handle() {
		return false
	}
	v := r.Rest()
	if !r.v3 {
		r.d.Printf(" %d (%d) bytes @ %d (%d)", v.U32(12), v.U32(8), v.U32(4), v.U32(0))
		return true
	}
	r.d.Printf(" %d (%d) bytes @ %d", v.U32(16), v.U32(8), v.U64(0))
	if r.d.Verbose > 0 {
		r.d.Printf(" <%s>", nfsStabilities.Of(int(v.U32(12)), "#%d"))
	}
	return true
}

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

func (r *nfsReader) symlinkArguments() bool {
	if !r.entry() {
		return false
	}
	r.d.Print(" ->")
	var s nfsSettable
	if r.v3 {
		s = r.settable()
	}
	if !r.name() {
		return false
	}
	if r.v3 && r.d.Verbose > 0 {
		r.printSettable(s)
	}
	return true
}

var nfsFileTypes = Names{0: "NON", 1: "REG", 2: "DIR", 3: "BLK", 4: "CHR", 5: "LNK", 7: "FIFO"}

func (r *nfsReader) mknodArguments() bool {
	if !r.entry() {
		return false
	}
	kind := int(r.U32())
	s := r.settable()
	r.d.Printf(" %s", nfsFileTypes.Of(kind, "unk-ft %d"))
	if r.d.Verbose > 0 {
		if kind == 3 || kind == 4 {
			r.d.Printf(" %d/%d", r.U32(), r.U32())
		}
		r.printSettable(s)
	}
	return true
}

func (r *nfsReader) readDirArguments() bool {
	if !r.handle() {
		return false
	}
	v := r.Rest()
	if !r.v3 {
		r.d.Printf(" %d bytes @ %d", v.U32(4), v.U32(0))
		return true
	}
	r.d.Printf(" %d bytes @ %d", v.U32(16), int64(v.U64(0)))
	if r.d.Verbose > 0 {
		r.d.Printf(" verf %016x", v.U64(8))
	}
	return true
}

func (r *nfsReader) readDirPlusArguments() bool {
	if !r.handle() {
		return false
	}
	v := r.Rest()
	r.d.Printf(" %d bytes @ %d", v.U32(16), int64(v.U64(0)))
	if r.d.Verbose > 0 {
		r.d.Printf(" max %d verf %016x", v.U32(20), v.U64(8))
	}
	return true
}

func (r *nfsReader) commitArguments() bool {
	if !r.handle() {
		return false
	}
	v := r.Rest()
	r.d.Printf(" %d bytes @ %d", v.U32(8), v.U64(0))
	return true
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
	print := nfsReplies[p.generic()]
	d.PrintfIf(print != nil && !(d.Try(func() { r.accepted() }) && print(r)) && !r.error, " [|%s]", d.Proto)
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
func (r *nfsReader) status() (failed bool) {
	n := int(r.U32())
	if n == 0 {
		return false
	}
	r.d.PrintfIf(!r.d.Quiet, " ERROR: %s", nfsErrors.Of(n, "unk %d"))
	r.error = true
	return true
}

func (r *nfsReader) verbose(n int) bool { return r.d.Verbose >= n }

// nfsReplies print the results of procedures.
var nfsReplies = map[int]func(*nfsReader) bool{
	nfsGetAttr: func(r *nfsReader) bool { return r.attributesOr(!r.d.Quiet) },
	nfsSetAttr: func(r *nfsReader) bool {
		if r.v3 {
			r.status()
			return r.changes()
		}
		return r.attributesOr(!r.d.Quiet)
	},
	nfsLookup: (*nfsReader).lookupResult, nfsAccess: (*nfsReader).accessResult, nfsReadLink: (*nfsReader).readLinkResult, nfsRead: (*nfsReader).readResult,
	nfsWrite: (*nfsReader).writeResult, nfsCreate: (*nfsReader).createResult, nfsMkdir: (*nfsReader).createResult,
	nfsSymlink: func(r *nfsReader) bool { return r.v3 && r.createResult() || !r.v3 && r.statusAlone() },
	nfsMknod:   func(r *nfsReader) bool { r.v3 = true; return r.createResult() },
	nfsRemove:  (*nfsReader).removeResult, nfsRmdir: (*nfsReader).removeResult, nfsRename: (*nfsReader).renameResult, nfsLink: (*nfsReader).linkResult,
	nfsReadDir: (*nfsReader).readDirResult, nfsReadDirPlus: (*nfsReader).readDirPlusResult, nfsFSStat: (*nfsReader).statResult, nfsFSInfo: (*nfsReader).infoResult,
	nfsPathConf: (*nfsReader).pathResult, nfsCommit: (*nfsReader).commitResult,
}

func (r *nfsReader) statusAlone() bool {
	r.status()
	return true
}

func (r *nfsReader) attributesOr(print bool) bool {
	return r.status() || r.attributes(print)
}

// attributes reads those of a file, and prints them, all with -vv.
func (r *nfsReader) attributes(print bool) bool {
	v := r.Rest()
	if len(v.Data) < 20 {
		return false
	}
	size := 68
	if r.v3 {
		size = 84
	}
	if print {
		r.d.Printf(" %s %o ids %d/%d", nfsFileTypes.Of(int(v.U32(0)), "unk-ft %d "), v.U32(4), int32(v.U32(12)), int32(v.U32(16)))
		if r.v3 {
			r.d.Printf(" sz %d", v.U64(20))
		} else {
			r.d.Printf(" sz %d", v.U32(20))
		}
	}
	if print && r.verbose(2) {
		if len(v.Data) < size {
			return false
		}
		if r.v3 {
			r.d.Printf(" nlink %d rdev %d/%d fsid %x fileid %x a/m/ctime", v.U32(8), v.U32(36), v.U32(40), v.U64(44), v.U64(52))
		} else {
			r.d.Printf(" nlink %d rdev 0x%x fsid 0x%x nodeid 0x%x a/m/ctime", v.U32(8), v.U32(28), v.U32(36), v.U32(40))
		}
		for at := size - 24; at < size; at += 8 {
			r.d.Printf(" %d.%06d", v.U32(at), v.U32(at+4))
		}
	}
	r.At += size
	return true
}

// after reads the attributes that may follow an operation.
func (r *nfsReader) after(print bool) bool {
	if r.U32() == 0 {
		return true
	}
	if !print {
		r.At += 84
		return true
	}
	was := r.v3
	r.v3 = true
	ok := r.attributes(true)
	r.v3 = was
	return ok
}

// changes reads the attributes before and after an operation.
func (r *nfsReader) changes() bool {
	r.d.If(r.verbose(2), " PRE:")
	if r.U32() != 0 {
		if !r.Has(24) {
			return false
		}
		if b := (dissect.NewView(r.Bytes(24), 24)); r.verbose(2) {
			r.d.Printf(" sz %d mtime %d.%06d ctime %d.%06d", b.U64(0), b.U32(8), b.U32(12), b.U32(16), b.U32(20))
		}
	}
	r.d.If(r.verbose(1), " POST:")
	return r.after(r.verbose(1))
}

// directoryAfter prints the attributes of a directory, with -vv.
func (r *nfsReader) directoryAfter() bool {
	if !r.verbose(2) {
		return true
	}
	r.d.Print(" post dattr:")
	return r.after(true)
}

func (r *nfsReader) lookupResult() bool {
	failed := r.status()
	switch {
	case !r.v3:
		return failed || r.handle() && r.attributes(r.verbose(1))
	case failed:
		return r.directoryAfter()
	}
	return r.handle() && r.after(r.verbose(1)) && r.directoryAfter()
}

func (r *nfsReader) accessResult() bool {
	failed := r.status()
	r.d.If(r.verbose(1), " attr:")
	if !r.after(r.verbose(1)) {
		return false
	}
	if !failed {
		r.d.Printf(" c %04x", r.U32())
	}
	return true
}

func (r *nfsReader) readLinkResult() bool {
	if r.status() {
		return true
	}
	if r.v3 && !r.after(r.verbose(1)) {
		return false
	}
	r.d.Print(" ")
	return r.name()
}

func (r *nfsReader) readResult() bool {
	if !r.v3 {
		return r.attributesOr(r.verbose(1))
	}
	failed := r.status()
	if !r.after(r.verbose(1)) {
		return false
	}
	if !failed && r.verbose(1) {
		r.d.Printf(" %d bytes", r.U32())
		r.d.If(r.U32() != 0, " EOF")
	}
	return true
}

func (r *nfsReader) writeResult() bool {
	if !r.v3 {
		return r.attributesOr(r.verbose(1))
	}
	failed := r.status()
	if !r.changes() {
		return false
	}
	if !failed && r.verbose(1) {
		r.d.Printf(" %d bytes", r.U32())
		if r.verbose(2) {
			r.d.Printf(" <%s>", nfsStabilities.Of(int(r.U32()), "#%d"))
			r.d.Printf(" verf %x", r.U64())
		}
	}
	return true
}

func (r *nfsReader) createResult() bool {
	failed := r.status()
	switch {
	case !r.v3:
		return failed || r.handle() && r.attributes(r.verbose(1))
	case failed:
		return r.changes()
	case r.U32() == 0:
		return true
	case !r.handle():
		return false
	case !r.verbose(1):
		return true
	case !r.after(true):
		return false
	case r.verbose(2):
		r.d.Print(" dir attr:")
		return r.changes()
	}
	return true
}

func (r *nfsReader) removeResult() bool {
	r.status()
	return !r.v3 || r.changes()
}

func (r *nfsReader) renameResult() bool {
	r.status()
	if !r.v3 || !r.verbose(1) {
		return true
	}
	r.d.Print(" from:")
	if !r.changes() {
		return false
	}
	r.d.Print(" to:")
	return r.changes()
}

func (r *nfsReader) linkResult() bool {
	r.status()
	if !r.v3 || !r.verbose(1) {
		return true
	}
	r.d.Print(" file POST:")
	if !r.after(true) {
		return false
	}
	r.d.Print(" dir:")
	return r.changes()
}

func (r *nfsReader) readDirResult() bool {
	if r.v3 {
		return r.readDirPlusResult()
	}
	if r.status() || r.d.Quiet {
		return true
	}
	r.d.Printf(" offset 0x%x size %d ", r.U32(), r.U32())
	r.d.If(r.U32() != 0, " eof")
	return true
}

// post prints the attributes of what was asked about.
func (r *nfsReader) post() bool {
	r.d.If(r.verbose(1), " POST:")
	return r.after(r.verbose(1))
}

func (r *nfsReader) readDirPlusResult() bool {
	failed := r.status()
	if !r.post() {
		return false
	}
	if !failed && r.verbose(1) {
		r.d.Printf(" verf %016x", r.U64())
	}
	return true
}

func (r *nfsReader) statResult() bool {
	failed := r.status()
	if !r.v3 && failed || r.d.Quiet {
		return true
	}
	if !r.v3 {
		if !r.Has(20) {
			return false
		}
		r.d.Printf(" tsize %d bsize %d blocks %d bfree %d bavail %d", r.U32(), r.U32(), r.U32(), r.U32(), r.U32())
		return true
	}
	if !r.post() || !r.Has(52) {
		return false
	}
	r.d.Printf(" tbytes %d fbytes %d abytes %d", r.U64(), r.U64(), r.U64())
	if r.verbose(1) {
		r.d.Printf(" tfiles %d ffiles %d afiles %d invar %d", r.U64(), r.U64(), r.U64(), r.U32())
	}
	return true
}

func (r *nfsReader) infoResult() bool {
	failed := r.status()
	if !r.post() {
		return false
	}
	if failed {
		return true
	}
	if !r.Has(48) {
		return false
	}
	v := r.Rest()
	r.d.Printf(" rtmax %d rtpref %d wtmax %d wtpref %d dtpref %d", v.U32(0), v.U32(4), v.U32(12), v.U32(16), v.U32(24))
	if r.verbose(1) {
		r.d.Printf(" rtmult %d wtmult %d maxfsz %d delta %d.%06d ", v.U32(8), v.U32(20), v.U64(28), v.U32(36), v.U32(40))
	}
	return true
}

func (r *nfsReader) pathResult() bool {
	failed := r.status()
	if !r.post() {
		return false
	}
	if failed {
		return true
	}
	if !r.Has(24) {
		return false
	}
	r.d.Printf(" linkmax %d namemax %d", r.U32(), r.U32())
	for _, name := range []string{"notrunc", "chownres", "igncase", "keepcase"} {
		r.d.Print(" " + dissect.If(r.U32() != 0, name))
	}
	return true
}

func (r *nfsReader) commitResult() bool {
	r.status()
	if !r.changes() {
		return false
	}
	if r.verbose(2) {
		r.d.Printf(" verf %x", r.U64())
	}
	return true
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
