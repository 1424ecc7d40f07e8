package print

import "bytes"

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

var nfsNames = NamesT{nfsNoOp: "nop", nfsNull: "null", nfsGetAttr: "getattr", nfsSetAttr: "setattr", nfsLookup: "lookup", nfsAccess: "access", nfsReadLink: "readlink",
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
	nfsPort = 2049
	rpcCall = 0
	rpcDone = 1
)

// nfsOverUDP prints a datagram that is a call or a reply.
func (d *dissector) nfsOverUDP(v view) { d.nfs(v, "") }

// nfs prints a call or a reply, as the ports and the direction say, behind a text; nothing if it is neither.
func (d *dissector) nfs(v view, before string) {
	if len(v.b) < 8 {
		return
	}
	switch direction := v.u32(4); {
	case d.dst == nfsPort && direction == rpcCall:
		d.printf("%sNFS request xid %d ", before, v.u32(0))
		d.nfsRequest(v)
	case d.src == nfsPort && direction == rpcDone:
		d.printf("%sNFS reply xid %d ", before, v.u32(0))
		d.nfsReply(v)
	}
}

// nfsOverTCP prints the message in a segment, behind its length.
func (d *dissector) nfsOverTCP(v view) {
	if v.length < 4 || len(v.b) < 4 {
		return
	}
	size := int(v.u32(0) & 0x7fffffff)
	message := v.from(4)
	message.length = min(size, v.length-4)
	d.nfs(message, ": ")
}

// nfsReader reads a message. It is cut where a method gives false; reading past what is captured ends the line.
type nfsReader struct {
	d *dissector
	cursor
	v3    bool
	error bool // the server said that something failed: no mark for a cut reply then
}

// nfsRequest prints a call.
func (d *dissector) nfsRequest(v view) {
	d.proto = "nfs"
	d.printf("%d", v.length)
	if len(v.b) < 24 {
		d.mark()
		return
	}
	p := nfsProcedure{int(v.u32(20)), int(v.u32(16))}
	remembered[calls[nfsCall, nfsProcedure]](d).add(nfsCall{v.u32(0), string(d.source), string(d.destination)}, p)
	r := &nfsReader{d: d, cursor: *v.cursor(24), v3: p.version == 3}
	d.printf(" %s", nfsNames.of(p.generic(), "proc-%d"))
	if print := nfsArguments[p.generic()]; print != nil && !(r.credentials() && print(r)) {
		d.mark()
	}
}

// credentials skips those of a call, and the verifier; tcpdump counts the length of the message from here on.
func (r *nfsReader) credentials() bool {
	left := r.length
	for i := range 2 {
		if left < 8 {
			return false
		}
		n := r.view.u32(r.at + 4)
		size := 8 + int((n+3)&^3) // which wraps around, so that the longest reach out of the packet
		if !r.has(size) || i == 0 && size > left || i == 1 && size >= left {
			return false
		}
		r.at += 8 + (int(n)+3)/4*4
		left -= size
	}
	return true
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
	r.d.print(" ->")
	return true
}

// handle prints the handle of a file.
func (r *nfsReader) handle() bool {
	size := 32
	if r.v3 {
		size = int(r.u32()) / 4 * 4
	}
	if !r.has(size) {
		return false
	}
	r.d.nfsHandle(r.bytes(size))
	return true
}

// entry prints a directory and a name in it.
func (r *nfsReader) entry() bool {
	if !r.handle() {
		return false
	}
	r.d.print(" ")
	return r.name()
}

// name prints a file's name.
func (r *nfsReader) name() bool {
	length := r.u32()
	if length > 1<<32-4 {
		r.d.print("[cannot pad to 32-bit boundaries]")
		r.d.invalid()
		return false
	}
	n := int(length)
	if size := (n + 3) &^ 3; n >= 0 && r.has(size) {
		r.d.print(`"`)
		r.d.text(r.bytes(size)[:n])
		r.d.print(`"`)
		return true
	}
	return false
}

var nfsAccesses = FlagsT{{0x01, "NFS_ACCESS_READ"}, {0x02, "NFS_ACCESS_LOOKUP"}, {0x04, "NFS_ACCESS_MODIFY"}, {0x08, "NFS_ACCESS_EXTEND"}, {0x10, "NFS_ACCESS_DELETE"}, {0x20, "NFS_ACCESS_EXECUTE"}}

