//go:build linux

#include "textflag.h"
#include "funcdata.h"

// The code is called with the packet in DI, its length in SI, that on the wire
// in R8 and the scratch memory in R9. It changes AX, CX, DX, DI, SI, R8 … R11.

// func call(entry uintptr, pkt *byte, n int, wireLen uint32) uint32
TEXT ·call(SB), NOSPLIT, $64-36
	NO_LOCAL_POINTERS
	MOVQ entry+0(FP), AX
	MOVQ pkt+8(FP), DI
	MOVQ n+16(FP), SI
	MOVL wireLen+24(FP), R8
	LEAQ mem-64(SP), R9
	CALL AX
	MOVL AX, ret+32(FP)
	RET

// How many packets ahead to fetch.
#define AHEAD 8

// func callBatch(entry uintptr, pkts *[]byte, wireLens, verdicts *uint32, n int)
TEXT ·callBatch(SB), NOSPLIT, $64-40
	NO_LOCAL_POINTERS
	MOVQ pkts+8(FP), BX
	MOVQ wireLens+16(FP), R12
	MOVQ verdicts+24(FP), R13
	MOVQ n+32(FP), R15
	LEAQ mem-64(SP), R9
next:
	CMPQ R15, $AHEAD
	JLE  run
	MOVQ (AHEAD*24)(BX), DX
	PREFETCHT0 (DX)
run:
	MOVQ 0(BX), DI
	MOVQ 8(BX), SI
	MOVL (R12), R8
	MOVQ entry+0(FP), AX
	CALL AX
	MOVL AX, (R13)
	ADDQ $24, BX
	ADDQ $4, R12
	ADDQ $4, R13
	DECQ R15
	JNZ  next
	RET

// func callBuffer(entry uintptr, buf *byte, size int, spans *vm.Span, verdicts *uint32, n int) (done int)
TEXT ·callBuffer(SB), NOSPLIT, $64-56
	NO_LOCAL_POINTERS
	MOVQ buf+8(FP), R12
	MOVQ spans+24(FP), BX
	MOVQ verdicts+32(FP), R13
	MOVQ n+40(FP), R15
	LEAQ mem-64(SP), R9
next:
	CMPQ R15, $AHEAD
	JLE  run
	MOVL (AHEAD*12)(BX), DX
	PREFETCHT0 (R12)(DX*1)
run:
	MOVL 0(BX), DI
	MOVL 4(BX), SI
	LEAQ (DI)(SI*1), DX
	CMPQ DX, size+16(FP)
	JHI  out
	ADDQ R12, DI
	MOVL 8(BX), R8
	MOVQ entry+0(FP), AX
	CALL AX
	MOVL AX, (R13)
	ADDQ $12, BX
	ADDQ $4, R13
	DECQ R15
	JNZ  next
out:
	MOVQ n+40(FP), AX
	SUBQ R15, AX
	MOVQ AX, done+48(FP)
	RET

// func hasMOVBE() bool
TEXT ·hasMOVBE(SB), NOSPLIT, $0-1
	MOVL $1, AX
	XORL CX, CX
	CPUID
	SHRL $22, CX
	ANDL $1, CX
	MOVB CX, ret+0(FP)
	RET
