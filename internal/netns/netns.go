// Package netns gives tests network namespaces of their own (network_namespaces(7)), so that live tests see their own packets
// only, whatever else the machine is doing and whichever tests run beside them. It is for Linux; elsewhere it is empty.
//
// A namespace is that of the test's goroutine, which stays on its thread from then on, of the sockets that it opens, and of
// the processes that it starts. Goroutines that it starts are outside.
package netns
