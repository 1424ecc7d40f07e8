package print

import (
	"testing"
	"time"
)

// Times of day are what package time makes of them, before, in and after changes of the clock.
func TestTimeOfDay(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata"} {
		location, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		p := New(Options{Location: location})
		for seconds := int64(-3e9); seconds < 5e9; seconds += 12_345_678 {
			for _, near := range []int64{0, 1, -3600} {
				at := time.Unix(seconds+near, 0)
				line := string(p.Append(nil, &Packet{LinkType: 12, Data: []byte{0x45}, WireLen: 1, Timestamp: at.UnixNano()}))
				if want := at.In(location).Format("15:04:05.000000 "); line[:len(want)] != want {
					t.Fatalf("%s: %q, want %q", name, line, want)
				}
			}
		}
	}
}
