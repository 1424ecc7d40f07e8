//go:build linux

#include "textflag.h"
#include "funcdata.h"

// What the code expects in which register, and what it changes, is in the package
// comment of internal/arm64.

// func callBatch(entry uintptr, pkts *[]byte, wireLens, verdicts *uint32, n int, ahead uintptr) (done int)
TEXT ·callBatch(SB), NOSPLIT, $64-56
	NO_LOCAL_POINTERS
	MOVD entry+0(FP), R9
	MOVD pkts+8(FP), R10
	MOVD wireLens+16(FP), R11
	MOVD verdicts+24(FP), R12
	MOVD n+32(FP), R13
	MOVD ahead+40(FP), R14
	MOVD $mem-64(SP), R5
	CALL (R9)
	MOVD n+32(FP), R0
	SUB  R13, R0
	MOVD R0, done+48(FP)
	RET

// func callBuffer(entry uintptr, buf *byte, size int, spans *vm.Span, verdicts *uint32, n int, ahead uintptr) (done int)
TEXT ·callBuffer(SB), NOSPLIT, $64-64
	NO_LOCAL_POINTERS
	MOVD entry+0(FP), R9
	MOVD buf+8(FP), R11
	MOVD size+16(FP), R2
	MOVD spans+24(FP), R10
	MOVD verdicts+32(FP), R12
	MOVD n+40(FP), R13
	MOVD ahead+48(FP), R14
	MOVD $mem-64(SP), R5
	CALL (R9)
	MOVD n+40(FP), R0
	SUB  R13, R0
	MOVD R0, done+56(FP)
	RET

// func flush(start, size uintptr)
//
// Cleans the data cache to where the instruction fetch looks, then drops what the
// instruction cache has, line by line; CTR_EL0 has the sizes of the lines.
TEXT ·flush(SB), NOSPLIT, $0-16
	MOVD start+0(FP), R0
	MOVD size+8(FP), R1
	ADD  R0, R1
	MRS  CTR_EL0, R2
	MOVD $4, R3
	UBFX $16, R2, $4, R4
	LSL  R4, R3, R4          // bytes in a line of the data cache
	AND  $15, R2, R5
	LSL  R5, R3, R5          // and of the instruction cache
	SUB  $1, R4, R6
	BIC  R6, R0, R7
clean:
	WORD $0xd50b7b27         // dc cvau, x7
	ADD  R4, R7
	CMP  R1, R7
	BLO  clean
	DSB  $11
	SUB  $1, R5, R6
	BIC  R6, R0, R7
drop:
	WORD $0xd50b7527         // ic ivau, x7
	ADD  R5, R7
	CMP  R1, R7
	BLO  drop
	DSB  $11
	ISB  $15
	RET
