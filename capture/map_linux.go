package capture

import (
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps the first size bytes of a file, to be read only. It returns nil where
// that cannot be had.
func mapFile(file *os.File, size int64) (mapped []byte) {
	conn, err := file.SyscallConn()
	if err != nil || size > math.MaxInt {
		return nil
	}
	if err := conn.Control(func(fd uintptr) {
		mapped, err = unix.Mmap(int(fd), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	}); err != nil {
		return nil
	}
	if err != nil {
		return nil
	}
	_ = unix.Madvise(mapped, unix.MADV_SEQUENTIAL) // reads further ahead of a slow disk; a hint
	return mapped
}

// forget gives back the memory of a part of a mapping, which begins and ends at a page.
func forget(part []byte) { _ = unix.Madvise(part, unix.MADV_DONTNEED) } // a hint

func unmapFile(mapped []byte) error { return unix.Munmap(mapped) }
