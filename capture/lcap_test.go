package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
)

// IXIA's lcap is read in both byte orders, with the size behind the header that Wireshark knows, and without.
func TestLcap(t *testing.T) {
	for _, magic := range []uint32{magicIxiaHW, magicIxiaSW} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, size := range []bool{true, false} {
				f := plain
				f.magic, f.order = magic, order
				var records []byte
				for i := range uint32(3) {
					records = f.record(records, 1700000000+i, 123456, 5, 64, []byte("hello"))
				}
				file := f.header()
				if size {
					file = order.AppendUint32(file, uint32(len(records)))
				}
				file = append(file, records...)
				r, err := NewReader(bytes.NewReader(file))
				if err != nil {
					t.Fatal(err)
				}
				n := 0
				for p, err := r.Next(); err != io.EOF; p, err = r.Next() {
					if err != nil || p.Timestamp != 1700000000123456000+int64(n)*1e9 || string(p.Data) != "hello" || p.WireLen != 64 {
						t.Fatalf("%#x, size %v: %+v, %v", magic, size, p, err)
					}
					n++
				}
				if n != 3 {
					t.Errorf("%#x, size %v: %d packets", magic, size, n)
				}
			}
		}
	}
	f := plain
	f.magic = magicIxiaHW
	for file, want := range map[string]string{
		string(f.header()): "", string(f.header()) + "\x00\x00\x00\x00": "", string(f.header()) + "\x00\x00": "truncated",
	} {
		r, err := NewReader(bytes.NewReader([]byte(file)))
		if err == nil {
			_, err = r.Next()
		}
		if (want == "") != (err == io.EOF) {
			t.Errorf("%d bytes: %v", len(file), err)
		}
	}
}
