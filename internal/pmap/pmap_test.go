package pmap

import (
	"maps"
	"math/rand/v2"
	"testing"
)

// check compares a map with one of Go's.
func check(t *testing.T, m *Map[int, int], want map[int]int) {
	t.Helper()
	if m.Len() != len(want) {
		t.Fatalf("%d entries, want %d", m.Len(), len(want))
	}
	for k, v := range want {
		if got, ok := m.Get(k); !ok || got != v {
			t.Fatalf("key %d: %d, %v; want %d", k, got, ok, v)
		}
	}
	seen := map[int]int{}
	m.All(func(k, v int) bool { seen[k] = v; return true })
	if !maps.Equal(seen, want) {
		t.Fatalf("All gives %d entries that are not the %d", len(seen), len(want))
	}
}

// A map holds what was put into it, whatever the hashes, and no version changes when another is made from it.
func TestVersions(t *testing.T) {
	for name, hash := range map[string]func(int) uint32{
		"good hashes":           func(k int) uint32 { return uint32(uint64(k) * 0x9e3779b97f4a7c15 >> 32) },
		"all the same":          func(int) uint32 { return 7 },
		"the first 20 bits":     func(k int) uint32 { return uint32(k & 0xfff) },
		"zero for every second": func(k int) uint32 { return uint32(k%2) * uint32(k) << 16 },
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			type version struct {
				m    Map[int, int]
				want map[int]int
			}
			versions := []version{{New[int, int](hash), map[int]int{}}}
			for range 300 {
				from := versions[r.IntN(len(versions))]
				var e Edit
				next := version{from.m.Copy(&e), maps.Clone(from.want)}
				for range 1 + r.IntN(20) {
					k, v := r.IntN(700), r.Int()
					if r.IntN(3) > 0 {
						next.m.Set(&e, k, v)
						next.want[k] = v
						continue
					}
					_, there := next.want[k]
					if got := next.m.Delete(&e, k); got != there {
						t.Fatalf("Delete says %v of a key that is there: %v", got, there)
					}
					delete(next.want, k)
				}
				versions = append(versions, next)
			}
			for _, v := range versions {
				check(t, &v.m, v.want)
			}
		})
	}
}

// Many entries, put in by one edit and by one each.
func TestMany(t *testing.T) {
	hash := func(k int) uint32 { return uint32(uint64(k) * 0x9e3779b97f4a7c15 >> 32) }
	together, single := New[int, int](hash), New[int, int](hash)
	var e Edit
	together = together.Copy(&e)
	want := map[int]int{}
	for k := range 20_000 {
		together.Set(&e, k, -k)
		var one Edit
		if k < 3000 {
			single = single.Copy(&one)
			single.Set(&one, k, -k)
		}
		want[k] = -k
	}
	check(t, &together, want)
	for k := 3000; k < 20_000; k++ {
		delete(want, k)
		together.Delete(&e, k)
	}
	check(t, &single, want)
	check(t, &together, want)
	if single.entries() > 2*single.n {
		t.Errorf("a directory of %d for %d entries", single.entries(), single.n)
	}
}
