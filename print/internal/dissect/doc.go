// Package dissect is what the dissectors of all rooms share: views of a
// packet's bytes that know where these end, cursors that read them from front
// to back, tables of names, the registry in which a dissector finds the next
// one, and the context, which holds the text so far and what the headers
// before have said.
package dissect
