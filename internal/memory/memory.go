// Package memory helps passes to use the memory of those before them again.
package memory

// Zeroed returns a table of n zeros in the memory of one that is no longer used.
// It makes that larger where it is too small.
//
//go:noinline
func Zeroed[T any](table *[]T, n int) []T {
	t := Room(table, n)
	clear(t)
	return t
}

// Room is Zeroed for who does not mind what is in the table.
func Room[T any](table *[]T, n int) []T {
	if cap(*table) < n {
		*table = make([]T, n+n/4)
	}
	return (*table)[:n]
}
