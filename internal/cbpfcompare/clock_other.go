//go:build !linux

package main

import "errors"

func threadTime() (int64, error) { return 0, errors.New("eBPF programs run on Linux alone") }
