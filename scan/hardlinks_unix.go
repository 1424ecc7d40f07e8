//go:build unix

package scan

import (
	"os"
	"syscall"
)

// hardLinks tells which file a path is of, and whether it may have other names.
func hardLinks(path string) (id fileID, several bool) {
	info, err := os.Stat(path)
	if err != nil {
		return id, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return id, false
	}
	return fileID{uint64(stat.Dev), uint64(stat.Ino)}, stat.Nlink > 1
}
