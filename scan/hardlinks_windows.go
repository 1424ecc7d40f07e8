package scan

import (
	"os"

	"golang.org/x/sys/windows"
)

// hardLinks tells which file a path is of, and whether it may have other names.
func hardLinks(path string) (id fileID, several bool) {
	file, err := os.Open(path)
	if err != nil {
		return id, false
	}
	defer func() { _ = file.Close() }() // only looked at: nothing can be lost
	var info windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(windows.Handle(file.Fd()), &info); err != nil {
		return id, false
	}
	return fileID{uint64(info.VolumeSerialNumber), uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow)}, info.NumberOfLinks > 1
}