func (r *nfsReader) accessArguments() bool {
	if !r.handle() {
		return false
	}
	switch bits := r.u32(); {
	case bits&^0x3f != 0:
		r.d.printf(" %04x", bits)
	case bits == 0x3f:
		r.d.print(" NFS_ACCESS_FULL")
	case bits != 0:
		r.d.printf(" %s", nfsAccesses.of(int(bits), "|"))
	}
	return true
}

func (r *nfsReader) readArguments() bool {
	if !r.handle() {
		return false
	}
	if v := r.rest(); r.v3 {
		r.d.printf(" %d bytes @ %d", v.u32(8), v.u64(0))
	} else {
		r.d.printf(" %d bytes @ %d", v.u32(4), v.u32(0))
	}
	return true
}

var nfsStabilities = NamesT{0: "unstable", 1: "datasync", 2: "filesync"}

func (r *nfsReader) writeArguments() bool {
	if !r.handle() {
		return false
	}
	v := r.rest()
	if !r.v3 {
		r.d.printf(" %d (%d) bytes @ %d (%d)", v.u32(12), v.u32(8), v.u32(4), v.u32(0))
		return true
	}
	r.d.printf(" %d (%d) bytes @ %d", v.u32(16), v.u32(8), v.u64(0))
	if r.d.Verbose > 0 {
		r.d.printf(" <%s>", nfsStabilities.of(int(v.u32(12)), "#%d"))
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
		if s.set[i] = r.u32() != 0; s.set[i] {
			s.value[i] = r.u32()
		}
	}
	for i := range s.stamped {
		if s.stamped[i] = r.u32() == 2; s.stamped[i] { // to the client's time
			s.stampValues[i] = [2]uint32{r.u32(), r.u32()}
		}
	}
	return s
}

func (r *nfsReader) printSettable(s nfsSettable) {
	for i, format := range []string{" mode %o", " uid %d", " gid %d"} {
		if s.set[i] {
			r.d.printf(format, s.value[i])
		}
	}
	for i, name := range []string{"atime", "mtime"} {
		if r.d.Verbose > 1 && s.stamped[i] {
			r.d.printf(" %s %d.%06d", name, s.stampValues[i][0], s.stampValues[i][1])
		}
	}
}

