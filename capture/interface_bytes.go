package capture

import (
	"encoding/binary"
	"errors"
	"math"

	"bpfc/linktype"
)

// AppendBinary appends everything that a file says of an interface, for programs that keep it; see [Interface.UnmarshalBinary].
// It never fails.
func (i *Interface) AppendBinary(b []byte) ([]byte, error) {
	for _, v := range []uint32{uint32(i.LinkType), i.Snaplen, uint32(i.FCSLen), uint32(i.TimeZone), i.Accuracy,
		i.linkBits, uint32(i.fileType), i.declared, uint32(i.tsResol)} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(i.tsOffset))
	b = append(b, map[bool]byte{true: 1}[i.Swapped])
	for _, text := range []string{i.Name, i.Description} {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
		b = append(b, text...)
	}
	return b, nil
}

// UnmarshalBinary takes over what [Interface.AppendBinary] has made; anything else is an error.
func (i *Interface) UnmarshalBinary(b []byte) error {
	const numbers, fixed = 9, 9*4 + 8 + 1
	if len(b) < fixed {
		return errInterface
	}
	var v [numbers]uint32
	for k := range v {
		v[k] = binary.LittleEndian.Uint32(b[4*k:])
	}
	got := Interface{LinkType: linktype.Type(int32(v[0])), Snaplen: v[1], FCSLen: int(int32(v[2])), TimeZone: int32(v[3]), Accuracy: v[4],
		linkBits: v[5], fileType: uint16(v[6]), declared: v[7], tsResol: uint8(v[8]),
		tsOffset: int64(binary.LittleEndian.Uint64(b[4*numbers:])), Swapped: b[fixed-1] == 1}
	if v[6] > math.MaxUint16 || v[8] > math.MaxUint8 || b[fixed-1] > 1 || !got.soundResolution() {
		return errInterface
	}
	b = b[fixed:]
	for _, text := range []*string{&got.Name, &got.Description} {
		if len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
			return errInterface
		}
		n := int(binary.LittleEndian.Uint32(b))
		*text, b = string(b[4:4+n]), b[4+n:]
	}
	if len(b) > 0 {
		return errInterface
	}
	*i = got
	return nil
}

var errInterface = errors.New("these are not the bytes of an interface")

// soundResolution tells whether the unit of time stamps is one that can be counted in.
func (i *Interface) soundResolution() bool {
	if i.tsResol&0x80 != 0 {
		return i.tsResol&0x7f <= 63
	}
	return i.tsResol <= 19
}
