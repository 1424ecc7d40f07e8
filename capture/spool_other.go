//go:build !linux

package capture

func storeRange(fd uintptr, from, to int64) {}

func dropRange(fd uintptr, from, to int64) {}
