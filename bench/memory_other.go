//go:build !unix

package main

import "os"

// fileInMemory reads a file, where it cannot be mapped.
func fileInMemory(path string) ([]byte, error) { return os.ReadFile(path) }
