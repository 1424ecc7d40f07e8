//go:build !unix

package main

import "fmt"

// onReport: there is no SIGUSR1 on this system.
func onReport(func()) (end func()) { return func() {} }

// becomeUser: there are no user numbers on this system.
func becomeUser(name string) error { return fmt.Errorf("-Z %s: not possible on this system", name) }

// lowestPriority: priorities are of another kind on this system.
func lowestPriority(int) {}
