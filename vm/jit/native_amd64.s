//go:build linux

#include "textflag.h"
#include "funcdata.h"

// What the code expects in which register, and what it changes, is in the package
// comment of internal/amd64.

// func callBatch(entry uintptr, pkts *[]byte, wireLens, verdicts *uint32, n int, ahead uintptr) (done int)
TEXT ·callBatch(SB), NOSPLIT, $72-56
	NO_LOCAL_POINTERS
	MOVQ entry+0(FP), AX
	MOVQ pkts+8(FP), BX
	MOVQ wireLens+16(FP), R12
	MOVQ verdicts+24(FP), R13
	MOVQ n+32(FP), R15
	MOVQ ahead+40(FP), R10
	LEAQ (R12)(R15*4), R12
	LEAQ (R13)(R15*4), R13
	NEGQ R15
	LEAQ mem-72(SP), R9
	CALL AX
	ADDQ n+32(FP), R15
	MOVQ R15, done+48(FP)
	RET

// func callBuffer(entry uintptr, buf *byte, size int, spans *vm.Span, verdicts *uint32, n int, ahead uintptr) (done int)
TEXT ·callBuffer(SB), NOSPLIT, $72-64
	NO_LOCAL_POINTERS
	MOVQ entry+0(FP), AX
	MOVQ buf+8(FP), R12
	MOVQ size+16(FP), R8
	MOVQ spans+24(FP), BX
	MOVQ verdicts+32(FP), R13
	MOVQ n+40(FP), R15
	MOVQ ahead+48(FP), R10
	LEAQ (R13)(R15*4), R13
	NEGQ R15
	LEAQ mem-72(SP), R9
	CALL AX
	ADDQ n+40(FP), R15
	MOVQ R15, done+56(FP)
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
