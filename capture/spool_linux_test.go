package capture

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// resident counts the pages of the first n bytes of a file that are in the cache.
func resident(t *testing.T, file *os.File, n int) (pages int) {
	t.Helper()
	mapped, err := unix.Mmap(int(file.Fd()), 0, n, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(mapped)
	state := make([]byte, n/os.Getpagesize())
	if _, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&mapped[0])), uintptr(n), uintptr(unsafe.Pointer(&state[0]))); errno != 0 {
		t.Fatal(errno)
	}
	for _, s := range state {
		pages += int(s & 1)
	}
	return pages
}

// A long file is whole, and only its end stays in the cache.
func TestSpool(t *testing.T) {
	s, err := CreateSpool(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(s.Fd()), &fs); err != nil {
		t.Fatal(err)
	}
	const step, steps = 1 << 20, 12
	s.cleaner.step, s.cleaner.kept = step, 3*step
	for i := range steps {
		for range step / writeUnit {
			if n, err := s.Write(bytes.Repeat([]byte{byte(i)}, writeUnit)); n != writeUnit || err != nil {
				t.Fatal(n, err)
			}
		}
	}
	file, err := os.Open(s.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if fs.Type != unix.TMPFS_MAGIC { // which has no other place
		for late := time.Now().Add(20 * time.Second); resident(t, file, 4*step) > 0; time.Sleep(time.Millisecond) {
			if time.Now().After(late) {
				t.Fatalf("%d pages of the beginning are in the cache", resident(t, file, 4*step))
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(s.Name())
	if err != nil || len(got) != steps*step {
		t.Fatal(len(got), err)
	}
	for i, b := range got {
		if b != byte(i/step) {
			t.Fatalf("byte %d is %d", i, b)
		}
	}
}

// Where nothing can be cleaned up, for an error or since it is a device, writing goes on.
func TestSpoolOfDevice(t *testing.T) {
	s, err := CreateSpool("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	s.cleaner.step, s.cleaner.kept = 100, 100
	for range 1000 {
		if _, err := s.Write(make([]byte, 200)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err == nil {
		t.Error("it could be closed twice")
	}
}
