package capture

import "golang.org/x/sys/unix"

// storeRange has a part of a file written to the disk and waits until it is there. A hint: where it fails, the system does
// so in its own time.
func storeRange(fd uintptr, from, to int64) {
	_ = unix.SyncFileRange(int(fd), from, to-from, unix.SYNC_FILE_RANGE_WRITE|unix.SYNC_FILE_RANGE_WAIT_AFTER)
}

// dropRange takes a part of a file that is on the disk out of the cache. A hint, too.
func dropRange(fd uintptr, from, to int64) {
	_ = unix.Fadvise(int(fd), from, to-from, unix.FADV_DONTNEED)
}
