package toebpf

// Tricky are the programs that are easily got wrong, for the tests on a kernel: name, text and lengths of packets.
var Tricky = programs

// Counting makes packets of those lengths.
var Counting = counting
