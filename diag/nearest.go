package diag

import "strings"

// maxWord is the longest word, in bytes, that Nearest compares: what is longer is not a slip of the keyboard.
const maxWord = 32

// Nearest finds among candidates the one that word was probably meant to be, or "" where none is near. Case does not
// count. Near means an edit distance (insertions, deletions, replacements, and swaps of two neighbours) of at
// most a third of the word's length, so that short words match only what is nearly equal. Of several
// equally near the first wins, hence candidates should come most usual first.
func Nearest(word string, candidates []string) string {
	if len(word) < 2 || len(word) > maxWord {
		return ""
	}
	word = strings.ToLower(word)
	best, bestDistance := "", max(1, len(word)/3)+1
	for _, c := range candidates {
		if len(c) > len(word)+bestDistance || len(word) > len(c)+bestDistance {
			continue
		}
		// A word of two letters has every other word of two letters at distance 2 or less: only accept one that
		// shares a letter's place.
		if d := distance(word, strings.ToLower(c)); d < bestDistance && d < len(word) && d < len(c) && d > 0 {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the optimal string alignment distance of a and b in bytes.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