func (r *nfsReader) symlinkArguments() bool {
	if !r.entry() {
		return false
	}
	r.d.print(" ->")
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

var nfsFileTypes = NamesT{0: "NON", 1: "REG", 2: "DIR", 3: "BLK", 4: "CHR", 5: "LNK", 7: "FIFO"}

func (r *nfsReader) mknodArguments() bool {
	if !r.entry() {
		return false
	}
	kind := int(r.u32())
	s := r.settable()
	r.d.printf(" %s", nfsFileTypes.of(kind, "unk-ft %d"))
	if r.d.Verbose > 0 {
		if kind == 3 || kind == 4 {
			r.d.printf(" %d/%d", r.u32(), r.u32())
		}
		r.printSettable(s)
	}
	return true
}

func (r *nfsReader) readDirArguments() bool {
	if !r.handle() {
		return false
	}
	v := r.rest()
	if !r.v3 {
		r.d.printf(" %d bytes @ %d", v.u32(4), v.u32(0))
		return true
	}
	r.d.printf(" %d bytes @ %d", v.u32(16), int64(v.u64(0)))
	if r.d.Verbose > 0 {
		r.d.printf(" verf %016x", v.u64(8))
	}
	return true
}

func (r *nfsReader) readDirPlusArguments() bool {
	if !r.handle() {
		return false
	}
	v := r.rest()
	r.d.printf(" %d bytes @ %d", v.u32(16), int64(v.u64(0)))
	if r.d.Verbose > 0 {
		r.d.printf(" max %d verf %016x", v.u32(20), v.u64(8))
	}
	return true
}

func (r *nfsReader) commitArguments() bool {
	if !r.handle() {
		return false
	}
	v := r.rest()
	r.d.printf(" %d bytes @ %d", v.u32(8), v.u64(0))
	return true
}

var (
	rpcRejections = NamesT{0: "OK", 1: "Bogus Credentials (seal broken)", 2: "Rejected Credentials (client should begin new session)", 3: "Bogus Verifier (seal broken)",
		4: "Verifier expired or was replayed", 5: "Credentials are too weak", 6: "Bogus response verifier", 7: "Unknown failure"}
	rpcFailures = NamesT{1: "PROG_UNAVAIL", 2: "PROG_MISMATCH", 3: "PROC_UNAVAIL", 4: "GARBAGE_ARGS", 5: "SYSTEM_ERR"}
	nfsErrors   = NamesT{1: "Operation not permitted", 2: "No such file or directory", 5: "Input/output error", 6: "Device not configured", 11: "Resource deadlock avoided",
		12: "Cannot allocate memory", 13: "Permission denied", 17: "File exists", 18: "Cross-device link", 19: "Operation not supported by device", 20: "Not a directory", 21: "Is a directory",
		22: "Invalid argument", 26: "Text file busy", 27: "File too large", 28: "No space left on device", 30: "Read-only file system", 31: "Too many links", 45: "Operation not supported",
		62: "Too many levels of symbolic links", 63: "File name too long", 66: "Directory not empty", 69: "Disc quota exceeded", 70: "Stale NFS file handle", 71: "Too many levels of remote in path",
		99: "Write cache flushed to disk", 10001: "Illegal NFS file handle", 10002: "Update synchronization mismatch", 10003: "READDIR/READDIRPLUS cookie is stale", 10004: "Operation not supported",
		10005: "Buffer or request is too small", 10006: "Unspecified error on server", 10007: "Object of that type not supported", 10008: "Request couldn't be completed in time"}
)

// nfsReply prints a reply, as far as the call is known.
func (d *dissector) nfsReply(v view) {
	d.proto = "nfs"
	if len(v.b) < 12 {
		d.mark()
		return
	}
	switch state := v.u32(8); state {
	case 0:
		d.printf("reply ok %d", v.length)
		p, known := remembered[calls[nfsCall, nfsProcedure]](d).find(nfsCall{v.u32(0), string(d.destination), string(d.source)})
		if known {
			d.nfsResults(v, p)
		}
	case 1:
		d.printf("reply ERR %d: ", v.length)
		d.rpcRejection(v)
	default:
		d.printf("reply Unknown rpc response code=%d %d", state, v.length)
	}
}

func (d *dissector) rpcRejection(v view) {
	if len(v.b) < 16 || v.u32(12) == 0 && len(v.b) < 24 || v.u32(12) == 1 && len(v.b) < 20 {
		d.mark()
		return
	}
	switch reason := v.u32(12); reason {
	case 0:
		d.printf("RPC Version mismatch (%d-%d)", v.u32(16), v.u32(20))
	case 1:
		d.printf("Auth %s", rpcRejections.of(int(v.u32(16)), "Invalid failure code %d"))
	default:
		d.printf("Unknown reason for rejecting rpc message %d", reason)
	}
}

// nfsResults prints what came of a call.
func (d *dissector) nfsResults(v view, p nfsProcedure) {
	r := &nfsReader{d: d, cursor: *v.cursor(12), v3: p.version == 3}
	d.printf(" %s", nfsNames.of(p.generic(), "proc-%d"))
	print := nfsReplies[p.generic()]
	if print != nil && !(r.accepted() && print(r)) && !r.error {
		d.mark()
	}
}

// accepted skips the verifier of a reply; false if the call was not carried out.
func (r *nfsReader) accepted() bool {
	n := int(r.view.u32(r.at + 4))
	if n >= r.length {
		return false
	}
	r.at += 8 + (n+3)&^3
	if state := int(r.u32()); state != 0 {
		r.d.printf(" %s", rpcFailures.of(state, "ar_stat %d"))
		r.error = true
		return false
	}
	return true
}

// status reads whether the procedure succeeded, and says if it did not.
func (r *nfsReader) status() (failed bool) {
	n := int(r.u32())
	if n == 0 {
		return false
	}
	if !r.d.Quiet {
		r.d.printf(" ERROR: %s", nfsErrors.of(n, "unk %d"))
	}
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
	v := r.rest()
	if len(v.b) < 20 {
		return false
	}
	size := 68
	if r.v3 {
		size = 84
	}
	if print {
		r.d.printf(" %s %o ids %d/%d", nfsFileTypes.of(int(v.u32(0)), "unk-ft %d "), v.u32(4), int32(v.u32(12)), int32(v.u32(16)))
		if r.v3 {
			r.d.printf(" sz %d", v.u64(20))
		} else {
			r.d.printf(" sz %d", v.u32(20))
		}
	}
	if print && r.verbose(2) {
		if len(v.b) < size {
			return false
		}
		if r.v3 {
			r.d.printf(" nlink %d rdev %d/%d fsid %x fileid %x a/m/ctime", v.u32(8), v.u32(36), v.u32(40), v.u64(44), v.u64(52))
		} else {
			r.d.printf(" nlink %d rdev 0x%x fsid 0x%x nodeid 0x%x a/m/ctime", v.u32(8), v.u32(28), v.u32(36), v.u32(40))
		}
		for at := size - 24; at < size; at += 8 {
			r.d.printf(" %d.%06d", v.u32(at), v.u32(at+4))
		}
	}
	r.at += size
	return true
}

// after reads the attributes that may follow an operation.
func (r *nfsReader) after(print bool) bool {
	if r.u32() == 0 {
		return true
	}
	if !print {
		r.at += 84
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
	if r.verbose(2) {
		r.d.print(" PRE:")
	}
	if r.u32() != 0 {
		if !r.has(24) {
			return false
		}
		if b := (newView(r.bytes(24), 24)); r.verbose(2) {
			r.d.printf(" sz %d mtime %d.%06d ctime %d.%06d", b.u64(0), b.u32(8), b.u32(12), b.u32(16), b.u32(20))
		}
	}
	if r.verbose(1) {
		r.d.print(" POST:")
	}
	return r.after(r.verbose(1))
}

// directoryAfter prints the attributes of a directory, with -vv.
func (r *nfsReader) directoryAfter() bool {
	if !r.verbose(2) {
		return true
	}
	r.d.print(" post dattr:")
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
	if r.verbose(1) {
		r.d.print(" attr:")
	}
	if !r.after(r.verbose(1)) {
		return false
	}
	if !failed {
		r.d.printf(" c %04x", r.u32())
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
	r.d.print(" ")
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
		r.d.printf(" %d bytes", r.u32())
		r.d.onlyIf(r.u32() != 0, " EOF")
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
		r.d.printf(" %d bytes", r.u32())
		if r.verbose(2) {
			r.d.printf(" <%s>", nfsStabilities.of(int(r.u32()), "#%d"))
			r.d.printf(" verf %x", r.u64())
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
	case r.u32() == 0:
		return true
	case !r.handle():
		return false
	case !r.verbose(1):
		return true
	case !r.after(true):
		return false
	case r.verbose(2):
		r.d.print(" dir attr:")
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
	r.d.print(" from:")
	if !r.changes() {
		return false
	}
	r.d.print(" to:")
	return r.changes()
}

func (r *nfsReader) linkResult() bool {
	r.status()
	if !r.v3 || !r.verbose(1) {
		return true
	}
	r.d.print(" file POST:")
	if !r.after(true) {
		return false
	}
	r.d.print(" dir:")
	return r.changes()
}

func (r *nfsReader) readDirResult() bool {
	if r.v3 {
		return r.readDirPlusResult()
	}
	if r.status() || r.d.Quiet {
		return true
	}
	r.d.printf(" offset 0x%x size %d ", r.u32(), r.u32())
	r.d.onlyIf(r.u32() != 0, " eof")
	return true
}

// post prints the attributes of what was asked about.
func (r *nfsReader) post() bool {
	r.d.onlyIf(r.verbose(1), " POST:")
	return r.after(r.verbose(1))
}

func (r *nfsReader) readDirPlusResult() bool {
	failed := r.status()
	if !r.post() {
		return false
	}
	if !failed && r.verbose(1) {
		r.d.printf(" verf %016x", r.u64())
	}
	return true
}

func (r *nfsReader) statResult() bool {
	failed := r.status()
	if !r.v3 && failed || r.d.Quiet {
		return true
	}
	if !r.v3 {
		if !r.has(20) {
			return false
		}
		r.d.printf(" tsize %d bsize %d blocks %d bfree %d bavail %d", r.u32(), r.u32(), r.u32(), r.u32(), r.u32())
		return true
	}
	if !r.post() || !r.has(52) {
		return false
	}
	r.d.printf(" tbytes %d fbytes %d abytes %d", r.u64(), r.u64(), r.u64())
	if r.verbose(1) {
		r.d.printf(" tfiles %d ffiles %d afiles %d invar %d", r.u64(), r.u64(), r.u64(), r.u32())
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
	if !r.has(48) {
		return false
	}
	v := r.rest()
	r.d.printf(" rtmax %d rtpref %d wtmax %d wtpref %d dtpref %d", v.u32(0), v.u32(4), v.u32(12), v.u32(16), v.u32(24))
	if r.verbose(1) {
		r.d.printf(" rtmult %d wtmult %d maxfsz %d delta %d.%06d ", v.u32(8), v.u32(20), v.u64(28), v.u32(36), v.u32(40))
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
	if !r.has(24) {
		return false
	}
	r.d.printf(" linkmax %d namemax %d", r.u32(), r.u32())
	for _, name := range []string{"notrunc", "chownres", "igncase", "keepcase"} {
		r.d.print(" " + mark(r.u32() != 0, name))
	}
	return true
}

func (r *nfsReader) commitResult() bool {
	r.status()
	if !r.changes() {
		return false
	}
	if r.verbose(2) {
		r.d.printf(" verf %x", r.u64())
	}
	return true
}

// nfsHandle prints a handle, whose bytes are the server's own affair, by the forms that servers are known to give it:
// the device, major and minor, and the number of the file.
func (d *dissector) nfsHandle(b []byte) {
	const least = 32
	for len(b) < least { // short ones of version 3
		b = append(b[:len(b):len(b)], make([]byte, least-len(b))...)
	}
	v := newView(b, len(b))
	major, minor, file := 0, 0, uint32(0)
	switch zero := func(at int) bool { return b[at] == 0 }; {
	case zero(0) && zero(1) && zero(2) && zero(3): // Auspex
		major, minor, file = v.u8(6), v.u8(7), v.u32(12)
	case zero(0) && zero(1) && !zero(4) && zero(5) && b[8] == 12 && zero(9), !(zero(0) && zero(1)) && !(zero(2) && zero(3)) && b[8] == 12 && zero(9): // OSF
		n := v.le32(0)
		major, minor, file = int(n>>20), int(n&0xfffff), v.le32(12)
	case zero(0) && zero(1) && zero(4) && b[5] == 8 && zero(6) && zero(7): // IRIX 4
		major, minor, file = v.u8(2), v.u8(3), v.u32(8)
	case zero(0) && zero(1): // SunOS 4
		major, minor, file = v.u8(2), v.u8(3), v.u32(12)
	case zero(2) && zero(3) && zero(6) && zero(7): // BSD 4.4
		major, minor, file = v.u8(1), v.u8(0), v.le32(12)
	case zero(2) && zero(3) && zero(21) && zero(23): // Ultrix
		major, minor, file = v.u8(1), v.u8(0), v.le32(4)
	case zero(2) && zero(3) && b[9] == 10, !(zero(2) && zero(3)) && zero(8) && b[9] == 10 && !allZero(b[4:8]): // SunOS 5
		major, minor, file = v.u16(0)>>2&0x3fff, v.u24(1)&0x3ffff, v.u32(12)
	case !(zero(2) && zero(3)) && zero(8) && b[9] == 10: // HP-UX
		major, minor, file = v.u8(0), v.u24(1), v.u32(12)
	case !(zero(2) && zero(3)) && isVMSName(b[1:14]):
		name, _, _ := bytes.Cut(b[1:], []byte{0})
		name, _, _ = bytes.Cut(name, []byte{' '})
		d.print(" fh ")
		d.text(name)
		d.printf("/%d", uint32(b[26])<<24|uint32(b[27])<<16|uint32(b[23])<<8|uint32(b[22]))
		return
	default:
		d.printf(" fh Unknown/%X", b[:32])
		return
	}
	d.printf(" fh %d,%d/", major, minor)
	if minor == 257 { // the mark of one that is not known, in tcpdump
		d.printf("%X", b[:32])
		return
	}
	d.printf("%d", file)
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
